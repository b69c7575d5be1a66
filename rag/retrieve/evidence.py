"""Passages to the sentences that answer, each with its offsets into the article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.decision import Decision, Signals, log_odds, logistic, outcome
from rag.index.chunking import in_context, pack
from rag.language.facts import analyse
from rag.language.token_counts import tokens
from rag.protocols import Reader, Reranker
from rag.query.classification import Query, last_of
from rag.schema import Citation, Passage, holds, overlap
from rag.settings import Settings
from rag.tuning import EvidenceTuning

_LEANS_ON_NEIGHBOUR = re.compile(
    r"[“\"'(]*(he|she|it|they|his|her|its|their|this|these|those|that|both|neither|such)\b",
    re.IGNORECASE,
)
# The logit that stands for "no" where the reader names no word of a sentence.
_NOT_READ = -12.0
# Share of a sentence's words that were told, from which it tells nothing new.
_SAID = 0.9
_Place = tuple[int, int] | None
_NO_PLACE: _Place = None
# Log odds that a sentence answers, and where in the article the words stand that do.
_Odds = tuple[float, _Place]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage. ``before`` is where the one before it starts, itself if none."""

    citation: Citation
    passage: Passage
    before: int


def choose(
    question: Query,
    passages: Sequence[Passage],
    scorer: Reranker,
    reader: Reader,
    decision: Decision,
    settings: Settings,
) -> tuple[Citation, ...]:
    """The sentences that best answer the question, numbered from 1, best first.

    They are of the first passages, as many as the settings say (as many for each side of a
    comparison, all for an overview), and fill the room that the settings give. There is at least
    one, unless no passage is near enough to the question. A sentence that begins with a pronoun
    comes with the one before it, as one citation. ``score`` is the probability that the sentence
    answers the question, and ``answer`` the words in it that do. A comparison gets the best of
    each side in turn, an overview no more than two of an article, and where the newest is asked
    for, newer articles come first among equals.
    """
    if not _is_near(question, passages, settings.least_similarity):
        return ()
    if question.kind != "overview":
        passages = _to_read(question, passages, settings.read)
    said = analyse(question.told).content
    candidates = [one for one in sentences_of(passages) if not _was_told(one, question.told, said)]
    orders, chances = [], []
    scores = [float("-inf")] * len(candidates)
    for search in question.searches:
        odds: list[_Odds]
        if question.kind == "overview":
            odds = _relevance(search, candidates, scorer)
        else:
            odds = [
                (log_odds(decision.of_text(signal)), place)
                for signal, place in signals(
                    search, passages, candidates, scorer, reader, settings.evidence
                )
            ]
        # The words that answer are those of the search that the sentence answers best.
        candidates = [
            replace(candidate, citation=replace(candidate.citation, answer=place))
            if place and score > before
            else candidate
            for candidate, before, (score, place) in zip(candidates, scores, odds, strict=True)
        ]
        scores = [max(pair) for pair in zip(scores, (score for score, _ in odds), strict=True)]
        ranking = [score for score, _ in odds]
        chances.append([logistic(score) for score in ranking])
        if question.wants_newest:
            ranking = _newest_first(ranking, candidates, settings.evidence)
        orders.append(sorted(range(len(candidates)), key=ranking.__getitem__, reverse=True))
    each = zip(*chances, strict=True) if question.kind == "parts" else ((),) * len(candidates)
    scored = [
        replace(candidate, citation=replace(candidate.citation, score=logistic(score), chances=own))
        for candidate, score, own in zip(candidates, scores, each, strict=True)
    ]
    # The best of each search in turn.
    places = dict.fromkeys(place for turn in zip(*orders, strict=True) for place in turn)
    return _fitting([scored[place] for place in places], question, settings)


def _was_told(candidate: Candidate, told: str, said: frozenset[str]) -> bool:
    """Whether a sentence has been quoted, or nearly all that it says was said in other words."""
    citation = candidate.citation
    if not told or " ".join(citation.quote.split()) in told:
        return bool(told)
    content = citation.analysis.content
    return len(content & said) >= _SAID * len(content)


def _fitting(
    candidates: Sequence[Candidate], question: Query, settings: Settings
) -> tuple[Citation, ...]:
    """The first of the candidates, as many as there is room for, with the neighbours they need."""
    limit, room = settings.evidence_sentences, settings.evidence_tokens
    is_overview = question.kind == "overview" and not question.told
    per_article = settings.evidence.of_an_article if is_overview else limit
    chosen: list[Citation] = []
    for candidate in candidates:
        citation = _with_neighbour(candidate)
        overlapping = [other for other in chosen if overlap(other, citation)]
        if any(holds(other, citation) for other in overlapping):
            continue
        if sum(other.article.id == citation.article.id for other in chosen) >= per_article:
            continue
        room -= tokens(citation.quote) - sum(tokens(other.quote) for other in overlapping)
        if chosen and room < 0:
            break
        if overlapping:  # it needs a neighbour that was chosen before: they are one citation
            place = chosen.index(overlapping[0])
            chosen[place] = _union(overlapping[0], citation, candidate)
        elif len(chosen) == limit:
            break
        else:
            chosen.append(citation)
    return tuple(replace(citation, number=n) for n, citation in enumerate(chosen, start=1))


