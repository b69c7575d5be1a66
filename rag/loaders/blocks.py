"""Captions, names under quotations, tables and definitions of a page, as paragraphs in their place.

The extraction of an article keeps paragraphs and loses these. A row of a table says the head of
each of its cells, so that the row can be quoted by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# No expression is a union, "a | b": of very many nodes, its sorting takes longer than all else.
_PARTS = frozenset({"thead", "tbody", "tfoot"})
# A cell that holds one of these is there for the look of the page.
_NO_DATA = ".//table or .//p[2] or .//h1 or .//h2 or .//h3 or .//form or .//article or .//section"
INLINE = frozenset(
    "a abbr b bdi bdo cite code del em font i ins kbd mark q s small span strong sub sup time u "
    "var wbr".split()
)
_MOST_SPAN = 50
_MOST_CELLS = 200_000  # Of a page; those that span several count as often.
Row = list["HtmlElement"]


def keep_blocks(tree: HtmlElement) -> None:
    """Make paragraphs of what would be lost, in place."""
    for note in tree.xpath(
        "//*[self::figcaption or self::footer[ancestor::blockquote or ancestor::figure]]"
    ):
        _as_paragraph(note, words_of(note))
    for name in tree.xpath("//blockquote//cite[not(ancestor::p)]"):
        name.tag = "p"
    for figure in tree.xpath("//figure"):
        figure.tag = "div"
    for quotation in tree.xpath("//blockquote[p]"):
        quotation.tag = "div"  # Of a quotation, the name under it would be left out.
    for marked in tree.xpath("//q"):
        marked.text = "“" + (marked.text or "")
        marked.tail = "”" + (marked.tail or "")
        marked.drop_tag()
    for inner in reversed(tree.xpath("//dd[parent::dt or parent::dd]")):
        inner.getparent().addnext(inner)  # The one before was not ended.
    for term in tree.xpath("//dt[parent::dl or parent::div/parent::dl]"):
        _define(term)
    for terms in tree.xpath("//dl[not(dt)]"):
        terms.tag = "div"
    cells = 0
    for table in tree.xpath("//table"):
        cells += len(table.xpath(".//*[self::td or self::th]"))
        if cells > _MOST_CELLS:
            break
        if table.get("role") in ("presentation", "none"):
            _lay_out(table)
        else:
            _tell(table)


def lines_of(tree: HtmlElement) -> Iterator[str]:
    """What a page shows, line by line: its paragraphs, buttons and fields."""
    from lxml import etree

    line: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        is_block = element.tag not in INLINE
        if is_block and (words := " ".join("".join(line).split())):
            yield words
        if is_block:
            line = []
        if event == "start":
            line.append(element.text or "")
            if element.tag == "input" and element.get("type") != "hidden":
                line += [element.get("value", ""), " ", element.get("placeholder", "")]
        else:
            line.append(element.tail or "")


def _define(term: HtmlElement) -> None:
    """A term with what is said of it, as one paragraph: "Fare: 38 crowns"."""
    following = takewhile(lambda one: one.tag == "dd", term.itersiblings())
    said = [(one, words_of(one)) for one in following]
    words = "; ".join(filter(None, (text for _, text in said)))
    label = words_of(term).rstrip(":")
    _as_paragraph(term, f"{label}: {words}" if label and words else label or words)
    for one, _ in said:
        one.drop_tree()


def _tell(table: HtmlElement) -> None:
    """A table of data as paragraphs, its caption first, and one for each row."""
    from lxml import html

    rows = [] if table.xpath(_NO_DATA) else grid(table)
    if max(map(len, rows), default=0) < 2:
        _lay_out(table)
        return
    heads = _heads(rows)
    told = [words_of(caption) for caption in table.xpath("./caption")]
    if len(heads) == len(rows):
        told += ["; ".join(filter(None, map(words_of, dict.fromkeys(row)))) for row in heads]
    else:
        told += [words_of(row[0]) for row in heads if all(cell is row[0] for cell in row)]
        told += [_told(row, _head_words(heads)) for row in rows[len(heads) :]]
    block = html.Element("div")
    for words in filter(None, told):
        paragraph = html.Element("p")
        paragraph.text = words
        block.append(paragraph)
    block.tail = table.tail
    table.getparent().replace(table, block)


def _lay_out(table: HtmlElement) -> None:
    """A table that is there for the look of the page, as the blocks that it lays out."""
    lines = list(_lines(table))
    parts = [part for part in table if part.tag == "caption" or part.tag in _PARTS]
    cells = [cell for part in (*parts, *lines) for cell in part if cell.tag in ("td", "th")]
    for part in (table, *parts, *lines, *cells):
        part.tag = "div"


def _lines(table: HtmlElement) -> Iterator[HtmlElement]:
    """The rows of a table, and of none within it."""
    for part in table:
        if part.tag == "tr":
            yield part
        elif part.tag in _PARTS:
            yield from (line for line in part if line.tag == "tr")


def grid(table: HtmlElement) -> list[Row]:
    """The cells by row and column; one that spans several is in each. None if they are too many."""
    rows: list[Row] = []
    size = 0
    waiting: dict[int, tuple[int, HtmlElement]] = {}
    for line in _lines(table):
        row: Row = []
        cells = iter([cell for cell in line if cell.tag in ("td", "th")])
        following: dict[int, tuple[int, HtmlElement]] = {}
        cell = next(cells, None)
        while cell is not None or len(row) in waiting:
            if (above := waiting.get(len(row))) is not None:
                if above[0] > 1:
                    following[len(row)] = (above[0] - 1, above[1])
                row.append(above[1])
                continue
            deep = _span(cell, "rowspan")
            for _ in range(_span(cell, "colspan")):
                if deep > 1:
                    following[len(row)] = (deep - 1, cell)
                row.append(cell)
            cell = next(cells, None)
            if size + len(row) > _MOST_CELLS:
                return []
        size += len(row)
        waiting = following
        rows.append(row)
    return [row for row in rows if any(map(words_of, dict.fromkeys(row)))]


def _heads(rows: list[Row]) -> list[Row]:
    """The rows at the top that name the columns."""

    def names_columns(row: Row) -> bool:
        filled = [cell for cell in row if words_of(cell)]
        return bool(filled) and all(
            cell.tag == "th"
            or cell.getparent().getparent().tag == "thead"
            or words_of(cell) == " ".join(map(words_of, _bold(cell)))
            for cell in filled
        )

    return list(takewhile(names_columns, rows))


def _bold(cell: HtmlElement) -> Iterator[HtmlElement]:
    for part in cell:
        if part.tag in ("b", "strong"):
            yield part
        elif part.tag == "p":
            yield from part.iterchildren("strong")


def _head_words(heads: list[Row]) -> list[str]:
    """What each column is called, from the top down; a head that spans them all says nothing."""
    named: list[list[str]] = [[] for _ in range(max(map(len, heads), default=0))]
    for row in heads:
        for column, cell in enumerate(row):
            words = words_of(cell)
            if words and words not in named[column] and any(other is not cell for other in row):
                named[column].append(words)
    return [", ".join(words) for words in named]


def _told(row: Row, heads: list[str]) -> str:
    """A row in words: "Year: 2019; Passengers: 412", or "Length: 120 m" under no head."""
    label = ""
    told: list[str] = []
    before = None
    for column, cell in enumerate(row):
        if cell is before or not (words := words_of(cell)):
            continue
        before = cell
        head = heads[column] if column < len(heads) else ""
        if cell.tag == "th" and not (head or told or label):
            label = words.rstrip(":")
        else:
            told.append(f"{head.rstrip(':')}: {words}" if head and head != words else words)
    if not label or not told:
        return label or "; ".join(told)
    return label + ("; " if any(heads) else ": ") + "; ".join(told)


def _span(cell: HtmlElement, name: str) -> int:
    said = cell.get(name, "")
    return min(max(int(said), 1), _MOST_SPAN) if said.isascii() and said.isdigit() else 1


def words_of(element: HtmlElement) -> str:
    """The words of an element on one line; a line break is a space."""
    if not len(element):  # as most cells
        return " ".join((element.text or "").split())
    for part in element.iter("br", "p", "div", "li", "dd"):
        if part is element:
            continue
        part.text, part.tail = f" {part.text or ''}", f" {part.tail or ''}"
    return " ".join(element.text_content().split())


def _as_paragraph(element: HtmlElement, words: str) -> None:
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "p", words, tail
