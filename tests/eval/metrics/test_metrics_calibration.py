from __future__ import annotations

import random
from itertools import permutations
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import metrics
from eval.metrics import Bin

NORMAL = NormalDist()
CASES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=12,
)


def drawn(seed: int, n: int, digits: int = 2) -> tuple[list[float], list[bool]]:
    """Random probabilities, some of them equal, each true a little less often than it says."""
    chance = random.Random(seed)
    chances = [round(chance.random(), digits) for _ in range(n)]
    return chances, [chance.random() < 0.8 * p for p in chances]


def test_auroc_equals_scikit_learn_ties_and_all() -> None:
    from sklearn.metrics import roc_auc_score

    for seed in range(20):
        chances, truths = drawn(seed, 80, digits=1)
        expected = roc_auc_score(truths, chances)
        assert metrics.auroc(chances, truths) == pytest.approx(expected)


def test_without_both_kinds_of_cases_there_is_no_auroc() -> None:
    assert metrics.auroc([0.1, 0.9], [True, True]) is metrics.auroc([], []) is None
    assert metrics.auroc_interval([0.1, 0.9], [False, False]) is None


def test_the_calibration_error_equals_that_of_scikit_learns_curve() -> None:
    from sklearn.calibration import calibration_curve

    for seed in range(20):
        chances, truths = drawn(seed, 200, digits=6)
        so, said = calibration_curve(truths, chances, n_bins=10)
        counts, _ = np.histogram(chances, bins=10, range=(0, 1))
        expected = np.sum(np.abs(so - said) * counts[counts > 0]) / 200
        assert metrics.calibration_error(chances, truths) == pytest.approx(expected)
        bins = metrics.reliability(chances, truths)
        assert [one.said for one in bins] == pytest.approx(said.tolist())
        assert [one.so for one in bins] == pytest.approx(so.tolist())


def test_the_calibration_error_by_hand() -> None:
    chances, truths = [0.2, 0.2, 0.9, 0.9, 0.9, 1.0], [False, True, True, True, False, True]
    assert metrics.reliability(chances, truths, bins=2) == (
        Bin(0.2, 0.5, 2),
        Bin(pytest.approx(3.7 / 4), 0.75, 4),  # type: ignore[arg-type]
    )
    expected = (2 * 0.3 + 4 * (3.7 / 4 - 0.75)) / 6
    assert metrics.calibration_error(chances, truths, bins=2) == pytest.approx(expected)
    assert metrics.calibration_error([], []) is None


def test_the_risk_coverage_curve_by_hand() -> None:
    curve = metrics.risk_coverage([0.9, 0.5, 0.7, 0.7], [0, 1, 0, 1])
    assert curve == ((0.25, 0), (0.75, pytest.approx(1 / 3)), (1, 0.5))


def test_the_area_is_the_mean_risk_after_each_case() -> None:
    # Surest first the losses are 0, 1, 0, 1: risks 0, 1/2, 1/3, 1/2.
    area = metrics.aurc([0.9, 0.8, 0.7, 0.6], [0, 1, 0, 1])
    assert area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert metrics.aurc([], []) is None


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.6]), st.booleans()), min_size=1, max_size=6))
def test_ties_count_as_the_mean_over_all_their_orders(cases: list[tuple[float, bool]]) -> None:
    areas = []
    for order in permutations(cases):
        ranked = sorted(order, key=lambda one: -one[0])
        losses = [float(loss) for _, loss in ranked]
        areas.append(np.mean(np.cumsum(losses) / np.arange(1, len(losses) + 1)))
    confidences, losses = zip(*cases, strict=True)
    assert metrics.aurc(confidences, list(map(float, losses))) == pytest.approx(np.mean(areas))


def test_a_perfect_order_has_the_least_area_and_its_reverse_the_most() -> None:
    losses = [0.0, 0.0, 0.0, 1.0]
    best = metrics.aurc([4, 3, 2, 1], losses)
    worst = metrics.aurc([1, 2, 3, 4], losses)
    blind = metrics.aurc([1, 1, 1, 1], losses)
    assert best is not None and worst is not None and blind is not None
    assert best < blind == pytest.approx(0.25)
    assert worst > blind


@given(CASES)
def test_all_figures_lie_between_0_and_1(cases: list[tuple[float, bool]]) -> None:
    chances, truths = zip(*cases, strict=True)
    for figure in (
        metrics.auroc(chances, truths),
        metrics.calibration_error(chances, truths),
        metrics.aurc(chances, list(map(float, truths))),
    ):
        assert figure is None or -1e-12 <= figure <= 1 + 1e-12


@pytest.mark.parametrize(
    ("figure", "interval"),
    [
        (metrics.auroc, metrics.auroc_interval),
        (metrics.calibration_error, metrics.calibration_interval),
        (metrics.aurc, metrics.aurc_interval),
    ],
)
def test_a_weighted_case_counts_as_often_as_it_was_drawn(figure: Any, interval: Any) -> None:
    """The interval equals the one that resampling the cases themselves gives."""
    chances, truths = drawn(3, 40)
    chance = np.random.default_rng(0)
    values = []
    for _ in range(2000):
        weights = chance.multinomial(40, np.full(40, 1 / 40))
        cases = np.repeat(np.arange(40), weights)
        values.append(figure([chances[i] for i in cases], [truths[i] for i in cases]))
    observed = figure(chances, truths)
    below = np.mean([one < observed for one in values])
    shift = 2 * NORMAL.inv_cdf(below)
    shares = [NORMAL.cdf(shift - 1.959964), NORMAL.cdf(shift + 1.959964)]
    assert interval(chances, truths, seed=0) == pytest.approx(np.quantile(values, shares), abs=2e-3)


def test_the_same_seed_gives_the_same_interval() -> None:
    chances, truths = drawn(1, 50)
    assert metrics.auroc_interval(chances, truths, seed=1) == metrics.auroc_interval(
        chances, truths, seed=1
    )
    assert metrics.auroc_interval(chances, truths, seed=1) != metrics.auroc_interval(
        chances, truths, seed=2
    )
