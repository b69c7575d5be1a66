"""Small jobs that a worker does with one that it has, so that their passages fill the embedder.

procrastinate hands out one job at a time. What goes along is taken as it takes one, by the same
worker, under the same lease: if that worker is killed, each is another's. Each is read, added and
ended by itself, with its own tries. What was in a batch whose worker ended goes along no more: if
one of them is what ends workers, it does so alone.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from ui.queue.store import SAME, Store
from ui.queue.tables import HANDED, IS_DUE, WORK

# Texts, which are read in a moment, and never tried before.
_IS_TEXT = WORK.c.names[0].astext.regexp_match(r"\.(md|markdown|txt)$", "i")
_IS_FRESH = sa.and_(WORK.c.run == "", WORK.c.tries == 0, WORK.c.lost == 0)
_IS_ONE = sa.and_(WORK.c.kind == "add", sa.func.jsonb_array_length(WORK.c.names) == 1)

Ending = Literal["succeeded", "failed", "aborted"] | float
"""How one ended; or in how many seconds it is to be done again."""


class Taken(NamedTuple):
    """A job that goes along: its id, and procrastinate's number for it."""

    id: str
    number: int


class Hold(NamedTuple):
    """Whether a job is still whose it was, and is to end."""

    is_ours: bool
    is_called_off: bool


class Together:
    """What a worker takes along and what becomes of that; all of it raises LibraryError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limits = store.limits

    def take(self, id_: str, worker: int) -> list[Taken]:
        """Take along what is small, if this job is, and waits for no other; maybe nothing.

        Of what waits, no more than a worker's share is taken.
        """
        if self._limits.together == 1:
            return []
        with self._store.tables.begin() as db:
            is_it = sa.select(HANDED.c.priority).join_from(WORK, HANDED, SAME)
            priority = db.scalar(is_it.where(WORK.c.id == id_, self._is_small()))
            if priority is None:
                return []
            waits = (HANDED.c.status == "todo", HANDED.c.lock.is_(None), IS_DUE)
            those = sa.select(HANDED.c.id, WORK.c.id.label("job")).join_from(WORK, HANDED, SAME)
            those = those.where(*waits, HANDED.c.priority == priority, self._is_small())
            workers = self._store.alive(db)
            most = those.limit(self._limits.together * workers).subquery()
            waiting = db.scalar(sa.select(sa.func.count()).select_from(most)) or 0
            share = min(-(-(waiting + 1) // max(workers, 1)), self._limits.together) - 1
            if share < 1:
                return []
            chosen = those.order_by(HANDED.c.id).limit(share)
            free = chosen.with_for_update(of=HANDED, skip_locked=True).cte("free")
            taken = HANDED.update().where(HANDED.c.id == free.c.id)
            taken = taken.values(status="doing", worker_id=worker)
            found = [Taken(job, n) for n, job in db.execute(taken.returning(free.c.id, free.c.job))]
            # Should the worker end before it has begun one, it ended at all of them.
            begun = WORK.update().where(WORK.c.id.in_([id_, *(one.id for one in found)]))
            db.execute(begun.values(run=secrets.token_hex(8)))
        return sorted(found, key=lambda one: one.number)

    def _is_small(self) -> sa.ColumnElement[bool]:
        is_small = WORK.c.size.between(1, self._limits.small_kb * 1000)
        return sa.and_(_IS_ONE, is_small, _IS_TEXT, _IS_FRESH)

    def hold(self, one: Taken, worker: int) -> Hold:
        """How it stands with one."""
        asked = sa.select(HANDED.c.abort_requested).where(*self._ours(one, worker))
        with self._store.tables.begin() as db:
            found = db.execute(asked).first()
        return Hold(found is not None, bool(found and found.abort_requested))

    def end(self, one: Taken, worker: int, ending: Ending) -> None:
        """Keep how one ended, or give it back; nothing, where it is another's by now."""
        if isinstance(ending, str):
            done = sa.func.procrastinate_finish_job_v1(HANDED.c.id, _status(ending), sa.false())
        else:
            at = sa.func.now() + timedelta(seconds=ending)
            none = (sa.null(), sa.null(), sa.null())
            done = sa.func.procrastinate_retry_job_v2(HANDED.c.id, at, *none)
        with self._store.tables.begin() as db:
            held = sa.select(HANDED.c.id).where(*self._ours(one, worker)).with_for_update()
            if db.scalar(held) is not None:
                db.execute(sa.select(done).where(HANDED.c.id == one.number))

    def _ours(self, one: Taken, worker: int) -> tuple[sa.ColumnElement[bool], ...]:
        status, whose = HANDED.c.status == "doing", HANDED.c.worker_id == worker
        return HANDED.c.id == one.number, status, whose


def _status(ending: str) -> sa.ColumnElement[str]:
    return sa.cast(ending, HANDED.c.status.type)
