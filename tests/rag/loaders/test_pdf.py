"""Promises of the PDF reader: every word on its page, and a plain refusal of what has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfs import locked, make_pdf

from rag.errors import ArticleError
from rag.loaders import read_bytes, read_file
from rag.schema import Article

FERRY = "The night ferry will return on 3 May, after nine years without a single one."
FARE = "A berth in a shared cabin will cost 38 crowns on weekdays, and 45 on other days."


def read(data: bytes) -> Article:
    return read_bytes(data, Path("ferry.pdf"), "ferry.pdf")


def refusal(data: bytes) -> str:
    with pytest.raises(ArticleError) as error:
        read(data)
    assert "\n" not in str(error.value)
    return str(error.value)


def page_of(article: Article, words: str) -> int | None:
    return article.page(article.text.index(words))


def test_each_word_is_on_its_page() -> None:
    article = read(make_pdf([[FERRY], [], [FARE, "Dogs are welcome."]]))
    assert page_of(article, "night ferry") == 1
    assert page_of(article, "single one") == 1
    assert page_of(article, "A berth") == 3
    assert page_of(article, "Dogs") == 3


def test_a_cover_without_words_counts_as_a_page() -> None:
    article = read(make_pdf([[], [FERRY]]))
    assert page_of(article, FERRY) == 2


@given(
    st.lists(
        st.lists(st.text("abc déf.-(\\", min_size=1, max_size=12), max_size=4), max_size=5
    ).filter(lambda pages: any("a" in line for page in pages for line in page))
)
@settings(max_examples=40, deadline=None)
def test_pages_begin_in_order_and_within_the_text(pages: list[list[str]]) -> None:
    article = read(make_pdf(pages))
    assert len(article.pages) == len(pages)
    assert list(article.pages) == sorted(article.pages)
    assert 0 == article.pages[0] <= article.pages[-1] <= len(article.text)
    assert article.text == article.text.strip()


def test_a_sentence_goes_on_over_the_end_of_a_page_and_a_paragraph_does_not() -> None:
    article = read(make_pdf([["The night ferry will return on"], ["the third of May."], ["So."]]))
    assert article.text == "The night ferry will return on\nthe third of May.\n\nSo."


def test_broken_lines_and_words_are_whole_again() -> None:
    lines = [
        "The harbour board of Port Hanna has said that the well-known ferry will go-",
        "ing by the plans return in May, and that a berth on this ferry costs much the well-",
        "known amount.",
        "Fares",
        "A second paragraph begins here, and it is long enough to fill the line to its end,",
        "nearly.",
    ]
    text = read(make_pdf([lines])).text
    assert "will going by the plans return" in text
    assert "the well-known amount.\n\nFares\n\nA second paragraph" in text
    assert text.endswith("to its end, nearly.")


def test_a_short_line_that_goes_on_in_the_next_is_no_heading() -> None:
    lines = ["The tower of Aldwick", "is high.", "Steps", "It has one hundred and twenty of them."]
    text = read(make_pdf([lines])).text
    assert (
        text == "The tower of Aldwick is high.\n\nSteps\n\nIt has one hundred and twenty of them."
    )


def test_title_and_author_are_those_of_the_file_unless_a_program_gave_them() -> None:
    named = read(make_pdf([[FERRY]], title="Ferry report", author="A. Writer"))
    assert (named.title, named.author) == ("Ferry report", "A. Writer")
    assert read(make_pdf([[FERRY]], title="Microsoft Word - x.docx")).title.startswith("The night")
    assert read(make_pdf([[FERRY]])).published is None


def test_a_locked_pdf_is_refused_and_one_that_asks_no_password_is_read() -> None:
    assert "encrypted" in refusal(locked(make_pdf([[FERRY]]), "secret"))
    assert FERRY in read(locked(make_pdf([[FERRY]]), "")).text


def test_a_scan_is_told_to_have_no_text() -> None:
    assert "OCR" in refusal(make_pdf([[], []]))


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4", b"hello", make_pdf([[FERRY]])[:300], b"%PDF-1.4\n" + b"\0" * 999]
)
def test_a_damaged_pdf_is_told_to_be_damaged(data: bytes) -> None:
    assert "damaged" in refusal(data) or "no text" in refusal(data)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_damage_ends_in_anything_but_an_article_or_its_refusal(data: st.DataObject) -> None:
    whole = bytearray(make_pdf([[FERRY], [FARE]]))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(whole))
    except ArticleError as error:
        assert str(error).startswith("ferry.pdf: ")


def test_what_is_no_pdf_is_not_read_as_text(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(make_pdf([[FERRY]]))
    with pytest.raises(ArticleError, match=r"let its name end in \.pdf"):
        read_file(file)
