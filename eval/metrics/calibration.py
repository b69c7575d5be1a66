"""What a probability is worth: whether it tells right from wrong, and whether it is true.

A case is its probability and whether it came true. The statistics are written for many weightings
of the same cases at once, so that the plain figure and its bootstrap share one formula:
scikit-learn takes one weighting a call, and some hundred times as long for an interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.metrics.intervals import Interval, resampled

if TYPE_CHECKING:  # numpy is loaded where a figure is asked for
    from numpy.typing import NDArray

BINS = 10

# From weights of shape (samples, cases) to one figure a sample, nan where it is undefined.
Statistic = Callable[["NDArray[Any]"], "NDArray[Any]"]


def auroc(chances: Sequence[float], truths: Sequence[bool]) -> float | None:
    """How often a true case has the higher probability than an untrue one; a tie is half.

    None where all are true or none. Source: Hanley & McNeil 1982 (the Mann-Whitney statistic).
    """
    return _plain(_auroc(chances, truths), len(chances))


def auroc_interval(
    chances: Sequence[float], truths: Sequence[bool], *, seed: int = 0
) -> Interval | None:
    """95 % interval of `auroc`, by the bootstrap over cases; None where it is undefined."""
    return resampled(_auroc(chances, truths), len(chances), seed=seed)


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose probability lies in one stretch: mean probability, share true, how many."""

    said: float
    so: float
    n: int


def reliability(
    chances: Sequence[float], truths: Sequence[bool], bins: int = BINS
) -> tuple[Bin, ...]:
    """The reliability diagram: ``bins`` equal stretches from 0 to 1, without those that are empty.

    Source: DeGroot & Fienberg 1983. A probability of 1 lies in the last stretch, and one on a
    border in the higher one.
    """
    held: dict[int, list[tuple[float, bool]]] = {}
    for chance, truth in zip(chances, truths, strict=True):
        held.setdefault(_bin(chance, bins), []).append((chance, truth))
    return tuple(
        Bin(
            said=math.fsum(chance for chance, _ in held[place]) / len(held[place]),
            so=sum(truth for _, truth in held[place]) / len(held[place]),
            n=len(held[place]),
        )
        for place in sorted(held)
    )


def calibration_error(
    chances: Sequence[float], truths: Sequence[bool], bins: int = BINS
) -> float | None:
    """Expected calibration error: the mean gap in `reliability`, weighted by cases; None of none.

    Source: Naeini et al. 2015; Guo et al. 2017. It depends on the bins, and few cases make it
    look larger than it is.
    """
    return _plain(_calibration_error(chances, truths, bins), len(chances))


def calibration_interval(
    chances: Sequence[float], truths: Sequence[bool], bins: int = BINS, *, seed: int = 0
) -> Interval | None:
    """95 % interval of `calibration_error`, by the bootstrap over cases.

    It bounds what chance does to the figure; since the figure itself is too high for few cases,
    even one that says the truth has an interval above 0.
    """
    return resampled(_calibration_error(chances, truths, bins), len(chances), seed=seed)


def risk_coverage(
    confidences: Sequence[float], losses: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    """What answering only the surest costs: (coverage, risk) at each threshold, rising coverage.

    Coverage is the share of the cases that are answered, risk the mean loss (0 to 1) of those.
    Source: El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017.
    """
    order = sorted(range(len(confidences)), key=lambda i: -confidences[i])
    points = []
    lost = 0.0
    for done, i in enumerate(order, start=1):
        lost += losses[i]
        if done == len(order) or confidences[order[done]] != confidences[i]:
            points.append((done / len(order), lost / done))
    return tuple(points)


def aurc(confidences: Sequence[float], losses: Sequence[float]) -> float | None:
    """Area under `risk_coverage`: the mean risk over all numbers of cases that could be answered.

    Less is better; None without cases. Among cases of one confidence any order is as likely, so
    the expectation is taken. Source: Geifman & El-Yaniv 2017; Geifman et al. 2019 for the area.
    """
    return _plain(_aurc(confidences, losses), len(confidences))


def aurc_interval(
    confidences: Sequence[float], losses: Sequence[float], *, seed: int = 0
) -> Interval | None:
    """95 % interval of `aurc`, by the bootstrap over cases."""
    return resampled(_aurc(confidences, losses), len(confidences), seed=seed)


# The formulas, for many weightings at once -------------------------------------------------------


def _plain(statistic: Statistic, n: int) -> float | None:
    import numpy as np

    if not n:
        return None
    (value,) = statistic(np.ones((1, n)))
    return None if math.isnan(value) else float(value)


def _auroc(chances: Sequence[float], truths: Sequence[bool]) -> Statistic:
    import numpy as np

    order, starts = _ties(chances)
    is_true = np.asarray(truths, dtype=float)[order]

    def statistic(weights: NDArray[Any]) -> NDArray[Any]:
        weights = weights[:, order]
        true = np.add.reduceat(weights * is_true, starts, axis=1)
        untrue = np.add.reduceat(weights * (1 - is_true), starts, axis=1)
        below = np.cumsum(untrue, axis=1) - untrue
        won = (true * (below + untrue / 2)).sum(axis=1)
        return _divided(won, true.sum(axis=1) * untrue.sum(axis=1))

    return statistic


def _calibration_error(chances: Sequence[float], truths: Sequence[bool], bins: int) -> Statistic:
    import numpy as np

    gaps = np.asarray(chances, dtype=float) - np.asarray(truths, dtype=float)
    places = np.array([_bin(chance, bins) for chance in chances], dtype=int)
    inside = places[:, None] == np.arange(bins)

    def statistic(weights: NDArray[Any]) -> NDArray[Any]:
        # Cases times gap of the means is the gap of the sums.
        return _divided(np.abs((weights * gaps) @ inside).sum(axis=1), weights.sum(axis=1))

    return statistic


def _aurc(confidences: Sequence[float], losses: Sequence[float]) -> Statistic:
    import numpy as np

    order, starts = _ties([-one for one in confidences])
    lost = np.asarray(losses, dtype=float)[order]
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, len(order) + 1))])

    def statistic(weights: NDArray[Any]) -> NDArray[Any]:
        # Weights are whole and sum up to the number of cases: so often is each case there.
        weights = weights[:, order]
        cases = np.add.reduceat(weights, starts, axis=1).astype(int)
        losing = np.add.reduceat(weights * lost, starts, axis=1)
        after = np.cumsum(cases, axis=1)
        before = after - cases
        lost_before = np.cumsum(losing, axis=1) - losing
        # The sum over j = 1 … m of (L + j l / m) / (c + j): after each of m tied cases of loss l,
        # c cases of loss L being before them.
        steps = harmonic[after] - harmonic[before]
        each = np.divide(losing, cases, out=np.zeros_like(losing), where=cases > 0)
        risks = lost_before * steps + each * (cases - before * steps)
        return _divided(risks.sum(axis=1), weights.sum(axis=1))

    return statistic


def _ties(values: Sequence[float]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rising order of the values, and where in it each distinct value begins."""
    import numpy as np

    order = np.argsort(np.asarray(values, dtype=float), kind="stable")
    _, starts = np.unique(np.asarray(values, dtype=float)[order], return_index=True)
    return order, starts


def _divided(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    quotients: NDArray[Any] = np.full(len(part), np.nan)
    np.divide(part, whole, out=quotients, where=whole > 0)
    return quotients


def _bin(chance: float, bins: int) -> int:
    return min(int(chance * bins), bins - 1)
