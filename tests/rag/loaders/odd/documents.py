"""Word documents with odd layouts."""

from __future__ import annotations

from tests.rag.loaders.odd import Odd, odd
from tests.rag.loaders.offices import docx, p, r, spanned, tbl

_CHANGE = 'w:id="1" w:author="Bo" w:date="2024-11-28T09:00:00Z"'
_COMPAT = "http://schemas.openxmlformats.org/markup-compatibility/2006"


@odd
def changes_tracked_by_paragraph_and_by_row() -> Odd:
    gone = f"<w:rPr><w:del {_CHANGE}/></w:rPr>"
    deleted = (
        f"<w:p><w:pPr>{gone}</w:pPr><w:del {_CHANGE}><w:r><w:delText>Say 9,999.</w:delText></w:r>"
        "</w:del></w:p>"
    )
    halves = (
        f"<w:p><w:pPr>{gone}</w:pPr>{r('The night ferry carried ')}</w:p>"
        f"<w:p><w:ins {_CHANGE}>{r('412 passengers')}</w:ins>{r(' in all.')}</w:p>"
    )
    table = tbl(["Line", "2020", "2021"], ["Night", "310", "412"], ["Day", "8,888", "7,777"])
    *rows, last = table.split("<w:tr>")
    rows.append(f"<w:trPr><w:del {_CHANGE}/></w:trPr>{last}")
    body = deleted + halves + "<w:tr>".join(rows)
    said = "The night ferry carried 412 passengers in all."
    return Odd("a.docx", docx(body), said, ("9,999", "8,888", "7,777"))


@odd
def a_box_in_two_forms() -> Odd:
    said = "The night ferry carried 412 passengers."
    inner = f"<w:txbxContent>{p(said)}</w:txbxContent>"
    box = (
        f'<w:r><mc:AlternateContent xmlns:mc="{_COMPAT}"><mc:Choice Requires="wps"><w:drawing '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wp:anchor>'
        '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/'
        f'wordprocessingShape"><wps:wsp><wps:txbx>{inner}</wps:txbx></wps:wsp></a:graphicData>'
        "</a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict "
        f'xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox>{inner}</v:textbox></v:shape>'
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    return Odd("a.docx", docx(p("Before.", box, " After.")), said)


@odd
def notes_and_remarks() -> Odd:
    said = "The log of the Hanna gives 412 passengers."
    body = p(
        '<w:commentRangeStart w:id="0"/>', "She was full.",
        '<w:r><w:endnoteReference w:id="2"/></w:r>', '<w:commentRangeEnd w:id="0"/>',
        '<w:r><w:commentReference w:id="0"/></w:r>',
    )  # fmt: skip
    notes = f'<w:endnotes NS><w:endnote w:id="2">{p(said)}</w:endnote></w:endnotes>'
    remarks = f'<w:comments NS><w:comment w:id="0" w:author="Bo">{p("Say 9,999.")}</w:comment>'
    data = docx(body, endnotes=notes, comments=remarks + "</w:comments>")
    return Odd("a.docx", data, said, ("9,999",))


@odd
def lists_and_tables_in_a_table() -> Odd:
    item = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>{}</w:p>'
    listed = "".join(item.format(r(words)) for words in ("Hanna", "Berta"))
    inner = tbl(["Ship", "Seats", "Built"], ["Hanna", "412", "1911"])
    table = tbl(
        [f"<w:tc>{p('Ships')}</w:tc>", f"<w:tc>{listed}</w:tc>"],
        ["Details", inner],
    )
    return Odd("a.docx", docx(p("The fleet.") + table), "Ship: Hanna; Seats: 412; Built: 1911")


@odd
def merged_heads_over_several_rows() -> Odd:
    table = tbl(
        [spanned("What the lines carried", '<w:gridSpan w:val="3"/>')],
        [spanned("Line", '<w:vMerge w:val="restart"/>'),
         spanned("2021", '<w:gridSpan w:val="2"/>')],
        [spanned("", "<w:vMerge/>"), "Spring", "Autumn"],
        ["Night", "190", "412"],
    )  # fmt: skip
    return Odd("a.docx", docx(table), "Line: Night; 2021, Spring: 190; 2021, Autumn: 412")


@odd
def fields_symbols_and_breaks() -> Odd:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DOCPROPERTY 9999'
        '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{r("412")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = p(
        "The night", "<w:r><w:noBreakHyphen/></w:r>", "ferry carried ", field,
        "<w:r><w:tab/></w:r>", r("pass"), "<w:r><w:softHyphen/></w:r>", r("engers", "<w:b/>"),
        '<w:hyperlink w:anchor="x">' + r(" to Port Hanna") + "</w:hyperlink>",
        "<w:r><w:lastRenderedPageBreak/></w:r>", ".",
    )  # fmt: skip
    said = "The night‑ferry carried 412 passengers to Port Hanna."
    return Odd("a.docx", docx(body), said, ("DOCPROPERTY",))


@odd
def right_to_left() -> Odd:
    said = "حملت العبّارة Hanna الليلية 412 راكبا."
    first, last = said.split("Hanna")
    mark = "<w:rtl/>"
    body = f"<w:p><w:pPr><w:bidi/></w:pPr>{r(first, mark)}{r('Hanna')}{r(last, mark)}</w:p>"
    cells = tbl(["الخط", "2020", "2021"], ["ليلا", "310", "412"])
    turned = cells.replace("<w:tbl>", "<w:tbl><w:tblPr><w:bidiVisual/></w:tblPr>")
    return Odd("a.docx", docx(body + turned), said)
