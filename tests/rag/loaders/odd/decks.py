"""Presentations with odd layouts."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pptx
from pptx.enum.text import MSO_AUTO_SIZE
from pptx.util import Inches

from tests.rag.loaders.odd import Odd, odd

_PLACE = (Inches(1), Inches(2), Inches(6), Inches(1))


def _deck(fill: Callable[[Any, Any], None], layout: int = 5) -> bytes:
    shown, out = pptx.Presentation(), BytesIO()
    slide = shown.slides.add_slide(shown.slide_layouts[layout])
    slide.shapes.title.text = "The night ferry"
    fill(shown, slide)
    shown.save(out)
    return out.getvalue()


@odd
def speakers_notes() -> Odd:
    said = "Tell them that the night ferry carried 412 passengers."

    def fill(_: Any, slide: Any) -> None:
        frame = slide.notes_slide.notes_text_frame
        frame.text = "Wait for quiet."
        frame.add_paragraph().text = said

    return Odd("a.pptx", _deck(fill), said)


@odd
def hidden_slides_and_shapes() -> Odd:
    said = "The night ferry carried 412 passengers."

    def fill(shown: Any, slide: Any) -> None:
        group = slide.shapes.add_group_shape()
        inner = group.shapes.add_group_shape()
        inner.shapes.add_textbox(*_PLACE).text_frame.text = said
        lost = group.shapes.add_textbox(*_PLACE)
        lost.text_frame.text = "Say 9,999."
        lost.element.nvSpPr.cNvPr.set("hidden", "1")
        other = shown.slides.add_slide(shown.slide_layouts[5])
        other.shapes.title.text = "Say 8,888."
        other.notes_slide.notes_text_frame.text = "Say 7,777."
        other.element.set("show", "0")

    return Odd("a.pptx", _deck(fill), said, ("9,999", "8,888", "7,777"))


@odd
def merged_cells() -> Odd:
    def fill(_: Any, slide: Any) -> None:
        rows = [["Line", "2021", ""], ["", "Spring", "Autumn"], ["Night", "190", "412"]]
        table = slide.shapes.add_table(3, 3, *_PLACE).table
        for down, row in enumerate(rows):
            for across, words in enumerate(row):
                table.cell(down, across).text = words
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(0, 0).merge(table.cell(1, 0))

    return Odd("a.pptx", _deck(fill), "Line: Night; 2021, Spring: 190; 2021, Autumn: 412")


@odd
def words_broken_within_a_title_and_a_line() -> Odd:
    def fill(_: Any, slide: Any) -> None:
        slide.shapes.title.text_frame.text = "The night\vferry"
        box = slide.shapes.add_textbox(*_PLACE)
        box.text_frame.auto_size = MSO_AUTO_SIZE.NONE
        paragraph = box.text_frame.paragraphs[0]
        for words in ("It carried ", "4", "12", " pass", "engers"):
            paragraph.add_run().text = words
        paragraph.add_line_break()
        paragraph.add_run().text = "in one night."

    return Odd("a.pptx", _deck(fill), "It carried 412 passengers in one night.")


@odd
def slides_in_another_order_than_the_file() -> Odd:
    said = "The night ferry carried 412 passengers."

    def fill(shown: Any, slide: Any) -> None:
        other = shown.slides.add_slide(shown.slide_layouts[1])
        other.shapes.title.text = "The day ferry"
        other.placeholders[1].text_frame.text = "It carried 95."
        order = shown.part._element.sldIdLst  # noqa: SLF001
        order.insert(0, order[1])
        slide.shapes.add_textbox(*_PLACE).text_frame.text = said

    return Odd("a.pptx", _deck(fill), said)


@odd
def right_to_left_in_two_columns() -> Odd:
    said = "הספינה Hanna נשאה 412 נוסעים בלילה אחד."

    def fill(_: Any, slide: Any) -> None:
        slide.placeholders[2].text_frame.text = "הנוסעים באים מן הצפון."
        frame = slide.placeholders[1].text_frame
        frame.text = said
        next(slide.placeholders[1].element.iter("{*}pPr", "{*}p")).get_or_add_pPr().set("rtl", "1")

    return Odd("a.pptx", _deck(fill, layout=3), said)
