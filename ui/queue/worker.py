"""A worker: takes jobs of a library one after another, or some at a time, until it is to end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from croniter import croniter
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.utils import utcnow

from rag.errors import IbidError, LibraryError, SettingsError
from ui.api.service import Syncing
from ui.queue.doing import Reason
from ui.queue.errands import Again, Errands, Failed, GivenBack, sync
from ui.queue.store import NIGHTLY, TASK, Store
from ui.queue.together import Ending, Taken, Together

if TYPE_CHECKING:
    from rag.index.library import Library

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 15.0
_KILLED = 130
_CALLED_OFF = AbortReason.USER_REQUEST
Tell = Callable[[str], None]


class _Backoff(BaseRetryStrategy):
    """A job says itself when it is to be done again; one that is given back may be at once."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Failed):
            return None
        seconds = exception.seconds if isinstance(exception, Again) else 0.0
        return RetryDecision(retry_at=utcnow() + timedelta(seconds=seconds))


class _Manager(JobManager):
    """Ends or gives back only jobs that are still this worker's: of a lease that ran out, not."""

    def __init__(self, connector: PsycopgConnector, on_trouble: Callable[[], None]) -> None:
        super().__init__(connector)
        self._on_trouble = on_trouble

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        await self._if_ours(job, super().finish_job(job, status, delete_job))

    async def retry_job(self, job: Job, *how: Any, **named: Any) -> None:
        await self._if_ours(job, super().retry_job(job, *how, **named))

    async def _if_ours(self, job: Job, change: Any) -> None:
        try:
            found = [*await self.list_jobs_async(id=job.id)]
            if found and (found[0].status, found[0].worker_id) == ("doing", job.worker_id):
                await change
        except ConnectorException as error:  # and its lease ends with this worker's turn
            log.debug("what became of a job is not kept", exc_info=error)
            self._on_trouble()
        finally:
            change.close()


