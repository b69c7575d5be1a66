"""The one owner of markers: ``[1]`` in a draft becomes a `Citation`, and is checked.

A marker is understood in the shapes that models write it in: ``[1]``, ``[1, 2]``, ``[1][2]``,
``[Source 1]``, ``(1)`` and ``【1】``, before the full stop or after it. One whose number belongs to
no evidence is removed, and is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from rag.schema import Citation, Sentence, Support
from rag.sentences import split

_NUMBERS = r"(?:(?:sources?|quotes?|no\.?)\s*)?(\d{1,3}(?:\s*(?:,|;|&|and|-)\s*\d{1,3})*)"
_MARKER = re.compile(
    rf"\s*(?:\[\^?\s*{_NUMBERS}\s*\]|【\s*{_NUMBERS}[^】]{{0,12}}】|\(\s*{_NUMBERS}\s*\))", re.IGNORECASE
)
# What may be the beginning of a marker whose end has not been streamed yet.
_HALF_MARKER = re.compile(r"\s*[\[【(]\^?\s*(?:[a-z]{0,7}\.?)?\s*[\d,;&\s-]*$", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_WORD = re.compile(r"[^\W\d_]+")
_VERIFIED_COVER = 0.6
_PARTIAL_COVER = 0.4


def cite(
    draft: str, evidence: Sequence[Citation], *, unfinished: bool = False
) -> tuple[Sentence, ...]:
    """The sentences of a draft with the evidence that each one cites; markers are gone.

    ``unfinished`` drafts are still being streamed: half a marker at their end is kept back.
    """
    by_number = {citation.number: citation for citation in evidence}
    if unfinished:
        draft = _HALF_MARKER.sub("", draft)
    text, marks = _without_markers(draft, by_number)
    spans = split(text)
    sentences = [
        Sentence(" ".join(text[span.start : span.end].split()), reason="not checked yet")
        for span in spans
    ]
    for place, numbers in marks:
        # White space may part a marker from its sentence, so the last one begun owns it.
        owner = max((i for i, span in enumerate(spans) if span.start < place), default=0)
        if sentences:
            known = sentences[owner].citations
            new = [by_number[n] for n in numbers if by_number[n] not in known]
            sentences[owner] = replace(sentences[owner], citations=(*known, *new))
    return tuple(sentences)


def _without_markers(
    draft: str, by_number: dict[int, Citation]
) -> tuple[str, list[tuple[int, list[int]]]]:
    kept: list[str] = []
    marks: list[tuple[int, list[int]]] = []
    length = position = 0
    for match in _MARKER.finditer(draft):
        numbers = [int(n) for n in re.findall(r"\d+", match.group())]
        known = [n for n in dict.fromkeys(numbers) if n in by_number]
        if not known and "(" in match.group():
            continue  # a number in brackets of the prose, such as a year
        kept.append(draft[position : match.start()])
        length += len(kept[-1])
        marks.append((length, known))
        position = match.end()
    kept.append(draft[position:])
    return "".join(kept), marks


def check(sentence: Sentence) -> Sentence:
    """The same sentence with what its citations are worth, and why.

    Every number must stand in the cited words, and most of the content words too, by their stems.
    """
    support, reason = _support(sentence.text, [citation.quote for citation in sentence.citations])
    return replace(sentence, support=support, reason=reason)


def _support(text: str, quotes: Sequence[str]) -> tuple[Support, str]:
    if not quotes:
        return "unsupported", "it cites no source"
    quoted = " ".join(quotes)
    for number in _numbers(text):
        if number not in _numbers(quoted):
            return "unsupported", f"{number} is not in the source"
    words, known = _stems(text), _stems(quoted)
    if not words:
        return "verified", ""
    missing = [word for stem, word in words.items() if stem not in known]
    cover = 1 - len(missing) / len(words)
    if cover >= _VERIFIED_COVER:
        return "verified", ""
    reason = f"not in the source: {', '.join(missing[:5])}"
    return ("partial", reason) if cover >= _PARTIAL_COVER else ("unsupported", reason)


def _numbers(text: str) -> list[str]:
    return [number.replace(",", "") for number in _NUMBER.findall(text)]


def _stems(text: str) -> dict[str, str]:
    words = [word for word in _WORD.findall(text.lower()) if len(word) > 1]
    return {
        stem: word
        for word, stem in zip(words, _stemmer().stemWords(words), strict=True)
        if word not in _STOP
    }


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


_STOP = frozenset(
    "a an and are as at be been being but by can could did do does for from had has have he her "
    "his how if in into is it its may might more most no not of on or our out over she should so "
    "some such than that the their them then there these they this those to under up was we were "
    "what when where which who whom whose why will with would you your also about after before "
    "between during while because".split()
)
