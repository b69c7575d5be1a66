"""A conversation as one HTML file: it needs nothing beside it, runs nothing and asks for nothing.

Every word of others is escaped where it is put into the page; the addresses are the sources' own,
which `rag.language.addresses` let through.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup, escape

from rag.language.markdown import Element, Words
from ui import strings
from ui.window.conversation.files.paper import Note, Paper, Part, Section, paper, words_of
from ui.window.conversation.history import Conversation

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SHEET = Path(__file__).with_name("kept.css")
_TAGS = {
    "paragraph": "p", "quotation": "blockquote", "item": "li", "row": "tr", "code": "code",
    "emphasis": "em", "deleted": "del", "strong": "strong",
}  # fmt: skip
_CLASSES = {"aside": "p", "doubt": "span"}


def as_html(conversation: Conversation) -> str:
    """The whole page in the language that is spoken."""
    return str(_page(paper(conversation)))


def _page(kept: Paper) -> Markup:
    return Markup(
        '<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<header>\n"
        '<h1 dir="auto">{title}</h1>\n<p class="day">{day}</p>\n</header>\n'
        "<main>\n{sections}</main>\n<footer>{made}</footer>\n</body>\n</html>\n"
    ).format(
        language=strings.spoken(),
        policy=_POLICY,
        title=kept.title,
        style=Markup(_SHEET.read_text("utf-8")),
        day=kept.day,
        sections=_joined(_section(one, place) for place, one in enumerate(kept.sections, start=1)),
        made=strings.MADE_BY,
    )


def _section(section: Section, place: int) -> Markup:
    notes = _joined(_note(one, place) for one in section.notes)
    parts = [
        Markup("<section>\n"),
        Markup('<h2 dir="auto">{}</h2>\n').format(_lines(section.question))
        if section.question
        else "",
        *(_block(one, place) for one in section.blocks),
        *(Markup('<p class="remark" dir="auto">{}</p>\n').format(one) for one in section.remarks),
    ]
    if notes:
        parts.append(Markup("<h3>{}</h3>\n<ol class='notes'>\n").format(strings.SOURCES))
        parts += [notes, Markup("</ol>\n")]
    return _joined([*parts, Markup("</section>\n")])


def _note(note: Note, place: int) -> Markup:
    address = (
        Markup(' <a href="{0}" rel="noopener noreferrer">{0}</a>').format(note.address)
        if note.address
        else ""
    )
    language = Markup(' lang="{}"').format(note.language) if note.language else ""
    return Markup(
        '<li value="{number}" id="n{place}-{number}"><blockquote dir="auto"{language}>{quote}'
        '</blockquote><cite dir="auto">{where}</cite>{address}</li>\n'
    ).format(
        number=note.number,
        place=place,
        language=language,
        quote=_joined(_block(one, place) for one in note.quote),
        where=note.where,
        address=address,
    )


def _block(part: Part, place: int) -> Markup:
    """An element with all that is in it; ``place`` is which answer's notes it refers to."""
    if isinstance(part, Words):
        return _lines(part.text)
    if part.kind == "reference":
        return Markup('<sup><a href="#n{0}-{1}">{1}</a></sup>').format(place, part.facts["number"])
    if part.kind == "break":
        return Markup("<br>")
    if part.kind == "code-block":
        return Markup("<pre>{}</pre>\n").format(words_of(part))
    if part.kind == "table":
        return _table(part, place)
    inside = _joined(_block(one, place) for one in part.children)
    if part.kind == "list":
        first = part.facts.get("first")
        around = "<ul>{}</ul>\n" if first is None else f'<ol start="{int(first)}">{{}}</ol>\n'
        return Markup(around).format(inside)
    if tag := _CLASSES.get(part.kind):
        return Markup(f'<{tag} class="{part.kind}" dir="auto">{{}}</{tag}>').format(inside)
    tag = _TAGS.get(part.kind, "p")
    turned = ' dir="auto"' if tag in ("p", "li", "blockquote") else ""
    end = "\n" if turned else ""
    return Markup(f"<{tag}{turned}>{{}}</{tag}>{end}").format(inside)


def _table(table: Element, place: int) -> Markup:
    rows = []
    for row in table.children:
        if not isinstance(row, Element):
            continue
        tag = "th" if row.kind == "head" else "td"
        cells = (
            Markup(f'<{tag} dir="auto">{{}}</{tag}>').format(
                _joined(_block(one, place) for one in cell.children)
            )
            for cell in row.children
            if isinstance(cell, Element)
        )
        rows.append(Markup("<tr>{}</tr>").format(_joined(cells)))
    return Markup('<div class="scrolled"><table>{}</table></div>\n').format(_joined(rows))


def _lines(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def _joined(parts: Iterable[str]) -> Markup:
    return Markup("").join(parts)
