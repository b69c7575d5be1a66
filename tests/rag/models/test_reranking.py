from __future__ import annotations

import pytest

from rag.models.reranker import OnnxReranker, reranker
from rag.models.runtime import batches
from rag.settings import load

pytestmark = pytest.mark.model


@pytest.mark.parametrize("lengths", [[], [5], [600, 3, 200, 4, 4, 127, 1]])
def test_batches_hold_every_text_once_and_little_padding(lengths: list[int]) -> None:
    together = list(batches(lengths))
    assert sorted(i for batch in together for i in batch) == list(range(len(lengths)))
    assert all(
        len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 128 for batch in together
    )


@pytest.fixture(scope="module")
def scorer() -> OnnxReranker:
    return reranker(load())


def test_a_text_that_answers_scores_higher_than_one_that_does_not(scorer: OnnxReranker) -> None:
    answers, beside, far = scorer.scores(
        "How long is the Kestrel Bridge?",
        [
            "The Kestrel Bridge is 640 metres long.",
            "The Kestrel Bridge was opened by the mayor.",
            "Bread rises because yeast makes gas.",
        ],
    )
    assert answers > beside > far


def test_a_score_hardly_depends_on_what_else_is_scored(scorer: OnnxReranker) -> None:
    question = "How long is the Kestrel Bridge?"
    text = "The Kestrel Bridge is 640 metres long."
    (alone,) = scorer.scores(question, [text])
    among = scorer.scores(question, ["x", text, "A longer text. " * 40])[1]
    # int8 activations are scaled per batch, so equality would be too much to ask.
    assert among == pytest.approx(alone, abs=0.5)


def test_no_text_is_too_long_too_short_or_too_strange(scorer: OnnxReranker) -> None:
    strange = ["", " ", "\x00", "🍞" * 3000, "word " * 5000, "\ud800"[:0]]
    assert len(scorer.scores("?" * 5000, strange)) == len(strange)
    assert scorer.scores("anything", []) == []


def test_the_probability_rises_with_the_score(scorer: OnnxReranker) -> None:
    chances = [scorer.probability(logit) for logit in (-11, -3, 0, 3, 9)]
    assert chances == sorted(chances)
    assert 0 < chances[0] < 0.1 and chances[-1] < 1
