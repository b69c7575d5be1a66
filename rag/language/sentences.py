"""Where sentences begin and end, by offsets into the text they came from.

English is cut by a boundary model, and so is what no other rules are known for; other languages
by rules that know their abbreviations and how they write ordinals: "Am 3. Mai" is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from rag.language import tables
from rag.language.detection import language_of

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
# What the rules of other languages take for an end and is none: before a small letter, between
# the initials of "J.-P. Sartre", after a street's "Lindenstr." and before its number.
_NO_END = r"(?=\s*+\p{Ll})|(?<=-\p{Lu}\.)|(?<=\p{Lu}\.)(?=-\p{Lu})|(?<=\p{L}str\.)(?=\s+\d)"
# Abbreviations that they do not know, and that end no sentence.
_SHORTENED = {
    "de": "Tsd Std Hrn Stk Bhf Gem Lkr",
    "es": "a d Avda Sto Sta Gral Cnel Excmo Vd Vds",
    "fr": "env cie max min pr apr mds mlles vve fbg rte chem",
    "it": "p.zza v.le c.so mld mln sigg f.lli",
    "ru": "ок пос обл дер пер пл наб просп тел чел акад мин",
}
# What ends one after all. A number may be an ordinal, so to the German rules "30." ends none, and
# a unit may have a stop of its own: before these words, and after a number, they do.
_NEW_SENTENCE = {
    "de": r"\d\.(?=\s+(?:Das?|Der|Die|Dies\w*|Eine?|Es|Er|Sie|Wir|Man|Auch|Aber|Doch|Und|Im|In|"
    r"Am|An|Auf|Bei|Nach|Mit|Seit|Für|Von|Zu\w*|Dana\w*|Dabei|Damit|Damals|Dann|Heute)\s|\s+[„»\"])",
    "fr": r"\d\s(?:m|km|kg|h|min|ans)\.(?=\s+\p{Lu})",
    "ru": r"\d\s(?:гг?|руб|коп|км|кг|м|чел|час|мин)\.(?=\s+\p{Lu})",
}
# To these rules a line ends a sentence, and what stands between two long dashes has no end in it.
_SAME = str.maketrans("—\n\r", "–  ")
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

    A blank line always ends a sentence, and so do the ends of a Markdown heading, of a list item
    and of a row of a table. A sentence of more than ``longest`` characters is cut at white space
    where there is some, and never inside a letter with combining marks.
    """
    return list(sentences_of(text, longest))


def sentences_of(text: str, longest: int = LONGEST) -> Iterator[Span]:
    """The same one by one, as they are found."""
    for sentence in _sentences(text):
        yield from _cut(text, sentence, longest)


def split_with_heads(text: str, head: str = "") -> Iterator[tuple[Span, str]]:
    """The sentences, each row of a table with the row that names its columns; that one is none.

    ``head``: what names the columns of the table in whose midst the text begins, if it does.
    """
    last = 0
    for span in split(text):
        words = text[span.start : span.end]
        if "|" not in words or "\n\n" in text[last : span.start]:
            head = ""
        last = span.end
        if "|" in words and (own := tables.rows(words)[1]):
            head = own
            continue
        yield span, head


def trim(text: str, start: int, end: int) -> Span:
    """The same span without white space at either end."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _sentences(text: str) -> Iterator[Span]:
    language = language_of(text)
    by_rules = _rules(language) if language in _with_rules() else None
    for block in _BLOCK.finditer(text):
        start, end = block.span()
        lines = tables.rows(block.group())[0] if "|" in block.group() else []
        if lines:
            end = start + lines[0].start
        if by_rules:
            yield from _in_windows(text, start, end, by_rules)
        else:
            for stop in _FOREIGN_STOP.finditer(text, start, end):
                yield from _in_windows(text, start, stop.end(), _by_model)
                start = stop.end()
            yield from _in_windows(text, start, end, _by_model)
        yield from (
            trim(text, block.start() + line.start, block.start() + line.end) for line in lines
        )


def _in_windows(
    text: str, start: int, end: int, boundaries: Callable[[str], list[Span]]
) -> Iterator[Span]:
    start, end = trim(text, start, end)
    while start < end:
        # What one window shows of its last sentence may be half: the next window begins with it.
        window = end if end - start <= _WINDOW else _seam(text, start, start + _WINDOW)
        found = boundaries(text[start:window])
        *whole, last = [trim(text, start + a, start + b) for a, b in found]
        yield from whole
        if window == end or not whole:
            yield last
            start = trim(text, window, end).start
        else:
            start = last.start


def _by_model(text: str) -> list[Span]:
    if not _ENGLISH_STOP.search(text):
        return [Span(0, len(text))]
    return [Span(start, end) for start, end in _model()(text)]


@cache
def _model():  # type: ignore[no-untyped-def]  # nupunkt ships no types
    from nupunkt import sent_spans

    return sent_spans


@cache
def _with_rules() -> frozenset[str]:
    """The languages, by ISO 639-1 code, whose sentences rules cut."""
    from yasbd import get_supported_langs

    return frozenset(get_supported_langs()) - {"en"}


@cache
def _rules(language: str) -> Callable[[str], list[Span]]:
    """The rules of a language, as a function from a text to its sentences."""
    import regex
    from yasbd import BoundaryDetector

    detector: Any = BoundaryDetector(language)
    shortened = "|".join(map(regex.escape, _SHORTENED.get(language, "").split()))
    no_end = regex.compile(_NO_END + (rf"|(?i:(?<=\b(?:{shortened})\.))" if shortened else ""))
    an_end = regex.compile(_NEW_SENTENCE.get(language, r"(?!)"))

    def boundaries(text: str) -> list[Span]:
        found = {*detector.detect(text.translate(_SAME))}
        found |= {stop.end() for stop in an_end.finditer(text)}
        ends = [end for end in sorted(found) if 0 < end < len(text) and not no_end.match(text, end)]
        spans = (trim(text, a, b) for a, b in pairwise([0, *ends, len(text)]))
        return [span for span in spans if span.start < span.end]

    return boundaries


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
