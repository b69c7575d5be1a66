"""A conversation as a Word document. python-docx is loaded where one is wanted."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag.language.markdown import Element, Words
from ui import strings
from ui.window.conversation.files.paper import Note, Part, Section, as_blocks, paper, words_of
from ui.window.conversation.history import Conversation

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

_MOST_COLUMNS = 63  # more Word does not open
_LOOKS = frozenset(("strong", "emphasis", "deleted", "code", "aside", "doubt"))


def as_docx(conversation: Conversation) -> bytes:
    """The whole document in the language that is spoken."""
    import docx

    kept = paper(conversation)
    document = docx.Document()
    about = document.core_properties
    about.title, about.author, about.comments = kept.title[:255], strings.NAME, ""
    about.language = strings.spoken()
    about.created = about.modified = conversation.created
    document.add_heading(kept.title, 0)
    document.add_paragraph(kept.day, style="Subtitle")
    for place, section in enumerate(kept.sections, start=1):
        _Answer(document, place).write(section)
    document.add_paragraph(strings.MADE_BY, style="Caption")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


@dataclass
class _Answer:
    """Writes a question and its answer; ``place`` tells its notes from those of the others."""

    document: Any
    place: int

    @cached_property
    def styles(self) -> dict[str, Any]:
        """The document's styles by their ids, which are the same in every language of Word."""
        return {style.style_id: style for style in self.document.styles}

    def write(self, section: Section) -> None:
        if section.question:
            self._turned(self.document.add_heading(section.question, 1))
        for block in section.blocks:
            self._block(block, self.document, "Normal")
        for remark in section.remarks:
            self._turned(self.document.add_paragraph()).add_run(remark).italic = True
        if section.notes:
            self.document.add_heading(strings.SOURCES, 2)
        for note in section.notes:
            self._note(note)

    def _note(self, note: Note) -> None:
        """The number, which the text points to, then the quotation and where it stands."""
        start = self.document.add_paragraph()
        self._mark(start, note)
        first, *others = note.quote
        if first.kind == "paragraph":
            start.add_run("“")
            self._runs(start, first.children, frozenset())
            start.add_run("” " if not others else "”")
        else:
            self._block(first, self.document, "Normal")
        for block in others:
            self._block(block, self.document, "Normal")
        last = start if first.kind == "paragraph" and not others else self.document.add_paragraph()
        last.add_run(note.where)
        if note.address:
            last.add_run(" ")
            self._link(last, note.address, note.address)
        self._turned(start)

    def _block(self, block: Element, where: Any, style: str) -> None:
        if block.kind == "table":
            self._table(block)
        elif block.kind == "quotation":
            for one in as_blocks(block.children):
                self._block(one, where, "Quote")
        elif block.kind == "list":
            named = "ListBullet" if block.facts.get("first") is None else "ListNumber"
            for item in block.children:
                if isinstance(item, Element):
                    for one in as_blocks(item.children):
                        self._block(one, where, named)
        elif block.kind == "code-block":
            self._runs(
                where.add_paragraph(style=self.styles[style]), block.children, frozenset(("code",))
            )
        else:
            named = "ListBullet" if block.kind == "item" else style
            looks = frozenset((block.kind,)) & _LOOKS
            self._runs(where.add_paragraph(style=self.styles[named]), block.children, looks)

    def _table(self, block: Element) -> None:
        rows = [
            [cell for cell in row.children if isinstance(cell, Element)]
            for row in block.children
            if isinstance(row, Element)
        ]
        columns = max(map(len, rows), default=0)
        if not 0 < columns <= _MOST_COLUMNS:
            self.document.add_paragraph("\n".join(" | ".join(map(words_of, row)) for row in rows))
            return
        table = self.document.add_table(len(rows), columns, style=self.styles["TableGrid"])
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                looks = frozenset(("strong",)) if number == 0 else frozenset()
                inside = table.cell(number, column).paragraphs[0]
                self._runs(inside, cell.children, looks)
        self.document.add_paragraph()

    def _runs(self, inside: Paragraph, parts: Sequence[Part], looks: frozenset[str]) -> None:
        for part in parts:
            if isinstance(part, Words):
                self._run(inside, part.text, looks)
            elif part.kind == "reference":
                number = part.facts["number"]
                self._link(inside, str(number), anchor=self._name(number), is_raised=True)
            elif part.kind == "break":
                inside.add_run().add_break()
            else:
                self._runs(inside, part.children, looks | ({part.kind} & _LOOKS))
        self._turned(inside)

    def _run(self, inside: Paragraph, text: str, looks: frozenset[str]) -> None:
        run = inside.add_run(text)
        run.bold = "strong" in looks or None
        run.italic = bool(looks & {"emphasis", "aside", "doubt"}) or None
        run.font.strike = "deleted" in looks or None
        if "code" in looks:
            run.font.name = "Consolas"

    def _name(self, number: int) -> str:
        return f"note_{self.place}_{number}"

    def _mark(self, inside: Paragraph, note: Note) -> None:
        """The note's number, as a place that a number in the text leads to."""
        begin, end = _made("w:bookmarkStart"), _made("w:bookmarkEnd")
        for edge in (begin, end):
            _set(edge, "w:id", str(self.place * 10_000 + note.number))
        _set(begin, "w:name", self._name(note.number))
        inside._p.append(begin)  # noqa: SLF001 - python-docx has no bookmarks
        inside.add_run(f"[{note.number}] ")
        inside._p.append(end)  # noqa: SLF001

    def _link(
        self,
        inside: Paragraph,
        text: str,
        address: str = "",
        *,
        anchor: str = "",
        is_raised: bool = False,
    ) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE

        link = _made("w:hyperlink")
        if address:
            number = inside.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            _set(link, "r:id", number)
        else:
            _set(link, "w:anchor", anchor)
        run = inside.add_run(text)
        run.font.superscript = is_raised or None
        run.font.underline = None if is_raised else True
        link.append(run._r)  # noqa: SLF001 - nor links
        inside._p.append(link)  # noqa: SLF001

    def _turned(self, inside: Paragraph) -> Paragraph:
        """The paragraph, from right to left if its first letter is written so."""
        if is_from_right(inside.text):
            inside._p.get_or_add_pPr().append(_made("w:bidi"))  # noqa: SLF001
            for run in inside.runs:
                run.font.rtl = True
        return inside


def is_from_right(text: str) -> bool:
    """Whether the first letter that has a direction is written from right to left."""
    found = (unicodedata.bidirectional(letter) for letter in text)
    return next((one != "L" for one in found if one in ("L", "R", "AL")), False)


def _made(name: str) -> Any:
    from docx.oxml import OxmlElement

    return OxmlElement(name)


def _set(element: Any, name: str, value: str) -> None:
    from docx.oxml.ns import qn

    element.set(qn(name), value)
