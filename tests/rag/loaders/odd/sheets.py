"""Workbooks, and tables as text, with odd layouts."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.rag.loaders.odd import Odd, odd
from tests.rag.loaders.offices import zipped


def _book(fill: Callable[[Any, Any], None]) -> bytes:
    book, out = openpyxl.Workbook(), BytesIO()
    fill(book, book.active)
    book.save(out)
    return out.getvalue()


@odd
def merged_over_rows_and_columns() -> Odd:
    def fill(_: Any, page: Any) -> None:
        for row in [["What the lines carried"], [], ["Line", "Port", 2021],
                    [None, None, "Spring", "Autumn"], ["Night", "Hanna", 190, 412],
                    [None, "Aldwick", 80, 95]]:  # fmt: skip
            page.append(row)
        for cells in ("A1:D1", "A3:A4", "B3:B4", "C3:D3", "A5:A6"):
            page.merge_cells(cells)

    said = "Line: Night; Port: Aldwick; 2021, Spring: 80; 2021, Autumn: 95"
    return Odd("a.xlsx", _book(fill), said)


@odd
def hidden_rows_columns_and_sheets() -> Odd:
    def fill(book: Any, page: Any) -> None:
        for row in [["Line", "Cost", "2020", "2021"], ["Night", 9999, 310, 412],
                    ["Day", 1, 8888, 95], ["Dawn", 2, 7, 8]]:  # fmt: skip
            page.append(row)
        page.column_dimensions.group("B", hidden=True)
        page.row_dimensions[3].hidden = True
        other = book.create_sheet("Draft")
        other.append(["Say 7,777."])
        other.sheet_state = "hidden"

    said = "Line: Night; 2020: 310; 2021: 412"
    return Odd("a.xlsx", _book(fill), said, ("9999", "8888", "7,777"))


@odd
def formulas_with_what_they_gave() -> Odd:
    def fill(_: Any, page: Any) -> None:
        for row in [["Line", "Spring", "Autumn", "Both"], ["Night", 190, 222, "=B2+C2"]]:
            page.append(row)

    with zipfile.ZipFile(BytesIO(_book(fill))) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    made = bytes(parts[sheet])
    parts[sheet] = made.replace(b"<v></v>", b"<v>412</v>").replace(b"<v />", b"<v>412</v>")
    said = "Line: Night; Spring: 190; Autumn: 222; Both: 412"
    return Odd("a.xlsx", zipped(parts), said, ("B2+C2",))


@odd
def days_shares_hours_and_money() -> Odd:
    def fill(book: Any, page: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        page.append(["Line", "Since", "Full", "Takes", "Fare", "Sails"])
        page.append(
            ["Night", date(1911, 5, 3), 0.415, timedelta(hours=8, minutes=30), 38.5,
             datetime(2024, 11, 28, 22, 15)]
        )  # fmt: skip
        page["C2"].number_format = "0.0%"
        page["D2"].number_format = "[h]:mm"
        page["E2"].number_format = '#,##0.00 "crowns"'

    said = (
        "Line: Night; Since: 1911-05-03; Full: 41.5 %; Takes: 8:30; Fare: 38.50 crowns; "
        "Sails: 2024-11-28 22:15"
    )
    return Odd("a.xlsx", _book(fill), said)


@odd
def remarks_and_rich_words() -> Odd:
    def fill(book: Any, page: Any) -> None:
        page.title = "Log"
        page["B3"] = CellRichText(
            "The night ", TextBlock(InlineFont(b=True), "ferry"), " carried\n412 passengers."
        )
        page["B3"].comment = Comment("Say 9,999.", "Bo")
        page.sheet_view.rightToLeft = True
        chart = BarChart()
        chart.add_data(Reference(page, min_col=2, min_row=3))
        book.create_chartsheet("Chart").add_chart(chart)

    return Odd("a.xlsx", _book(fill), "The night ferry carried 412 passengers.", ("9,999",))


@odd
def right_to_left() -> Odd:
    def fill(book: Any, page: Any) -> None:
        page.title = "عبّارات"
        page.sheet_view.rightToLeft = True
        for row in [["الخط", "2020", "2021"], ["ليلا", 310, 412]]:
            page.append(row)

    return Odd("a.xlsx", _book(fill), "الخط: ليلا; 2020: 310; 2021: 412")


@odd
def csv_semicolons_and_broken_lines() -> Odd:
    said = "The night ferry carried 412 passengers; nine were children."
    text = (
        '\ufeffNr;Überschrift;Text\r\n1;"Die ""Hanna""";"The night ferry\r\ncarried 412 '
        'passengers; nine were children."\r\n2;Kurz\r\n3;Lang;Es war spät.;mehr;noch mehr\r\n'
    )
    return Odd("a.csv", text.encode(), said)


