"""Passages to the sentences that answer, each with its offsets into the article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from rag import away
from rag.decision import Decision, log_odds, logistic, outcome
from rag.errors import ModelAway
from rag.language.facts import Analysis, analyse
from rag.language.terms import spoken
from rag.language.token_counts import tokens
from rag.protocols import Reader, Reranker
from rag.query.classification import Query
from rag.retrieve.by_words import READER, likelihood, unread
from rag.retrieve.candidates import Candidate, sentences_of
from rag.retrieve.readings import Place, signals, titled
from rag.retrieve.reasons import reasons
from rag.schema import Citation, Passage, holds, overlap
from rag.settings import Settings
from rag.tuning import EvidenceTuning

_LEANS_ON_NEIGHBOUR = re.compile(
    r"[“\"'(]*(he|she|it|they|his|her|its|their|this|these|those|that|both|neither|such)\b",
    re.IGNORECASE,
)
# Share of a sentence's words that were told, from which it tells nothing new.
_SAID = 0.9
# Log odds that a sentence answers, and where in the article the words stand that do.
_Odds = tuple[float, Place]


@dataclass(frozen=True, slots=True)
class Models:
    """What tells whether a sentence answers: two models and what weighs them, where they read."""

    scorer: Reranker
    reader: Reader
    decision: Decision
    settings: Settings
    is_away: bool = False

    def way(self, search: str, passage: Passage) -> Literal["model", "reranker", "words"]:
        """What tells it of a passage: the reader reads English alone."""
        settings = self.settings
        if self.is_away or unread(search, settings) or unread(passage.text, settings):
            return "words"
        languages = {spoken(search), spoken(passage.text)} - {""}
        return "model" if languages <= {READER} else "reranker"


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

    Where a model's server is away, words alone tell, as of a language that no model reads: the
    decision was made for what models say.
    """
    models = Models(scorer, reader, decision, settings)
    try:
        return _chosen(question, passages, models)
    except ModelAway as error:
        away.note(error, is_unread=True)
        return _chosen(question, passages, replace(models, is_away=True))


def _chosen(question: Query, passages: Sequence[Passage], models: Models) -> tuple[Citation, ...]:
    settings = models.settings
    passages = _near(question, passages, models)
    if not passages:
        return ()
    if question.kind != "overview":
        passages = _to_read(question, passages, settings)
    candidates = list(sentences_of(passages, question.analysis.content))
    if question.kind not in ("comparison", "overview", "parts"):
        candidates = _on_the_same(question, candidates)
    if question.told:
        candidates = _not_told(candidates, question.told)
    orders, chances = [], []
    scores = [float("-inf")] * len(candidates)
    for search in question.searches:
        odds = _odds(question, search, passages, candidates, models)
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
    ordered = [scored[place] for place in places]
    if question.wants_reason and question.kind == "other":
        read = [one for one in scored if models.way(question.text, one.passage) != "words"]
        ordered = [*reasons(question.text, read, models.scorer, settings.evidence), *ordered]
    return _fitting(ordered, question, settings)


