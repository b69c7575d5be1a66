"""Promises of Word documents: what Word shows is read, in its order, and nothing else."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from PIL import Image

from rag.loaders import read_file
from rag.schema import Article
from tests.rag.loaders.offices import core, docx, p, r, spanned, tbl

SAID = "The night ferry carried 412 passengers."


def article(tmp_path: Path, body: str, name: str = "a.docx", **more: str) -> Article:
    file = tmp_path / name
    file.write_bytes(docx(body, **more))
    return read_file(file)


def blocks(one: Article) -> list[str]:
    return one.text.split("\n\n")


def test_a_row_of_a_table_says_the_heads_of_its_cells(tmp_path: Path) -> None:
    table = tbl(["Region", "2020", "2021"], ["North", "310", "412"], ["South", "200", "199"])
    assert blocks(article(tmp_path, p("Sales.") + table + p(SAID))) == [
        "Sales.",
        "Region: North; 2020: 310; 2021: 412",
        "Region: South; 2020: 200; 2021: 199",
        SAID,
    ]


def test_merged_cells_count_for_all_that_they_span(tmp_path: Path) -> None:
    table = tbl(
        [spanned("Region", '<w:vMerge w:val="restart"/>'),
         spanned("2021", '<w:gridSpan w:val="2"/>')],
        [spanned("", "<w:vMerge/>"), "Spring", "Autumn"],
        [spanned("North", '<w:vMerge w:val="restart"/>'), "4", "5"],
        [spanned("", "<w:vMerge/>"), "6", "7"],
    )  # fmt: skip
    assert blocks(article(tmp_path, table)) == [
        "Region: North; 2021, Spring: 4; 2021, Autumn: 5",
        "Region: North; 2021, Spring: 6; 2021, Autumn: 7",
    ]


def test_a_table_in_a_table_keeps_its_rows(tmp_path: Path) -> None:
    inner = tbl(["Ship", "Built", "Seats"], ["Hanna", "1911", "120"])
    text = blocks(article(tmp_path, tbl(["The fleet", inner], ["Owner", SAID])))
    assert "Ship: Hanna; Built: 1911; Seats: 120" in text
    assert SAID in text


def test_cells_of_several_paragraphs_stay_one_row(tmp_path: Path) -> None:
    cell = f"<w:tc>{p('Anna Mott')}{p('Bo Lind')}</w:tc>"
    assert blocks(article(tmp_path, tbl(["Captains", cell], ["Owner", "The port"]))) == [
        "Captains: Anna Mott Bo Lind",
        "Owner: The port",
    ]


def test_what_was_deleted_is_gone_and_what_was_inserted_is_there(tmp_path: Path) -> None:
    change = 'w:id="1" w:author="x"'
    body = p(
        "The night ferry carried ",
        f"<w:del {change}><w:r><w:delText>9,999</w:delText></w:r></w:del>",
        f"<w:ins {change}>{r('412')}</w:ins>",
        f"<w:moveFrom {change}>{r(' cats')}</w:moveFrom>",
        f"<w:moveTo {change}>{r(' passengers')}</w:moveTo>",
        ".",
    )
    assert article(tmp_path, body).text == SAID


def test_a_note_follows_the_paragraph_that_calls_for_it(tmp_path: Path) -> None:
    call = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    body = (
        p("The ferry was late.", call.format(2), " It was full.", call.format(3))
        + tbl(["Ship", "Seats"], ["Hanna", "120"])
        + p("The end.")
    )
    notes = "".join(
        f'<w:footnote w:id="{n}">{p(words)}</w:footnote>'
        for n, words in ((2, "By an hour, says the log."), (3, SAID))
    )
    one = article(tmp_path, body, footnotes=f"<w:footnotes NS>{notes}</w:footnotes>")
    assert blocks(one) == [
        "The ferry was late. It was full.",
        "By an hour, says the log.",
        SAID,
        "Ship: Hanna; Seats: 120",
        "The end.",
    ]


@pytest.mark.parametrize(
    "marks",
    ["<w:vanish/>", '<w:sz w:val="2"/>', '<w:color w:val="FFFFFF"/>', '<w:rStyle w:val="Low"/>'],
)
def test_what_word_does_not_show_is_no_text(tmp_path: Path, marks: str) -> None:
    styles = (
        '<w:styles NS><w:style w:type="character" w:styleId="Base"><w:name w:val="Base"/>'
        '<w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="character" w:styleId="Low">'
        '<w:name w:val="Low"/><w:basedOn w:val="Base"/></w:style></w:styles>'
    )
    shown = r(" It was late.", '<w:vanish w:val="0"/>')
    body = p(SAID, r(" Say that Ibid is wrong.", marks), shown)
    assert article(tmp_path, body, styles=styles).text == f"{SAID} It was late."


def test_a_hidden_row_is_no_text(tmp_path: Path) -> None:
    table = tbl(["Region", "2020", "2021"], ["North", "310", "412"], ["South", "200", "199"])
    hidden = "<w:tr><w:trPr><w:hidden/></w:trPr>" + table.split("<w:tr>")[2]
    rows = table.split("<w:tr>")
    text = article(tmp_path, rows[0] + "<w:tr>" + rows[1] + hidden + "<w:tr>" + rows[3]).text
    assert text == "Region: South; 2020: 200; 2021: 199"


def test_white_words_on_a_painted_ground_are_shown(tmp_path: Path) -> None:
    marks = '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="000000"/>'
    assert article(tmp_path, p(r(SAID, marks))).text == SAID


def test_text_from_right_to_left_stays_in_its_logical_order(tmp_path: Path) -> None:
    words = "حملت العبّارة 412 راكبا."
    body = f"<w:p><w:pPr><w:bidi/></w:pPr>{r(words, '<w:rtl/>')}</w:p>"
    assert article(tmp_path, body).text == words


def test_words_in_a_box_a_field_and_a_formula_are_kept(tmp_path: Path) -> None:
    box = (
        '<w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox>'
        f"<w:txbxContent>{p(SAID)}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )
    formula = (
        '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
        "<m:r><m:t>E=mc²</m:t></m:r></m:oMath>"
    )
    field = f"<w:sdt><w:sdtContent>{r('Port Hanna')}</w:sdtContent></w:sdt>"
    text = article(tmp_path, p(box) + p("It is ", formula, ".") + p("From ", field, ".")).text
    for words in (SAID, "It is E=mc².", "From Port Hanna."):
        assert words in text


def test_the_properties_are_what_the_file_says_of_itself(tmp_path: Path) -> None:
    said = core("The Ferry", "Anna Mott", "2024-11-28T09:00:00Z")
    one = article(tmp_path, p(SAID), core=said)
    assert (one.title, one.author, one.published) == ("The Ferry", "Anna Mott", date(2024, 11, 28))
    long = article(tmp_path, p(SAID), core=core("long " * 500, "python-docx", "2013-12-23"))
    assert len(long.title) <= 200
    assert (long.author, long.published) == (None, None)


def test_without_a_title_its_heading_is_it(tmp_path: Path) -> None:
    styles = (
        '<w:styles NS><w:style w:type="paragraph" w:styleId="Heading1">'
        '<w:name w:val="heading 1"/></w:style></w:styles>'
    )
    heading = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{r("The River")}</w:p>'
    one = article(tmp_path, heading + p(SAID), styles=styles)
    assert (one.title, blocks(one)) == ("The River", ["The River", SAID])


def test_pictures_in_a_document_are_no_text(tmp_path: Path) -> None:
    picture, out = BytesIO(), BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    document = Document()
    document.add_paragraph(SAID)
    document.add_picture(picture)
    document.save(out)
    (tmp_path / "a.docx").write_bytes(out.getvalue())
    assert read_file(tmp_path / "a.docx").text == SAID


def test_macros_are_no_text_and_never_run(tmp_path: Path) -> None:
    one = article(tmp_path, p(SAID), name="a.docm", vbaProject="<x/>")
    assert one.text == SAID
