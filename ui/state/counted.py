"""Attempts and rates that all processes over one library count together, a statement for each."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ui.state.attempts import FORGOTTEN_S, MOST_DOUBLINGS, MOST_KEYS
from ui.state.rates import MINUTE_S, Taken, taken
from ui.state.tables import attempts, rates

_OLD, _LONGEST_KEY = attempts.c, 200


class SharedAttempts:
    """As `ui.state.attempts.Counting`, of one ``kind``: no name or address stands in the table."""

    def __init__(
        self,
        engine: sa.Engine,
        kind: str,
        free: int,
        longest: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._kind = kind
        self._free = free
        self._longest = longest
        self._now = now

    def wait(self, key: Hashable) -> float:
        """As `ui.state.attempts.Counting` has it."""
        query = sa.select(_OLD.until).where(_OLD.key == self._digest(key))
        with self._engine.connect() as db:
            until = db.scalar(query)
        return max(0.0, until - self._now()) if until is not None else 0.0

    def count(self, key: Hashable) -> float:
        """As `ui.state.attempts.Counting` has it."""
        now = self._now()
        made: Any = insert(attempts).values(
            key=self._digest(key), wrong=1, last=now, until=now + (1.0 if self._free <= 1 else 0.0)
        )
        wrong = sa.case((_OLD.last < now - FORGOTTEN_S, 1), else_=_OLD.wrong + 1)
        doublings = sa.func.least(sa.func.greatest(wrong - self._free, 0), MOST_DOUBLINGS)
        more = sa.func.least(sa.func.power(sa.cast(2, sa.Float(53)), doublings), self._longest)
        counted = made.on_conflict_do_update(
            index_elements=[_OLD.key],
            set_={
                "wrong": wrong,
                "last": now,
                "until": now + sa.case((wrong >= self._free, more), else_=0.0),
            },
            where=_OLD.until <= now,
        )
        with self._engine.begin() as db:
            is_counted = db.scalar(counted.returning(_OLD.key)) is not None
        return 0.0 if is_counted else self.wait(key)

    def forget(self, key: Hashable) -> None:
        """As `ui.state.attempts.Counting` has it."""
        with self._engine.begin() as db:
            db.execute(sa.delete(attempts).where(_OLD.key == self._digest(key)))

    def _digest(self, key: Hashable) -> str:
        return hashlib.sha256(repr((self._kind, key)).encode(errors="replace")).hexdigest()


class SharedRates:
    """As `ui.state.rates.Taking`."""

    def __init__(self, engine: sa.Engine, now: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = now

    def take(self, who: str, rate: int) -> Taken:
        """As `ui.state.rates.Taking` has it."""
        now, old = self._now(), rates.c
        filled = sa.func.greatest(now - old.since, 0) * (rate / MINUTE_S)
        full = sa.func.least(float(rate), old.left + filled)
        made: Any = insert(rates).values(
            who=who[:_LONGEST_KEY], left=rate - 1.0, since=now, is_allowed=True
        )
        counted = made.on_conflict_do_update(
            index_elements=[old.who],
            set_={
                "left": full - sa.case((full >= 1, 1.0), else_=0.0),
                "since": sa.func.greatest(now, old.since),
                "is_allowed": full >= 1,
            },
        ).returning(old.left, old.is_allowed)
        with self._engine.begin() as db:
            left, is_allowed = db.execute(counted).one()
        return taken(is_allowed, rate, left)


def forget_old(engine: sa.Engine, now: float) -> None:
    """Let go of what no longer slows anybody down, and of the oldest where there is too much."""
    most = sa.select(attempts.c.key).order_by(attempts.c.last.desc()).offset(MOST_KEYS)
    with engine.begin() as db:
        db.execute(sa.delete(attempts).where(attempts.c.last < now - FORGOTTEN_S))
        db.execute(sa.delete(attempts).where(attempts.c.key.in_(most)))
        db.execute(sa.delete(rates).where(rates.c.since < now - MINUTE_S))
