"""What other articles say that must be told too: other figures, the other side, one of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

from rag.answer.quoting import quotation
from rag.decision import outcome
from rag.language.facts import Analysis
from rag.language.tokenizing import Value
from rag.query.classification import Query
from rag.schema import Citation, Sentence
from rag.settings import Settings
from rag.tuning import AnsweringTuning
from rag.verify.answer_type import is_given


def with_others(
    question: Query,
    sentences: Sequence[Sentence],
    evidence: Sequence[Citation],
    settings: Settings,
) -> list[Sentence]:
    """The sentences, with what other articles say that the reader must know as well, quoted.

    Of two figures that differ the newer one comes first.
    """
    told = [*sentences, *_others(question, sentences, evidence, settings)]
    return _newest_first(question, told, settings.answering)


def _others(
    question: Query,
    sentences: Sequence[Sentence],
    evidence: Sequence[Citation],
    settings: Settings,
) -> list[Sentence]:
    tuning = settings.answering
    cited = [citation for sentence in sentences for citation in sentence.citations]
    articles = {citation.article.id for citation in cited}
    elsewhere = [citation for citation in evidence if citation.article.id not in articles]
    best = max((citation.score for citation in evidence), default=0.0)
    strong = [citation for citation in elsewhere if citation.score >= tuning.rival * best]
    if question.kind == "overview":
        return _one_of_each(question, strong, tuning)[: max(0, tuning.overview - len(sentences))]
    if question.kind == "comparison" and len(question.searches) > 1:  # the other side is needed
        strong = [
            citation for citation in elsewhere if outcome(citation.score, settings) != "refused"
        ]
    if question.kind == "comparison":
        return _one_of_each(question, strong, tuning)[:1]
    rivals = [
        rival for rival in strong if any(_differ(question, own, rival, tuning) for own in cited)
    ]
    if not rivals:
        return []
    # One article may give several numbers: the rival is the one that is of the same order.
    mine = [number for citation in cited for number in _numbers(question, citation)]
    rival = min(rivals, key=lambda one: (_apart(mine, _numbers(question, one)), -one.score))
    return [quotation(question, rival, tuning, "differs")]


def _newest_first(
    question: Query, sentences: Sequence[Sentence], tuning: AnsweringTuning
) -> list[Sentence]:
    """The same, but of two figures that differ the newer one first, and the older told as other."""
    *first, last = sentences or (None,)
    if last is None or last.lead != "differs" or any(one.lead for one in first):
        return list(sentences)
    (newer,) = last.citations
    older = [citation for sentence in first for citation in sentence.citations]
    dates = [citation.article.published for citation in older]
    published = newer.article.published
    if not published or not all(date is not None and date < published for date in dates):
        return list(sentences)
    return [replace(last, lead=""), quotation(question, older[0], tuning, "differs")]


def _one_of_each(
    question: Query, citations: Sequence[Citation], tuning: AnsweringTuning
) -> list[Sentence]:
    by_article: dict[str, Citation] = {}
    for citation in citations:
        by_article.setdefault(citation.article.id, citation)
    return [quotation(question, citation, tuning, "source") for citation in by_article.values()]


def _differ(question: Query, one: Citation, other: Citation, tuning: AnsweringTuning) -> bool:
    """Whether two sentences answer a question of number or time with different ones.

    They must be about the same thing: share words of the question, or count what it counts in
    articles that share them.
    """
    if question.kind not in ("how-many", "when"):
        return False
    asked = question.analysis
    if _is_updated(question, asked, one, other, tuning):
        return True
    counts = [_counts(asked, citation) for citation in (one, other)]
    if all(counts):
        mine, theirs = counts
        about = [citation.subject - _counted(asked) for citation in (one, other)]
    else:
        mine, theirs = (_values(question, asked, citation) for citation in (one, other))
        about = [citation.analysis.content for citation in (one, other)]
    shared = about[0] & about[1] & asked.content
    return bool(mine and theirs and not mine & theirs) and len(shared) >= tuning.shared_by_rivals


def _is_updated(
    question: Query, asked: Analysis, one: Citation, other: Citation, tuning: AnsweringTuning
) -> bool:
    """Whether a newer article gives the same number and another: "210, and not 340"."""
    dates = one.article.published, other.article.published
    mine, theirs = (_values(question, asked, citation) for citation in (one, other))
    shared = one.subject & other.subject & asked.content
    is_newer = bool(dates[0] and dates[1] and dates[0] < dates[1])
    repeats = all(any(_is_same(one, other) for other in theirs) for one in mine)
    adds = any(not any(_is_same(one, other) for one in mine) for other in theirs)
    is_told = bool(mine) and repeats and adds
    return is_newer and is_told and len(shared) >= tuning.shared_by_rivals


def _is_same(one: Value, other: Value) -> bool:
    """Whether two values may be one, as 16 March and 16 March 2024 may."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return all(a == b or None in (a, b) for a, b in zip(one, other, strict=False))
    return one == other


def _values(question: Query, asked: Analysis, citation: Citation) -> set[Value]:
    kind = "date" if question.kind == "when" else "number"
    facts = citation.analysis.facts
    return {f.value for f in facts if f.kind == kind and not is_given(f, asked.facts)}


def _numbers(question: Query, citation: Citation) -> list[float]:
    """The numbers above 0 that a citation gives, and the question does not."""
    values = _values(question, question.analysis, citation)
    return [value for value in values if isinstance(value, float) and value > 0]


def _apart(some: Sequence[float], others: Sequence[float]) -> float:
    """The logarithm of how many times the nearest two of these numbers differ."""
    return min((abs(log(one / other)) for one in some for other in others), default=0.0)


def _counts(asked: Analysis, citation: Citation) -> set[Value]:
    """The numbers in front of the word that the question counts: of "how many people", people."""
    counted, analysis = _counted(asked), citation.analysis
    return {
        fact.value
        for fact in analysis.facts
        if fact.kind == "number" and counted & {t.stem for t in analysis.tokens[fact.last :][:1]}
    }


def _counted(asked: Analysis) -> frozenset[str]:
    tokens = asked.tokens
    words = [token.word for token in tokens]
    places = [i for i in range(2, len(tokens)) if words[i - 2 : i] == ["how", "many"]]
    return frozenset(tokens[i].stem for i in places)