def signals(
    search: str,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    scorer: Reranker,
    reader: Reader,
    tuning: EvidenceTuning,
) -> list[tuple[Signals, _Place]]:
    """For each candidate what speaks for it, and where in the article the words stand that answer.

    The reader reads the passages in windows of whole sentences, the reranker each sentence alone.
    """
    windows = [window for passage in passages for window in _windows(passage, tuning)]
    titles = [window.article.title for window in windows]
    # Of a follow-up with the question before it, the reader would answer that one.
    readings = reader.read(last_of(search), titles, [window.text for window in windows])
    sentences = scorer.scores(search, _titled(candidates))
    best = [(Signals(_NOT_READ, _NOT_READ, sentence), _NO_PLACE) for sentence in sentences]
    for window, reading in zip(windows, readings, strict=True):
        for i, candidate in enumerate(candidates):
            if not holds(window, candidate.citation):
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


def _titled(candidates: Sequence[Candidate]) -> list[str]:
    return [
        in_context(candidate.passage.article.title, candidate.citation.quote)
        for candidate in candidates
    ]


def _to_read(question: Query, passages: Sequence[Passage], read: int) -> Sequence[Passage]:
    """The first passages, and those behind them that may say otherwise.

    That is the newest on the same thing and, where a number or a time is asked for, the best of
    each other article.
    """
    first = passages[: read * len(question.searches)]
    rest = passages[len(first) :]
    if question.kind not in ("how-many", "when"):
        newest = newest_on(question, passages)
        rest = [newest] if newest else []
    others: dict[str, Passage] = {}
    for passage in rest:
        others.setdefault(passage.article.id, passage)
    articles = {passage.article.id for passage in first}
    return [*first, *(passage for id_, passage in others.items() if id_ not in articles)]


def newest_on(question: Query, passages: Sequence[Passage]) -> Passage | None:
    """The best passage of the newest article that has a name of the question in its title.

    None if it is no newer than the article that was found first: then it tells no news.
    """
    names = [fact.text.casefold() for fact in question.analysis.facts if fact.kind == "name"]
    titled = [
        passage for passage in passages if any(n in passage.article.title.casefold() for n in names)
    ]
    newest = max(titled, key=lambda passage: passage.article.published or date.min, default=None)
    if newest is None or newest.article.published is None:
        return None
    before = passages[0].article.published
    return newest if before and newest.article.published > before else None


def _is_near(question: Query, passages: Sequence[Passage], least: float) -> bool:
    """Whether some passage may be about the question at all, as none is about a greeting.

    It is if it is similar, or has most of the words: a rare name says little to an embedder.
    """
    similarities = [passage.similarity for passage in passages if passage.similarity is not None]
    if not similarities or max(similarities) >= least:
        return True
    asked = question.analysis.content
    return any(2 * len(asked & passage.analysis.content) > len(asked) for passage in passages)


def is_treated(
    passages: Sequence[Passage], evidence: Sequence[Citation], settings: Settings
) -> bool:
    """Whether a passage is about what is asked for: enough for an overview, not for an answer.

    Where the reranker read no passage, its sentences tell.
    """
    read = [passage.probability for passage in passages if passage.probability is not None]
    best = max(read or [citation.score for citation in evidence], default=0.0)
    return outcome(best, settings) != "refused"


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


def _relevance(search: str, candidates: Sequence[Candidate], scorer: Reranker) -> list[_Odds]:
    """For each candidate how much it says of a subject, in log odds of the reranker."""
    logits = scorer.scores(search, _titled(candidates))
    return [
        (log_odds(scorer.probability(logit)) + _odds_of(candidate.passage), None)
        for logit, candidate in zip(logits, candidates, strict=True)
    ]


def _odds_of(passage: Passage) -> float:
    return 0.0 if passage.probability is None else log_odds(passage.probability)


def _newest_first(
    scores: Sequence[float], candidates: Sequence[Candidate], tuning: EvidenceTuning
) -> list[float]:
    dates = [candidate.passage.article.published or date.min for candidate in candidates]
    days = sorted(set(dates))
    ages = [len(days) - 1 - days.index(day) for day in dates]
    return [
        value - tuning.older * min(age, tuning.oldest)
        for value, age in zip(scores, ages, strict=True)
    ]


def sentences_of(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """The sentences that may be evidence, each once, in the order of the passages."""
    seen: set[tuple[str, int, int]] = set()
    texts: set[tuple[str, str]] = set()
    for passage in passages:
        before, last = None, passage.start
        for sentence in passage.sentences:
            # A paragraph that begins with "It" speaks of its subject, not of the last sentence.
            if "\n\n" in passage.text[last - passage.start : sentence.start - passage.start]:
                before = None
            last = sentence.end
            # A question is no answer, though none has more of the words that are asked for.
            if sentence.addresses_a_model or sentence.quote.endswith("?"):
                before = None
                continue
            place = (passage.article.id, sentence.start, sentence.end)
            words = (passage.article.id, " ".join(sentence.quote.split()).casefold())
            # What an article says sixty times it has said once.
            if place not in seen and words not in texts:
                seen.add(place)
                texts.add(words)
                first = sentence.start if before is None else before
                yield Candidate(sentence, passage, first)
            before = sentence.start


def _with_neighbour(candidate: Candidate) -> Citation:
    citation = candidate.citation
    if not _LEANS_ON_NEIGHBOUR.match(citation.quote):
        return citation
    return _stretched(citation, candidate.before, citation.end, candidate.passage)


def _union(one: Citation, other: Citation, candidate: Candidate) -> Citation:
    start, end = min(one.start, other.start), max(one.end, other.end)
    if candidate.passage.start <= start and end <= candidate.passage.end:
        return _stretched(one, start, end, candidate.passage)
    return one


def _stretched(citation: Citation, start: int, end: int, passage: Passage) -> Citation:
    quote = passage.text[start - passage.start : end - passage.start]
    return replace(citation, start=start, end=end, quote=quote)
