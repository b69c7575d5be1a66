"""Small files that are made to hang, fill or crash what reads them, made here by code."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

from pdfs import make_pdf, of_objects

_MEGA = 1_000_000


def files() -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each."""
    yield from (("html " + name, data) for name, data in _pages())
    yield from (("pdf " + name, data) for name, data in _pdfs())
    yield from (("md " + name, data) for name, data in _markdowns())
    yield from (("txt " + name, data) for name, data in _texts())


def _pages() -> Iterator[tuple[str, bytes]]:
    some = b"The night ferry will return on the third of May. " * 4
    for tag in (b"div", b"b", b"table><tr><td", b"blockquote", b"ul><li", b"svg", b"font"):
        yield f"deep {tag.decode()}", b"<body>" + some + b"<%s>" % tag * 60_000 + some
    for tag in (b"p", b"tr><td", b"a href=x", b"img src=x alt=y", b"h1", b"meta name=a content=b"):
        yield f"many {tag.decode()}", b"<body>" + b"<%s>word " % tag * 40_000
    yield "attributes", b"<p " + b" ".join(b"a%d=x" % n for n in range(100_000)) + b">" + some
    for inline in (b"span", b"b", b"a href=x", b"i><u"):
        yield f"inline {inline.decode()}", b"<article><p>" + b"<%s>word</%s> and " % (
            inline, inline.split()[0].split(b">")[0]
        ) * 30_000  # fmt: skip
    row = b"<tr><td>Berth on the pier<td>3 crowns"
    yield "9 MB of rows", b"<article><p>" + some + b"<table>" + row * 240_000
    yield "5 MB of tables", b"<article><p>" + some + b"<table><tr><td>Berth</table>" * 180_000
    yield "one attribute", b"<p title='" + b"x" * 10 * _MEGA + b"'>" + some
    yield "one name", b"<" + b"x" * 5 * _MEGA + b">" + some
    yield "comments", b"<!--" * 300_000 + some
    yield "entities", b"<!DOCTYPE a [" + b"".join(
        b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 30)
    ) + b"]><p>&a29;" + some  # fmt: skip
    yield (
        "external entity",
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><article><p>&x;" + some),
    )
    yield "references", b"<p>" + b"&amp;" * _MEGA
    yield "json", b"<script type='application/ld+json'>" + b'{"a":[' * 100_000 + b"</script>" + some
    yield "dates", b"<p>" + b"2024-01-0" * 200_000
    yield "spaces", b"<p>" + b" " * 5 * _MEGA + b"x"
    yield "one word", b"<article><p>" + b"a" * 5 * _MEGA
    yield "one cell", b"<table><tr>" + b"<td colspan=99999999 rowspan=99999999>x" * 2_000
    yield "styles", b"<style>" + b"a{" * 500_000 + b"</style>" + some
    yield "encodings", b"<meta charset=utf-7>" * 20_000 + some
    yield "NULs", b"<p>\0" * 100_000
    yield "nothing", b""


def _pdfs() -> Iterator[tuple[str, bytes]]:
    words = b"BT /F1 11 Tf 1 0 0 1 50 700 Tm (The night ferry.) Tj ET\n"
    catalog, font = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Font /Subtype /Type1 >>"
    one = b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>"
    leaf = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s "
        b"/Resources << /Font << /F1 3 0 R >> /XObject << /X 6 0 R >> >> >>"
    )

    def with_page(content: bytes, *more: bytes) -> bytes:
        return of_objects([catalog, one, font, leaf % b"5 0 R", content, *more])

    kids = b" ".join([b"4 0 R"] * 2_000)
    tree = b"<< /Type /Pages /Count 2000 /Kids [" + kids + b"] >>"
    yield "2,000 pages", of_objects([catalog, tree, font, leaf % b"5 0 R", _packed(words * 3_000)])
    yield "bomb", with_page(_packed(b"\0" * 300 * _MEGA))
    yield "bomb in a bomb", with_page(_packed(zlib.compress(b" " * 300 * _MEGA), times=2))
    yield "bomb of words", with_page(_packed(words * _MEGA))
    yield "nested dictionaries", with_page(b"<< /A " * 100_000)
    yield "nested arrays", with_page(_packed(b"[" * _MEGA + words))
    yield "nested states", with_page(_packed(b"q " * 2 * _MEGA + words))
    yield (
        "page of itself",
        of_objects([catalog, b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"]),
    )
    yield "contents of itself", of_objects([catalog, one, font, leaf % b"4 0 R"])
    form = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 11 /Resources << /XObject "
        b"<< /X 6 0 R >> >> >>\nstream\n/X Do /X Do\nendstream"
    )
    yield "drawing of itself", with_page(_packed(b"/X Do\n"), form)
    steps = [
        form.replace(b"/X 6 0 R", b"/X %d 0 R" % (7 + step)) for step in range(30)
    ]  # Two of the next in each: 2^30 drawings.
    yield "drawings in drawings", with_page(_packed(b"/X Do\n"), *steps)
    yield "many pages", b"%PDF-1.4\n" + b"1 0 obj <</Count 99999999999>> endobj " * 50_000
    good = make_pdf([["The night ferry."]])
    table = good.index(b"startxref")
    yield "table of itself", good[:table] + b"startxref\n%d\n%%%%EOF" % table
    yield "table before itself", good.replace(b"/Size", b"/Prev %d /Size" % good.index(b"xref"))
    yield "table too long", good.replace(b"xref\n0 ", b"xref\n0 99999999")
    yield "no table", good[: good.index(b"xref")] + b"9 0 obj\n" * 300_000
    yield "huge length", good.replace(b"/Length ", b"/Length 99999999")
    yield "huge page", good.replace(b"595 842", b"9e99 9e99")
    yield "half", good[: len(good) // 2]
    yield "no end", good + b"%" * 5 * _MEGA


def _markdowns() -> Iterator[tuple[str, bytes]]:
    yield "nested front matter", b"---\na: " + b"[" * 20_000 + b"\n---\nText."
    yield "aliases", b"---\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9) if n else b"x")
        for n in range(60)
    ) + b"---\nText."  # fmt: skip
    yield "endless front matter", b"---\n" + b"a: b\n" * 500_000
    yield "long title", b"---\ntitle: " + b"x" * 2 * _MEGA + b"\n---\nText."
    yield "headings", b"# " * _MEGA
    yield "quotations", b">" * _MEGA + b" word"
    yield "emphases", b"*a_" * 500_000


def _texts() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(17)
    yield "one word", b"a" * 10 * _MEGA
    yield "full stops", b"." * 5 * _MEGA
    yield "abbreviations", b"e.g. " * _MEGA
    yield "quotation marks", '"“(['.encode() * _MEGA
    yield "bytes", chance.randbytes(2 * _MEGA)
    yield "NULs", b"\0" * 2 * _MEGA
    yield "wrong bytes", b"word \xff\xfe\x80" * 300_000
    yield "UTF-32", "\U0010ffff".encode("utf-32") * 300_000
    yield "lines", b"\r\n" * 3 * _MEGA + b"x"
    yield "combining", ("e" + "\u0301" * 500_000).encode()


def _packed(data: bytes, times: int = 1) -> bytes:
    """A stream that is packed so many times."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = b"/FlateDecode " * times
    return b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(data), filters, data)
