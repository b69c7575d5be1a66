"""An answer as Markdown with footnotes, to be pasted elsewhere. No Gradio here.

Where it is pasted we do not know, so the words of others are escaped as Markdown escapes: they
cannot become links, pictures or tags. The only links are the web addresses of the sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.language.addresses import link_target
from rag.language.markdown import Element, Words
from rag.language.visible import plain, plain_lines
from rag.schema import Citation
from ui.window.conversation.files.paper import Part, as_blocks, cited, section, where, words_of
from ui.window.conversation.types import Exchange

_MEANT = re.compile(r"([\\`*_\[\]<>|~$&])")
_OPENS_A_LINE = re.compile(r"^(\d*)([-+#=.)])")
_AROUND = {"strong": "**", "emphasis": "*", "deleted": "~~", "aside": "*", "doubt": "*"}
_ALIGNED = {"left": ":--", "right": "--:", "center": ":-:"}


def markdown(exchange: Exchange) -> str:
    """The question, the answer with a footnote for each citation, and what they quote.

    Empty while there is no answer.
    """
    answer = exchange.answer
    if answer is None or not answer.sentences:
        return ""
    told = section(exchange)
    blocks = [f"**{literal(exchange.question)}**", *map(_block, told.blocks)]
    blocks += [f"*{literal(remark)}*" for remark in told.remarks]
    blocks += [footnote(citation) for citation in cited(answer)]
    return "\n\n".join(blocks) + "\n"


def literal(text: str) -> str:
    """The text as Markdown that shows as itself."""
    return _OPENS_A_LINE.sub(r"\1\\\2", _MEANT.sub(r"\\\1", plain(text)))


def footnote(citation: Citation) -> str:
    """What a citation quotes and where it stands, by the names that people know."""
    article = citation.article
    known = [f"*{literal(article.title)}*", *map(literal, where(article, citation))]
    if address := link_target(article.address):
        known.append(f"<{address}>")
    return f"[^{citation.number}]: “{literal(citation.quote)}” {', '.join(known)}"


def _block(element: Element) -> str:
    """A block, whose lines stand as they are."""
    write = _BLOCKS.get(element.kind)
    return write(element) if write else _line(element.children)


def _aside(element: Element) -> str:
    return _around("*", _line(element.children))


def _quotation(element: Element) -> str:
    inside = "\n\n".join(map(_block, as_blocks(element.children)))
    return "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))


def _item(element: Element) -> str:
    return _listed("- ", element)


def _list(element: Element) -> str:
    first = element.facts.get("first")
    items = [one for one in element.children if isinstance(one, Element)]
    marks = [f"{first + place}. " if first is not None else "- " for place in range(len(items))]
    return "\n".join(map(_listed, marks, items))


def _listed(mark: str, item: Element) -> str:
    inside = "\n\n".join(map(_block, as_blocks(item.children)))
    return mark + inside.replace("\n", "\n" + " " * len(mark))


def _table(element: Element) -> str:
    lines = []
    for row in element.children:
        if isinstance(row, Element):
            cells = [_line(cell.children) for cell in row.children if isinstance(cell, Element)]
            lines.append(f"| {' | '.join(cells)} |")
        if len(lines) == 1:
            aligned = (_ALIGNED.get(one, "---") for one in element.facts.get("align", ()))
            lines.append(f"| {' | '.join(aligned)} |")
    return "\n".join(lines)


def _code(element: Element) -> str:
    text = plain_lines(words_of(element))
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{text}\n{fence}"


_BLOCKS: dict[str, Callable[[Element], str]] = {
    "aside": _aside,
    "quotation": _quotation,
    "item": _item,
    "list": _list,
    "table": _table,
    "code-block": _code,
}


def _line(parts: Sequence[Part]) -> str:
    return "".join(map(_piece, parts)).strip()


def _piece(part: Part) -> str:
    if isinstance(part, Words):
        lead, trail = (" " if edge.isspace() else "" for edge in (part.text[:1], part.text[-1:]))
        return lead + literal(part.text) + trail if part.text.strip() else " " * bool(part.text)
    if part.kind == "reference":
        return f"[^{part.facts['number']}]"
    if part.kind == "break":
        return " "
    inside = "".join(map(_piece, part.children))
    return _around(_AROUND.get(part.kind, ""), inside)


def _around(mark: str, inside: str) -> str:
    """The words between two marks, which mean something only where they touch words."""
    words = inside.strip()
    if not words or not mark:
        return inside
    before, _, after = inside.partition(words)
    return f"{before}{mark}{words}{mark}{after}"
