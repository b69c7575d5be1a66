"""Where sentences begin and end, by offsets into the text they came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

# A Markdown heading is a block of its own; any other ends at a blank line, a heading or a list
# item. Every repeat is possessive: two million line ends must not make it try again.
_BLOCK = re.compile(
    r"""
      \#{1,6} [^\S\n] [^\n]*+
    | \S [^\n]*+ (?:
        \n (?! [^\S\n]*+ (?: \n | \Z | (?: \#{1,6} | [-*+•] | \d{1,3}[.)] ) [^\S\n] ) )
        [^\n]*+
      )*+
    """,
    re.VERBOSE,
)
# The full stops that the boundary model, made for English, knows, and those of other scripts.
_ENGLISH_STOP = re.compile(r"[.!?…]")
_FOREIGN_STOP = re.compile(r"[。！？｡]+(?![。！？｡」』）”’])|[؟۔।॥።။។]+(?=\s)")
# The model is quadratic on texts like "?!?!?!": it gets no more than this at once.
_WINDOW = 3_000
# It has no opinion on a line of two million characters either; we must have one.
LONGEST = 2_000


class Span(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) of a text."""

    start: int
    end: int


def split(text: str, longest: int = LONGEST) -> list[Span]:
    """The sentences of ``text`` in order, without surrounding white space.

    A blank line always ends a sentence, and so do the ends of a Markdown heading or list item. A
    sentence of more than ``longest`` characters is cut at white space where there is some, and
    never inside a letter with combining marks.
    """
    return [piece for sentence in _sentences(text) for piece in _cut(text, sentence, longest)]


def trim(text: str, start: int, end: int) -> Span:
    """The same span without white space at either end."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _sentences(text: str) -> Iterator[Span]:
    for block in _BLOCK.finditer(text):
        start = block.start()
        for stop in _FOREIGN_STOP.finditer(text, *block.span()):
            yield from _english(text, start, stop.end())
            start = stop.end()
        yield from _english(text, start, block.end())


def _english(text: str, start: int, end: int) -> Iterator[Span]:
    start, end = trim(text, start, end)
    while start < end:
        # What one window shows of its last sentence may be half: the next window begins with it.
        window = end if end - start <= _WINDOW else _seam(text, start, start + _WINDOW)
        *whole, last = _boundaries(text, start, window)
        yield from whole
        if window == end or not whole:
            yield last
            start = trim(text, window, end).start
        else:
            start = last.start


def _boundaries(text: str, start: int, end: int) -> list[Span]:
    if not _ENGLISH_STOP.search(text, start, end):
        return [trim(text, start, end)]
    return [trim(text, start + a, start + b) for a, b in _model()(text[start:end])]


@cache
def _model():  # type: ignore[no-untyped-def]  # nupunkt ships no types
    from nupunkt import sent_spans

    return sent_spans


def _cut(text: str, span: Span, longest: int) -> Iterator[Span]:
    start, end = span
    while end - start > longest:
        stop = _seam(text, start, start + longest)
        yield trim(text, start, stop)
        start = trim(text, stop, end).start
    yield Span(start, end)


def _seam(text: str, start: int, stop: int) -> int:
    """Where to cut between two offsets, late: at white space, or else between two letters."""
    import regex

    for position in range(stop, (start + stop) // 2, -1):
        if text[position].isspace():
            return position
    # No letter has a hundred marks, but in an attack; that one is cut anywhere.
    at = max(start, stop - 100)
    edges = [at + letter.end() for letter in regex.finditer(r"\X", text[at : stop + 1])]
    return max((edge for edge in edges if edge <= stop), default=stop)
