"""Books in EPUB: their chapters in reading order, each read as the page of HTML that it is.

EbookLib, which reads these too, is under the AGPL, and little is left of its work here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rag.errors import ArticleError
from rag.loaders.encoding import decode, stated_encoding
from rag.loaders.office import page_text
from rag.loaders.package import Package, opened
from rag.loaders.text import build
from rag.schema import Article

_CONTAINER = "META-INF/container.xml"
_LOCKS = "META-INF/encryption.xml"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = frozenset(
    "application/xhtml+xml text/html application/x-dtbook+xml text/x-oeb1-document".split()
)
_FACTS = {
    "title": "title",
    "creator": "author",
    "date": "published",
    "language": "language",
    "publisher": "publisher",
    "subject": "tags",
}
_LISTED = ("author", "tags")


def read_epub(
    data: bytes,
    file: Path,
    source: str,
    on_page: Callable[[int, int], None] = lambda done, of: None,
) -> Article:
    """The text of a book, with what it says of itself. ``on_page`` is told of each chapter.

    Raises:
        ArticleError: it is copy-protected, damaged, or holds no text.
    """
    package = opened(data, file)
    _see_unlocked(package, file)
    place = next(
        (str(one.get("full-path", "")) for one in package.tree(_CONTAINER).iter("{*}rootfile")), ""
    )
    book = package.tree(place)
    chapters = _chapters(book, place)
    texts = []
    for count, name in enumerate(chapters):
        if name in package.names:
            texts.append(_chapter(package, name, file))
        on_page(count + 1, len(chapters))
    return build("\n\n".join(filter(None, texts)), {**_stated(book), "source": source}, file)


def _see_unlocked(package: Package, file: Path) -> None:
    """See that nothing but fonts is encrypted. Raises ArticleError."""
    if _LOCKS not in package.names:
        return
    methods = package.tree(_LOCKS).iter("{*}EncryptionMethod")
    if any(str(one.get("Algorithm", "")) not in _FONTS for one in methods):
        raise ArticleError(
            f"{file}: this book is copy-protected and cannot be read; add one without protection",
            "book protected",
        )


def _chapters(book: Any, place: str) -> list[str]:
    """The members that are read, in their order; the list of contents is none.

    What stands out of the reading order, as notes do, comes last.
    """
    members: dict[str, str] = {}
    for item in book.iter("{*}item"):
        is_contents = "nav" in str(item.get("properties", "")).split()
        if item.get("media-type") in _PAGES and not is_contents:
            members[str(item.get("id", ""))] = _beside(place, str(item.get("href", "")))
    order = [one for one in book.iter("{*}itemref") if one.get("idref") in members]
    order.sort(key=lambda one: bool(one.get("linear", "yes") == "no"))
    return list(dict.fromkeys(members[one.get("idref")] for one in order))


def _chapter(package: Package, name: str, file: Path) -> str:
    def sheet(link: str) -> str:
        place = _beside(name, link)
        return package.read(place).decode(errors="replace") if place in package.names else ""

    data = package.read(name)
    markup, _ = decode(data, file, stated_encoding(data))
    return page_text(markup, file, sheet)


def _beside(name: str, link: str) -> str:
    """The member that a link in another one leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(link)))


def _stated(book: Any) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for part in book.iterfind("{*}metadata//{http://purl.org/dc/elements/1.1/}*"):
        name = _FACTS.get(part.tag.rpartition("}")[2])
        words = " ".join(str(part.text or "").split())
        if name in _LISTED and words:
            said.setdefault(name, []).append(words)
        elif name and words:
            said.setdefault(name, words)
    return said
