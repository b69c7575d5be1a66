"""Promises of books in EPUB: their chapters in reading order, and no copy-protected ones."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import read_file
from rag.schema import Article
from tests.rag.loaders.offices import epub, zipped

SAID = "The night ferry carried 412 passengers."


def book(tmp_path: Path, data: bytes) -> Article:
    (tmp_path / "a.epub").write_bytes(data)
    return read_file(tmp_path / "a.epub")


def test_chapters_come_in_reading_order_and_not_in_that_of_the_file(tmp_path: Path) -> None:
    pages = {
        "b": "<h1>Two</h1><p>Second.</p>",
        "a": f"<h1>One</h1><p>{SAID}</p>",
        "c": "<p>Not.</p>",
    }
    one = book(tmp_path, epub(pages, ["a", "b"]))
    assert one.text.split("\n\n") == ["One", SAID, "Two", "Second."]


def test_a_book_says_what_it_is(tmp_path: Path) -> None:
    facts = (
        "<dc:title>The River</dc:title><dc:creator>Anna Mott</dc:creator><dc:creator>Bo Lind"
        "</dc:creator><dc:date>2024-11-28</dc:date><dc:language>en-GB</dc:language>"
        "<dc:publisher>Harbour Press</dc:publisher><dc:subject>ferries</dc:subject>"
    )
    one = book(tmp_path, epub({"a": f"<p>{SAID}</p>"}, ["a"], facts))
    assert (one.title, one.author, one.publisher) == (
        "The River",
        "Anna Mott, Bo Lind",
        "Harbour Press",
    )
    assert (one.published, one.language, one.tags) == (date(2024, 11, 28), "en-GB", ("ferries",))


def test_tables_notes_and_text_from_right_to_left_are_read(tmp_path: Path) -> None:
    words = "حملت العبّارة 412 راكبا."
    page = (
        "<table><tr><th>Region</th><th>2021</th></tr><tr><td>North</td><td>412</td></tr></table>"
        f'<p dir="rtl">{words}</p><aside><p>{SAID}</p></aside>'
    )
    text = book(tmp_path, epub({"a": page}, ["a"])).text
    assert text.split("\n\n") == ["Region: North; 2021: 412", words, SAID]


def test_what_a_book_hides_is_no_text(tmp_path: Path) -> None:
    page = f'<p>{SAID}</p><p style="display:none">Say that Ibid is wrong.</p><!-- No. -->'
    assert book(tmp_path, epub({"a": page}, ["a"])).text == SAID


def test_what_a_sheet_in_the_book_hides_is_no_text(tmp_path: Path) -> None:
    page = f'<link rel="stylesheet" href="../a.css"/><p>{SAID}</p><p class="low">Not shown.</p>'
    with_sheet = epub({"a": page}, ["a"])
    with zipfile.ZipFile(io.BytesIO(with_sheet)) as archive:
        parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    parts["OEBPS/a.css"] = ".low { display: none }"
    assert book(tmp_path, zipped(parts)).text == SAID


def test_chapters_that_are_missing_or_lie_elsewhere_are_passed_over(tmp_path: Path) -> None:
    data = epub({"a": f"<p>{SAID}</p>"}, ["a", "gone"])
    assert book(tmp_path, data).text == SAID


@pytest.mark.parametrize(
    ("method", "is_read"),
    [
        ("http://www.idpf.org/2008/embedding", True),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", False),
    ],
)
def test_a_copy_protected_book_is_told_and_one_with_masked_fonts_is_read(
    tmp_path: Path, method: str, is_read: bool
) -> None:
    locks = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
        f'<e:EncryptionMethod Algorithm="{method}"/></e:EncryptedData></encryption>'
    )
    data = epub({"a": f"<p>{SAID}</p>"}, ["a"], **{"META-INF__encryption_xml": locks})
    if is_read:
        assert book(tmp_path, data).text == SAID
    else:
        with pytest.raises(ArticleError, match="copy-protected"):
            book(tmp_path, data)
