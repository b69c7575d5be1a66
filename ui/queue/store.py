"""The jobs of a queue: handed over, looked at, called off, and tried again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from rag.errors import IbidError, SettingsError
from rag.index import catalogs
from ui.api.v1.jobs import OVER, Kind, Outcome, State
from ui.queue.tables import FILES, HANDED, SHOWN, STATUSES, WORK, WORKERS, Tables, raw

if TYPE_CHECKING:
    from rag.settings import Settings

TASK = "ibid"  # procrastinate's name for what does one
NO_WORKER = "no worker is running; start one: ibid worker"
# The first goes before the others: a person waits for it.
UPLOADED, COMMANDED, SYNCED, NIGHTLY = 30, 20, 10, 0
_STATES: Mapping[str, State] = {
    "todo": "waiting",
    "doing": "running",
    "succeeded": "done",
    "failed": "failed",
}
STATES: Sequence[State] = (*_STATES.values(), "cancelled")
_MB = 1_000_000


class Full(IbidError):
    """So much waits already that no more is taken."""


class NoSuchJob(IbidError):
    """There is no job of that id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a job is to do, as plain JSON values: ``names`` of files or links, and the ``order``.

    ``files`` are the bytes of those that are files, by their places.
    """

    kind: Kind
    names: Sequence[str]
    order: Mapping[str, Any]
    files: Mapping[int, bytes]
    owner: str = ""
    priority: int = COMMANDED
    request: Mapping[str, Any] | None = None
    lock: str | None = None  # of those with one lock, one at a time is done

    @property
    def size(self) -> int:
        """How many bytes are kept of it."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True, slots=True)
class Queued:
    """A job as it is kept. ``left`` are the places of its ``names`` that are still to be done, and
    ``missed`` those that failed.

    ``why`` is the reason, in one line, for which it failed or waits for another try, of which
    there were ``tries``; ``at`` is when the next may be. ``is_called_off``: it is to end.
    """

    id: str
    number: int
    owner: str
    kind: Kind
    names: list[str]
    wanted: dict[str, Any]
    request: dict[str, Any] | None
    created: datetime
    ended: datetime | None
    left: list[int]
    missed: list[int]
    done: int
    page: int
    pages: int
    chunks: int
    outcome: Outcome
    problem: tuple[str, str] | None
    why: str
    tries: int
    lost: int
    priority: int
    state: State
    at: datetime | None
    is_called_off: bool

    def is_over(self) -> bool:
        """Whether nothing more is done of it."""
        return self.state in OVER


