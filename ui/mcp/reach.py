"""How tools reach a library: that of a running Ibid, or the one that the settings name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, aclosing, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import LibraryInUse
from ui import turns
from ui.api import note
from ui.api.opening import open_catalog, open_service
from ui.api.remote import Remote
from ui.api.service import Own, Service
from ui.mcp.calling import Call, Report, worked

if TYPE_CHECKING:
    from rag.schema import Answer, Filter
    from rag.settings import Settings
    from ui.api.v1.answering import Engine

_GLANCE_S, _BEAT_S = 0.1, 5.0
_PATIENCE_S = 15.0
"""So long a call waits for another process to give the library back."""


class Reach(Protocol):
    """The methods of `OfEngine` and `OfSettings`. ``is_local``: whoever asks owns this machine."""

    is_local: bool

    @property
    def folder(self) -> Path:
        """The library's."""
        ...

    def service(self, call: Call, **ready: bool) -> AbstractContextManager[Service]:
        """What can be done with it, for the time of a call; it blocks while models load.

        ``ready``: as of `ui.api.opening.open_service`.

        Raises:
            LibraryError: it cannot be opened.
            CalledOff: nobody waits any more.
        """
        ...

    async def answer(self, question: str, only: Filter | None, report: Report) -> Answer:
        """The finished answer; ``report`` is told of each snapshot. Cancelled, the model stops.

        Raises:
            Exception: as `service`, and what answering raises.
        """
        ...

    def catalog(self) -> AbstractContextManager[Any]:
        """The catalog to read from, which needs no owner; None where there is no library yet."""
        ...


class OfEngine:
    """The library of the Ibid that this process is; ``on_change`` is told of other articles."""

    is_local = False

    def __init__(self, engine: Engine, on_change: Callable[[], None]) -> None:
        self._engine = engine
        self._on_change = on_change

    @property
    def folder(self) -> Path:
        """As `Reach` has it."""
        return Path(self._engine.library.folder)

    @contextmanager
    def service(self, call: Call, **ready: bool) -> Iterator[Service]:
        """As `Reach` has it."""
        from rag.loaders.worker import Worker
        from ui.api.running import library_of

        engine = self._engine
        library = library_of(engine, {}, call)
        with engine.ahead.still(), closing(Worker(library.settings.reading)) as worker:
            yield Own(library, worker, engine.assistant_over, on_change=self._on_change)

    async def answer(self, question: str, only: Filter | None, report: Report) -> Answer:
        """As `Reach` has it: in its turn, by what answers every program."""
        from ui.api.v1 import answering

        asked = answering.Asked(question, only=only)
        assistant = await answering.ready(self._engine)
        last: list[Answer] = []
        stream = answering.snapshots(self._engine, assistant, asked, _BEAT_S)
        with turns.place():
            async with aclosing(stream) as snapshots:
                async for snapshot in snapshots:
                    if snapshot is not None:
                        last.append(snapshot)
                        await report(len(last), None, _far(snapshot))
        return last[-1]

    @contextmanager
    def catalog(self) -> Iterator[Any]:
        """As `Reach` has it."""
        yield self._engine.library.catalog


class OfSettings:
    """The library that settings name, through the Ibid that owns it, or owned while it is used.

    It is given back after each call, so that other processes can have it: a client starts this one
    and keeps it for days. Models stay in memory, and a library opens in a moment.
    """

    is_local = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._own: Service | None = None
        self._borrowers = 0
        self._life = ExitStack()
        # A lock is given back by the thread that has taken it.
        self._keeper = ThreadPoolExecutor(1, "ibid-keeper")

    @property
    def folder(self) -> Path:
        """As `Reach` has it."""
        return self._settings.library.expanduser()

    @contextmanager
    def service(self, call: Call, **ready: bool) -> Iterator[Service]:
        """As `Reach` has it."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            call.check()
            if (found := note.running(self.folder)) is not None:
                asked = Remote(found, self._settings)
                call.on_close(asked.hang_up)
                yield asked
                return
            try:
                own = self._borrow(ready)
                break
            except LibraryInUse:
                if time.monotonic() > until:
                    raise
                time.sleep(_GLANCE_S)
        try:
            yield own
        finally:
            self._give_back()

    async def answer(self, question: str, only: Filter | None, report: Report) -> Answer:
        """As `Reach` has it."""
        return await worked(lambda call: self._answered(call, question, only), report)

    def _answered(self, call: Call, question: str, only: Filter | None) -> Answer:
        last: list[Answer] = []

        def take(snapshot: Answer) -> None:
            last.append(snapshot)
            call.step(len(last), None, _far(snapshot))

        with self.service(call, to_answer=True) as service:
            if isinstance(service, Own):
                assistant = service.assistant(model=True)

                async def told() -> None:
                    async with aclosing(assistant.astream(question, only=only)) as stream:  # type: ignore[type-var]
                        async for snapshot in stream:
                            take(snapshot)

                call.run(told())
            else:
                for snapshot in service.stream(question, only):
                    take(snapshot)
        return last[-1]

    def catalog(self) -> AbstractContextManager[Any]:
        """As `Reach` has it."""
        return open_catalog(self._settings)

    def close(self) -> None:
        """Give the library back, whoever uses it."""
        self._keeper.submit(self._life.close).result()
        self._keeper.shutdown()

    def _borrow(self, ready: dict[str, bool]) -> Service:
        """The library, of which one call after another may have a part."""
        with self._lock:
            if self._own is None:
                opened = open_service(self._settings, "ibid mcp", **ready)
                self._own = self._keeper.submit(self._life.enter_context, opened).result()
            self._borrowers += 1
            return self._own

    def _give_back(self) -> None:
        with self._lock:
            self._borrowers -= 1
            if not self._borrowers:
                self._own = None
                self._keeper.submit(self._life.close).result()


def _far(snapshot: Answer) -> str:
    """How far an answer is, in words."""
    return f"{len(snapshot.evidence)} sources, {len(snapshot.sentences)} sentences"
