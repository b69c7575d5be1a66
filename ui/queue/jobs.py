"""The work of programs handed to workers: a `ui.api.v1.jobs.Work` that any replica can tell of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from ui import asked
from ui.api.service import Syncing
from ui.api.v1.jobs import MOST_WAITING, OVER, Full, Job
from ui.api.v1.problems import ProblemError
from ui.queue import store
from ui.queue.errands import order, sync
from ui.queue.store import NO_WORKER, SYNCED, UPLOADED, NoSuchJob, Queued, Store, Wanted

if TYPE_CHECKING:
    from rag.settings import Settings
    from ui.api.v1.adding import Adding

_MOST_TOLD = 500


class QueuedJobs:
    """As `ui.api.v1.jobs.Jobs`, but for who does them, and that they outlive this process.

    ``on_change`` is told when a job is seen to have ended, whoever did it.
    """

    glance_s = 0.5
    is_busy = False  # workers are

    def __init__(self, settings: Settings, on_change: Callable[[], None] = lambda: None) -> None:
        self._store = Store(settings)
        self._on_change = on_change
        self._open = set[str]()  # those of this process that were not seen to have ended
        self._lock = threading.Lock()

    def add(self, owner: str, adding: Adding, size: int = 0) -> Job:
        """As `Work` has it; what lies in the spool is taken out of it."""
        files = {
            place: one.file.read_bytes()
            for place, one in enumerate(adding.sent)
            if one.file is not None
        }
        said = order(adding)
        job = self._begin(
            Wanted("add", adding.names, said, files, owner, UPLOADED, request=_request())
        )
        adding.clear()
        return job

    def sync(self, owner: str, syncing: Syncing) -> Job:
        """As `Work` has it."""
        return self._begin(sync(syncing, owner, priority=SYNCED, request=_request()))

    def _begin(self, wanted: Wanted) -> Job:
        if self._store.waiting(wanted.owner) >= MOST_WAITING:
            raise Full
        try:
            [id_] = self._store.put([wanted])
        except store.Full:
            raise Full from None
        with self._lock:
            self._open.add(id_)
        return self.job(wanted.owner, id_)

    def of(self, owner: str) -> list[Job]:
        """As `Work` has it."""
        return self._told(self._store.jobs(owner=owner, limit=_MOST_TOLD))

    def job(self, owner: str, job_id: str) -> Job:
        """As `Work` has it."""
        try:
            kept = self._store.job(job_id)
        except NoSuchJob:
            raise ProblemError("unknown-job") from None
        if kept.owner != owner or kept.id != job_id:
            raise ProblemError("unknown-job")
        return self._told([kept])[0]

    def waiting_bytes(self, owner: str) -> int:
        """As `Work` has it."""
        return self._store.waiting_bytes(owner)

    def cancel(self, job: Job) -> None:
        """As `Work` has it."""
        self._store.cancel(job.id)

    def end(self, within_s: float = 5.0) -> None:
        """As `Work` has it: the jobs go on without this process."""
        self._store.close()

    def _told(self, kept: Sequence[Queued]) -> list[Job]:
        is_waiting = any(one.state == "waiting" for one in kept)
        note = NO_WORKER if is_waiting and not self._store.workers() else ""
        jobs = [_job(one, note) for one in kept]
        with self._lock:
            ended = {job.id for job in jobs if job.state in OVER} & self._open
            self._open -= ended
        if ended:
            self._on_change()
        return jobs


def _request() -> dict[str, str] | None:
    request = asked.now()
    return asdict(request) if request else None


def _job(kept: Queued, note: str) -> Job:
    """A job as the ways in know it: done, if only some of it failed, as in one process."""
    job = Job(kept.id, kept.owner, kept.kind, kept.names, work=lambda own, job: None)
    is_told = kept.state == "failed" and kept.problem is None
    job.state = "done" if is_told else kept.state
    job.created, job.ended = kept.created, kept.ended if kept.is_over() else None
    job.done, job.page, job.pages, job.chunks = kept.done, kept.page, kept.pages, kept.chunks
    job.outcome, job.problem = kept.outcome, kept.problem
    job.is_called_off = kept.is_called_off
    if kept.state == "waiting":
        job.note = f"it is tried again at {kept.at:%H:%M:%S} UTC" if kept.at else note
    if job.state in OVER:
        job.over.set()
    return job
