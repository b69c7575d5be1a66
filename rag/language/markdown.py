"""Markdown as a tree of elements in which every word knows where it stands in the text.

The parser is pulldown-cmark's, through pyromark: of each piece it tells the very bytes that it was
made of. Tags of HTML are words here, and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

MOST_CHARACTERS = 1_000_000
MOST_PARTS = 60_000  # elements and words together: of more no browser makes a page in a second
DEEPEST = 40

_NAMES = {
    "Paragraph": "paragraph", "Heading": "heading", "BlockQuote": "quotation", "List": "list",
    "Item": "item", "CodeBlock": "code-block", "HtmlBlock": "html", "Table": "table",
    "TableHead": "head", "TableRow": "row", "TableCell": "cell", "Emphasis": "emphasis",
    "Strong": "strong", "Strikethrough": "deleted", "Link": "link", "Image": "image",
    "FootnoteDefinition": "note",
}  # fmt: skip


class Words(NamedTuple):
    """What is shown of the code points ``start`` to ``end``: mostly these, else what they spell."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a text and what is in it; ``facts`` are its own, such as a heading's level.

    Kinds: paragraph, heading (level), quotation, list (first, None if it has no numbers), item,
    code-block, html, table (align: one a column), head, row, cell, emphasis, strong, deleted, link
    and image (address), code, note (label), reference, rule, break.
    """

    kind: str
    start: int
    end: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    children: list[Element | Words] = field(default_factory=list)


def parsed(text: str) -> list[Element] | None:
    """The blocks of a text; None if it is too long, too full or too deep to be shown as a page."""
    if len(text) > MOST_CHARACTERS:
        return None
    root = Element("", 0, len(text))
    open_elements = [root]
    parts = 0
    try:
        for event, start, end in _events(text):
            parts += 1
            if parts > MOST_PARTS or len(open_elements) > DEEPEST:
                return None
            if isinstance(event, dict) and "End" in event:
                open_elements.pop()
                continue
            made = _made(text, event, start, end)
            open_elements[-1].children.append(made)
            if isinstance(event, dict) and "Start" in event:
                assert isinstance(made, Element)
                open_elements.append(made)
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    return [one for one in root.children if isinstance(one, Element)]


def walked(elements: list[Element]) -> Iterator[Element | Words]:
    """Every element and all words, in the order of the text."""
    waiting: list[Element | Words] = [*reversed(elements)]
    while waiting:
        yield (one := waiting.pop())
        if isinstance(one, Element):
            waiting += reversed(one.children)


def _events(text: str) -> Iterator[tuple[Any, int, int]]:
    """What the parser tells, with the code points that each was made of."""
    import pyromark

    options = pyromark.Options
    extensions = options.ENABLE_TABLES | options.ENABLE_STRIKETHROUGH | options.ENABLE_FOOTNOTES
    place = _places(text)
    for event, span in pyromark.events_with_range(text, options=extensions):
        yield event, place(span["start"]), place(span["end"])


def _places(text: str) -> Callable[[int], int]:
    """From an offset in bytes of UTF-8 to one in code points."""
    if text.isascii():
        return lambda offset: offset
    starts = list(accumulate((len(letter.encode()) for letter in text), initial=0))
    return lambda offset: bisect_left(starts, offset)


def _made(text: str, event: Any, start: int, end: int) -> Element | Words:
    """The element or the words that the parser tells of."""
    if event == "Rule":
        return Element("rule", start, end)
    if event == "HardBreak":
        return Element("break", start, end)
    if event == "SoftBreak":
        return Words(start, end, "\n")
    [(name, said)] = event.items()
    if name == "Start":
        return _element(said, start, end)
    if name == "Code":
        return Element("code", start, end, children=[_code(text, said, start, end)])
    if name == "FootnoteReference":
        return Element("reference", start, end, children=[Words(start, end, str(said))])
    return Words(start, end, str(said))


def _element(said: Any, start: int, end: int) -> Element:
    name: Any = said
    known: Any = None
    if isinstance(said, dict):
        [(name, known)] = said.items()
    facts: dict[str, Any] = {}
    if name == "Heading":
        facts["level"] = int(known["level"][1:])
    elif name == "List":
        facts["first"] = known
    elif name == "Table":
        facts["align"] = [str(one).lower() for one in known]
    elif name in ("Link", "Image"):
        facts["address"] = known["dest_url"]
    elif name == "FootnoteDefinition":
        facts["label"] = known
    return Element(_NAMES.get(name, "paragraph"), start, end, facts)


def _code(text: str, said: str, start: int, end: int) -> Words:
    """The words between the ticks, which begin after them and, if there is one, a space."""
    at = text.find(said, start, end)
    inside = text[start:end].strip("`")
    if at >= 0 and inside.strip(" ") == said.strip(" "):
        return Words(at, at + len(said), said)
    return Words(start, end, said)
