"""A quotation of an article in Markdown, as HTML that shows what the Markdown means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.language.markdown import Element, Words
from rag.schema import Citation
from ui import strings
from ui.window.conversation.quotations import before, quoted

_TAGS = {
    "paragraph": "p", "heading": "p", "quotation": "blockquote", "item": "li", "code-block": "pre",
    "html": "p", "note": "p", "emphasis": "em", "deleted": "del", "code": "code",
    "reference": "sup",
}  # fmt: skip
Inert = Callable[[str], str]


def shaped(citation: Citation, inert: Inert) -> str:
    """The quotation as HTML on one line, the words that answer strong; "" where it is plain text.

    Words go through ``inert``. A block is in a ``div``; what is one paragraph stands without.
    """
    blocks = quoted(citation)
    if blocks is None:
        return ""
    shift = len(before(citation)) - citation.start
    answer = tuple(place + shift for place in citation.answer or (0, 0))
    say = _sayer((answer[0], answer[1]), inert)
    if len(blocks) == 1 and blocks[0].kind == "paragraph":
        return _inside(blocks[0].children, say, "")
    head = inert(strings.READER_WORDS["head"]) if citation.head else ""
    return f'<div class="md-page">{_inside(blocks, say, head)}</div>'


def is_block(html: str) -> bool:
    """Whether it has to stand by itself."""
    return html.startswith("<div")


def _inside(children: Sequence[Element | Words], say: Callable[[Words], str], head: str) -> str:
    return "".join(
        say(one) if isinstance(one, Words) else _html(one, say, head) for one in children
    )


def _html(element: Element, say: Callable[[Words], str], head: str) -> str:
    inside = _inside(element.children, say, head)
    if element.kind == "table":
        return f'<div class="scrolled"><table>{inside}</table></div>'
    if element.kind == "list":
        first = element.facts["first"]
        return f"<ul>{inside}</ul>" if first is None else f'<ol start="{first:d}">{inside}</ol>'
    if element.kind == "head":
        top = f' class="context" title="{head}"' if head else ""
        cells = (f"<th>{_inside(cell.children, say, '')}</th>" for cell in _cells(element))
        return f"<thead{top}><tr>{''.join(cells)}</tr></thead>"
    if element.kind == "row":
        cells = (f"<td>{_inside(cell.children, say, '')}</td>" for cell in _cells(element))
        return f"<tr>{''.join(cells)}</tr>"
    if element.kind in ("break", "rule"):
        return "<br>"
    tag = _TAGS.get(element.kind)  # the article's own bold is not the answer's
    return f"<{tag}>{inside}</{tag}>" if tag else inside


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row.children if isinstance(cell, Element)]


def _sayer(answer: tuple[int, int], inert: Inert) -> Callable[[Words], str]:
    def spaced(words: str) -> str:
        if not words.strip():
            return " " if words else ""
        lead, trail = (" " if edge.isspace() else "" for edge in (words[0], words[-1]))
        return lead + "<br>".join(map(inert, words.strip().split("\n"))) + trail

    def say(words: Words) -> str:
        start, end = (min(max(place, words.start), words.end) for place in answer)
        if start >= end:
            return spaced(words.text)
        if words.end - words.start != len(words.text):
            return f"<strong>{spaced(words.text)}</strong>"
        parts = (words.text[: start - words.start], words.text[end - words.start :])
        strong = words.text[start - words.start : end - words.start]
        return f"{spaced(parts[0])}<strong>{spaced(strong)}</strong>{spaced(parts[1])}"

    return say
