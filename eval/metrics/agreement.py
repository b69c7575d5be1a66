"""How far two judges agree beyond what chance alone would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eval.metrics.intervals import Interval, resampled

if TYPE_CHECKING:  # numpy is loaded where a figure is asked for
    from numpy.typing import NDArray


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Cohen's kappa of two judges' yes and no over the same cases, -1 to 1.

    0 is the agreement of chance. None without cases, and where both always say the same thing,
    because then chance would agree as well. Source: Cohen 1960.
    """
    import numpy as np

    (value,) = _kappa(np.ones((1, len(first))), _kinds(first, second))
    return None if math.isnan(value) else float(value)


def kappa_interval(
    first: Sequence[bool], second: Sequence[bool], *, seed: int = 0
) -> Interval | None:
    """95 % interval of `kappa`, by the bootstrap over cases."""
    kinds = _kinds(first, second)
    return resampled(lambda weights: _kappa(weights, kinds), len(first), seed=seed)


def _kinds(first: Sequence[bool], second: Sequence[bool]) -> NDArray[Any]:
    """Shape (cases, 3): whether the first says yes, whether the second does, whether they agree."""
    import numpy as np

    pairs = zip(first, second, strict=True)
    kinds = [(float(one), float(other), float(one == other)) for one, other in pairs]
    return np.array(kinds).reshape(-1, 3)


def _kappa(weights: NDArray[Any], kinds: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    values: NDArray[Any] = np.full(len(weights), np.nan)
    if not len(kinds):
        return values
    one, other, agreed = (weights @ kinds / weights.sum(axis=1, keepdims=True)).T
    by_chance = one * other + (1 - one) * (1 - other)
    np.divide(agreed - by_chance, 1 - by_chance, out=values, where=by_chance < 1)
    return values
