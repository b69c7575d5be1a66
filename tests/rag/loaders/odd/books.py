"""Books in EPUB 2 and 3 with odd layouts."""

from __future__ import annotations

from tests.rag.loaders.odd import Odd, odd
from tests.rag.loaders.offices import epub, zipped

_XHTML = "application/xhtml+xml"


def _book(
    items: dict[str, tuple[str, str | bytes]],
    spine: str,
    place: str = "OEBPS/book.opf",
    before: str = "",
    version: str = "3.0",
) -> bytes:
    """A book of items by their links: each its attributes and its bytes; the spine as it is."""
    listed = "".join(
        f'<item id="i{n}" href="{link}" {marks}/>'
        for n, (link, (marks, _)) in enumerate(items.items())
    )
    opf = (
        f'<?xml version="1.0"?>{before}<package version="{version}" '
        f'xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest>{listed}</manifest>{spine}'
        "</package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        f'<rootfile full-path="{place}"/></rootfiles></container>'
    )
    folder = place.rpartition("/")[0]
    files = {
        f"{folder}/{link}".lstrip("/").replace("%20", " ").replace("%C3%A4", "ä"): data
        for link, (_, data) in items.items()
    }
    return zipped({"META-INF/container.xml": container, place: opf, **files})


def _page(body: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


def _kind(kind: str = _XHTML, more: str = "") -> str:
    return f'media-type="{kind}" {more}'


@odd
def notes_out_of_the_reading_order() -> Odd:
    said = "The log of the Hanna gives 412 passengers."
    text = '<p>She was full.<a epub:type="noteref" href="notes.xhtml#n1">1</a></p>'
    note = f'<aside epub:type="footnote" id="n1"><p>{said}</p></aside>'
    contents = "<nav><ol><li>Say 9,999.</li></ol></nav>"
    items: dict[str, tuple[str, str | bytes]] = {
        "text.xhtml": (_kind(), _page(text)),
        "notes.xhtml": (_kind(), _page(note)),
        "nav.xhtml": (_kind(more='properties="nav"'), _page(contents)),
    }
    spine = (
        '<spine><itemref idref="i2" linear="no"/><itemref idref="i1" linear="no"/>'
        '<itemref idref="i0"/></spine>'
    )
    return Odd("a.epub", _book(items, spine), said, ("9,999",))


@odd
def of_the_second_edition() -> Odd:
    said = "The night ferry carried 412 passengers."
    doctype = (
        '<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN" '
        '"http://openebook.org/dtds/oeb-1.2/oebpkg12.dtd">'
    )
    page = _page(f"<h2>One&nbsp;&mdash; Night</h2><p>{said}</p>").replace(
        "?><html",
        '?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
        '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd"><html',
    )
    items: dict[str, tuple[str, str | bytes]] = {
        "one.html": (_kind("text/x-oeb1-document"), page),
        "toc.ncx": (_kind("application/x-dtbncx+xml"), "<ncx/>"),
    }
    spine = '<spine toc="i1"><itemref idref="i0"/><itemref idref="i0"/></spine><guide/>'
    return Odd("a.epub", _book(items, spine, "content.opf", doctype, "2.0"), said)


@odd
def chapters_of_odd_names_and_encodings() -> Odd:
    said = "Die Nachtfähre beförderte 412 Fahrgäste."
    page = _page(f"<p>{said}</p>").replace("utf-8", "utf-16").encode("utf-16")
    items = {"a b/K%C3%A4pitel%20eins.xhtml": (_kind(), page)}
    return Odd("a.epub", _book(items, '<spine><itemref idref="i0"/></spine>'), said)


@odd
def breaks_of_pages_in_a_sentence() -> Odd:
    body = (
        '<p>The night ferry <span epub:type="pagebreak" role="doc-pagebreak" id="p12" title="12"/>'
        'carried <span class="small">4</span>12 passen<a id="x"/>gers that night.</p>'
        '<svg xmlns="http://www.w3.org/2000/svg"><text>Say 9,999.</text></svg>'
    )
    items = {"a.xhtml": (_kind(), _page(body))}
    said = "The night ferry carried 412 passengers that night."
    return Odd("a.epub", _book(items, '<spine><itemref idref="i0"/></spine>'), said, ("9,999",))


@odd
def notes_in_the_chapter() -> Odd:
    said = "The log of the Hanna gives 412 passengers."
    body = (
        '<p>She was full.<a epub:type="noteref" href="#n">*</a></p>'
        f'<aside epub:type="footnote" id="n"><p>{said}</p></aside>'
        "<table><caption>Lines</caption><tr><th>Line</th><th>2021</th></tr></table>"
    )
    return Odd("a.epub", epub({"a": body}, ["a"]), said)


@odd
def right_to_left() -> Odd:
    said = "حملت العبّارة الليلية 412 راكبا."
    body = f'<section dir="rtl"><p>ا<span>لميناء</span></p><p>{said}</p></section>'
    items = {"a.xhtml": (_kind(), _page(body))}
    spine = '<spine page-progression-direction="rtl"><itemref idref="i0"/></spine>'
    return Odd("a.epub", _book(items, spine), said)
