"""Passages to the few sentences that matter, each with its offsets into the article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.chunking import in_context
from rag.injection import addresses_a_model
from rag.questions import Question
from rag.retrieval import REACH, Scorer, log_odds, within_reach
from rag.schema import Citation, Passage, holds, overlap
from rag.sentences import split
from rag.tokens import tokens

# What a sentence's passage is worth beside the sentence itself; chosen on questions of XQuAD.
_PASSAGE_WEIGHT = 0.8
# So many of the sentences are read once more, after the sentence before them.
_READ_TWICE = 5
_MOST_OF_AN_ARTICLE = 2
# What each newer article costs an older one in log odds, where the newest is asked for.
_OLDER = 0.7
_LEANS_ON_NEIGHBOUR = re.compile(
    r"[“\"'(]*(he|she|it|they|his|her|its|their|this|these|those|that|both|neither|such)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a passage. ``before`` is where the one before it starts, itself if none."""

    citation: Citation
    passage: Passage
    before: int


def choose(
    question: Question,
    passages: Sequence[Passage],
    scorer: Scorer,
    limit: int = 6,
    room: int = 300,
    reach: float = REACH,
) -> tuple[Citation, ...]:
    """The sentences that best answer the question, numbered from 1, best first.

    At most ``limit`` of them, in about ``room`` tokens, though never none. A sentence that begins
    with a pronoun comes with the one before it, as one citation. ``score`` is the probability
    that the sentence answers the question. A comparison gets the best of each side in turn, an
    overview no more than two of an article, and where the newest is asked for, newer articles
    come first among equals.

    Of passages only those within ``reach`` of the most likely are read, in log odds: the best
    sentence of another would come after theirs. Where scores are no probabilities, it is infinite.
    """
    near = within_reach([passage.score for passage in passages], reach)
    candidates = list(_candidates([passages[i] for i in near]))
    orders = []
    chances = [0.0] * len(candidates)
    for search in question.searches:
        found, worth = _weighed(search, candidates, scorer)
        chances = [max(pair) for pair in zip(chances, found, strict=True)]
        if question.wants_newest:
            worth = _newest_first(worth, candidates)
        orders.append(sorted(range(len(candidates)), key=lambda i: -worth[i]))
    chosen: list[Citation] = []
    per_article = _MOST_OF_AN_ARTICLE if question.kind == "overview" else limit
    for i in dict.fromkeys(i for turn in zip(*orders, strict=True) for i in turn):
        found_one = _with_neighbour(candidates[i], chances[i])
        overlapping = [one for one in chosen if overlap(one, found_one)]
        if any(holds(one, found_one) for one in overlapping):
            continue
        if sum(one.article.id == found_one.article.id for one in chosen) >= per_article:
            continue
        room -= tokens(found_one.quote) - sum(tokens(one.quote) for one in overlapping)
        if chosen and room < 0:
            break
        if overlapping:  # it needs a neighbour that was chosen before: they are one citation
            place = chosen.index(overlapping[0])
            chosen[place] = _union(overlapping[0], found_one, candidates[i])
        elif len(chosen) == limit:
            break
        else:
            chosen.append(found_one)
    return tuple(replace(one, number=number) for number, one in enumerate(chosen, start=1))


def _weighed(
    search: str, candidates: Sequence[_Candidate], scorer: Scorer
) -> tuple[list[float], list[float]]:
    """The probability of each candidate by itself, and what it is worth in log odds.

    The few best are read a second time, after the sentence before them, which often holds what a
    question calls them by.
    """
    search = search.encode("utf-8", "replace").decode()
    logits = scorer.scores(search, [_titled(one, one.citation.quote) for one in candidates])
    chances = [scorer.probability(logit) for logit in logits]
    weight = [_PASSAGE_WEIGHT * log_odds(one.passage.score) for one in candidates]
    worth = [log_odds(chance) + extra for chance, extra in zip(chances, weight, strict=True)]
    best = sorted(range(len(candidates)), key=lambda i: -worth[i])
    again = [i for i in best[:_READ_TWICE] if candidates[i].before < candidates[i].citation.start]
    after = [_titled(candidates[i], _with_before(candidates[i])) for i in again]
    low = min((worth[i] for i in best[:_READ_TWICE]), default=0.0)
    for i, logit in zip(again, scorer.scores(search, after) if after else [], strict=True):
        chances[i] = scorer.probability((logits[i] + logit) / 2)
        worth[i] = max(log_odds(chances[i]) + weight[i], low)
    return chances, worth


def _titled(candidate: _Candidate, text: str) -> str:
    return in_context(candidate.passage.article.title, text)


def _with_before(candidate: _Candidate) -> str:
    passage = candidate.passage
    return passage.text[candidate.before - passage.start : candidate.citation.end - passage.start]


def _newest_first(worth: Sequence[float], candidates: Sequence[_Candidate]) -> list[float]:
    dates = [one.passage.article.published or date.min for one in candidates]
    days = sorted(set(dates))
    ages = [len(days) - 1 - days.index(day) for day in dates]
    return [value - min(_OLDER * age, 3 * _OLDER) for value, age in zip(worth, ages, strict=True)]


def _candidates(passages: Sequence[Passage]) -> Iterator[_Candidate]:
    seen: set[tuple[str, int, int]] = set()
    said: set[tuple[str, str]] = set()
    for passage in passages:
        before = None
        for start, end in split(passage.text):
            quote = passage.text[start:end]
            if addresses_a_model(quote):
                before = None
                continue
            place = (passage.article.id, passage.start + start, passage.start + end)
            words = (passage.article.id, " ".join(quote.split()).casefold())
            # What an article says sixty times it has said once.
            if place not in seen and words not in said:
                seen.add(place)
                said.add(words)
                citation = Citation(0, passage.article, place[1], place[2], quote)
                first = start if before is None else before
                yield _Candidate(citation, passage, passage.start + first)
            before = start


def _with_neighbour(candidate: _Candidate, chance: float) -> Citation:
    citation = replace(candidate.citation, score=chance)
    if not _LEANS_ON_NEIGHBOUR.match(citation.quote):
        return citation
    return _stretched(citation, candidate.before, citation.end, candidate.passage)


def _union(one: Citation, other: Citation, candidate: _Candidate) -> Citation:
    start, end = min(one.start, other.start), max(one.end, other.end)
    if candidate.passage.start <= start and end <= candidate.passage.end:
        return _stretched(one, start, end, candidate.passage)
    return one


def _stretched(citation: Citation, start: int, end: int, passage: Passage) -> Citation:
    quote = passage.text[start - passage.start : end - passage.start]
    return replace(citation, start=start, end=end, quote=quote)
