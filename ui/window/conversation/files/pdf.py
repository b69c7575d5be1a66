"""A conversation as a PDF. fpdf2 is loaded where one is wanted.

Its letters are those of DejaVu Sans, which comes with matplotlib: Latin, Greek, Cyrillic, Hebrew,
Arabic and more, and no Chinese, Japanese, Korean or Indian ones. What it lacks is a box in the
file, which says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.language.markdown import Element, Words
from ui import strings
from ui.window.conversation.files.paper import (
    Note,
    Paper,
    Part,
    Section,
    as_blocks,
    paper,
    words_of,
)
from ui.window.conversation.files.word import is_from_right
from ui.window.conversation.history import Conversation

_FACES = {"": "", "B": "-Bold", "I": "-Oblique", "BI": "-BoldOblique"}
_BOX = "□"
_FONT, _CODE = "DejaVu", "DejaVuMono"
_INK, _SOFT, _LINK = (29, 27, 25), (95, 90, 83), (29, 79, 145)
_LINE = 1.45  # the height of a line, in that of its letters
_STEP_MM = 6.0
_STYLES = {"strong": "B", "emphasis": "I", "aside": "I", "doubt": "I", "deleted": "S"}
_MOST_LACKING = 12
_MOST_COLUMNS = 12
_DEEPEST_MM = 60.0  # how far in from the left anything may stand


def as_pdf(conversation: Conversation) -> bytes:
    """The whole file in the language that is spoken."""
    return _Writer(paper(conversation), conversation).made()


class _Writer:
    """Writes a paper from its top to its end."""

    def __init__(self, kept: Paper, conversation: Conversation) -> None:
        from fpdf import FPDF

        self._kept = kept
        self._pdf: Any = FPDF(format="A4")
        pdf = self._pdf
        pdf.set_margin(20)
        pdf.set_auto_page_break(True, 20)
        for style, ending in _FACES.items():
            pdf.add_font(_FONT, style, _letters(f"DejaVuSans{ending}"))
        pdf.add_font(_CODE, "", _letters("DejaVuSansMono"))
        pdf.set_title(kept.title)
        pdf.set_lang(strings.spoken())
        pdf.set_creator(strings.NAME)
        pdf.set_creation_date(conversation.updated)
        pdf.set_draw_color(200)
        regular: Any = pdf.fonts[_FONT.lower()]
        self._known = set(regular.cmap)
        self._lacking: dict[str, None] = {}
        if any(is_from_right(letter) for letter in _all_words(kept)):
            pdf.set_text_shaping(True)
        pdf.add_page()

    def made(self) -> bytes:
        """The file."""
        pdf = self._pdf
        self._paragraph(self._kept.title, 18, "B")
        self._paragraph(self._kept.day, 9, colour=_SOFT)
        for section in self._kept.sections:
            self._section(section)
        pdf.ln(6)
        self._paragraph(strings.MADE_BY, 8, colour=_SOFT)
        if self._lacking:
            letters = list(self._lacking)
            said = strings.PDF_LACKS.format(count=len(letters), box=_BOX)
            codes = ", ".join(f"U+{ord(one):04X}" for one in letters[:_MOST_LACKING])
            more = "…" if len(letters) > _MOST_LACKING else ""
            self._paragraph(f"{said} {codes}{more}", 8, colour=_SOFT)
        return bytes(pdf.output())

    def _section(self, section: Section) -> None:
        pdf = self._pdf
        pdf.ln(5)
        links = {note.number: pdf.add_link() for note in section.notes}
        self._keep_together(24)
        heading = self._clean(section.question or self._kept.title)
        pdf.start_section(" ".join(heading.split())[:200])
        if section.question:
            self._paragraph(section.question, 13, "B")
        for block in section.blocks:
            self._block(block, links, 10.5)
        for remark in section.remarks:
            self._paragraph(remark, 9, "I", _SOFT)
        if section.notes:
            self._keep_together(16)
            self._paragraph(strings.SOURCES, 10, "B", _SOFT)
        for note in section.notes:
            self._note(note, links)

    def _note(self, note: Note, links: dict[int, Any]) -> None:
        pdf = self._pdf
        self._keep_together(10)
        pdf.set_link(links[note.number], y=pdf.get_y())
        self._size(9, "B")
        self._write(f"[{note.number}] ")
        first = note.quote[0]
        if first.kind != "paragraph":
            self._end()
        for block in note.quote:
            if block.kind == "paragraph":
                self._size(9)
                is_first, is_last = block is first, block is note.quote[-1]
                self._write("“" if is_first else "")
                self._runs(block.children, links, 9, "")
                self._write("” " if is_last else "")
                if not is_last:
                    self._end()
            else:
                self._block(block, links, 9)
        self._size(9, "", _SOFT)
        self._write(note.where + (" " if note.address else ""))
        if note.address:
            self._size(9, "", _LINK)
            self._write(note.address, note.address)
        self._end(1.5)

    def _block(self, block: Element, links: dict[int, Any], size: float) -> None:
        if block.kind == "table":
            self._table(block, size)
        elif block.kind == "quotation":
            with _Indented(self._pdf):
                for one in as_blocks(block.children):
                    self._block(one, links, size)
        elif block.kind == "list":
            first = block.facts.get("first")
            items = [one for one in block.children if isinstance(one, Element)]
            for number, item in enumerate(items, start=first or 0):
                self._item("•" if first is None else f"{number}.", item, links, size)
        elif block.kind == "item":
            self._item("•", block, links, size)
        elif block.kind == "code-block":
            self._pdf.set_font(_CODE, "", size - 1)
            self._write(words_of(block).rstrip("\n"))
            self._end()
        elif is_from_right(words := _numbered(block)):
            # A line of several pieces would have them from left to right.
            self._paragraph(words, size, colour=_SOFT if block.kind == "aside" else _INK)
        else:
            style = _STYLES.get(block.kind, "")
            self._size(size, style, _SOFT if block.kind == "aside" else _INK)
            self._runs(block.children, links, size, style)
            self._end()

    def _item(self, mark: str, item: Element, links: dict[int, Any], size: float) -> None:
        pdf = self._pdf
        self._size(size)
        self._keep_together(size)
        pdf.set_x(pdf.l_margin)
        pdf.cell(_STEP_MM, pdf.font_size * _LINE, mark)
        with _Indented(pdf):
            for one in as_blocks(item.children):
                self._block(one, links, size)

    def _table(self, block: Element, size: float) -> None:
        rows = [
            [self._clean(words_of(cell)) for cell in row.children if isinstance(cell, Element)]
            for row in block.children
            if isinstance(row, Element)
        ]
        columns = max(map(len, rows), default=0)
        if not columns:
            return
        pdf = self._pdf
        self._size(size - 1)
        if columns > _MOST_COLUMNS:  # no letter has room in so many
            for cells in rows:
                self._write(" | ".join(cells))
                self._end()
            return
        with pdf.table(
            align="LEFT",
            width=pdf.w - pdf.r_margin - pdf.l_margin,
            line_height=pdf.font_size * _LINE,
            text_align="LEFT",
            padding=1,
        ) as table:
            for cells in rows:
                table.row([*cells, *[""] * (columns - len(cells))])
        pdf.ln(2)

    def _runs(self, parts: Sequence[Part], links: dict[int, Any], size: float, style: str) -> None:
        pdf = self._pdf
        for part in parts:
            if isinstance(part, Words):
                self._write(part.text)
            elif part.kind == "break":
                self._write("\n")
            elif part.kind == "reference":
                self._size(size, "", _LINK)
                pdf.char_vpos = "SUP"
                number = part.facts["number"]
                self._write(str(number) + " ", links.get(number, ""))
                pdf.char_vpos = "LINE"
                self._size(size, style)
            else:
                own = _STYLES.get(part.kind, "")
                inner = style if own in style else style + own
                if part.kind == "code":
                    pdf.set_font(_CODE, "", size - 1)
                else:
                    self._size(size, inner)
                self._runs(part.children, links, size, inner)
                self._size(size, style)

    def _paragraph(
        self, text: str, size: float, style: str = "", colour: tuple[int, int, int] = _INK
    ) -> None:
        pdf = self._pdf
        is_turned = is_from_right(text)
        self._size(size, "" if is_turned else style, colour)
        height = pdf.font_size * _LINE
        align = "R" if is_turned else "L"
        pdf.multi_cell(0, height, self._clean(text), align=align, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1.5)

    def _write(self, text: str, link: Any = "") -> None:
        if not text:
            return
        pdf, clean = self._pdf, self._clean(text)
        family, style, size = pdf.font_family, pdf.font_style, pdf.font_size_pt
        if any(ord(one) not in pdf.current_font.cmap for one in clean if not one.isspace()):
            pdf.set_font(_FONT, "", size)  # the leaning letters are fewer
        pdf.write(pdf.font_size * _LINE, clean, link)
        pdf.set_font(family, style, size)

    def _end(self, gap: float = 2) -> None:
        self._pdf.ln(self._pdf.font_size * _LINE)
        self._pdf.ln(gap)

    def _size(self, size: float, style: str = "", colour: tuple[int, int, int] = _INK) -> None:
        self._pdf.set_font(_FONT, style, size)
        self._pdf.set_text_color(*colour)

    def _keep_together(self, millimetres: float) -> None:
        """Go to the next page if so little room is left on this one."""
        if self._pdf.will_page_break(millimetres):
            self._pdf.add_page()

    def _clean(self, text: str) -> str:
        """The text with a box for each letter that the file has no shape for."""
        for letter in text:
            if ord(letter) not in self._known and not letter.isspace() and letter.isprintable():
                self._lacking[letter] = None
        return "".join(_BOX if letter in self._lacking else letter for letter in text)


class _Indented:
    """What is written within stands further right."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        self._before: float = pdf.l_margin

    def __enter__(self) -> None:
        self._pdf.set_left_margin(min(self._before + _STEP_MM, _DEEPEST_MM))
        self._pdf.set_x(self._pdf.l_margin)

    def __exit__(self, *_: object) -> None:
        self._pdf.set_left_margin(self._before)
        self._pdf.set_x(self._pdf.l_margin)


def _numbered(block: Part) -> str:
    """All words of a block, with the numbers of its notes."""
    if isinstance(block, Words):
        return block.text
    if block.kind == "reference":
        return f" [{block.facts['number']}]"
    return "".join(map(_numbered, block.children))


def _letters(name: str) -> Path:
    """A font file of matplotlib's, which is not loaded for it."""
    found = find_spec("matplotlib")
    folders = (found and found.submodule_search_locations) or [""]
    return Path(folders[0]) / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf"


def _all_words(kept: Paper) -> Iterator[str]:
    yield kept.title
    for section in kept.sections:
        yield section.question
        yield from (words_of(block) for block in section.blocks)
        for note in section.notes:
            yield note.where
            yield from (words_of(block) for block in note.quote)
