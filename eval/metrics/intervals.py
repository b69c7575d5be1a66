"""How far a figure may be off, for having been measured on these cases and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from eval.metrics.refusals import Confusion

if TYPE_CHECKING:  # numpy is loaded where an interval is asked for
    from numpy.typing import NDArray

Interval = tuple[float, float]

_MOST_CELLS = 2_000_000
_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.975)


def wilson(successes: float, n: int) -> Interval | None:
    """95 % interval of a proportion; None where ``n`` is 0.

    Source: Wilson 1927, without continuity correction. Unlike the bootstrap it has a width
    even where all cases succeed. ``successes`` is a whole number, though it may be a sum of 1.0.
    """
    return _wilson(int(successes), n) if n else None


@cache  # because scipy computes a p along with it, and a report asks for the same counts again
def _wilson(successes: int, n: int) -> Interval:
    from scipy.stats import binomtest

    low, high = binomtest(successes, n).proportion_ci(method="wilson")
    return float(low), float(high)


def bootstrap(values: Sequence[float], *, seed: int = 0, resamples: int = 2000) -> Interval | None:
    """95 % interval of a mean; None for fewer than two values.

    Source: percentile bootstrap, Efron & Tibshirani 1993, ch. 13. The same seed gives the same
    interval.
    """
    if len(values) < 2:
        return None
    kinds = Counter(values)
    draws = _draws(list(kinds.values()), seed, resamples)
    return _percentiles(draws @ list(kinds) / len(values))


def bootstrap_f1(found: Confusion, *, seed: int = 0, resamples: int = 2000) -> Interval | None:
    """95 % interval of `Confusion.f1`, by the bootstrap over cases.

    None for fewer than two cases or where F1 is undefined. Source: as `bootstrap`.
    """
    counts = [found.tp, found.fp, found.fn, found.tn]
    if sum(counts) < 2 or found.f1 is None:
        return None
    tp, fp, fn, _ = _draws(counts, seed, resamples).T
    # A resample of true negatives alone has no F1.
    some = 2 * tp + fp + fn > 0
    return _percentiles(2 * tp[some] / (2 * tp + fp + fn)[some]) if some.any() else None


def resampled(
    statistic: Callable[[NDArray[Any]], NDArray[Any]],
    n: int,
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> Interval | None:
    """95 % interval of any figure over ``n`` cases, by the bootstrap over cases.

    None for fewer than two cases, and where the figure is undefined or half of the resamples
    leave it so. Source: bias-corrected percentiles (Efron 1981), because a resample, which has
    fewer cases of its own, makes some figures look worse than they are.

    Args:
        statistic: from how often each case was drawn, shape ``(samples, n)``, to the figure of
            each sample, shape ``(samples,)``, nan where it is undefined.
    """
    import numpy as np

    if n < 2:
        return None
    chance = np.random.default_rng(seed)
    at_once = max(1, _MOST_CELLS // n)
    values = np.concatenate(
        [
            statistic(chance.multinomial(n, np.full(n, 1 / n), size=min(at_once, resamples - done)))
            for done in range(0, resamples, at_once)
        ]
    )
    (observed,) = statistic(np.ones((1, n)))
    figures = values[~np.isnan(values)]
    if np.isnan(observed) or 2 * len(figures) <= resamples:
        return None
    below = np.mean(figures < observed) + np.mean(figures == observed) / 2
    least = 1 / (2 * len(figures))
    shift = 2 * _NORMAL.inv_cdf(float(np.clip(below, least, 1 - least)))
    low, high = np.quantile(figures, [_NORMAL.cdf(shift - _Z95), _NORMAL.cdf(shift + _Z95)])
    return float(low), float(high)


def _draws(counts: Sequence[int], seed: int, resamples: int) -> NDArray[Any]:
    """Resampled cases of which only the kind matters: shape ``(resamples, kinds)``, counts.

    To draw n cases with replacement is to draw their kinds from a multinomial: the same
    distribution, without a table of resamples times cases.
    """
    import numpy as np

    n = sum(counts)
    return np.random.default_rng(seed).multinomial(n, np.array(counts) / n, size=resamples)


def _percentiles(means: NDArray[Any]) -> Interval:
    import numpy as np

    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
