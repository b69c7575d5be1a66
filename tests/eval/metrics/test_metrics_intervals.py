from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from eval import metrics
from eval.metrics.paired import newcombe

SAMPLES = 400


def coverage(holds: Callable[[random.Random], bool]) -> float:
    """How often the interval of a random sample holds the true value."""
    chance = random.Random(7)
    return sum(holds(chance) for _ in range(SAMPLES)) / SAMPLES


# Of 400 intervals that hold the truth 95 times in 100, between 371 and 389 do so in 95 of 100
# simulations. A percentile bootstrap is known to hold a little less on skewed values.
def test_the_bootstrap_interval_of_a_mean_holds_it_nineteen_times_in_twenty() -> None:
    def skewed(chance: random.Random) -> bool:
        values = [round(chance.betavariate(0.5, 1.5), 2) for _ in range(100)]
        low, high = metrics.bootstrap(values, resamples=500) or (1.0, 0.0)
        return low <= 0.25 <= high

    assert 0.91 <= coverage(skewed) <= 0.98


def test_the_bootstrap_interval_of_f1_holds_it_nineteen_times_in_twenty() -> None:
    # Of 100 cases 30 are unanswerable; 70 % of those are refused, and 10 % of the others.
    truth = 2 * 0.21 / (2 * 0.21 + 0.07 + 0.09)

    def f1(chance: random.Random) -> bool:
        verdicts = [
            metrics.refusal(
                refused=chance.random() < (0.1 if answerable else 0.7), answerable=answerable
            )
            for answerable in (chance.random() < 0.7 for _ in range(100))
        ]
        found = metrics.Confusion.of(verdicts)
        low, high = metrics.bootstrap_f1(found, resamples=500) or (1.0, 0.0)
        return low <= truth <= high

    assert 0.91 <= coverage(f1) <= 0.98


@pytest.mark.parametrize("p", [0.5, 0.95])
def test_the_wilson_interval_holds_a_proportion_nineteen_times_in_twenty(p: float) -> None:
    def proportion(chance: random.Random) -> bool:
        low, high = metrics.wilson(sum(chance.random() < p for _ in range(60)), 60) or (1.0, 0.0)
        return low <= p <= high

    assert 0.92 <= coverage(proportion) <= 0.985


def test_the_bootstrap_interval_of_auroc_holds_it_nineteen_times_in_twenty() -> None:
    # Of two uniform values, one drawn from 0 to 1 and one from 0.25 to 1.25, the latter is higher
    # in 1 - 0.75² / 2 of all cases.
    def auroc(chance: random.Random) -> bool:
        truths = [chance.random() < 0.5 for _ in range(80)]
        scores = [chance.random() + 0.25 * truth for truth in truths]
        low, high = metrics.auroc_interval(scores, truths) or (1.0, 0.0)
        return low <= 1 - 0.75**2 / 2 <= high

    assert 0.91 <= coverage(auroc) <= 0.98


def test_newcombes_interval_is_that_of_his_paper() -> None:
    # 36 with both, 12 with the second alone, 2 with the first alone, none with neither.
    assert newcombe(36, 12, 2, 0) == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_newcombes_interval_holds_a_difference_nineteen_times_in_twenty() -> None:
    # The first run is right in 70 %; the second wins 15 % and loses 5 %.
    def difference(chance: random.Random) -> bool:
        kinds = chance.choices(["both", "won", "lost", "neither"], [0.65, 0.15, 0.05, 0.15], k=80)
        low, high = newcombe(*(kinds.count(kind) for kind in ("both", "won", "lost", "neither")))
        return low <= 0.1 <= high

    assert 0.92 <= coverage(difference) <= 0.985


def test_too_few_defined_resamples_make_no_interval() -> None:
    import numpy as np

    assert metrics.resampled(lambda weights: np.full(len(weights), np.nan), 10) is None
    assert metrics.resampled(lambda weights: weights[:, 0], 1) is None
