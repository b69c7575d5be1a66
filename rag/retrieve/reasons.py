"""Why something is so: two sentences that are read together, since one often says what is so alone.

"The odd figure comes from London. For the Olympics of 1908 the race started at Windsor Castle …":
the reader takes the first for the answer, which has the words of the question. The reranker, which
was trained on passages, tells of both together whether they are the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.decision import log_odds
from rag.protocols import Reranker
from rag.retrieve.candidates import Candidate
from rag.retrieve.readings import titled
from rag.tuning import EvidenceTuning


def reasons(
    search: str, candidates: Sequence[Candidate], scorer: Reranker, tuning: EvidenceTuning
) -> list[Candidate]:
    """The two neighbours that most likely give the reason, as one, or a sentence without any.

    ``candidates`` have their scores and are in the order of their passages. Only those among the
    likeliest, with a neighbour in their paragraph, are read in pairs.
    """
    ranking = sorted(candidates, key=lambda one: one.citation.score, reverse=True)
    likeliest = ranking[: tuning.reasons]
    pairs = [pair for pair in _pairs(candidates, tuning) if any(one in likeliest for one in pair)]
    if not pairs:
        return []
    paired = [one for pair in pairs for one in pair]
    # A sentence that is too long to be quoted with another stands for itself.
    alone = [one for one in likeliest if one not in paired]
    together = [_together(*pair) for pair in pairs] + alone
    values = _values(search, together, scorer, tuning)
    place = values.index(max(values))
    best = together[place]
    if place < len(pairs):
        halves = _values(search, pairs[place], scorer, tuning)
        if max(halves) >= values[place] - tuning.reason_gain:  # the other adds nothing to it
            best = pairs[place][halves.index(max(halves))]
    # Whether there is an answer was told by the reader; which words are it, by both.
    return [replace(best, citation=replace(best.citation, score=ranking[0].citation.score))]


def _values(
    search: str, candidates: Sequence[Candidate], scorer: Reranker, tuning: EvidenceTuning
) -> list[float]:
    """How much each looks like the reason, to reranker and reader."""
    logits = scorer.scores(search, titled(list(candidates)))
    return [
        logit + tuning.reader_of_reasons * log_odds(one.citation.score)
        for one, logit in zip(candidates, logits, strict=True)
    ]


def _pairs(
    candidates: Sequence[Candidate], tuning: EvidenceTuning
) -> Iterator[tuple[Candidate, Candidate]]:
    """Each two neighbours of one paragraph that are no longer than may be quoted together."""
    for one, other in pairwise(candidates):
        first, second = one.citation, other.citation
        if one.passage is not other.passage or first.head or second.head:
            continue
        gap = one.passage.text[first.end - one.passage.start : second.start - one.passage.start]
        words = len(first.quote.split()) + len(second.quote.split())
        if not gap.strip() and "\n\n" not in gap and words <= tuning.longest_reason:
            yield one, other


def _together(one: Candidate, other: Candidate) -> Candidate:
    """Both as one, which answers where the likelier of them does."""
    likelier = max(one, other, key=lambda each: each.citation.score).citation
    passage, start, end = one.passage, one.citation.start, other.citation.end
    quote = passage.text[start - passage.start : end - passage.start]
    return replace(one, citation=replace(likelier, start=start, end=end, quote=quote), before=start)
