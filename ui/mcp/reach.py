"""How the tools reach a library: the one that settings name, from a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, aclosing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import LibraryInUse
from ui.api import note
from ui.api.opening import open_catalog, open_service
from ui.api.remote import Remote
from ui.api.service import Own, Service
from ui.mcp import adding
from ui.mcp.calling import Call, Report, worked

if TYPE_CHECKING:
    from rag.schema import Answer, Filter, Passage
    from rag.settings import Settings
    from ui.api.v1.caller import Caller
    from ui.mcp.arguments import Adding, Additions

_GLANCE_S = 0.1
_PATIENCE_S = 15.0
"""So long a call waits for another process to give the library back."""


class Reach(Protocol):
    """The methods of `OfSettings` and of `ui.mcp.inside.OfEngine`.

    ``is_local``: whoever asks owns this machine. What takes a `Call` blocks, and raises `CalledOff`
    once nobody waits for it; what does not is cancelled.

    Raises:
        IbidError: from every method, as those of `ui.api.service.Service`.
    """

    is_local: bool

    def search(self, call: Call, query: str, k: int, only: Filter | None) -> list[Passage]:
        """The best passages."""
        ...

    async def answer(self, question: str, only: Filter | None, report: Report) -> Answer:
        """The finished answer; ``report`` is told of each snapshot. Cancelled, the model stops."""
        ...

    async def add(self, caller: Caller, given: Adding, report: Report) -> Additions:
        """What became of an article that was to be added."""
        ...

    def remove(self, call: Call, caller: Caller, article_id: str) -> None:
        """Remove an article that is there for them."""
        ...

    def catalog(self) -> AbstractContextManager[Any]:
        """The catalog to read from, which needs no owner; None where there is no library yet."""
        ...


class OfSettings:
    """The library that settings name, through the Ibid that owns it, or owned while it is used.

    It is given back after each call, so that other processes can have it: a client starts this one
    and keeps it for days. Models stay in memory, and a library opens in a moment.
    """

    is_local = True

    def __init__(self, settings: Settings, patience_s: float = _PATIENCE_S) -> None:
        self._settings = settings
        self._patience_s = patience_s
        self._folder = settings.library.expanduser()
        self._lock = threading.Lock()
        self._own: Service | None = None
        self._borrowers = 0
        self._life = ExitStack()
        # A lock is given back by the thread that has taken it.
        self._keeper = ThreadPoolExecutor(1, "ibid-keeper")

    def search(self, call: Call, query: str, k: int, only: Filter | None) -> list[Passage]:
        """As `Reach` has it."""
        with self._service(call, to_search=True) as service:
            return service.search(query, k, only)

    async def add(self, caller: Caller, given: Adding, report: Report) -> Additions:
        """As `Reach` has it."""
        return await worked(lambda call: self._added(call, given), report)

    def _added(self, call: Call, given: Adding) -> Additions:
        file = adding.file_of(given, self._folder)
        try:
            with self._service(call, to_add=True) as service:
                return adding.added(call, service, file, given.collection)
        except BaseException:
            self._forget(str(file))
            raise

    def remove(self, call: Call, caller: Caller, article_id: str) -> None:
        """As `Reach` has it."""
        with self._service(call) as service:
            [info] = service.remove([article_id])
        self._forget(info.source)

    def _forget(self, source: str) -> None:
        """Delete the text that a client brought, if there is no article of it."""
        with self.catalog() as catalog:
            if catalog is None or catalog.with_source(source) is None:
                adding.forget(source, self._folder)

    @contextmanager
    def _service(self, call: Call, **ready: bool) -> Iterator[Service]:
        """What can be done with it, for the time of a call; ``ready`` as of `open_service`."""
        until = time.monotonic() + self._patience_s
        while True:
            call.check()
            if (found := note.running(self._folder)) is not None:
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
            call.step(len(last), None, far(snapshot))

        with self._service(call, to_answer=True) as service:
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


def far(snapshot: Answer) -> str:
    """How far an answer is, in words."""
    return f"{len(snapshot.evidence)} sources, {len(snapshot.sentences)} sentences"
