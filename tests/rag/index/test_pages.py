"""Promises of the pages of PDFs: of the very file that was read, and copies go with articles."""

from __future__ import annotations

from pathlib import Path

from pdfs import make_pdf

from rag.index.originals import ORIGINALS, Originals
from rag.index.pages import Pages
from rag.loaders import read, read_file
from tests.rag.loaders.offices import zipped

FERRY = make_pdf([["The night ferry returns."], ["A berth costs 38 crowns."]])


def test_a_page_is_drawn_from_where_the_article_was_had_while_it_reads_the_same(
    tmp_path: Path,
) -> None:
    file = tmp_path / "ferry.pdf"
    file.write_bytes(FERRY)
    article, pages = read_file(file), Pages(Originals(tmp_path / "library"))
    assert pages.has(article)
    drawn = pages.page(article, 2)
    assert drawn is not None
    assert len(drawn.words) == 5
    assert pages.page(article, 0) is None
    assert pages.page(article, 3) is None
    file.write_bytes(make_pdf([["The night ferry is gone."], ["Nothing."]]))
    assert Pages(Originals(tmp_path / "library")).page(article, 2) is None
    file.unlink()
    assert not Pages(Originals(tmp_path / "library")).has(article)


def test_a_page_of_a_pdf_in_an_archive_is_drawn_while_it_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    file.write_bytes(zipped({"sub/ferry.pdf": FERRY, "a.md": "One."}))
    _, article = read(file)
    pages = Pages(Originals(tmp_path / "library"))
    assert pages.has(article)
    drawn = pages.page(article, 2)
    assert drawn is not None and len(drawn.words) == 5
    file.write_bytes(zipped({"sub/ferry.pdf": make_pdf([["It is gone."], ["Nothing."]])}))
    assert Pages(Originals(tmp_path / "library")).page(article, 2) is None
    file.write_bytes(zipped({"a.md": "One."}))
    assert Pages(Originals(tmp_path / "library")).page(article, 2) is None


def test_of_an_upload_the_copy_is_drawn_until_its_article_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(FERRY)
    named = tmp_path / "ferry.pdf"
    named.write_bytes(FERRY)
    article = read_file(named)
    named.unlink()
    pages = Pages(Originals(tmp_path))
    assert not pages.has(article)
    pages.keep(article.digest, file)
    assert pages.has(article)
    assert pages.page(article, 1) is not None
    assert (tmp_path / ORIGINALS).stat().st_mode & 0o077 == 0
    pages.sweep([article.digest])
    assert pages.has(article)
    pages.sweep([])
    assert not pages.has(article)


def test_no_more_is_kept_than_may_be_and_the_oldest_goes_first(tmp_path: Path) -> None:
    import os

    file = tmp_path / "upload"
    file.write_bytes(b"x" * 400)
    originals = Originals(tmp_path, most_bytes=1_000)
    for age, digest in enumerate(["aa", "bb", "cc"]):
        originals.keep(digest, file)
        os.utime(tmp_path / ORIGINALS / f"{digest}.pdf", (age, age))
    originals.keep("dd", file)
    assert sorted(one.stem for one in (tmp_path / ORIGINALS).iterdir()) == ["cc", "dd"]
