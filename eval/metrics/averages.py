"""One figure for many cases, over those where the measure is defined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean


def defined(values: Iterable[float | None]) -> list[float]:
    """The values without the undefined ones."""
    return [value for value in values if value is not None]


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the defined values; None without one."""
    numbers = defined(values)
    return fmean(numbers) if numbers else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` (0 to 1) of the values lie; None without values.

    Source: Hyndman & Fan 1996, type 7 (linear interpolation), numpy's default.
    """
    if not values:
        return None
    import numpy as np

    return float(np.quantile(values, share))
