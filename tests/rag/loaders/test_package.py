"""Promises of hostile office files and books: told in one line, soon, with nothing unpacked."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import read_file
from tests.rag.loaders.offices import SAID, docx, epub, honest, p, tbl, unfolding, zipped

NAMES = ("a.docx", "a.pptx", "a.xlsx", "a.epub")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


def refusal(tmp_path: Path, name: str, data: bytes) -> ArticleError:
    (tmp_path / name).write_bytes(data)
    began = time.monotonic()
    with pytest.raises(ArticleError) as caught:
        read_file(tmp_path / name)
    assert time.monotonic() - began < 30
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_the_honest_file_of_each_format_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(honest(name))
    assert SAID in read_file(tmp_path / name).text


MAIN = {
    "a.docx": "document.xml", "a.pptx": "slide1.xml", "a.xlsx": "sheet1.xml", "a.epub": "book.opf",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_entities_are_refused_before_any_parser_meets_them(
    tmp_path: Path, name: str, code: str
) -> None:
    data = honest(name)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    (place,) = (one for one in parts if one.endswith("/" + MAIN[name]))
    body = bytes(parts[place]).decode().removeprefix("\ufeff")
    body = body[body.index("?>") + 2 :] if body.startswith("<?xml") else body
    parts[place] = f"<!DOCTYPE x [{LAUGHS}]>{body}".encode(code)
    assert refusal(tmp_path, name, zipped(parts)).kind == "package entities"


@pytest.mark.parametrize("name", NAMES)
def test_a_part_of_5_gb_is_refused_unpacked(tmp_path: Path, name: str) -> None:
    data = unfolding("word/media/large.xml", 5, honest(name))
    assert refusal(tmp_path, name, data).kind == "package large"


def test_a_part_that_lies_of_its_size_gives_no_byte_more(tmp_path: Path) -> None:
    data = bytearray(unfolding("word/footnotes.xml", 1, honest("a.docx")))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        packed = archive.getinfo("word/footnotes.xml").compress_size
    sizes = struct.pack("<LL", packed, 2**30)
    assert data.count(sizes) >= 1
    lie = bytes(data).replace(sizes, struct.pack("<LL", packed, 1_000))
    assert refusal(tmp_path, "a.docx", lie).kind == "package damaged"


def test_members_without_number_are_refused(tmp_path: Path) -> None:
    data = zipped({f"word/{n}.xml": "" for n in range(21_000)})
    assert refusal(tmp_path, "a.docx", data).kind == "package large"


@pytest.mark.parametrize("name", NAMES)
def test_an_encrypted_or_old_office_file_is_told_as_such(tmp_path: Path, name: str) -> None:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5_000
    assert refusal(tmp_path, name, compound).kind == "office locked"


def test_an_encrypted_member_is_told_as_such(tmp_path: Path) -> None:
    data = bytearray(honest("a.docx"))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + place] |= 1
    assert refusal(tmp_path, "a.docx", bytes(data)).kind == "package encrypted"


def broken() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "no zip", b"PK\x03\x04 and no more"
    yield "empty zip", zipped({})
    yield "other zip", zipped({"a.txt": SAID})
    yield "no xml", zipped({
        "[Content_Types].xml": "<", "_rels/.rels": "<", "word/document.xml": "<", "ppt/a.xml": "<",
        "xl/workbook.xml": "<", "META-INF/container.xml": "<",
    })  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("what", "data"), [*broken()])
def test_what_is_no_such_file_is_told(tmp_path: Path, name: str, what: str, data: bytes) -> None:
    assert refusal(tmp_path, name, data).kind in ("package damaged", "empty"), what


@pytest.mark.parametrize("name", NAMES)
def test_half_a_file_is_told(tmp_path: Path, name: str) -> None:
    data = honest(name)
    assert refusal(tmp_path, name, data[: len(data) // 2]).kind == "package damaged"


def deep() -> Iterator[tuple[str, bytes]]:
    nested = p(SAID)
    for _ in range(60):
        nested = tbl([nested])
    yield "tables in tables", docx(nested)
    yield "elements in elements", docx("<w:sdt><w:sdtContent>" * 5_000 + p(SAID))
    yield (
        "smart tags",
        docx(p("<w:smartTag>" * 200 + f"<w:r><w:t>{SAID}</w:t></w:r>" + "</w:smartTag>" * 200)),
    )
    span = '<w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr>' + p(SAID) + "</w:tc>"
    yield "spans", docx(tbl([span, span], [span, span]))
    style = '<w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="A"/></w:style>'
    yield "style of itself", docx(p(SAID), styles=f"<w:styles NS>{style}</w:styles>")
    notes = (
        '<w:footnote w:id="1"><w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p></w:footnote>'
    )
    yield (
        "note of itself",
        docx(
            p(SAID, '<w:r><w:footnoteReference w:id="1"/></w:r>'),
            footnotes=f"<w:footnotes NS>{notes}</w:footnotes>",
        ),
    )
    yield "many paragraphs", docx(p("Word.") * 40_000)


@pytest.mark.parametrize(
    ("what", "data"), [*deep()], ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_document_made_to_hang_is_read_or_told_in_one_line(
    tmp_path: Path, what: str, data: bytes
) -> None:
    (tmp_path / "a.docx").write_bytes(data)
    began = time.monotonic()
    try:
        assert SAID in read_file(tmp_path / "a.docx").text or what == "many paragraphs"
    except ArticleError as error:
        assert "\n" not in str(error)
    assert time.monotonic() - began < 40


def test_a_book_never_reads_beyond_itself(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text("<p>Secret.</p>")
    data = epub({"a": f"<p>{SAID}</p>"}, ["a"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    opf = bytes(parts["OEBPS/book.opf"]).decode()
    parts["OEBPS/book.opf"] = opf.replace(
        "</manifest>",
        '<item id="s" href="../../secret.xhtml" media-type="application/xhtml+xml"/></manifest>',
    ).replace("</spine>", '<itemref idref="s"/></spine>')
    (tmp_path / "a.epub").write_bytes(zipped(parts))
    assert read_file(tmp_path / "a.epub").text == SAID
