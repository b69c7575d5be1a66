from __future__ import annotations

from collections.abc import Sequence

from doubles import WordScorer

from eval.runs.caching import CachedReranker


class Counting(WordScorer):
    calls = 0

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        self.calls += 1
        return super().scores(question, texts)


def test_the_same_texts_in_the_same_order_are_read_once() -> None:
    inner = Counting()
    scorer = CachedReranker(inner)
    first = scorer.scores("which boat", ["a boat", "a tower"])
    assert first == WordScorer().scores("which boat", ["a boat", "a tower"])
    first.clear()
    assert scorer.scores("which boat", ["a boat", "a tower"]) != []
    assert inner.calls == 1
    scorer.scores("which boat", ["a tower", "a boat"])
    scorer.scores("which tower", ["a boat", "a tower"])
    assert inner.calls == 3
    assert scorer.probability(0.0) == 0.5
