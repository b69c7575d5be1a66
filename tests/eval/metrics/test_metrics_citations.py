from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import metrics
from eval.metrics import Alce, Span

GOLD = [Span("a", 10, 20), Span("a", 40, 50), Span("b", 0, 5)]
SPANS = st.lists(
    st.builds(
        lambda article, start, length: Span(article, start, start + length),
        st.sampled_from("ab"),
        st.integers(0, 60),
        st.integers(1, 15),
    ),
    max_size=5,
)


def all_of(cited: Sequence[str], text: str) -> bool:
    """Entailment as in a toy: the citations together hold every word of the text."""
    return set(text.split()) <= set(" ".join(cited).split())


def test_recall_is_over_the_gold_spans_and_precision_over_the_citations() -> None:
    citations = [Span("a", 0, 12), Span("a", 15, 18), Span("a", 45, 46), Span("c", 0, 5)]
    assert metrics.citation_recall(citations, GOLD) == pytest.approx(2 / 3)
    assert metrics.citation_precision(citations, GOLD) == pytest.approx(3 / 4)
    assert metrics.citation_f1(citations, GOLD) == pytest.approx(2 * 6 / (8 + 9))


def test_who_cites_nothing_recalls_nothing_and_without_gold_nothing_can_be_said() -> None:
    assert metrics.citation_recall([], GOLD) == metrics.citation_f1([], GOLD) == 0
    assert metrics.citation_recall(GOLD, []) is metrics.citation_f1(GOLD, []) is None


@given(SPANS, SPANS)
def test_f1_lies_between_precision_and_recall(citations: list[Span], gold: list[Span]) -> None:
    precision = metrics.citation_precision(citations, gold)
    recall, f1 = metrics.citation_recall(citations, gold), metrics.citation_f1(citations, gold)
    assert (recall is None) == (f1 is None) == (not gold)
    if precision is not None and recall is not None and f1 is not None:
        assert min(precision, recall) - 1e-9 <= f1 <= max(precision, recall) + 1e-9


@pytest.mark.parametrize(
    ("sentences", "recall", "precision"),
    [
        # One citation that carries its sentence.
        ([("x y", ["x y z"])], 1, 1),
        # One that does not: neither supported nor of use.
        ([("x y", ["x"])], 0, 0),
        # Two that carry it together only: both are needed.
        ([("x y", ["x", "y"])], 1, 1),
        # One carries it alone, so that the other, which does not, is of no use.
        ([("x y", ["x y", "x"])], 1, 1 / 2),
        # Two that each carry it alone are both of use.
        ([("x y", ["x y", "y x"])], 1, 1),
        # A sentence without a citation is not supported and costs no precision.
        ([("x", ["x"]), ("y", [])], 1 / 2, 1),
        # Of a sentence that is not supported, no citation is of use, even a near one.
        ([("x y z", ["x", "y"]), ("x", ["x"])], 1 / 2, 1 / 3),
        ([("x", [])], 0, None),
        ([], None, None),
    ],
)
def test_alce_by_hand(
    sentences: list[tuple[str, list[str]]], recall: float | None, precision: float | None
) -> None:
    assert metrics.alce(sentences, all_of) == Alce(
        pytest.approx(recall) if recall is not None else None,
        pytest.approx(precision) if precision is not None else None,
    )
