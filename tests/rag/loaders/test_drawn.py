"""Promises of a PDF's page as a picture: each box is round the word that it says it is."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
from pdfs import make_pdf
from PIL import Image

from rag.errors import ArticleError
from rag.loaders.pages import MOST_PIXELS, drawn
from rag.loaders.pdf import read_pdf
from rag.loaders.worker import Worker

LEFT = [
    "The night ferry between Aldwick and Port",
    "Hanna will return on 3 May, after nine",
    "years away. A berth costs 38 crowns on",
    "weekdays and 52 crowns on other days.",
]
RIGHT = [
    "The harbour board doubts that the line can",
    "pay its way in winter. Its minutes say so",
    "at length, and in the same words as before.",
]
COLUMNS = [
    *((50.0, 700.0 - 16 * at, line) for at, line in enumerate(LEFT)),
    *((320.0, 700.0 - 16 * at, line) for at, line in enumerate(RIGHT)),
]


def words_on(data: bytes, number: int = 1) -> tuple[list[str], list[list[int]], str]:
    """The words that have a box, the boxes, and the text of the page."""
    article = read_pdf(data, Path("a.pdf"), "a.pdf")
    ends = (*article.pages[1:], len(article.text))
    text = article.text[article.pages[number - 1] : ends[number - 1]]
    found = drawn(data, number, text)["words"]
    return [text[start:end] for start, end, *_ in found], [word[2:] for word in found], text


def test_every_word_of_two_columns_has_its_box_where_it_stands() -> None:
    words, boxes, text = words_on(make_pdf([COLUMNS]))
    assert words == text.split()
    crown, board = boxes[words.index("crowns")], boxes[words.index("board")]
    assert crown[2] < 5_000 < board[0]
    assert boxes[words.index("years")][1] > boxes[words.index("Hanna")][3]
    assert all(0 <= left < right <= 10_000 for left, _, right, _ in boxes)


def test_a_word_that_a_line_cuts_has_two_boxes_and_both_are_its_own() -> None:
    words, _, text = words_on(make_pdf([["They are cross-", "ing the strait by night."]]))
    assert "crossing" in text
    assert words[2:4] == ["cross", "ing"]


def test_lines_that_are_there_twice_are_told_apart_or_have_no_box() -> None:
    lines = ["The fare is due.", "Sailings are at nine.", "The fare is due.", "Bring a coat."]
    words, boxes, text = words_on(make_pdf([lines]))
    assert words == text.split()
    assert boxes == sorted(boxes, key=lambda box: (box[1], box[0]))


def test_a_running_head_is_never_taken_for_the_same_words_of_the_text() -> None:
    pages = [
        ["Harbour News", f"The letter {name} was written.", "It praises Harbour News", "at length."]
        for name in "ABCD"
    ]
    words, boxes, _ = words_on(make_pdf(pages))
    assert all(top > 700 for _, top, _, _ in boxes)
    assert words.count("Harbour") <= 1


def test_the_picture_is_a_picture_and_no_larger_than_it_may_be() -> None:
    told = drawn(make_pdf([["One line."]]), 1, "One line.")
    with Image.open(BytesIO(base64.b64decode(told["image"]))) as image:
        assert (image.format, image.size) == ("WEBP", (told["width"], told["height"]))
        assert max(image.size) <= MOST_PIXELS


def test_of_text_that_is_not_on_the_page_nothing_has_a_box() -> None:
    assert drawn(make_pdf([["One line."]]), 1, "Wholly other words.")["words"] == []


@pytest.mark.parametrize("data", [b"%PDF-1.4 broken", b"", make_pdf([["One."]])])
def test_what_cannot_be_drawn_is_told_and_the_next_page_is_drawn(data: bytes) -> None:
    with Worker() as worker:
        with pytest.raises(ArticleError):
            worker.draw(data, Path("a.pdf"), 2, "")
        whole = worker.draw(make_pdf([["One."]]), Path("b.pdf"), 1, "One.")
        assert whole.words[0][:2] == (0, 4)
        assert whole.image[8:12] == b"WEBP"
