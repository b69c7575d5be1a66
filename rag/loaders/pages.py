"""A page of a PDF as a picture, with the box of every word of the article's text that is on it.

It runs in a child process, as all reading does: `rag.loaders.worker`.
"""

from __future__ import annotations

import base64
import ctypes
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any

from rag.loaders.layout import Line
from rag.loaders.pdfium import placed, spelt

MOST_PIXELS = 1_800  # of its longer side
_SCALE = 2.5  # pixels a point, where that is not too many
_WHOLE = 10_000  # what a box is told in: shares of the page's width and height


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page's picture, and the words on it.

    A word is its first and last offset in the text, and the left, top, right and bottom of its box
    in ten-thousandths of the page. What is not certain to stand there is left out.
    """

    image: bytes
    media_type: str
    width: int
    height: int
    words: tuple[tuple[int, ...], ...]


def drawn(data: bytes, number: int, text: str) -> dict[str, Any]:
    """The page of that number, from 1, for a pipe; ``text`` is what was read of it.

    Raises:
        IndexError: there is no such page.
    """
    import pypdfium2

    with closing(pypdfium2.PdfDocument(data)) as document:
        if not 1 <= number <= len(document):
            raise IndexError(number)
        document.init_forms()
        with closing(document[number - 1]) as page:
            width, height = page.get_size()
            scale = min(_SCALE, MOST_PIXELS / max(width, height, 1.0))
            image = page.render(scale=scale).to_pil()
            with closing(page.get_textpage()) as words:
                lines = [*placed(page, words)]
            room = BytesIO()
            image.convert("RGB").save(room, "WEBP", quality=80, method=2)
            return {
                "image": base64.b64encode(room.getvalue()).decode(),
                "width": image.width,
                "height": image.height,
                "words": [*_boxes(page, lines, text)],
            }


def _boxes(page: Any, lines: list[list[Line]], text: str) -> Iterator[list[int]]:
    """Of each word that is found in the text, where it stands there, and its box."""
    letters = [at for at, letter in enumerate(text) if not letter.isspace()]
    squeezed = "".join(text[at] for at in letters)
    squeezed_lines = ["".join(_squeezed(word) for word in line) for line in lines]
    for line, begin in zip(lines, _places(squeezed_lines, squeezed), strict=True):
        if begin is None:
            continue
        low, high = min(word.bottom for word in line), max(word.top for word in line)
        for word in line:
            if not (size := len(_squeezed(word))):
                continue
            box = _on_picture(page, word._replace(bottom=low, top=high))
            yield [letters[begin], letters[begin + size - 1] + 1, *box]
            begin += size


def _squeezed(word: Line) -> str:
    return "".join(spelt(word.text).rstrip("-").split())


def _places(lines: list[str], text: str) -> list[int | None]:
    """Where each line begins in the text, both without spaces; None where that is not certain.

    A line that is there once is certain; another is where it goes on from one that is.
    """
    count = Counter(lines)
    places: list[int | None] = [
        text.find(line) if line and count[line] == 1 and text.count(line) == 1 else None
        for line in lines
    ]
    _without_those_within(places, lines)
    for at, line in enumerate(lines[1:], start=1):
        before = places[at - 1]
        if places[at] is None and line and before is not None:
            end = before + len(lines[at - 1])
            starts = (end, end + 1) if text[end : end + 1] == "-" else (end,)
            places[at] = next((one for one in starts if text.startswith(line, one)), None)
    for at in range(len(lines) - 2, -1, -1):
        after, line = places[at + 1], lines[at]
        if places[at] is None and line and after is not None and after >= len(line):
            begin = after - len(line)
            places[at] = begin if text.startswith(line, begin) else None
    _without_those_within(places, lines)
    return places


def _without_those_within(places: list[int | None], lines: list[str]) -> None:
    """Of two lines that claim the same words, the shorter, such as a running head, has none."""
    spans = sorted(
        (place, place + len(lines[at]), at) for at, place in enumerate(places) if place is not None
    )
    for one, other in pairwise(spans):
        if other[0] < one[1]:
            places[min(one, other, key=lambda span: span[1] - span[0])[2]] = None


def _on_picture(page: Any, word: Line) -> list[int]:
    """The left, top, right and bottom of a box on the page as it is turned and cut."""
    from pypdfium2 import raw

    edges = []
    for x, y in ((word.left, word.top), (word.right, word.bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            page.raw, 0, 0, _WHOLE, _WHOLE, 0, x, y, ctypes.byref(across), ctypes.byref(down)
        )
        edges.append((across.value, down.value))
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*edges, strict=True))
    return [min(max(edge, 0), _WHOLE) for edge in (left, top, right, bottom)]
