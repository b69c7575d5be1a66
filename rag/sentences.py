"""Where sentences begin and end, by offsets into the text they came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?!\s*\n))+")
_SPACE = re.compile(r"\s")
# A boundary model has no opinion on a line of two million characters; we must have one.
LONGEST = 2_000


class Span(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) of a text."""

    start: int
    end: int


def split(text: str, longest: int = LONGEST) -> list[Span]:
    """The sentences of ``text`` in order, without surrounding white space.

    A blank line always ends a sentence. A sentence of more than ``longest`` characters is cut
    at white space where there is some, and never inside a letter with combining marks.
    """
    return [piece for sentence in _sentences(text) for piece in _cut(text, sentence, longest)]


def _sentences(text: str) -> Iterator[Span]:
    for paragraph in _PARAGRAPH.finditer(text):
        for start, end in _boundaries()(paragraph.group()):
            span = trim(text, paragraph.start() + start, paragraph.start() + end)
            if span.end > span.start:
                yield span


@cache
def _boundaries():  # type: ignore[no-untyped-def]  # nupunkt ships no types
    from nupunkt import sent_spans

    return sent_spans


def trim(text: str, start: int, end: int) -> Span:
    """The same span without white space at either end."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _cut(text: str, span: Span, longest: int) -> Iterator[Span]:
    start, end = span
    while end - start > longest:
        stop = _last_space(text, start + longest // 2, start + longest) or _between_letters(
            text, start, start + longest
        )
        yield trim(text, start, stop)
        start = trim(text, stop, end).start
    if start < end:
        yield Span(start, end)


def _last_space(text: str, start: int, stop: int) -> int | None:
    for position in range(stop, start, -1):
        if _SPACE.match(text[position]):
            return position
    return None


def _between_letters(text: str, start: int, stop: int) -> int:
    """The last position up to ``stop`` that does not part a letter from its marks."""
    import regex

    # 64 code points hold any cluster met outside of an attack; an attack is cut anywhere.
    window = max(start + 1, stop - 64)
    edges = [window + match.start() for match in regex.finditer(r"\X", text[window : stop + 64])]
    return max((edge for edge in edges if window < edge <= stop), default=stop)
