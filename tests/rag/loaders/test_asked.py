"""Promises of tables in any format: a question on a cell is answered with its row, and cited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import openpyxl
import pptx
import pytest
from pptx.util import Inches

from rag.assistant import Assistant
from rag.loaders import read
from rag.opening import open_assistant, open_library
from rag.settings import Settings
from tests.rag.loaders.odd.all import ODD
from tests.rag.loaders.offices import docx, epub, p, tbl

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]

TABLE = [["Region", "2020", "2021"], ["North", "310 crowns", "412 crowns"],
         ["South", "200 crowns", "199 crowns"]]  # fmt: skip
HEADING = "What each region sold"
HTML = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in TABLE)


def as_docx() -> bytes:
    return docx(p(HEADING) + tbl(*TABLE))


def as_pptx() -> bytes:
    shown, out = pptx.Presentation(), BytesIO()
    slide = shown.slides.add_slide(shown.slide_layouts[5])
    slide.shapes.title.text = HEADING
    place = (Inches(1), Inches(2), Inches(6), Inches(1))
    table = slide.shapes.add_table(3, 3, *place).table
    for down, row in enumerate(TABLE):
        for across, words in enumerate(row):
            table.cell(down, across).text = words
    shown.save(out)
    return out.getvalue()


def as_xlsx() -> bytes:
    book, out = openpyxl.Workbook(), BytesIO()
    for row in [[HEADING], *TABLE]:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def as_epub() -> bytes:
    return epub({"a": f"<h1>{HEADING}</h1><table>{HTML}</table>"}, ["a"])


def as_eml() -> bytes:
    one = EmailMessage()
    one["Subject"], one["From"] = HEADING, "Anna Mott <anna@ferry.example>"
    one.set_content(f"<table>{HTML}</table>", subtype="html")
    return one.as_bytes()


def as_csv() -> bytes:
    return "\n".join(map(";".join, TABLE)).encode()


FORMATS: dict[str, Callable[[], bytes]] = {
    "a.docx": as_docx, "a.pptx": as_pptx, "a.xlsx": as_xlsx, "a.epub": as_epub, "a.eml": as_eml,
    "a.csv": as_csv,
}  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    settings = Settings(library=tmp_path_factory.mktemp("asked"))
    with open_library(settings, "a test") as library:
        yield open_assistant(library, model=False)


@pytest.mark.parametrize("name", FORMATS)
def test_a_question_on_a_cell_is_answered_with_its_row_and_heads(
    tmp_path: Path, assistant: Assistant, name: str
) -> None:
    (tmp_path / name).write_bytes(FORMATS[name]())
    (added,) = assistant.library.add(read(tmp_path / name))
    try:
        answer = assistant.ask("What did the north sell in 2021?")
    finally:
        assistant.library.remove([added.article.id])
    quotes = [citation.quote for one in answer.sentences for citation in one.citations]
    assert any(
        all(words in quote for words in ("North", "2021: 412 crowns")) for quote in quotes
    ), (answer.status, quotes, answer.sentences)


ODD_TABLES = {
    "documents-merged_heads_over_several_rows": "What did the night line carry in autumn 2021?",
    "prints-ruled_table": "What did the ship Hanna carry in 2021?",
    "sheets-csv_told_its_separator": "What did the night line carry in 2021?",
    "decks-merged_cells": "What did the night line carry in spring 2021?",
}


@pytest.mark.parametrize("name", ODD_TABLES)
def test_a_question_on_a_cell_of_an_odd_table_is_answered_with_its_row_and_heads(
    tmp_path: Path, assistant: Assistant, name: str
) -> None:
    made = ODD[name]()
    (tmp_path / made.file).write_bytes(made.data)
    (added,) = assistant.library.add(read(tmp_path / made.file))
    try:
        answer = assistant.ask(ODD_TABLES[name])
    finally:
        assistant.library.remove([added.article.id])
    quotes = [citation.quote for one in answer.sentences for citation in one.citations]
    assert any(made.said in quote for quote in quotes), (answer.status, quotes, answer.sentences)
