"""Promises about bytes: they become the text that was written, or what may be wrong is told."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ArticleError
from rag.loaders import read_bytes
from rag.loaders.encoding import decode, stated_encoding, transcoded

WESTERN = [
    "Café",
    "Café déjà vu.",
    "Das Mädchen läuft über die Straße.",
    "Él niño comió piñas, ¿no?",
    "L'été, à Noël.",
    "città",
    "A long English text with one naïve word inside, and much else besides that goes on.",
]
LEGACY = [
    ("“Quoted” — naïve façade, 100 €.", "cp1252"),
    ("Zażółć gęślą jaźń. Pchnąć w tę łódź jeża.", "cp1250 iso8859-2"),
    ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "cp1250 iso8859-2"),
    ("Az éjszakai komp kilenc év után őszre tér vissza, hétköznapokon 38 koronáért.", "cp1250"),
    ("Gece vapuru dokuz yıl sonra geri dönüyor.", "cp1254 iso8859-9"),
    ("Погода", "koi8-r cp1251 cp866"),
    ("Погода в Москве сегодня ясная.", "koi8-r cp1251 cp866 iso8859-5 mac-cyrillic"),
    ("Нічний пором знову почне ходити третього травня.", "koi8-u cp1251"),
    ("Το νυχτερινό πλοίο επιστρέφει.", "cp1253 iso8859-7"),
    ("מעבורת הלילה תחזור ב-3 במאי, לאחר תשע שנים.", "cp1255"),
    ("تعود العبارة الليلية في الثالث من مايو بعد تسع سنوات.", "cp1256"),
    ("Nakts prāmis atgriezīsies trešajā maijā, pēc deviņiem gadiem.", "cp1257"),
    ("เรือข้ามฟากกลางคืนจะกลับมาในวันที่สามพฤษภาคม", "tis-620"),
    ("天气", "gb18030"),
    ("这是中文文章，关于天气。", "gb18030"),
    ("這是關於天氣的文章。", "big5"),
    ("これは日本語の文章です。", "shift_jis euc-jp iso2022_jp"),
    ("안녕하세요", "euc-kr"),
]
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
FILE = Path("a.txt")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, name) for text in WESTERN for name in ("latin-1", "cp1252", "utf-8-sig", "utf-16")]
    + [(text, name) for text, names in LEGACY for name in names.split()]
    + [(text, name) for text, _ in LEGACY[1:-1] for name in ("utf-8", "utf-16", *WIDE)]
    + [(text, name) for text in WESTERN for name in WIDE],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), FILE).text == text


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE])
def test_big_endian_text_is_read_by_its_mark(mark: bytes) -> None:
    name = "utf-16-be" if len(mark) == 2 else "utf-32-be"
    assert decode(mark + "Café".encode(name), FILE).text == "Café"


def test_one_wrong_byte_costs_one_character_and_is_told() -> None:
    text = "Die Nachtfähre kehrt im März zurück."
    for at in (0, 9, 20):
        data = bytearray(text.encode())
        data.insert(at, 0xFF)
        whole, notes = decode(bytes(data), FILE)
        kept = whole.replace("\ufffd", "")
        assert len(text) - len(kept) <= 1 and "kehrt" in kept and "zurück" in kept
        assert [note.kind for note in notes] == ["bytes lost"]
    cut = text.encode()[:-4]
    assert decode(cut, FILE).text.startswith("Die Nachtfähre kehrt im März zur")


def test_an_uncertain_guess_is_told_and_a_certain_reading_is_not() -> None:
    [note] = decode("kůň".encode("cp1250"), FILE).notes
    assert note.kind == "encoding unsure" and "save the file as UTF-8" in str(note)
    russian = "Это русский текст о погоде в большом городе, и ничего больше."
    for data in (russian.encode("koi8-r"), russian.encode(), b"ASCII", "Café".encode("utf-16-le")):
        assert decode(data, FILE).notes == ()


def test_the_article_brings_the_notes_of_its_reading() -> None:
    for name in ("a.txt", "a.md", "a.html"):
        data = "<html><body><p>Das Straßenfest kehrt zurück, größer als zuvor.</p>".encode()
        article = read_bytes(data.replace(b"zur", b"z\xffr"), Path(name), name)
        assert [note.kind for note in article.notes] == ["bytes lost"]
        assert "größer als zuvor" in article.text


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="{}">',
        "<meta charset={}>",
        '<meta http-equiv="Content-Type" content="text/html; charset={}">',
    ],
)
@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("iso-8859-1", "Mädchen – für 5 €"),  # which browsers, and so pages, take for cp1252
        ("windows-1250", "Łódź i żółw"),
        ("koi8-r", "Погода"),
        ("gb2312", "天气"),
        ("x-sjis", "天気"),
        ("UTF8", "Łódź"),
    ],
)
def test_what_a_page_states_is_believed(head: str, encoding: str, words: str) -> None:
    page = f"<html><head>{head.format(encoding)}</head><body><p>{words}, one.</p><p>Two.</p>"
    python = {"iso-8859-1": "cp1252", "x-sjis": "shift_jis"}.get(encoding, encoding)
    article = read_bytes(page.encode(python), Path("a.html"), "a")
    assert words in article.text and article.notes == ()


def test_utf_8_is_seen_whatever_the_page_states() -> None:
    page = '<html><head><meta charset="latin-1"></head><body><p>Łódź, one.</p>'.encode()
    assert "Łódź" in read_bytes(page, Path("a.html"), "a").text
    declared = '<?xml version="1.0" encoding="utf-16"?><html><body><p>Łódź, one.</p>'.encode()
    assert "Łódź" in read_bytes(declared, Path("a.html"), "a").text


def test_what_the_server_states_comes_first() -> None:
    page = '<meta charset="utf-8"><p>Погода'
    assert stated_encoding(page.encode()) == "utf-8"
    assert transcoded(page.encode("koi8-r"), "KOI8-R").decode("utf-8-sig") == page
    for wrong in ("", "nonsense", "ascii\0", "utf-8"):
        assert transcoded("Погода".encode("koi8-r"), wrong) == "Погода".encode("koi8-r")


def test_line_ends_are_made_one_kind() -> None:
    assert decode(b"a\r\nb\rc\n", FILE).text == "a\nb\nc\n"


@given(st.binary(max_size=300))
def test_whatever_the_bytes_they_become_clean_text_or_a_refusal(data: bytes) -> None:
    try:
        text = decode(data, FILE).text
    except ArticleError as error:
        assert "\n" not in str(error)
    else:
        assert "\0" not in text and "\r" not in text
        text.encode()
