"""What the models make of a passage: how likely each sentence answers, and with which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.decision import Signals
from rag.index.chunking import in_context, pack
from rag.language import tables
from rag.language.facts import analyse
from rag.protocols import Reader, Reading, Reranker
from rag.query.classification import classify, last_of
from rag.retrieve.candidates import HEADING, Candidate
from rag.schema import Citation, Passage, holds
from rag.tuning import EvidenceTuning

# The logit that stands for "no" where the reader names no word of a sentence.
_NOT_READ = -12.0
# Where in the article the words stand that answer, as code points.
Place = tuple[int, int] | None
_NO_PLACE: Place = None


def signals(
    search: str,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    scorer: Reranker,
    reader: Reader,
    tuning: EvidenceTuning,
) -> list[tuple[Signals, Place]]:
    """For each candidate what speaks for it, and where in the article the words stand that answer.

    The reader reads the passages in windows of whole sentences, the reranker each sentence alone.
    A row of a table is read alone by both, each of its cells under the name of its column.
    """
    windows = [window for passage in passages for window in _windows(passage, tuning)]
    rows = [i for i, candidate in enumerate(candidates) if candidate.citation.head]
    titles = [window.article.title for window in windows]
    titles += [candidates[i].passage.article.title for i in rows]
    texts = [window.text for window in windows] + [candidates[i].citation.said for i in rows]
    # Of a follow-up with the question before it, the reader would answer that one.
    asked = classify(search)
    readings = [
        _that_may_answer(text, reading, wants_words=asked.wants_words)
        for text, reading in zip(texts, reader.read(last_of(search), titles, texts), strict=True)
    ]
    if asked.kind in ("how-many", "when"):
        readings = _with_figures(texts, readings)
    sentences = scorer.scores(search, titled(candidates))
    best = [(Signals(_NOT_READ, _NOT_READ, sentence), _NO_PLACE) for sentence in sentences]
    for i, reading in zip(rows, readings[len(windows) :], strict=True):
        place = _place_in_row(candidates[i].citation, reading)
        best[i] = (Signals(reading.answers, 0.0 if place else _NOT_READ, sentences[i]), place)
    for window, reading in zip(windows, readings[: len(windows)], strict=True):
        for i, candidate in enumerate(candidates):
            if candidate.citation.head or not holds(window, candidate.citation):
                continue
            start, end = (
                candidate.citation.start - window.start,
                candidate.citation.end - window.start,
            )
            spans = [span for span in reading.spans if start <= span.start < end]
            less, place = _NOT_READ, _NO_PLACE
            if spans:
                less = max(spans[0].logit - reading.spans[0].logit, _NOT_READ)
                place = (window.start + spans[0].start, window.start + min(spans[0].end, end))
            if reading.answers + less > best[i][0].answers + best[i][0].shortfall:
                best[i] = (Signals(reading.answers, less, sentences[i]), place)
    return best


def _that_may_answer(text: str, reading: Reading, *, wants_words: bool) -> Reading:
    """A reading without the spans that answer nothing: of a heading, without a word that says
    something, or a number where a person or a reason is asked for.
    """
    headings = [heading.span() for heading in HEADING.finditer(text)]
    spans = tuple(
        span
        for span in reading.spans
        if _says_something(text[span.start : span.end], wants_words=wants_words)
        and not any(start <= span.start < end for start, end in headings)
    )
    return replace(reading, spans=spans)


def _with_figures(texts: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
    """The same, without words that are neither a figure nor likely, where others' are both.

    Each text is read alone, and of one without an answer any words are the likeliest.
    """
    have = [
        bool(one.spans) and _has_figure(text[one.spans[0].start : one.spans[0].end])
        for text, one in zip(texts, readings, strict=True)
    ]
    likely = [bool(one.spans) and one.spans[0].logit > one.none for one in readings]
    if not any(map(all, zip(have, likely, strict=True))):
        return list(readings)
    return [
        one if has or is_likely else replace(one, spans=())
        for has, is_likely, one in zip(have, likely, readings, strict=True)
    ]


def _has_figure(words: str) -> bool:
    return any(fact.kind != "name" for fact in analyse(words).facts)


def _says_something(words: str, *, wants_words: bool) -> bool:
    said = analyse(words)
    told = {i for i, token in enumerate(said.tokens) if not token.says_little}
    numbers = [fact for fact in said.facts if fact.kind != "name"]
    counted = {i for fact in numbers for i in range(fact.first, fact.last)}
    counted |= {i for i in told if any(said.tokens[i].stem == fact.unit for fact in numbers)}
    return bool(told - counted) if wants_words else bool(told | counted)


def _place_in_row(row: Citation, reading: Reading) -> Place:
    """Where in the article the likeliest words of a row stand that are no name of a column."""
    told = tables.tell(row.head, row.quote)
    for span in reading.spans:
        if place := told.in_row(span.start, span.end):
            return row.start + place[0], row.start + place[1]
    return _NO_PLACE


def titled(candidates: Sequence[Candidate]) -> list[str]:
    """Each sentence as the reranker reads it, after the title of its article."""
    return [
        in_context(candidate.passage.article.title, candidate.citation.said)
        for candidate in candidates
    ]


def _windows(passage: Passage, tuning: EvidenceTuning) -> list[Passage]:
    if len(passage.text) <= tuning.window:
        return [passage]
    return [
        replace(
            passage,
            start=passage.start + start,
            end=passage.start + end,
            text=passage.text[start:end],
        )
        for start, end in pack(passage.text, tuning.window, tuning.window_overlap)
    ]