class Store:
    """The jobs of the library of the settings, for whoever hands them over or asks of them.

    All of it raises LibraryError: PostgreSQL does not answer.

    Raises:
        SettingsError: the library is not shared.
    """

    def __init__(self, settings: Settings) -> None:
        database = catalogs.database_of(settings)
        if database is None or not catalogs.is_shared(settings):
            raise SettingsError(
                f"{settings.library}: workers need a library that is shared, and this one is of "
                "one process; set IBID_DATABASE and IBID_CHROMA"
            )
        self.tables = Tables(database)
        self.limits = settings.queue

    def put(self, wanted: Sequence[Wanted]) -> list[str]:
        """Hand over jobs, all or none of them; their ids.

        Raises:
            Full: too many wait, or too much.
        """
        with self.tables.begin() as db:
            self._check_room(db, wanted)
            ids = [self._put(db, one) for one in wanted]
            self._defer(db, list(zip(ids, wanted, strict=True)))
        return ids

    def _check_room(self, db: sa.Connection, wanted: Sequence[Wanted]) -> None:
        count, size = db.execute(_IN_HAND).one()
        is_large = size + sum(one.size for one in wanted) > self.limits.kept_mb * _MB
        if count + len(wanted) > self.limits.waiting or is_large:
            raise Full(
                f"{count:,} jobs of {size / _MB:,.0f} MB wait already; add the rest after them, "
                "or allow more: IBID_QUEUE__WAITING, IBID_QUEUE__KEPT_MB"
            )

    def _put(self, db: sa.Connection, one: Wanted) -> str:
        id_ = secrets.token_hex(12)
        kept = {
            "id": id_,
            "owner": one.owner,
            "kind": one.kind,
            "names": list(one.names),
            "wanted": dict(one.order),
            "request": one.request,
            "size": one.size,
            "left": list(range(len(one.names))),
            "outcome": asdict(Outcome()),
        }
        db.execute(WORK.insert().values(kept))
        for place, content in one.files.items():
            db.execute(FILES.insert().values(job=id_, place=place, content=content))
        return id_

    def _defer(self, db: sa.Connection, handed: Sequence[tuple[str, Wanted]]) -> None:
        from procrastinate import SyncPsycopgConnector
        from procrastinate.jobs import Job
        from procrastinate.manager import JobManager

        jobs = [
            Job(
                queue=self.tables.name,
                task_name=TASK,
                task_kwargs={"job_id": id_},
                priority=one.priority,
                lock=one.lock,
                queueing_lock=None,
            )
            for id_, one in handed
        ]
        # Within this transaction: there is no file without its job, and no job without its file.
        made = JobManager(SyncPsycopgConnector()).batch_defer_jobs(jobs, connection=raw(db))
        for (id_, _), job in zip(handed, made, strict=True):
            db.execute(WORK.update().where(WORK.c.id == id_).values(number=job.id))

    def jobs(
        self, state: str = "", owner: str | None = None, limit: int | None = None
    ) -> list[Queued]:
        """The jobs, the latest first: of one state, of one owner, at most so many."""
        if not self.tables.exists():
            return []
        asked = _KEPT.order_by(WORK.c.number.desc()).limit(limit)
        if owner is not None:
            asked = asked.where(WORK.c.owner == owner)
        if state:
            asked = asked.where(HANDED.c.status.in_(_statuses(state)))
        with self.tables.looking() as db:
            return [_queued(row) for row in db.execute(asked)]

    def counts(self) -> dict[str, int]:
        """How many there are of each state, none of them left out."""
        found: dict[str, int] = dict.fromkeys(STATES, 0)
        if self.tables.exists():
            by = sa.select(sa.cast(HANDED.c.status, sa.Text), sa.func.count())
            asked = by.join_from(WORK, HANDED, SAME).group_by(HANDED.c.status)
            with self.tables.begin() as db:
                for status, count in db.execute(asked):
                    found[_STATES.get(status, "cancelled")] += count
        return found

    def job(self, id_: str) -> Queued:
        """The one whose id begins so. Raises NoSuchJob: there is none, or more than one."""
        found: list[Queued] = []
        if self.tables.exists():
            with self.tables.looking() as db:
                begun = WORK.c.id.startswith(id_, autoescape=True)
                found = [_queued(row) for row in db.execute(_KEPT.where(begun).limit(2))]
        if len(found) != 1 or not id_:
            raise NoSuchJob(f"{id_}: there is no such job; what there is tells: ibid jobs")
        return found[0]

    def waiting_bytes(self, owner: str) -> int:
        """How much of an owner's waits."""
        return self._in_hand(owner)[1]

    def waiting(self, owner: str) -> int:
        """How many jobs of an owner's wait."""
        return self._in_hand(owner)[0]

    def _in_hand(self, owner: str) -> tuple[int, int]:
        with self.tables.looking() as db:
            count, size = db.execute(_IN_HAND.where(WORK.c.owner == owner)).one()
        return int(count), int(size)

    def cancel(self, id_: str) -> Queued:
        """Call a job off: what waits never begins, what is done now ends soon. Raises NoSuchJob."""
        job = self.job(id_)
        called = sa.func.procrastinate_cancel_job_v1(job.number, sa.true(), sa.false())
        with self.tables.begin() as db:
            db.execute(sa.select(called))
            self.forget_files(db, job.id, HANDED.c.status == "cancelled")
        return self.job(job.id)

    def forget_files(self, db: sa.Connection, id_: str, now: sa.ColumnElement[bool]) -> None:
        """End a job whose state is so ``now``, and forget the bytes of its files."""
        over = sa.exists().where(SAME, WORK.c.id == id_, now)
        ended = WORK.update().where(WORK.c.id == id_, over)
        if db.execute(ended.values(ended=sa.func.now(), size=0)).rowcount:
            db.execute(FILES.delete().where(FILES.c.job == id_))

    def retry(self, ids: Sequence[str] = ()) -> list[Queued]:
        """Have what failed tried again, as if it were new: these, or all that failed.

        Raises:
            NoSuchJob: one is not there, or did not fail; then none is tried.
        """
        chosen = [self.job(one) for one in ids] if ids else self.jobs("failed")
        for one in chosen:
            if ids and one.state != "failed":
                raise NoSuchJob(f"{one.id}: it did not fail, it is {one.state}")
        with self.tables.begin() as db:
            tried = [one for one in chosen if one.state == "failed" and self._retry(db, one)]
        return [self.job(one.id) for one in tried]

    def _retry(self, db: sa.Connection, one: Queued) -> bool:
        held = sa.select(HANDED.c.id).where(HANDED.c.id == one.number, HANDED.c.status == "failed")
        if db.scalar(held.with_for_update()) is None:
            return False  # another was first
        again = sa.func.procrastinate_retry_job_v2(
            one.number, sa.func.now(), sa.null(), sa.null(), sa.null()
        )
        db.execute(sa.select(again))
        fresh = {"why": "", "tries": 0, "lost": 0, "problem": None, "ended": None, "run": ""}
        begun: dict[str, Any] = {"left": sorted({*one.left, *one.missed}), "missed": []}
        begun |= {"outcome": asdict(replace(one.outcome, failed=[]))}
        begun |= {"done": one.done - len(one.missed)}
        if SHOWN in one.wanted:
            begun |= {"wanted": {**one.wanted, SHOWN: {**one.wanted[SHOWN], "errors": []}}}
        db.execute(WORK.update().where(WORK.c.id == one.id).values(**fresh, **begun))
        return True

    def lost(self, id_: str) -> bool:
        """Note that a job's worker is gone; whether too many were, and it is given up."""
        of_it = WORK.update().where(WORK.c.id == id_)
        with self.tables.begin() as db:
            held = of_it.where(WORK.c.run != "").values(run="", lost=WORK.c.lost + 1)
            db.execute(held)  # of two that notice it, one counts it
            count = db.scalar(sa.select(WORK.c.lost).where(WORK.c.id == id_)) or 0
            if count < self.limits.lost:
                return False
            why = f"{count} workers ended while they were at it; see to what is in it"
            problem = ["internal", "The workers ended while they were at it."]
            db.execute(of_it.values(why=why, problem=problem, ended=sa.func.now()))
        return True

    def workers(self) -> int:
        """How many workers live."""
        if not self.tables.exists():
            return 0
        with self.tables.begin() as db:
            return self.alive(db)

    def alive(self, db: sa.Connection) -> int:
        """The same, in a transaction."""
        lease = sa.func.make_interval(0, 0, 0, 0, 0, 0, self.limits.lease_s)
        alive = WORKERS.c.last_heartbeat > sa.func.now() - lease
        return int(db.scalar(sa.select(sa.func.count()).where(alive)) or 0)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.tables.close()


