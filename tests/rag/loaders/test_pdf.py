"""Promises of the PDF reader: every word on its page, and a plain refusal of what has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfs import locked, make_form, make_pdf

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


LEFT = [
    "The harbour board of Port Hanna said that",
    "the night ferry will go again by the third",
    "of May, after nine years in which no ferry",
    "went by night, and that a berth will cost",
    "the passengers no more than 38 crowns.",
]
RIGHT = [
    "The old ferry was sold to the island of",
    "Vesk, where it carries timber and sheep to",
    "the market at Aldwick each week. Captain",
    "Hester Lindqvist stayed with the ship, as",
    "she had said she would.",
]


def beside(left: list[str], right: list[str]) -> list[tuple[float, float, str]]:
    """Two columns, written row by row."""
    rows = enumerate(zip(left, right, strict=True))
    return [
        place
        for at, (one, other) in rows
        for place in ((50, 700 - 14 * at, one), (310, 700 - 14 * at, other))
    ]


def test_columns_are_read_one_after_the_other() -> None:
    head = (50, 760, "The Night Ferry Returns to the Harbour of Port Hanna after Nine Years at Sea")
    text = read(make_pdf([[head, *beside(LEFT, RIGHT)]])).text
    assert "no ferry went by night" in text
    assert "38 crowns.\n\nThe old ferry was sold" in text
    assert "Captain Hester Lindqvist" in text


def test_a_sentence_goes_on_from_one_column_to_the_next() -> None:
    text = read(make_pdf([beside(LEFT[:4], RIGHT[1:])])).text
    assert "a berth will cost\nVesk, where it" in text


def test_a_table_is_read_along_its_rows() -> None:
    stops = ["From Port Hanna to Vesk", "From Vesk to Aldwick", "By night to Port Hanna", "Dogs"]
    text = read(make_pdf([beside(stops, ["38 crowns", "45 crowns", "51 crowns", "free"])])).text
    assert "From Port Hanna to Vesk: 38 crowns" in text
    assert "Dogs: free" in text


def test_a_row_of_a_table_says_the_heads_of_its_cells() -> None:
    table = [["Region", "2020", "2021"], ["North", "310", "412"], ["South", "", "199"]]
    cells = [
        (50 + 150 * across, 700 - 14 * down, words)
        for down, row in enumerate(table)
        for across, words in enumerate(row)
        if words
    ]
    text = read(make_pdf([["The harbour board met at noon.", *cells, (50, 600, "It rose.")]])).text
    assert text.split("\n\n") == [
        "The harbour board met at noon.",
        "Region: North; 2020: 310; 2021: 412",
        "Region: South; 2021: 199",
        "It rose.",
    ]


NAMES = ["Aldwick", "Vesk", "Hanna", "Lindqvist", "Thrumsey", "Pellow"]
BODIES = [
    [f"The harbour board of {name} said of each ferry in the north that", f"to {name} it will go"]
    for name in NAMES
]


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("The Port Hanna Gazette", "{}"),
        ("The Port Hanna Gazette", "Page {} of 90"),
        ("Gazette, 3 May 1998, page {}", "- {} -"),
        ("{} Ferries of the North", "Port Hanna 1998"),
    ],
)
def test_running_heads_and_page_numbers_stand_in_no_sentence(head: str, foot: str) -> None:
    pages = [
        [
            (50, 810, head.format(at + 17)),
            *[(50, 740 - 16 * row, line) for row, line in enumerate(BODIES[at])],
            (250, 30, foot.format(at + 17)),
        ]
        for at in range(4)
    ]
    text = read(make_pdf(pages)).text
    assert text == "\n".join(" ".join(lines) for lines in BODIES[:4])


def test_heads_of_left_and_right_pages_are_known_each() -> None:
    pages = [
        [
            (50, 810, ("Port Hanna Gazette", "Ferries")[at % 2]),
            (50, 700, lines[0]),
            (50, 684, lines[1]),
        ]
        for at, lines in enumerate(BODIES)
    ]
    assert read(make_pdf(pages)).text == "\n".join(" ".join(lines) for lines in BODIES)


def test_what_both_of_two_pages_begin_and_end_with_is_a_head_and_a_foot() -> None:
    pages = [
        [(50, 810, "Port Hanna Gazette"), (50, 700, one), (50, 684, two), (50, 30, "3 May 1998")]
        for one, two in BODIES[:2]
    ]
    assert read(make_pdf(pages)).text == "\n".join(" ".join(lines) for lines in BODIES[:2])
    third = [*pages[0][:1], (50, 700, "It is over.")]
    assert "Gazette" not in read(make_pdf([*pages, third])).text


def test_what_two_pages_say_elsewhere_or_at_one_end_each_is_kept() -> None:
    def at(first: int, second: int) -> str:
        pages = [
            [(50, 700, one), (50, 684, two), (50, place, "It ended well.")]
            for (one, two), place in zip(BODIES[:2], (first, second), strict=True)
        ]
        return read(make_pdf(pages)).text

    assert at(692, 692).count("It ended well.") == 2
    assert at(810, 30).count("It ended well.") == 2
    assert at(810, 760).count("It ended well.") == 2


def test_what_is_no_running_head_is_kept() -> None:
    pages = [
        [f"Chapter {name}", "1998 was the year.", "It ended well."]
        for name in ("One", "Two", "Three")
    ]
    pages.append(["1998", "It ended well.", "The end."])
    text = read(make_pdf(pages)).text  # type: ignore[arg-type]
    for words in ("Chapter One", "Chapter Two", "Chapter Three", "The end."):
        assert words in text
    alone = read(make_pdf([["One line."], ["One line."], ["One line."]]))
    assert alone.text.count("One line.") == 3


def test_a_number_at_the_edge_that_counts_no_pages_is_kept() -> None:
    text = read(make_pdf([["In May", "it cost", "38"], ["In June", "it cost", "45"]])).text
    assert "38" in text and "45" in text


def test_a_word_that_is_cut_at_the_end_of_a_page_is_whole_again() -> None:
    article = read(make_pdf([["The night ferry will go-"], ["ing by night, they said."]]))
    assert article.text == "The night ferry will going by night, they said."
    assert article.page(article.text.index("going")) == 1
    assert article.page(article.text.index("they")) == 2


def test_pages_without_text_are_noted() -> None:
    article = read(make_pdf([[FERRY], [], [], [], [FARE], []]))
    (note,) = article.notes
    assert "4 of 6 pages (2–4, 6)" in str(note)
    assert note.kind == "pages without text"
    assert read(make_pdf([[FERRY]])).notes == ()


def test_what_is_filled_into_a_form_is_read_with_its_label() -> None:
    fields = [("form1[0].guest[0]", "", "Hester Lindqvist"), ("b2", "Berth", "38")]
    text = read(make_form([FERRY], fields)).text
    assert FERRY in text
    assert "guest: Hester Lindqvist" in text
    assert "Berth: 38" in text


@pytest.mark.parametrize(
    "title",
    ["(anonymous)", "untitled", "Untitled-1", "Unbenannt 2", "unknown", "Document1", "  ",
     "Microsoft Word - report.doc", "PowerPoint Presentation", "C:\\work\\report.docx", "Slide 1"],
)  # fmt: skip
def test_a_title_that_a_program_gave_is_none(title: str) -> None:
    assert read(make_pdf([[FERRY]], title=title)).title.startswith("The night ferry")


@pytest.mark.parametrize(
    "title", ["Untitled: a life in letters", "Unknown soldiers of the north", "Document 9 found"]
)
def test_a_title_that_only_begins_like_one_is_kept(title: str) -> None:
    assert read(make_pdf([[FERRY]], title=title)).title == title


def test_an_author_that_a_program_gave_is_none() -> None:
    assert read(make_pdf([[FERRY]], author="(anonymous)")).author is None
    assert read(make_pdf([[FERRY]], author="Hester Lindqvist")).author == "Hester Lindqvist"


@pytest.mark.parametrize("cipher", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_pdf_that_asks_no_password_is_read_whatever_its_cipher(cipher: str) -> None:
    assert FERRY in read(locked(make_pdf([[FERRY]]), "", cipher)).text
    assert "password" in refusal(locked(make_pdf([[FERRY]]), "secret", cipher))


def test_a_page_that_is_damaged_costs_no_other() -> None:
    data = make_pdf([[FERRY], [FARE]]).replace(b"/Type /Page /Parent 2 0 R", b"/Type /Nope", 1)
    article = read(data)
    assert FARE in article.text
