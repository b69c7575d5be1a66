"""Long work for other programs: one job after another, each told how far it is. No Gradio here."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.errors import IbidError
from rag.loaders.worker import Worker
from ui import asked
from ui.api.running import Engine
from ui.api.service import CalledOff, Own, Step
from ui.api.v1 import problems

if TYPE_CHECKING:
    from ui.api.service import Syncing
    from ui.api.v1.adding import Adding

log = logging.getLogger(__name__)

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Kind = Literal["add", "sync"]
OVER: tuple[State, ...] = ("done", "failed", "cancelled")
# Of one caller, whose work must not be all that the others wait for; and of all together.
MOST_WAITING = 100
MOST_OF_ALL = 1_000
_MOST_KEPT = 500
_KEPT_S = 3600.0
_MOST_TOLD = 1_000
_GLANCE_S = 0.1
_IDLE_S = 60.0


class Full(problems.ProblemError):
    """No more jobs are taken just now."""

    def __init__(self) -> None:
        super().__init__(
            "too-many",
            "Too many jobs are waiting; send this again when some of them have ended.",
            headers={"Retry-After": "10"},
        )


@dataclass
class Outcome:
    """What came of a job so far. Of each list, the first thousand are kept.

    ``added`` are as `ui.api.documents.added` has them, ``removed`` as its ``info``; ``count``
    is how many were added.
    """

    added: list[dict[str, Any]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    unchanged: int = 0
    count: int = 0

    def note(self, name: str, why: str) -> None:
        """Note what was not added, and why not."""
        if len(self.failed) < _MOST_TOLD:
            self.failed.append((name, why))


@dataclass
class Job:
    """A piece of work, and how far it is: ``done`` of ``total`` files or links.

    ``page`` of ``pages`` of the one in hand are read, ``chunks`` of it embedded. ``problem`` is the
    kind of what ended it, with the words for it. ``note`` says what it waits for, if that is told.
    """

    id: str
    owner: str
    kind: Kind
    names: list[str]
    work: Callable[[Own, Job], None] = field(repr=False)
    clear: Callable[[], None] = field(repr=False, default=lambda: None)
    size: int = 0
    state: State = "waiting"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    done: int = 0
    page: int = 0
    pages: int = 0
    chunks: int = 0
    outcome: Outcome = field(default_factory=Outcome)
    problem: tuple[str, str] | None = None
    over: threading.Event = field(default_factory=threading.Event, repr=False)
    # In which it was asked for: what it changes is put down as its caller's.
    context: Context = field(default_factory=copy_context, repr=False)
    is_called_off: bool = False
    ended_s: float = 0.0
    request: asked.Asked | None = None
    note: str = ""

    @property
    def total(self) -> int:
        """Of how many files or links it is."""
        return len(self.names)

    def check(self) -> None:
        """Raise `CalledOff` if it is to end."""
        if self.is_called_off:
            raise CalledOff

    def step(self, step: Step) -> None:
        """Note how far it is; called off, it ends here."""
        self.check()
        if step.found:
            self.names = step.found
        self.page, self.pages, self.chunks = step.page, step.of, step.chunks
        told = self.outcome
        told.count += len(step.added)
        told.added += step.added[: _MOST_TOLD - len(told.added)]
        told.removed += step.removed[: _MOST_TOLD - len(told.removed)]
        told.passed += step.passed[: _MOST_TOLD - len(told.passed)]
        told.unchanged += step.unchanged
        if step.failed:
            told.note(self._named(step), step.failed)
        if step.is_last:
            self.done += 1

    def _named(self, step: Step) -> str:
        if 0 <= step.place < len(self.names):
            return self.names[step.place]
        return step.source


class Work(Protocol):
    """The jobs of all callers, as the ways in know them: `Jobs`, or the queue of workers.

    ``glance_s``: so often may be asked how far one is.
    """

    glance_s: float

    @property
    def is_busy(self) -> bool:
        """Whether this process has any in hand."""
        ...

    def add(self, owner: str, adding: Adding, size: int = 0) -> Job:
        """Have what was sent added, which is so many bytes.

        Raises:
            Full: too many are waiting, of this caller or of all.
        """
        ...

    def sync(self, owner: str, syncing: Syncing) -> Job:
        """Have what is followed looked at. Raises Full, as above."""
        ...

    def of(self, owner: str) -> list[Job]:
        """A caller's jobs, the latest first."""
        ...

    def job(self, owner: str, job_id: str) -> Job:
        """One of them, as it is now. Raises ProblemError: there is none, or it is not theirs."""
        ...

    def waiting_bytes(self, owner: str) -> int:
        """How much a caller has sent that is not added yet."""
        ...

    def cancel(self, job: Job) -> None:
        """Call a job off: it ends soon, and what it has done stays. One that is over stays so."""
        ...

    def end(self, within_s: float = 5.0) -> None:
        """The service ends."""
        ...