class Working:
    """A worker on an open library, ``jobs`` at a time; each one is told in a line.

    ``is_nightly``: it sees to it that all that is followed is looked at once a night, whichever of
    several workers begins that.
    """

    def __init__(
        self, store: Store, errands: Errands, tell: Tell, jobs: int = 1, *, is_nightly: bool = False
    ) -> None:
        self._store = store
        self._limits = store.limits
        self._errands = errands
        self._tell = tell
        self._jobs = jobs
        self._is_nightly = is_nightly
        self._is_ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends: asyncio.Event | None = None
        self._trouble: asyncio.Event | None = None
        self._together = Together(store)

    def run(self) -> None:
        """Work until SIGINT, SIGTERM or `end`; the jobs in hand are finished within a bound.

        A second signal ends it at once, and its jobs are another's once its lease is over.

        Raises:
            LibraryError, SettingsError: the queue cannot be had.
        """
        if self._is_nightly and not croniter.is_valid(self._limits.nightly):
            raise SettingsError(
                f"{self._limits.nightly}: this is no time as cron has it; mend "
                "IBID_QUEUE__NIGHTLY, as '0 3 * * *'"
            )
        self._store.tables.prepare()
        asyncio.run(self._run())

    def end(self) -> None:
        """Have it end, from any thread."""
        self._is_ending = True
        if self._loop is not None and self._ends is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._ends.set)

    @property
    def _stop_s(self) -> float:
        """No sign of life is given meanwhile, and so it is less than a lease."""
        return min(self._limits.stop_s, self._limits.lease_s * 2 / 3)

    def _pressed(self) -> None:
        if self._is_ending:
            sys.stdout.flush()
            os._exit(_KILLED)
        self._tell(f"ending: the job in hand has {self._stop_s:.0f} s; once more ends at once")
        self.end()

    async def _run(self) -> None:
        self._loop, self._ends = asyncio.get_running_loop(), asyncio.Event()
        with suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread
            for number in _SIGNALS:
                self._loop.add_signal_handler(number, self._pressed)
        wait = _FIRST_WAIT_S
        while not self._is_ending:
            begun = self._loop.time()
            try:
                await self._serve()
            except (ConnectorException, OSError, LibraryError) as error:
                log.debug("the queue is away", exc_info=error)
            if self._loop.time() - begun > _LONGEST_WAIT_S:
                wait = _FIRST_WAIT_S
            if not self._is_ending:
                self._tell(f"PostgreSQL does not answer; it is tried again in {wait:.0f} s")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ends.wait(), wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)

    async def _serve(self) -> None:
        """Take jobs until it is to end, or the database makes trouble."""
        trouble = self._trouble = asyncio.Event()
        app = self._app(trouble.set)
        lease = self._limits.lease_s
        async with app.open_async():
            taking = asyncio.create_task(
                app.run_worker_async(
                    queues=[self._store.tables.name],
                    name="ibid",
                    concurrency=self._jobs,
                    fetch_job_polling_interval=self._limits.look_s,
                    shutdown_graceful_timeout=self._stop_s,
                    update_heartbeat_interval=lease / 3,
                    stalled_worker_timeout=lease,
                    install_signal_handlers=False,
                )
            )
            sweeping = asyncio.create_task(self._sweep(app.job_manager))
            assert self._ends is not None
            others = [asyncio.create_task(one.wait()) for one in (self._ends, trouble)]
            try:
                await asyncio.wait([taking, sweeping, *others], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in (taking, sweeping, *others):
                    one.cancel()
                ended = await asyncio.gather(taking, sweeping, *others, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def _app(self, on_trouble: Callable[[], None]) -> App:
        tables = self._store.tables
        _, known = tables.engine.dialect.create_connect_args(tables.engine.url)
        said = {**known, "options": tables.database.options}
        connector = PsycopgConnector(
            kwargs={**said, "application_name": "ibid: worker"},
            min_size=1,
            max_size=self._jobs + 4,
            timeout=self._limits.lease_s / 3,
        )
        app = App(connector=connector)
        app.job_manager = _Manager(connector, on_trouble)
        app.task(name=TASK, queue=tables.name, pass_context=True, retry=_Backoff())(self._do)
        if self._is_nightly:
            night = app.task(name=f"{TASK}-nightly", queue=tables.name, priority=NIGHTLY)
            app.periodic(cron=self._limits.nightly)(night(self._begin_night))
        return app

    def _do(self, context: JobContext, job_id: str) -> None:
        worker = context.job.worker_id or 0
        along, library = self._taken_along(job_id, worker)
        try:
            self._errands.do(job_id, lambda: _reason(context), library)
        except GivenBack:
            raise JobAborted from None
        except IbidError as error:  # where it is kept was away meanwhile
            log.debug("the job could not be kept", exc_info=error)
            raise Again(self._limits.wait_s) from None
        finally:
            for one in along:
                self._also(one, worker, context, library)

    def _taken_along(self, job_id: str, worker: int) -> tuple[list[Taken], Library | None]:
        """Small jobs that are done with this one, if it is small, and a library that expects it."""
        try:
            along = self._together.take(job_id, worker)
        except IbidError as error:
            self._lose_lease("it is not known whether jobs were taken along", error)
            return [], None
        ids = [job_id, *(one.id for one in along)]
        return along, self._errands.ahead(ids) if along else None

    def _also(self, one: Taken, worker: int, context: JobContext, library: Library | None) -> None:
        """Do what was taken along, or give it back."""
        try:
            is_ours, is_called_off = self._together.hold(one, worker)
            if is_ours:
                ending = self._ending(one, context, library, is_called_off=is_called_off)
                self._together.end(one, worker, ending)
        except Exception as error:
            self._lose_lease("what became of a job is not kept", error)

    def _lose_lease(self, why: str, error: Exception) -> None:
        """Begin another lease: what is this worker's and nobody does is another's then."""
        log.debug(why, exc_info=error)
        if self._loop is not None and self._trouble is not None:
            with suppress(RuntimeError):  # the loop has ended, and the lease with it
                self._loop.call_soon_threadsafe(self._trouble.set)

    def _ending(
        self, one: Taken, context: JobContext, library: Library | None, *, is_called_off: bool
    ) -> Ending:
        """Do one; how it ended."""

        def reason() -> Reason:
            is_stopping = _reason(context) == "stopping"
            return "called off" if is_called_off else "stopping" if is_stopping else ""

        if self._is_ending and not is_called_off:
            return 0.0
        try:
            self._errands.do(one.id, reason, library)
        except Failed:
            return "failed"
        except GivenBack:
            return "aborted" if is_called_off else 0.0
        except Again as again:
            return again.seconds
        except IbidError as error:
            log.debug("the job could not be kept", exc_info=error)
            return self._limits.wait_s
        return "succeeded"

    def _begin_night(self, timestamp: int) -> None:
        """Have all that is followed looked at, unless that waits from the night before."""
        waiting = [one for one in self._store.jobs("waiting") if one.kind == "sync"]
        if not waiting:
            self._store.put([sync(Syncing(), priority=NIGHTLY)])

    async def _sweep(self, manager: JobManager) -> None:
        """Give the jobs of workers that are gone to others, and forget what ended long ago."""
        lease, queue = self._limits.lease_s, self._store.tables.name
        while True:
            await manager.prune_stalled_workers(lease)
            for job in await manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=lease):
                await self._take_back(manager, job)
            await manager.delete_old_jobs(
                self._limits.kept_days * 24,
                queue=queue,
                include_failed=True,
                include_cancelled=True,
                include_aborted=True,
            )
            await asyncio.sleep(lease / 3)

    async def _take_back(self, manager: JobManager, job: Job) -> None:
        id_ = str(job.task_kwargs.get("job_id", ""))
        is_given_up = await asyncio.to_thread(partial(self._store.lost, id_))
        if is_given_up:
            self._tell(f"failed {id_[:8]}: {self._limits.lost} workers ended while they were at it")
            await manager.finish_job(job, Status.FAILED, False)
        else:
            self._tell(f"taken back {id_[:8]}: its worker is gone")
            await manager.retry_job(job, retry_at=None, lock=None, priority=None, queue=None)


def _reason(context: JobContext) -> Reason:
    """Why a job is to end."""
    found = context.abort_reason()
    return "" if found is None else "called off" if found is _CALLED_OFF else "stopping"
