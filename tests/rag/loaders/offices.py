"""Office documents, books and mails with odd layouts, made part by part, for the tests."""

from __future__ import annotations

import io
import zipfile
import zlib

import openpyxl
import pptx

SAID = "The night ferry carried 412 passengers."
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def docx(body: str, **more: str) -> bytes:
    """A Word document of this body; ``more`` are parts by name: footnotes, styles, core."""
    related = "".join(
        f'<Relationship Id="r{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>'
        for name in more
        if name != "core"
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELS}">{related}</Relationships>',
    }
    for name, part in more.items():
        place = "docProps/core.xml" if name == "core" else f"word/{name}.xml"
        parts[place] = part.replace("NS", _W, 1)
    return zipped(parts)


def core(title: str = "", creator: str = "", created: str = "") -> str:
    return (
        '<cp:coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator>"
        f"<dcterms:created>{created}</dcterms:created></cp:coreProperties>"
    )


def p(*words: str) -> str:
    return f"<w:p>{''.join(one if one.startswith('<') else r(one) for one in words)}</w:p>"


def r(words: str, marks: str = "") -> str:
    shape = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    return f'<w:r>{shape}<w:t xml:space="preserve">{words}</w:t></w:r>'


def tbl(*rows: list[str]) -> str:
    """A table; a cell that begins with ``<w:tc`` or ``<w:tbl`` is taken as it is."""

    def cell(words: str) -> str:
        if words.startswith("<w:tc"):
            return words
        return f"<w:tc>{words + p('') if words.startswith('<w:') else p(words)}</w:tc>"

    lines = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    return f"<w:tbl>{lines}</w:tbl>"


def spanned(words: str, marks: str) -> str:
    return f"<w:tc><w:tcPr>{marks}</w:tcPr>{p(words)}</w:tc>"


def epub(chapters: dict[str, str], spine: list[str], facts: str = "", **more: str) -> bytes:
    items = "".join(
        f'<item id="{name}" href="text/{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in spine)
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{facts}</metadata><manifest>{items}</manifest><spine>{order}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    pages = {
        f"OEBPS/text/{name}.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>x</title></head><body>{body}</body></html>"
        for name, body in chapters.items()
    }
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/book.opf": opf,
            **pages,
            **{name.replace("__", "/").replace("_xml", ".xml"): one for name, one in more.items()},
        }
    )


def unfolding(name: str, giga: float, others: bytes) -> bytes:
    """A zip file with one member more, so many GB of spaces, made in no time."""
    piece = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = piece.compress(b" " * 2**20) + piece.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    count = int(giga * 1024)
    packed = block * count + last.flush(zlib.Z_FINISH)
    out = io.BytesIO(others)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, packed)
        member = archive.getinfo(name)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.file_size = count * 2**20
    return out.getvalue()


def honest(name: str) -> bytes:
    """A small file of the format that the name ends in, which says `SAID`."""
    out = io.BytesIO()
    if name.endswith(".docx"):
        return docx(p(SAID))
    if name.endswith(".epub"):
        return epub({"a": f"<p>{SAID}</p>"}, ["a"])
    if name.endswith(".pptx"):
        shown = pptx.Presentation()
        shown.slides.add_slide(shown.slide_layouts[0]).shapes.title.text = SAID
        shown.save(out)
    else:
        book = openpyxl.Workbook()
        book.active["A1"] = SAID
        book.save(out)
    return out.getvalue()
