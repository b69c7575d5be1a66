from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import auroc, token_f1
from eval.metrics.answers import normalise
from eval.training.measure import best_span


def test_the_best_span_ends_where_it_begins_or_after_and_is_not_the_place_of_none() -> None:
    start = np.array([9.0, 0.0, 3.0, 0.0, 1.0])
    end = np.array([9.0, 6.0, 0.0, 2.0, 0.0])
    assert best_span(start, end) == (1, 1, 6.0)
    end[1] = 0.0
    assert best_span(start, end) == (2, 3, 5.0)


def test_answers_are_compared_as_squad_compares_them() -> None:
    assert normalise("The  Old Bridge, (1884)!") == "old bridge 1884"
    assert token_f1("in the old mill", ["old mill"]) == pytest.approx(2 * 2 / 5)
    assert token_f1("ferry", ["bridge"]) == 0.0


def test_auroc_is_that_of_the_ranks() -> None:
    assert auroc([0.9, 0.1, 0.4, 0.5], [True, False, True, False]) == pytest.approx(0.75)