def _on_the_same(question: Query, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those on what the question names, if an article has it in its title; all, if none has.

    The colour of another bridge is no answer, however likely it is to a model that reads of one;
    but of its engineer's birth the article tells who is named in the bridge's.
    """
    names = _names(question.analysis)
    titles = {one.passage.article.title for one in candidates}
    titled = {title for title in titles if any(name in title.casefold() for name in names)}
    told = "\n".join(
        one.citation.quote for one in candidates if one.passage.article.title in titled
    ).casefold()
    titled |= {title for title in titles if any(name in told for name in _names(analyse(title)))}
    return [
        one
        for one in candidates
        if not told
        or one.passage.article.title in titled
        or any(name in one.citation.quote.casefold() for name in names)
    ]


def _names(analysis: Analysis) -> list[str]:
    return [fact.text.casefold() for fact in analysis.facts if fact.kind == "name"]


def _not_told(candidates: Sequence[Candidate], told: str) -> list[Candidate]:
    """Those that were not quoted, nor said nearly whole in other words."""
    said = analyse(told).content
    return [
        one
        for one in candidates
        if " ".join(one.citation.quote.split()) not in told
        and len(one.citation.analysis.content & said) < _SAID * len(one.citation.analysis.content)
    ]


def _odds(
    question: Query,
    search: str,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    models: Models,
) -> list[_Odds]:
    """For each candidate the log odds that it answers: by the models that read it, or its words."""
    scorer, tuning = models.scorer, models.settings.evidence
    ways = {id(passage): models.way(search, passage) for passage in passages}
    found: dict[int, _Odds] = {}
    for way in ("model", "reranker", "words"):
        places = [i for i, one in enumerate(candidates) if ways[id(one.passage)] == way]
        if not places:
            continue
        own = [candidates[i] for i in places]
        odds: list[_Odds]
        if way == "words":
            chances = (likelihood(search, c.citation.said, c.passage, tuning) for c in own)
            odds = [(log_odds(chance), None) for chance in chances]
        elif question.kind == "overview":
            odds = _relevance(search, own, scorer)
        elif way == "reranker":
            logits = scorer.scores(search, titled(own))
            odds = [(log_odds(scorer.probability(logit)), None) for logit in logits]
        else:
            read = [passage for passage in passages if ways[id(passage)] == way]
            found_by_both = signals(search, read, own, scorer, models.reader, tuning)
            odds = [(log_odds(models.decision.of_text(one)), place) for one, place in found_by_both]
        found.update(zip(places, odds, strict=True))
    return [found[i] for i in range(len(candidates))]


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


def _to_read(question: Query, passages: Sequence[Passage], settings: Settings) -> Sequence[Passage]:
    """The first passages, and those behind them that may say otherwise.

    That is the newest on the same thing and, where a number or a time is asked for, the best of
    each other article; and the first that no model reads, which stands behind all that one does.
    """
    first = [*passages[: settings.read * len(question.searches)]]
    first += [p for p in passages if p not in first and unread(p.text, settings)][:1]
    rest = [passage for passage in passages if passage not in first]
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
    names = _names(question.analysis)
    titled = [
        passage for passage in passages if any(n in passage.article.title.casefold() for n in names)
    ]
    newest = max(titled, key=lambda passage: passage.article.published or date.min, default=None)
    if newest is None or newest.article.published is None:
        return None
    before = passages[0].article.published
    return newest if before and newest.article.published > before else None


def _near(question: Query, passages: Sequence[Passage], models: Models) -> Sequence[Passage]:
    """The passages, if some may be about the question at all, as none is about a greeting.

    One may if it is similar, or has most of the words: a rare name says little to an embedder.
    Of those that the embedder does not read, `likelihood` tells.
    """
    unclear = [p for p in passages if models.way(question.text, p) == "words"]
    read = [passage for passage in passages if passage not in unclear]
    similarities = [passage.similarity for passage in read if passage.similarity is not None]
    if not similarities or max(similarities) >= models.settings.least_similarity:
        return passages
    asked = question.analysis.content
    if any(2 * len(asked & passage.analysis.content) > len(asked) for passage in read):
        return passages
    return unclear


def is_treated(
    passages: Sequence[Passage], evidence: Sequence[Citation], settings: Settings
) -> bool:
    """Whether a passage is about what is asked for: enough for an overview, not for an answer.

    Where the reranker read no passage, its sentences tell.
    """
    read = [passage.probability for passage in passages if passage.probability is not None]
    best = max(read or [citation.score for citation in evidence], default=0.0)
    return outcome(best, settings) != "refused"


def _relevance(search: str, candidates: Sequence[Candidate], scorer: Reranker) -> list[_Odds]:
    """For each candidate how much it says of a subject, in log odds of the reranker."""
    logits = scorer.scores(search, titled(candidates))
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
