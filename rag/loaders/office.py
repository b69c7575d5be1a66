"""What the files of office programs say of themselves, and the text of what they are made into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.loaders.blocks import grid, keep_blocks, lines_of, words_of
from rag.loaders.hidden import TooManyStyles, remove_hidden
from rag.loaders.html import parsed
from rag.loaders.package import Package, damaged
from rag.loaders.rows import head_count

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CORE = "docProps/core.xml"
_FACTS = {
    "title": "title",
    "creator": "author",
    "created": "published",
    "language": "language",
    "keywords": "tags",
}
# What libraries write where they are asked for no author.
_PROGRAMS = frozenset({"python-docx", "openpyxl", "python-pptx", "xlsxwriter", "apache poi"})
_LONGEST_CELL = 600  # characters; a table of longer ones is there for the look of the page
_MOST_SHEETS = 20
_IN_CELLS = "h1 h2 h3 h4 h5 h6".split()


def stated(package: Package) -> dict[str, Any]:
    """Title, author and day as the file's properties have them: its own claims, and no more.

    Raises:
        ArticleError: they are damaged.
    """
    if _CORE not in package.names:
        return {}
    said: dict[str, Any] = {}
    for part in package.tree(_CORE):
        name = _FACTS.get(part.tag.rpartition("}")[2]) if isinstance(part.tag, str) else None
        if name and part.text and part.text.strip():
            said[name] = part.text.strip()
    if said.get("author", "").lower() in _PROGRAMS:
        del said["author"]
    if "author" not in said:  # The day is that of a template then.
        said.pop("published", None)
    return said


def text_of(tree: HtmlElement) -> str:
    """What HTML that was made of a document shows, a blank line between its blocks."""
    for table in tree.xpath("//table[not(.//table)]"):
        _prepare(table)
    keep_blocks(tree)
    return joined(lines_of(tree))


def page_text(markup: str, file: Path, sheet: Callable[[str], str] = lambda name: "") -> str:
    """All that a page of HTML shows, where nothing stands around its article.

    ``sheet`` gives the style sheet of a name that the page goes by; a page of the web has none.

    Raises:
        ArticleError: it cannot be told what it hides.
    """
    from lxml import html

    tree = parsed(markup)
    if tree is None:
        return ""
    for link in tree.xpath("//link[contains(@rel, 'stylesheet')][@href]")[:_MOST_SHEETS]:
        style = html.Element("style")
        style.text = sheet(link.get("href"))
        link.getparent().replace(link, style)
    try:
        remove_hidden(tree)
    except TooManyStyles:
        raise damaged(file, "its style sheets are too large") from None
    body = tree.find("body")
    return text_of(tree if body is None else body)


def joined(lines: Iterable[str]) -> str:
    """Lines as paragraphs; without hyphens that are seen only where a line is broken."""
    return "\n\n".join(line for line in lines if line).replace("\u00ad", "")


def paged(parts: Iterable[str]) -> tuple[str, tuple[int, ...]]:
    """The text of slides or sheets, and where each begins in it; one may be without words."""
    text = ""
    begins: list[int] = []
    for part in parts:
        text += "\n\n" if text and part else ""
        begins.append(len(text))
        text += part
    return text, tuple(begins)


def _prepare(table: HtmlElement) -> None:
    """Have a table of data told by its rows: one paragraph a cell, its heads marked as such."""
    cells = table.xpath(".//td | .//th")
    if any(len(cell.text_content()) > _LONGEST_CELL for cell in cells):
        return
    for cell in cells:
        for part in cell.iter(*_IN_CELLS):
            part.tag = "p"
        paragraphs = cell.findall("p")
        for part in paragraphs if len(paragraphs) > 1 else ():
            part.tag = "span"
            part.tail = f" {part.tail or ''}"
    if table.xpath("./thead"):
        return
    rows = grid(table)
    words = [[*map(words_of, row)] for row in rows]
    # What spans them all is a title, and stands over the heads.
    titles = len([*takewhile(lambda row: len(set(row)) == 1, rows)])
    heads = head_count(words[titles:])
    for cell in dict.fromkeys(chain(*rows[: titles + heads])) if heads else ():
        cell.tag = "th"
    if not heads and max(map(len, rows), default=0) == 2:
        for row in rows[titles:]:  # Each row says what one thing is.
            row[0].tag = "th"