SAME = WORK.c.number == HANDED.c.id
# How many jobs wait or are done just now, and how many bytes are kept of them.
_IN_HAND = (
    sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(WORK.c.size), 0))
    .join_from(WORK, HANDED, SAME)
    .where(HANDED.c.status.in_(("todo", "doing")))
)
_KEPT: sa.Select[Any] = sa.select(
    *(column for column in WORK.c if column.name not in ("size", "run")),
    sa.cast(HANDED.c.status, sa.Text).label("status"),
    HANDED.c.priority,
    HANDED.c.scheduled_at.label("at"),
    HANDED.c.abort_requested.label("is_called_off"),
).join_from(WORK, HANDED, SAME)


def _statuses(state: str) -> list[str]:
    return [one for one in STATUSES if _STATES.get(one, "cancelled") == state]


def _queued(row: sa.Row[Any]) -> Queued:
    kept = row._asdict()
    state: State = _STATES.get(kept.pop("status"), "cancelled")
    if state == "failed" and kept["is_called_off"]:  # and its worker was gone
        state = "cancelled"
    at = kept.pop("at")
    said = kept.pop("outcome")
    outcome = Outcome(**{**said, "failed": [(name, why) for name, why in said["failed"]]})
    problem = kept.pop("problem")
    return Queued(
        **kept,
        outcome=outcome,
        problem=(problem[0], problem[1]) if problem else None,
        state=state,
        at=at if state == "waiting" and at and at > datetime.now(UTC) else None,
    )
