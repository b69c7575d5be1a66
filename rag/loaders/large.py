"""Pages of very many elements, on which the extraction of an article takes too long.

Generated paragraphs of 110 characters took 2 seconds of a processor for 10,000 of them, 10 for
40,000 and 18 for 60,000; a paragraph of 3,000 inline elements took 0.4, of 6,000 it took 2, and of
12,000 already 12. An export of a table or of a log has so many, and a page that is made to harm.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING

from rag.loaders.blocks import INLINE, lines_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Up to these the above takes 18 seconds, and a tenth of one; what has more is read line by line.
_MOST_ELEMENTS = 60_000
_MOST_INLINE = 1_500
_MOST_SAID = 20
_AROUND = "nav header footer aside form menu dialog".split()


def lighten(tree: HtmlElement) -> None:
    """Put the words of a block that has very many inline elements in the place of these."""
    from lxml import etree

    inside: Counter[HtmlElement] = Counter()
    blocks: dict[HtmlElement, HtmlElement] = {}
    for element in tree.iter(etree.Element):
        parent = element.getparent()
        if element.tag not in INLINE or parent is None:
            blocks[element] = element
        else:
            block = blocks[element] = blocks[parent]
            inside[block] += 1
    for block, count in inside.items():
        if count > _MOST_INLINE:
            _flatten(block)


def _flatten(block: HtmlElement) -> None:
    """The same words, and the same blocks within, without the inline elements between."""
    from lxml import etree

    said: list[str] = []
    within: list[HtmlElement] = []

    def close() -> None:
        words = "".join(said)
        said.clear()
        if within:
            within[-1].tail = words
        else:
            block.text = words

    waiting = [iter([block.text or "", *_parts(block)])]
    while waiting:
        part = next(waiting[-1], None)
        if part is None:
            waiting.pop()
        elif isinstance(part, str):
            said.append(part)
        elif part.tag in INLINE:
            waiting.append(iter([part.text or "", *_parts(part)]))
        elif isinstance(part, etree.ElementBase):
            close()
            within.append(part)
    close()
    block[:] = within


def _parts(element: HtmlElement) -> list[HtmlElement | str]:
    """The children of an element, each with the words that follow it."""
    return [part for child in element for part in (child, child.tail or "")]


def is_large(tree: HtmlElement) -> bool:
    """Whether a page has too many elements to look for the article among them."""
    return sum(1 for _ in tree.iter()) > _MOST_ELEMENTS


def stating(tree: HtmlElement) -> HtmlElement:
    """A copy of a page to be searched for title, author and date; of a large one, of its beginning.

    A page that is searched for them is taken apart.
    """
    if not is_large(tree):
        return deepcopy(tree)
    from lxml import html

    begun = html.Element("html", tree.attrib)
    begun.extend(map(deepcopy, tree.xpath("./head")))
    body = html.Element("body")
    said = tree.iter("h1", "time", "address")
    body.extend(map(deepcopy, islice(said, _MOST_SAID)))
    begun.append(body)
    return begun


def plain_lines(tree: HtmlElement) -> list[str]:
    """What such a page shows, line by line, without what its markup says stands around it."""
    from lxml import etree

    body = tree.find("body")
    body = tree if body is None else body
    mains = body.xpath(".//*[self::main or @role='main']") or body.xpath(".//article")
    if len(mains) == 1:
        body = mains[0]
    etree.strip_elements(body, *_AROUND, with_tail=False)
    return list(lines_of(body))