@odd
def csv_told_its_separator() -> Odd:
    rows = "sep=;\r\nLine;2020;2021\r\nNight;310,5;412,5\r\nDay;80,1;95,2\r\n"
    return Odd("a.csv", rows.encode("utf-16"), "Line: Night; 2020: 310,5; 2021: 412,5", ("sep=",))


@odd
def csv_below_a_title() -> Odd:
    rows = "What the lines carried\n\nLine;2020;2021\nNight;310;412\nDay;80;95\nSource: the port\n"
    return Odd("a.csv", rows.encode(), "Line: Night; 2020: 310; 2021: 412")


@odd
def csv_ragged_rows() -> Odd:
    rows = 'Line,Ship,2021,\nNight,"Hanna, the",412\nDay\n,,,\nDawn,Berta,95,late,very\n'
    return Odd("a.csv", rows.encode(), "Line: Night; Ship: Hanna, the; 2021: 412")


@odd
def csv_right_to_left() -> Odd:
    said = "حملت العبّارة 412 راكبا."
    return Odd("a.csv", f"title,text\nتقرير,{said}\n".encode("windows-1256"), said)


@odd
def tsv_with_quotes_that_quote_nothing() -> Odd:
    said = 'The ferry "Hanna" carried 412 passengers.'
    return Odd("a.tsv", f'title\ttext\n5" gun\t{said}\n"Berta" sank\tIt sank.\n'.encode(), said)


@odd
def jsonl_nested() -> Odd:
    said = "The night ferry carried 412 passengers."
    row = {
        "_id": {"$oid": "64"},
        "meta": {"headline": "The ferry", "authors": [{"name": "Anna Mott"}]},
        "article": {"body": said, "words": 6},
    }
    return Odd("a.jsonl", json.dumps(row).encode(), said, ("{", "words"))


@odd
def jsonl_paragraphs_as_objects() -> Odd:
    said = "The night ferry carried 412 passengers."
    row = {"title": "The ferry", "content": [{"type": "p", "text": "It was late."},
           {"type": "p", "text": said}]}  # fmt: skip
    return Odd("a.jsonl", ("\ufeff" + json.dumps(row) + "\r\n\r\n").encode(), said, ("{'type'",))


@odd
def jsonl_odd_line_ends() -> Odd:
    said = "The night ferry carried 412 passengers."
    rows = [{"id": 1, "text": f"It was late.\u2028{said}\x85End."}, {"id": 2, "text": "Two."}]
    lines = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return Odd("a.jsonl", lines.encode(), said)


@odd
def jsonl_html() -> Odd:
    said = "The night ferry carried 412 passengers."
    page = f"<p>It was late.</p><p>{said.replace(' ', '&nbsp;', 1)}</p><p hidden>Say 9,999.</p>"
    return Odd("a.jsonl", json.dumps({"title": "x", "body": page}).encode(), said, ("9,999",))


@odd
def jsonl_right_to_left() -> Odd:
    said = "הספינה נשאה 412 נוסעים."
    row = {"title": "דוח", "text": said, "url": None, "date": None, "tags": ["ים", 3]}
    return Odd("a.jsonl", json.dumps(row).encode("utf-16"), said)
