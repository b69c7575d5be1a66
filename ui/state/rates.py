"""How many requests a minute each may send: a bucket that fills as time goes by. No Gradio here."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MINUTE_S = 60.0
_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a request may go on, of ``rate`` a minute: so many are left, the next in ``wait``
    seconds, and all of them in ``full`` seconds."""

    is_allowed: bool
    rate: int
    left: int
    wait: float
    full: float

    @property
    def headers(self) -> dict[str, str]:
        """The same as the headers that the IETF's draft on RateLimit has."""
        return {
            "RateLimit-Policy": f'"minute";q={self.rate};w={MINUTE_S:.0f}',
            "RateLimit": f'"minute";r={self.left};t={math.ceil(self.full)}',
        }


def taken(is_allowed: bool, rate: int, left: float) -> Taken:
    """The same, of a bucket in which so much is left."""
    a_second = rate / MINUTE_S
    wait = 0.0 if left >= 1 else (1 - left) / a_second
    return Taken(is_allowed, rate, math.floor(left), wait, (rate - left) / a_second)


class Taking(Protocol):
    """The buckets of all who ask. Each holds as many requests as may come in a minute.

    Whoever has been quiet for a minute may send as many at once; from then on they come as fast
    as the bucket fills.
    """

    def take(self, who: str, rate: int) -> Taken:
        """A request of somebody who may send ``rate`` a minute, which is at least 1."""
        ...


class Rates:
    """As `Taking`, in the memory of this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # left, and when

    def take(self, who: str, rate: int) -> Taken:
        """As `Taking` has it."""
        now = self._now()
        left, since = self._buckets.get(who, (float(rate), now))
        left = min(float(rate), left + (now - since) * rate / MINUTE_S)
        is_allowed = left >= 1
        left -= is_allowed
        self._buckets[who] = left, now
        self._buckets.move_to_end(who)
        while len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return taken(is_allowed, rate, left)
