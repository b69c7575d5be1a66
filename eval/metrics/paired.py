"""Two runs over the same cases: how far apart they are, and whether chance would do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.metrics.intervals import resampled, wilson
from eval.metrics.refusals import Verdict

if TYPE_CHECKING:  # numpy and scipy.stats are loaded where runs are compared; it takes 2 s
    from numpy.typing import NDArray

MCNEMAR = "exact McNemar"
RANDOMISATION = "randomisation"
# What a verdict adds to the dividend and to the divisor of F1, 2 TP / (2 TP + FP + FN).
_PARTS: Mapping[Verdict, tuple[int, int]] = {"TP": (2, 2), "FP": (0, 1), "FN": (0, 1), "TN": (0, 0)}
_RESAMPLES = 9_999
_MOST_CELLS = 500_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The second run less the first, over the ``n`` cases where both are defined.

    ``low`` and ``high`` bound the 95 % interval; ``p`` is two-sided, of the null hypothesis that
    the runs could be exchanged in every case. ``changed`` counts the cases that differ.
    """

    difference: float
    low: float
    high: float
    p: float
    n: int
    changed: int
    test: str


def paired(
    first: Sequence[float | None], second: Sequence[float | None], seed: int = 0
) -> Difference | None:
    """The difference of two means over the same cases, in the same order; None for fewer than two.

    Where all values are 0 or 1: McNemar's test, exact (McNemar 1947), and the interval of
    Newcombe 1998 (method 10), which has a width even where nothing changed. Else: Fisher's
    randomisation test (Smucker et al. 2007 for retrieval), exact where there are few cases, and
    the percentile bootstrap over cases.

    A comparison over many measures will find some small p by chance alone.

    Raises:
        ValueError: the runs do not have the same number of cases.
    """
    pairs = [
        (one, other)
        for one, other in zip(first, second, strict=True)
        if one is not None and other is not None
    ]
    if len(pairs) < 2:
        return None
    if all(value in (0, 1) for pair in pairs for value in pair):
        return _mcnemar([(bool(one), bool(other)) for one, other in pairs])
    return _randomised(pairs, seed)


def paired_f1(
    first: Sequence[Verdict | None], second: Sequence[Verdict | None], seed: int = 0
) -> Difference | None:
    """The difference of two refusal F1 over the same cases, in the same order.

    None for fewer than two cases, or where one has no F1. A randomisation test that exchanges the
    verdicts of a case (Yeh 2000 for F1), and the percentile bootstrap over cases.

    Raises:
        ValueError: the runs do not have the same number of cases.
    """
    import numpy as np

    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a and b]
    if len(pairs) < 2:
        return None
    one = np.array([_PARTS[a] for a, _ in pairs])
    other = np.array([_PARTS[b] for _, b in pairs])
    moved = np.array([a != b for a, b in pairs])
    still = one[~moved].sum(axis=0)

    def of_cases(weights: NDArray[Any]) -> NDArray[Any]:
        gap: NDArray[Any] = _f1(weights @ other) - _f1(weights @ one)
        return gap

    def of_moved(mine: NDArray[Any], theirs: NDArray[Any], axis: int = -1) -> NDArray[Any]:
        codes = np.moveaxis(mine, axis, -1), np.moveaxis(theirs, axis, -1)
        before, after = (still + parts[code].sum(axis=-2) for code in codes)
        # Where nothing is to be refused and nothing is, there is no F1; with a refusal it is 0.
        gap: NDArray[Any] = np.nan_to_num(_f1(after)) - np.nan_to_num(_f1(before))
        return gap

    parts = np.concatenate([one[moved], other[moved]])
    codes = np.arange(len(parts)).reshape(2, -1)
    difference = float(of_cases(np.ones((1, len(pairs))))[0])
    interval = resampled(of_cases, len(pairs), seed=seed)
    if math.isnan(difference) or interval is None:
        return None
    # One changed case, exchanged, gives the same gap the other way round.
    p = _permuted(tuple(codes), of_moved, seed) if len(parts) > 2 else 1.0
    return Difference(difference, *interval, p, len(pairs), int(moved.sum()), RANDOMISATION)


def _f1(parts: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    whole = parts[..., 1]
    scores: NDArray[Any] = np.full(whole.shape, np.nan)
    np.divide(parts[..., 0], whole, out=scores, where=whole > 0)
    return scores


def _mcnemar(pairs: Sequence[tuple[bool, bool]]) -> Difference:
    from scipy.stats import binomtest

    n = len(pairs)
    both = sum(one and other for one, other in pairs)
    lost = sum(one and not other for one, other in pairs)
    won = sum(other and not one for one, other in pairs)
    changed = won + lost
    p = float(binomtest(won, changed).pvalue) if changed else 1.0
    low, high = newcombe(both, won, lost, n - both - changed)
    return Difference((won - lost) / n, low, high, p, n, changed, MCNEMAR)


def newcombe(both: int, won: int, lost: int, neither: int) -> tuple[float, float]:
    """95 % interval of a difference of paired proportions, (won - lost) / n.

    Source: Newcombe 1998 (Statistics in Medicine 17, 2635-2650), method 10: the Wilson intervals
    of both proportions, joined by their correlation.
    """
    n = both + won + lost + neither
    first, second = (both + lost) / n, (both + won) / n
    (low1, high1), (low2, high2) = _wilson(both + lost, n), _wilson(both + won, n)
    phi = _correlation(both, won, lost, neither)
    down = _joined(second - low2, high1 - first, phi)
    up = _joined(high2 - second, first - low1, phi)
    return (second - first) - down, (second - first) + up


def _correlation(both: int, won: int, lost: int, neither: int) -> float:
    margins = (both + lost) * (won + neither) * (both + won) * (lost + neither)
    if not margins:
        return 0.0
    product = both * neither - won * lost
    n = both + won + lost + neither
    corrected = max(product - n / 2, 0.0) if product > 0 else product
    return corrected / math.sqrt(margins)


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _wilson(successes: int, n: int) -> tuple[float, float]:
    interval = wilson(successes, n)
    assert interval is not None  # because there are at least two cases
    return interval


def _randomised(pairs: Sequence[tuple[float, float]], seed: int) -> Difference:
    import numpy as np

    gaps = np.array([other - one for one, other in pairs])
    moved = gaps[gaps != 0]
    interval = resampled(lambda weights: weights @ gaps / len(gaps), len(gaps), seed=seed)
    assert interval is not None  # because there are at least two cases
    # To exchange the runs in a case is to change the sign of its gap.
    p = 1.0
    if len(moved) > 1:
        p = _permuted((moved,), lambda some, axis: some.sum(axis=axis), seed)
    return Difference(float(gaps.mean()), *interval, p, len(gaps), len(moved), RANDOMISATION)


def _permuted(samples: Sequence[NDArray[Any]], statistic: Callable[..., Any], seed: int) -> float:
    """The p of the randomisation test over the cases that changed; the others change nothing."""
    import numpy as np
    from scipy.stats import permutation_test

    result = permutation_test(
        samples,
        statistic,
        permutation_type="samples",
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=max(1, _MOST_CELLS // len(samples[0])),
        rng=np.random.default_rng(seed),
    )
    return float(result.pvalue)
