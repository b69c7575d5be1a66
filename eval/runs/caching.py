"""A reranker that remembers: what was read for the answer is not read again for the measures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rag.protocols import Reranker

_REMEMBERED = 256  # calls: a few a question, for as many questions as may be asked at once


class CachedReranker:
    """A `Reranker` that answers a call it has had lately without reading again.

    Only a whole call counts, with the same texts in the same order, because the scores of a
    quantised model depend a little on what else is in the batch.
    """

    def __init__(self, scorer: Reranker) -> None:
        self.probability = scorer.probability
        self._scores = lru_cache(_REMEMBERED)(
            lambda question, texts: tuple(scorer.scores(question, list(texts)))
        )

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order."""
        return list(self._scores(question, tuple(texts)))
