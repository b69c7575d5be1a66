"""Promises about where sentences begin and end."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import FAMILY, HOSTILE

from rag.language.sentences import LONGEST, split


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


# The rules of a language are read where its first text is.
@settings(deadline=None)
@given(HOSTILE, st.integers(1, 40))
def test_whatever_the_text_sentences_are_in_order_trimmed_bounded_and_lose_nothing(
    text: str, longest: int
) -> None:
    spans = split(text, longest)
    assert all(0 < end - start <= longest for start, end in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    kept = "".join("".join(text[start:end].split()) for start, end in spans)
    assert kept == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"I will not go," he said. "Not today."', ['"I will not go," he said.', '"Not today."']),
        ('"Really?" she asked. Yes.', ['"Really?" she asked.', "Yes."]),
        ("Dr. Smith of the U.S. Army came at 5 p.m. on Jan. 3. He left.", ["", "He left."]),
        ("It cost $3.5 million, e.g. too much. See Fig. 2.", ["", "See Fig. 2."]),
        (
            "今日は晴れ。「行く。」と言った。はい！",
            ["今日は晴れ。", "「行く。」と言った。", "はい！"],
        ),
        ("هل أنت بخير؟ نعم أنا بخير.", ["هل أنت بخير؟", "نعم أنا بخير."]),
        ("यह एक है। यह दूसरा है।", ["यह एक है।", "यह दूसरा है।"]),
        ("Это предложение. Это другое!", ["Это предложение.", "Это другое!"]),
        ("# Heading\nText of it.", ["# Heading", "Text of it."]),
        ("- one thing\n- another\n1. First.", ["- one thing", "- another", "1. First."]),
        ("A line that is\nwrapped goes on.", ["A line that is\nwrapped goes on."]),
        ("No stop\n\nnor here\n \t\nor here", ["No stop", "nor here", "or here"]),
        ("No stop\r\n\r\nnor here", ["No stop", "nor here"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: list[str]) -> None:
    found = sentences(text)
    assert len(found) == len(expected)
    assert all(want in ("", got) for got, want in zip(found, expected, strict=True))


OTHER_LANGUAGES = {
    "German": (
        "Am 3. Mai 2021 wurde in Kaltenfurt die neue Brücke eröffnet.",
        "Bürgermeisterin Dr. Helga Ströhm durchschnitt das Band.",
        "Die Brücke ist 1.234,5 Meter lang und hat rund 48,5 Mio. Euro gekostet.",
        "Geplant waren z. B. nur 39,2 Mio. Euro.",
        "Bis zum 30. September prüft das Amt die 2,1 Mrd. Euro.",
        "Die alte Holzbrücke war im 2. Halbjahr 2016 abgerissen worden.",
        "Der 1. FC Köln spielte gegen Nr. 5 der Liga.",
        "Im 19. Jahrhundert lebte hier J. W. Goethe.",
        "Er wohnt in der Lindenstr. 12, d. h. gegenüber.",
        "Der 2. und 3. Platz gingen nach Bonn.",
        "Etwa 300 Tsd. Menschen leben dort, Stand 24. Dez. 2020.",
        "Die Stadt kam auf Platz 2.",
        "Danach sank die Zahl auf 30.",
        "„Wir kommen wieder“, sagte er.",
        "Warum?",
    ),
    "French": (
        "M. Dupont et Mme. Leroy sont arrivés à 14 h 30.",
        "Mme Claire Petit habite au n° 12 de l'av. Foch.",
        "Selon le Dr. Martin, c'est p. ex. le cas.",
        "« Nous reviendrons », a-t-il dit.",
        "J.-P. Sartre et A. Camus s'y sont rencontrés.",
        "Il régna de 27 av. J.-C. à 14 apr. J.-C. sur Rome.",
        "Env. 3.500 personnes sont venues, etc.",
        "Le pont mesure 300 m.",
        "Il a coûté 2,4 Mds. d'euros.",
    ),
    "Spanish": (
        "El Sr. García y la Dra. López llegaron el 3 de mayo.",
        "Vive en la Avda. Libertador, n.º 12.",
        "La empresa S.A. Pérez facturó 1.200 millones en EE. UU. el año pasado.",
        "¿Cuándo terminaron?",
        "Murió en el 27 a. C. en Roma.",
        "J. L. Borges nació en 1899.",
    ),
    "Italian": (
        "Il Sig. Rossi e la Dott.ssa Bianchi sono arrivati il 3 maggio.",
        "Il ponte è costato 3,5 mln. di euro.",
        "L'ing. Neri abita in p.zza Dante, ca. 3 km dal centro.",
        "Nel sec. XIX fu distrutto.",
        "G. Verdi nacque nel 1813.",
    ),
    "Russian": (
        "Его отменили в 2014 г. из-за нехватки вагонов.",
        "Билет в купе будет стоить 2 750 руб., в плацкарте — 1 480 руб. за место.",
        "Бюджет — 3,5 млрд. рублей.",
        "Пришло ок. 300 человек.",
        "Пассажиры собрали 18 тыс. подписей.",
        "Его отменили в 2014 г.",
        "В пос. Ключи на ул. Ленина нет школы.",
        "«Мы вернёмся», — сказал И. И. Сидоров.",
    ),
    "Chinese": (
        "新桥于2021年5月3日开通。",
        "它长1234.5米，耗资4850万元。",
        "王先生说：“我们会回来。”",
        "没有人受伤！",
    ),
    "Japanese": (
        "新しい橋は5月3日に開通した。",
        "田中氏は「また来る。」と述べた。",
        "誰が設計したのか？",
    ),
    "Arabic": ("افتتح الجسر الجديد في 3 مايو 2021.", "من صممه؟", "قال د. أحمد إن الجسر آمن."),
    "Hindi": ("नया पुल 3 मई 2021 को खोला गया।", "डॉ. शर्मा ने कहा कि पुल सुरक्षित है।", "इसे किसने बनाया?"),
}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_no_sentence_of_another_language_is_cut_after_an_ordinal_or_an_abbreviation(
    language: str,
) -> None:
    expected = list(OTHER_LANGUAGES[language])
    space = "" if language in ("Chinese", "Japanese") else " "
    assert sentences(space.join(expected)) == expected


def test_a_line_end_cuts_no_sentence_of_another_language() -> None:
    text = "Die neue Brücke wurde am 3.\nMai 2021 eröffnet. Die alte\nBrücke stand seit 1887."
    assert [" ".join(one.split()) for one in sentences(text)] == [
        "Die neue Brücke wurde am 3. Mai 2021 eröffnet.",
        "Die alte Brücke stand seit 1887.",
    ]


@pytest.mark.parametrize("letter", ["e\u0301\u0323", FAMILY, "🇩🇪", "நி"])
def test_a_cut_never_parts_a_letter_from_its_marks(letter: str) -> None:
    text = letter * 3000
    edges = {match.end() for match in regex.finditer(r"\X", text)}
    assert all(end in edges for _, end in split(text, 97))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "word " * 400_000,
        "." * 2_000_000,
        "?!" * 100_000,
        "\n" * 2_000_000,
        "a\n \t" * 500_000,
        "a\n" + " " * 2_000_000 + "b",
        "#" * 2_000_000,
        "a" + "\u0301" * 2_000_000,
        "A. " * 300_000,
        "今日は。" * 100_000,
        "Der Zug kam am 3. Mai an. " * 80_000,
        "Die alte Brücke ist da. " + "1. " * 300_000,
        "Мост был открыт весной. " * 80_000,
    ],
    ids=lambda text: repr(text[:5]),
)
def test_no_text_of_two_million_characters_takes_long(text: str) -> None:
    began = time.process_time()
    assert all(end - start <= LONGEST for start, end in split(text))
    assert time.process_time() - began < 10


def test_a_long_table_in_markdown_is_cut_between_its_rows() -> None:
    rows = [f"| Berth {number} on the pier. | {number} crowns |" for number in range(200)]
    text = "\n".join(["| Berth | Rent |", "|---|---|", *rows])
    lines = set(text.splitlines())
    for span in split(text, longest=650):
        assert set(text[span.start : span.end].splitlines()) <= lines
