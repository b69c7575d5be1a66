"""Promises of slides and sheets: what they show is read, each row under its heads."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pptx
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from rag.loaders import read_file
from rag.schema import Article
from tests.rag.loaders.offices import zipped

SAID = "The night ferry carried 412 passengers."
NORTH = "Region: North; 2020: 310; 2021: 412"
TABLE = [["Region", "2020", "2021"], ["North", "310", "412"], ["South", "200", "199"]]
PLACE = (Inches(1), Inches(2), Inches(6), Inches(1))


def slides(tmp_path: Path, fill: Callable[[Any, Any], None]) -> Article:
    shown = pptx.Presentation()
    fill(shown, shown.slides.add_slide(shown.slide_layouts[1]))
    shown.save(str(tmp_path / "a.pptx"))
    return read_file(tmp_path / "a.pptx")


def table_on(slide: Any, rows: list[list[str]]) -> Any:
    table = slide.shapes.add_table(len(rows), len(rows[0]), *PLACE).table
    for down, row in enumerate(rows):
        for across, words in enumerate(row):
            table.cell(down, across).text = words
    return table


def box_on(slide: Any, words: str, left: float = 1) -> Any:
    box = slide.shapes.add_textbox(Inches(left), Inches(6), Inches(1), Inches(1))
    box.text_frame.text = words
    return box


def sheet(tmp_path: Path, fill: Callable[[Any, Any], None]) -> Article:
    book = openpyxl.Workbook()
    fill(book, book.active)
    book.save(tmp_path / "a.xlsx")
    return read_file(tmp_path / "a.xlsx")


# Slides


def test_a_slide_is_its_title_its_words_and_its_notes_in_that_order(tmp_path: Path) -> None:
    def fill(_: Any, slide: Any) -> None:
        box_on(slide, "At the foot.")
        slide.placeholders[1].text = "Left at ten.\nArrived at six."
        slide.shapes.title.text = "Night ferry"
        slide.notes_slide.notes_text_frame.text = SAID

    one = slides(tmp_path, fill)
    assert one.title == "Night ferry"
    assert one.text.split("\n\n") == [
        "Night ferry", "Left at ten.", "Arrived at six.", "At the foot.", SAID,
    ]  # fmt: skip


def test_a_table_on_a_slide_keeps_its_rows_and_its_merged_cells(tmp_path: Path) -> None:
    def fill(_: Any, slide: Any) -> None:
        rows = [["Region", "2021", ""], ["", "Spring", "Autumn"], ["North", "4", "5"]]
        table = table_on(slide, rows)
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(0, 0).merge(table.cell(1, 0))

    assert "Region: North; 2021, Spring: 4; 2021, Autumn: 5" in slides(tmp_path, fill).text


def test_a_chart_is_the_table_that_it_draws(tmp_path: Path) -> None:
    def fill(_: Any, slide: Any) -> None:
        data = CategoryChartData()
        data.categories = ["2020", "2021"]
        data.add_series("North", (310, 412.5))
        slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data)

    assert "North; 2020: 310; 2021: 412.5" in slides(tmp_path, fill).text


def test_pictures_are_no_text_and_their_diagrams_words_are(tmp_path: Path) -> None:
    def fill(_: Any, slide: Any) -> None:
        slide.shapes.title.text = SAID
        picture = BytesIO()
        Image.new("RGB", (4, 4)).save(picture, "PNG")
        slide.shapes.add_picture(picture, *PLACE)

    slides(tmp_path, fill)
    with zipfile.ZipFile(tmp_path / "a.pptx") as archive:
        parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/>'
        '<p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="9" y="9"/><a:ext cx="9" cy="9"/></p:xfrm>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/diagram">'
        '<d:relIds xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
        'r:dm="rId77"/>'
        "</a:graphicData></a:graphic></p:graphicFrame></p:spTree>"
    )
    tie = (
        '<Relationship Id="rId77" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/diagramData" Target="../diagrams/data1.xml"/></Relationships>'
    )
    slide, ties = "ppt/slides/slide1.xml", "ppt/slides/_rels/slide1.xml.rels"
    parts[slide] = bytes(parts[slide]).replace(b"</p:spTree>", frame.encode())
    parts[ties] = bytes(parts[ties]).replace(b"</Relationships>", tie.encode())
    parts["ppt/diagrams/data1.xml"] = (
        '<d:dataModel xmlns:d="d" xmlns:a="a"><d:pt><d:t><a:p><a:r><a:t>Left </a:t></a:r><a:r>'
        "<a:t>at ten.</a:t></a:r></a:p></d:t></d:pt></d:dataModel>"
    )
    (tmp_path / "a.pptx").write_bytes(zipped(parts))
    assert read_file(tmp_path / "a.pptx").text == f"{SAID}\n\nLeft at ten."


def test_hidden_slides_hidden_shapes_and_shapes_beside_the_slide_are_no_text(
    tmp_path: Path,
) -> None:
    def fill(shown: Any, slide: Any) -> None:
        slide.shapes.title.text = SAID
        box_on(slide, "Beside it.", left=40)
        hidden = box_on(slide, "Hidden shape.")
        hidden.element.nvSpPr.cNvPr.set("hidden", "1")
        other = shown.slides.add_slide(shown.slide_layouts[1])
        other.shapes.title.text = "Hidden slide."
        other.element.set("show", "0")

    assert slides(tmp_path, fill).text == SAID


def test_grouped_shapes_and_text_from_right_to_left_are_read(tmp_path: Path) -> None:
    words = "הספינה נשאה 412 נוסעים."

    def fill(_: Any, slide: Any) -> None:
        group = slide.shapes.add_group_shape()
        inner = group.shapes.add_group_shape()
        box = inner.shapes.add_textbox(*PLACE)
        box.text_frame.text = words

    assert slides(tmp_path, fill).text == words


def test_the_properties_of_slides_are_their_claims(tmp_path: Path) -> None:
    def fill(shown: Any, slide: Any) -> None:
        slide.shapes.title.text = "Night ferry"
        shown.core_properties.title = "The Fleet"
        shown.core_properties.author = "Anna Mott"
        shown.core_properties.created = datetime(2024, 11, 28)

    one = slides(tmp_path, fill)
    assert (one.title, one.author, one.published) == ("The Fleet", "Anna Mott", date(2024, 11, 28))


def test_a_place_in_a_presentation_is_on_the_slide_of_its_number(tmp_path: Path) -> None:
    def fill(shown: Any, slide: Any) -> None:
        slide.shapes.title.text = "It was late."
        for words in ("Hidden.", "", SAID):
            other = shown.slides.add_slide(shown.slide_layouts[1])
            other.shapes.title.text = words
            if words == "Hidden.":
                other.element.set("show", "0")

    one = slides(tmp_path, fill)
    assert one.page_kind == "slide" and len(one.pages) == 4
    assert (one.page(0), one.page(one.text.find(SAID))) == (1, 4)


# Sheets


def test_a_place_in_a_workbook_is_on_the_sheet_of_its_number(tmp_path: Path) -> None:
    def fill(book: Any, page: Any) -> None:
        page.title, page.sheet_state = "Draft", "hidden"
        page["A1"] = "Hidden."
        for words in ("It was late.", SAID):
            book.create_sheet()["A1"] = words
        book.active = 1

    one = sheet(tmp_path, fill)
    assert one.page_kind == "sheet" and one.title != "Draft"
    assert [one.page(one.text.find(words)) for words in ("It was late.", SAID)] == [1, 2]


@pytest.mark.parametrize("skipped", [0, 3])
def test_a_row_of_a_sheet_says_the_heads_of_its_cells(tmp_path: Path, skipped: int) -> None:
    def fill(_: Any, page: Any) -> None:
        for row in [[None]] * skipped + [["Region", 2020, 2021], ["North", 310, 412.0]]:
            page.append([None] * skipped + row)

    assert sheet(tmp_path, fill).text == NORTH


def test_merged_heads_count_for_all_that_they_span(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        for row in [["Sales of the lines"], ["Region", 2021], [None, "Spring", "Autumn"],
                    ["North", 4, 5], [None, 6, 7]]:  # fmt: skip
            page.append(row)
        for cells in ("A1:C1", "A2:A3", "B2:C2", "A4:A5"):
            page.merge_cells(cells)

    assert sheet(tmp_path, fill).text.split("\n\n") == [
        "Sales of the lines",
        "Region: North; 2021, Spring: 4; 2021, Autumn: 5",
        "Region: North; 2021, Spring: 6; 2021, Autumn: 7",
    ]


def test_hidden_sheets_rows_and_columns_are_no_text_and_that_is_noted(tmp_path: Path) -> None:
    def fill(book: Any, page: Any) -> None:
        for row in [["Region", "Secret", 2020, 2021], ["North", "x", 310, 412], ["South", 1, 2, 3]]:
            page.append(row)
        page.column_dimensions["B"].hidden = True
        page.row_dimensions[3].hidden = True
        other = book.create_sheet("Other")
        other["A1"] = "Hidden sheet."
        other.sheet_state = "veryHidden"

    one = sheet(tmp_path, fill)
    assert one.text == NORTH
    assert [(note.kind, note.facts["count"]) for note in one.notes] == [("cells hidden", 3)]


def test_days_shares_and_yes_and_no_are_told_as_they_are_shown(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        page.append(["Ship", "Built", "Full", "Sails"])
        page.append(["Hanna", date(1911, 5, 3), 0.125, True, "Shown as nothing"])
        page["C2"].number_format = "0.0%"
        page["E2"].number_format = ";;;"

    assert sheet(tmp_path, fill).text == "Ship: Hanna; Built: 1911-05-03; Full: 12.5 %; Sails: TRUE"


@pytest.mark.parametrize(
    ("value", "shape", "told"),
    [
        (38.5, '#,##0.00 "crowns"', "38.50 crowns"),
        (38.5, "[$€-407] #,##0.00", "€ 38.50"),
        (1234567, "#,##0\\ [$kr-41D]", "1234567 kr"),
        (0.125, "0.00", "0.125"),
        (12, "0.00E+00", "12"),
        (7, "General", "7"),
        (3, "#" * 100_000 + "/", "3"),
        (1e300, "0.00", "1e+300"),
    ],
)
def test_a_number_is_told_with_its_unit_and_no_digit_is_lost(
    tmp_path: Path, value: float, shape: str, told: str
) -> None:
    def fill(_: Any, page: Any) -> None:
        page.append(["Ship", "Fare", "Home"])
        page.append(["Hanna", value, "Port Hanna"])
        page["B2"].number_format = shape

    assert sheet(tmp_path, fill).text == f"Ship: Hanna; Fare: {told}; Home: Port Hanna"


def test_several_tables_and_sheets_each_have_their_own_heads(tmp_path: Path) -> None:
    def fill(book: Any, page: Any) -> None:
        page.title = "Lines"
        for row in [*TABLE, [], ["Name", "Home", "Seats"], ["Hanna", "Port Hanna", 120]]:
            page.append([int(cell) if str(cell).isdigit() else cell for cell in row])
        other = book.create_sheet("عبّارات")
        other["A1"] = "حملت العبّارة 412 راكبا."

    assert sheet(tmp_path, fill).text.split("\n\n") == [
        "Lines",
        NORTH,
        "Region: South; 2020: 200; 2021: 199",
        "Name: Hanna; Home: Port Hanna; Seats: 120",
        "عبّارات",
        "حملت العبّارة 412 راكبا.",
    ]


def test_a_sheet_of_pairs_says_each_of_what_it_is(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        for row in [["Captain", "Anna Mott"], ["Founded", 1911], ["Owner", "The port"]]:
            page.append(row)

    assert sheet(tmp_path, fill).text == "Captain: Anna Mott\n\nFounded: 1911\n\nOwner: The port"


def test_pictures_and_charts_on_a_sheet_are_no_text_and_its_cells_are(tmp_path: Path) -> None:
    def fill(_: Any, page: Any) -> None:
        for row in TABLE[:2]:
            page.append([int(cell) if cell.isdigit() else cell for cell in row])
        picture = BytesIO()
        Image.new("RGB", (4, 4)).save(picture, "PNG")
        page.add_image(SheetImage(picture), "E5")
        chart = BarChart()
        chart.add_data(Reference(page, min_col=2, max_col=3, min_row=1, max_row=2))
        page.add_chart(chart, "E9")

    assert sheet(tmp_path, fill).text == NORTH


def test_what_a_formula_gave_is_read_and_not_the_formula(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "=1+1"
    out = BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    place = "xl/worksheets/sheet1.xml"
    parts[place] = (
        bytes(parts[place]).replace(b"<v></v>", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
    )
    (tmp_path / "a.xlsx").write_bytes(zipped(parts))
    assert read_file(tmp_path / "a.xlsx").text == "2"
