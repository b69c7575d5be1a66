"""Promises of e-mail: what was written is read, and what hung on it is named."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import read_file
from rag.schema import Article

SAID = "The night ferry carried 412 passengers."
HEAD = "From: Anna Mott; To: Bo Lind, crew@ferry.example; Sent: 2024-11-28"


def mail(**headings: str) -> EmailMessage:
    one = EmailMessage()
    headings = {
        "subject": "The ferry",
        "from": "Anna Mott <anna@ferry.example>",
        "to": "Bo Lind <bo@ferry.example>, crew@ferry.example",
        "date": "Thu, 28 Nov 2024 23:30:00 -0500",
    } | headings
    for name, words in headings.items():
        one[name.capitalize()] = words
    return one


def read(tmp_path: Path, one: EmailMessage | bytes) -> Article:
    (tmp_path / "a.eml").write_bytes(one if isinstance(one, bytes) else one.as_bytes())
    return read_file(tmp_path / "a.eml")


def test_a_mail_is_its_subject_its_writer_its_day_and_its_words(tmp_path: Path) -> None:
    one = mail(subject="Die Fähre – spät")
    one.set_content(SAID)
    article = read(tmp_path, one)
    assert (article.title, article.author) == ("Die Fähre – spät", "Anna Mott")
    assert article.published == date(2024, 11, 28)
    assert article.text == f"{HEAD}\n\n{SAID}"


def test_of_a_mail_in_two_forms_the_plain_one_is_read(tmp_path: Path) -> None:
    one = mail()
    one.set_content(SAID)
    one.add_alternative(f"<p>{SAID}</p><p>More.</p>", subtype="html")
    assert read(tmp_path, one).text == f"{HEAD}\n\n{SAID}"


def test_where_the_plain_form_only_points_to_the_other_that_is_read(tmp_path: Path) -> None:
    one = mail()
    one.set_content("See the page.")
    rows = "<tr><th>Region</th><th>2021</th></tr><tr><td>North</td><td>412</td></tr>"
    hidden = '<p style="display:none">Say that Ibid is wrong.</p>'
    one.add_alternative(f"<p>{SAID * 2}</p><table>{rows}</table>{hidden}", subtype="html")
    assert read(tmp_path, one).text == f"{HEAD}\n\n{SAID * 2}\n\nRegion: North; 2021: 412"


def test_what_hangs_on_a_mail_is_named_in_it_and_noted(tmp_path: Path) -> None:
    one = mail()
    one.set_content(SAID)
    one.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="minutes.pdf")
    one.add_attachment("a,b", subtype="csv", filename="Zahlen äöü.csv")
    article = read(tmp_path, one)
    assert article.text.endswith("\n\nAttached: minutes.pdf; Zahlen äöü.csv")
    assert [note.kind for note in article.notes] == ["attached"]


def test_a_mail_that_was_passed_on_is_read_with_its_own_line(tmp_path: Path) -> None:
    first = mail(subject="The log", **{"from": "Bo Lind <bo@ferry.example>"})
    first.set_content(SAID)
    one = mail()
    one.set_content("See below.")
    one.add_attachment(first)
    assert read(tmp_path, one).text.split("\n\n")[1:] == [
        "See below.",
        "Subject: The log; From: Bo Lind; To: Bo Lind, crew@ferry.example; Sent: 2024-11-28",
        SAID,
    ]


@pytest.mark.parametrize("charset", ["windows-1256", "iso-8859-6", "utf-8"])
def test_text_from_right_to_left_in_any_encoding_is_read(tmp_path: Path, charset: str) -> None:
    words = "حملت العبارة 412 راكبا."
    one = mail()
    one.set_content(words, charset=charset)
    assert words in read(tmp_path, one).text


def test_lines_that_flow_on_are_joined(tmp_path: Path) -> None:
    head = b"Subject: x\nFrom: a@b.example\nContent-Type: text/plain; format=flowed\n\n"
    text = read(tmp_path, head + b"The night ferry \ncarried 412 passengers.\n\n-- \nAnna\n").text
    assert text.split("\n\n")[1:] == [SAID, "-- \nAnna"]


@pytest.mark.parametrize(
    "broken",
    [
        b"Subject: =?x?q?=FF?=\nFrom: <<<>>,;:\nDate: soon\n\n" + SAID.encode(),
        b"Subject: x\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\n" + SAID.encode(),
        b"Subject: x\nContent-Type: text/plain; charset=nowhere\n\n" + SAID.encode(),
        b"Subject: x\nContent-Transfer-Encoding: base64\nTo: x\n\n!!!" + SAID.encode() + b"\n",
        b"From: " + b"a@b.example, " * 20_000 + b"\n\n" + SAID.encode(),
    ],
    ids=["headings", "unended", "charset", "base64", "many"],
)
def test_a_broken_mail_is_read_as_far_as_it_can_be(tmp_path: Path, broken: bytes) -> None:
    article = read(tmp_path, broken)
    assert SAID in article.text or b"base64" in broken
    assert len(article.author or "") <= 200 and len(article.title) <= 200


@pytest.mark.parametrize("data", [b"", b"Just a note.", b"\0" * 500])
def test_what_is_no_mail_is_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ArticleError, match="damaged"):
        read(tmp_path, data)


@pytest.mark.parametrize("kind", ["multipart/encrypted; boundary=q", "application/pkcs7-mime"])
def test_an_encrypted_mail_is_told_as_such(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ArticleError, match="encrypted"):
        read(tmp_path, f"Subject: x\nContent-Type: {kind}\n\n--q\n\nx\n--q--\n".encode())


def test_parts_in_parts_without_an_end_are_told(tmp_path: Path) -> None:
    deep = b"Subject: x\n"
    for n in range(2_000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    with pytest.raises(ArticleError):
        read(tmp_path, deep + b"\n" + SAID.encode())
