"""What a page of a PDF holds and does not show: words beside it, without size, or white on white.

Hidden words are how a file speaks to a machine past its reader, so they are no text. Words that
are drawn invisibly over a picture are those that were recognised in it, and are kept.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

from rag.loaders.layout import Line

_SEEN_PT = 1.5  # Smaller letters nobody sees.
_WHITE = 250  # of 255, in each colour
_FAINT = 13  # of 255: what is less opaque is not seen
_UNDRAWN = (3, 7)  # How PDF calls letters that are neither filled nor outlined.


class Box(NamedTuple):
    """Left, bottom, right and top of something on a page, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether they have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


class Sight:
    """Tells which words of a page are seen. The page and its text stay open as long as it."""

    def __init__(self, page: Any, text: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page, self._text = page, text
        self._edges = Box(*page.get_bbox())
        self._shapes: list[tuple[Box, bool]] | None = None
        self._looks: dict[int, str] = {}
        self._get_piece = raw.FPDFText_GetTextObject

    def sees(self, place: int, word: Line) -> bool:
        """Whether a word is seen that begins with the letter of that number."""
        edges = self._edges
        if not (word.left < edges.right and edges.left < word.right):
            return False
        if not (word.bottom < edges.top and edges.bottom < word.top):
            return False
        piece = self._get_piece(self._text, place)
        if not piece:
            return True
        known = self._looks.get(ctypes.addressof(piece.contents))
        if known is None:
            known = self._looks[ctypes.addressof(piece.contents)] = self._look(place, piece)
        return known == "plain" or (known != "tiny" and self._is_backed(word, known))

    def _look(self, place: int, piece: Any) -> str:
        """How all letters of a piece of text are drawn: plain, white, undrawn or tiny."""
        room = self._raw.FS_RECTF()
        if self._raw.FPDFText_GetLooseCharBox(self._text, place, ctypes.byref(room)):
            sides = abs(room.right - room.left), abs(room.top - room.bottom)
            if max(sides) < _SEEN_PT:
                return "tiny"
        if self._raw.FPDFTextObj_GetTextRenderMode(piece) in _UNDRAWN:
            return "undrawn"
        return "white" if self._is_white(piece) else "plain"

    def _is_backed(self, word: Line, look: str) -> bool:
        """Whether something is drawn behind a word; behind one that is undrawn, a picture."""
        box = Box(word.left, word.bottom, word.right, word.top)
        return any(
            (is_picture or look == "white") and shape.meets(box)
            for shape, is_picture in self._behind()
        )

    def _is_white(self, piece: Any) -> bool:
        colours = [ctypes.c_uint() for _ in range(4)]
        if not self._raw.FPDFPageObj_GetFillColor(piece, *map(ctypes.byref, colours)):
            return False  # It is filled with a pattern.
        *light, opaque = (one.value for one in colours)
        return opaque < _FAINT or min(light) >= _WHITE

    def _behind(self) -> list[tuple[Box, bool]]:
        """What is drawn on the page beside its words, and whether each is a picture."""
        if self._shapes is None:
            raw, page = self._raw, self._page
            self._shapes = []
            for at in range(raw.FPDFPage_CountObjects(page)):
                one = raw.FPDFPage_GetObject(page, at)
                kind = raw.FPDFPageObj_GetType(one)
                if kind == raw.FPDF_PAGEOBJ_TEXT or (
                    kind == raw.FPDF_PAGEOBJ_PATH and self._is_bare(one)
                ):
                    continue
                edges = [ctypes.c_float() for _ in range(4)]
                if raw.FPDFPageObj_GetBounds(one, *map(ctypes.byref, edges)):
                    box = Box(*(edge.value for edge in edges))
                    may_be_picture = kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM)
                    self._shapes.append((box, may_be_picture))
        return self._shapes

    def _is_bare(self, path: Any) -> bool:
        """Whether a shape is not filled, or in white."""
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        self._raw.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke))
        return not fill.value or self._is_white(path)
