"""The one owner of markers: ``[1]`` in a draft becomes a `Citation`.

A marker is understood in the shapes that models write it in: ``[1]``, ``[1, 2]``, ``[1-3]``,
``[1][2]``, ``[1], [2]``, ``[Source 1]``, ``(1)`` and ``【1】``, before the full stop or after it.
One whose number belongs to no evidence is removed, and is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.language.sentences import split
from rag.reasons import Reason
from rag.schema import Citation, Sentence

_ONE = r"(?:(?:sources?|quotes?|no\.?)\s*:?\s*)?\d{1,3}"
_SOME = rf"{_ONE}(?:\s*(?:,|;|&|and)\s*{_ONE})*"
_RANGES = rf"{_ONE}(?:\s*(?:,|;|&|and|[-–])\s*{_ONE})*"
_ROUND = rf"\(\s*{_SOME}\s*\)"
# A draft that was cut short may end inside of a marker. Round brackets belong to prose too: they
# are markers at the end of a clause only, and hold no range, because (2-1) is a score.
_MARKER = (
    rf"(?:\[\^?\s*{_RANGES}\s*(?:\]|$)|【\s*{_RANGES}[^】]{{0,12}}】"
    rf"|{_ROUND}(?=\s*(?:[.,;:!?\[(\n]|$))|(?<=[.!?] ){_ROUND})"
)
_MARKERS = re.compile(rf"\s*{_MARKER}(?:\s*(?:[,;&]|and\b|or\b)?\s*{_MARKER})*", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
# What may become a marker while more is to come, and what can be nothing else when it is not.
_OPENED = re.compile(rf"\s*(?:[\[【(][^\]】)]{{0,24}}|{_ROUND})$", re.IGNORECASE)
_BROKEN_OFF = re.compile(r"\s*[\[【(]\^?\s*(?:sources?\s*)?$", re.IGNORECASE)
_LINE = re.compile(r"(?:^|\n)\s*(?:[-*•]\s+|\d{1,2}[.)]\s+)?")


def cite(
    draft: str, evidence: Sequence[Citation], *, unfinished: bool = False
) -> tuple[Sentence, ...]:
    """The sentences of a draft with the evidence that each one cites; markers are gone.

    ``unfinished`` drafts are still being streamed: half a marker at their end is kept back.
    """
    by_number = {citation.number: citation for citation in evidence}
    draft = (_OPENED if unfinished else _BROKEN_OFF).sub("", draft)
    draft = _LINE.sub("\n\n", draft)  # a line, or an item of a list, is a sentence of its own
    text, marks = _without_markers(draft, by_number)
    spans = split(text)
    sentences = [
        Sentence(" ".join(text[span.start : span.end].split()), because=Reason("unchecked"))
        for span in spans
    ]
    # Who begins with a marker puts them before the sentences, all others after or inside.
    before = bool(marks) and not text[: marks[0][0]].strip()
    for place, numbers in marks if sentences else ():
        if before:
            owner = min((i for i, span in enumerate(spans) if span.end > place), default=-1)
        else:
            owner = max((i for i, span in enumerate(spans) if span.start < place), default=0)
        known = sentences[owner].citations
        new = [by_number[n] for n in numbers if by_number[n] not in known]
        sentences[owner] = replace(sentences[owner], citations=(*known, *new))
    return tuple(sentences)


def _without_markers(
    draft: str, by_number: dict[int, Citation]
) -> tuple[str, list[tuple[int, list[int]]]]:
    """The draft without markers; and where in it each stood, with the numbers that are known."""
    kept: list[str] = []
    marks: list[tuple[int, list[int]]] = []
    length = position = 0
    for match in _MARKERS.finditer(draft):
        words = match.group().strip()
        known = [n for n in dict.fromkeys(_numbers_in(words)) if n in by_number]
        if not known and words.startswith("(") and "source" not in words.lower():
            continue  # a number in brackets of the prose
        kept.append(draft[position : match.start()])
        length += len(kept[-1])
        marks.append((length, known))
        position = match.end()
        if kept[-1].endswith((".", "!", "?")) and draft.startswith(".", position):
            position += 1  # the sentence had ended before its marker
        if draft[position : position + 1].isalnum():
            kept.append(" ")
            length += 1
    kept.append(draft[position:])
    return "".join(kept), marks


def _numbers_in(marker: str) -> Iterator[int]:
    for first, last in _RANGE.findall(marker):
        yield from range(int(first), int(last or first) + 1)