class Jobs:
    """The jobs of all callers; one thread does them in the order in which they came.

    ``on_change`` is told when the articles are no longer what they were. What has ended is
    forgotten after an hour, and before if there is too much of it.
    """

    glance_s = 0.05

    def __init__(
        self,
        engine: Engine,
        on_change: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._on_change = on_change
        self._now = now
        self._lock = threading.Lock()
        self._has_more = threading.Condition(self._lock)
        self._jobs: dict[str, Job] = {}
        self._thread: threading.Thread | None = None
        self._is_ended = False

    @property
    def is_busy(self) -> bool:
        """As `Work` has it."""
        with self._lock:
            return any(job.state not in OVER for job in self._jobs.values())

    def begin(
        self,
        owner: str,
        kind: Kind,
        names: list[str],
        work: Callable[[Own, Job], None],
        clear: Callable[[], None] = lambda: None,
        size: int = 0,
    ) -> Job:
        """Take on a piece of work; ``clear`` is called once it is over, however it ended.

        Raises:
            Full: too many are waiting, of this caller or of all.
        """
        with self._lock:
            self._forget()
            waiting = [job.owner for job in self._jobs.values() if job.state not in OVER]
            is_full = len(waiting) >= MOST_OF_ALL or waiting.count(owner) >= MOST_WAITING
            if is_full or self._is_ended:
                raise Full
            job = Job(secrets.token_hex(12), owner, kind, names, work, clear, size)
            job.request = asked.now()
            self._jobs[job.id] = job
            self._has_more.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="ibid-jobs")
                self._thread.start()
            return job

    def add(self, owner: str, adding: Adding, size: int = 0) -> Job:
        """As `Work` has it."""
        return self.begin(owner, "add", adding.names, adding.run, adding.clear, size)

    def sync(self, owner: str, syncing: Syncing) -> Job:
        """As `Work` has it."""
        return self.begin(owner, "sync", [], lambda own, job: own.sync(syncing, job.step))

    def of(self, owner: str) -> list[Job]:
        """As `Work` has it."""
        with self._lock:
            self._forget()
            return [job for job in reversed(self._jobs.values()) if job.owner == owner]

    def job(self, owner: str, job_id: str) -> Job:
        """As `Work` has it."""
        with self._lock:
            self._forget()
            job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise problems.ProblemError("unknown-job")
        return job

    def waiting_bytes(self, owner: str) -> int:
        """As `Work` has it."""
        with self._lock:
            theirs = [job for job in self._jobs.values() if job.owner == owner]
            return sum(job.size for job in theirs if job.state not in OVER)

    def cancel(self, job: Job) -> None:
        """As `Work` has it."""
        with self._lock:
            job.is_called_off = True
            if job.state == "waiting":
                self._end(job, "cancelled")

    def end(self, within_s: float = 5.0) -> None:
        """Call all of them off, and wait for the one in hand."""
        with self._lock:
            self._is_ended = True
            self._has_more.notify()
            thread, jobs = self._thread, list(self._jobs.values())
        for job in jobs:
            self.cancel(job)
        if thread is not None:
            thread.join(within_s)

    def _run(self) -> None:
        """Do what there is to do, and for a while what comes after it: a reader begins slowly."""
        with closing(Worker(self._engine.library.settings.reading)) as worker:
            while (job := self._next()) is not None:
                try:
                    self._do(job, worker)
                    self._finish(job, "done")
                except CalledOff:
                    self._finish(job, "cancelled")
                except Exception as error:
                    job.problem = problems.words_of(error)
                    self._finish(job, "failed")

    def _do(self, job: Job, worker: Worker) -> None:
        while self._engine.is_loading:
            job.check()
            time.sleep(_GLANCE_S)
        job.check()
        with self._engine.ahead.still(), asked.working_on(job.request):
            over = self._engine.assistant_over
            own = Own(self._engine.library, worker, over, on_change=self._on_change)
            job.context.run(job.work, own, job)

    def _next(self) -> Job | None:
        """The next one; None when none has come for a while, and the thread is to end."""
        with self._lock:
            while True:
                job = next((one for one in self._jobs.values() if one.state == "waiting"), None)
                if job is not None:
                    job.state = "running"
                    return job
                if self._is_ended or not self._has_more.wait(_IDLE_S):
                    self._thread = None
                    return None

    def _finish(self, job: Job, state: State) -> None:
        with self._lock:
            self._end(job, state)

    def _end(self, job: Job, state: State) -> None:
        job.state, job.ended, job.ended_s = state, datetime.now(UTC), self._now()
        with suppress(OSError, IbidError):
            job.clear()
        job.over.set()

    def _forget(self) -> None:
        over = [job for job in self._jobs.values() if job.state in OVER]
        late = [job for job in over if self._now() - job.ended_s > _KEPT_S]
        for job in {job.id: job for job in [*late, *over[: max(0, len(over) - _MOST_KEPT)]]}:
            del self._jobs[job]
