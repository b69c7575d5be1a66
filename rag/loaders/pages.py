"""A page of a PDF as a picture, with the box of every word of the article's text that is on it.

It runs in a child process, as all reading does: `rag.loaders.worker`.
"""

from __future__ import annotations

import base64
import ctypes
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import pairwise
from typing import Any

from rag.loaders import recognition
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


def drawn(data: bytes, number: int, text: str, *, ocr: bool = False) -> dict[str, Any]:
    """The page of that number, from 1, for a pipe; ``text`` is what was read of it.

    With ``ocr``, the words of one that is only a picture are recognised, as when it was read.

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
            place = partial(_on_picture, page)
            if not lines and text and ocr and recognition.is_installed():
                lines = [one.words for one in recognition.recognised(page)]
                place = partial(_as_shown, width, height)
            room = BytesIO()
            image.convert("RGB").save(room, "WEBP", quality=80, method=2)
            return {
                "image": base64.b64encode(room.getvalue()).decode(),
                "width": image.width,
                "height": image.height,
                "words": [*_boxes(place, lines, text)],
            }


def _boxes(
    place: Callable[[Line], list[int]], lines: list[list[Line]], text: str
) -> Iterator[list[int]]:
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
            box = place(word._replace(bottom=low, top=high))
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


def _as_shown(width: float, height: float, word: Line) -> list[int]:
    """The same of a box that was found on the picture of the page."""
    across = [round(_WHOLE * edge / width) for edge in (word.left, word.right)]
    down = [round(_WHOLE * (1 - edge / height)) for edge in (word.top, word.bottom)]
    edges = (across[0], down[0], across[1], down[1])
    return [min(max(edge, 0), _WHOLE) for edge in edges]
