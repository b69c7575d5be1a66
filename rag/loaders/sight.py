"""What a page of a PDF holds and does not show: words beside it, without size, or white on white.

Hidden words are how a file speaks to a machine past its reader, so they are no text. Words that
are drawn invisibly over a picture are those that were recognised in it, and are kept.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

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
        self._colours: dict[int, tuple[bool, bool]] = {}

    def sees(self, place: int, box: Box) -> bool:
        """Whether a word is seen that begins with the letter of that number, by its box."""
        if not box.meets(self._edges) or self._is_tiny(place):
            return False
        is_undrawn, is_white = self._drawn(place)
        if is_undrawn:
            return any(is_picture and shape.meets(box) for shape, is_picture in self._behind())
        return not is_white or any(shape.meets(box) for shape, _ in self._behind())

    def _is_tiny(self, place: int) -> bool:
        room = self._raw.FS_RECTF()
        if not self._raw.FPDFText_GetLooseCharBox(self._text, place, ctypes.byref(room)):
            return False
        return bool(max(abs(room.right - room.left), abs(room.top - room.bottom)) < _SEEN_PT)

    def _drawn(self, place: int) -> tuple[bool, bool]:
        """Whether a letter is drawn invisibly, and whether in white."""
        piece = self._raw.FPDFText_GetTextObject(self._text, place)
        if not piece:
            return False, False
        known = ctypes.addressof(piece.contents)
        if known not in self._colours:
            is_undrawn = self._raw.FPDFTextObj_GetTextRenderMode(piece) in _UNDRAWN
            self._colours[known] = is_undrawn, self._is_white(piece)
        return self._colours[known]

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
