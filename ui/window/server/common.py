"""What is served with a window and without one: what programs ask, under what all have to pass."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import Scope

from rag.errors import LibraryError
from rag.index import catalogs
from rag.limits import WindowLimits
from rag.settings import Settings
from ui import logs
from ui.api.v1 import problems
from ui.api.v1 import routes as programs
from ui.api.v1.answering import Engine
from ui.api.v1.holdings import Holdings
from ui.api.v1.jobs import Jobs, Work
from ui.audit import Audit
from ui.mcp import http as mcp
from ui.state import places
from ui.state.places import State
from ui.turns import Turns
from ui.window.server import readiness
from ui.window.server.compressing import Packing
from ui.window.server.guarding import Rules, guard
from ui.window.server.later import Ending
from ui.window.server.process import UNTOLD
from ui.window.server.uploads import Spool

if TYPE_CHECKING:
    from ui.window.library.shared import Workers

UPLOADS = "uploads"
"""The folder of a library that holds what was uploaded and is not added yet."""
_SWEPT_S = 60.0


class Common:
    """The parts of a service over one library; ``others`` are ended with it, the last one last.

    ``in_hand`` say whether they do something just now that nobody need wait for at a page.

    ``turns``: those of a service that has several libraries, which are of all who ask. What is
    counted is of the whole process too, and so none of those libraries tells it. Who changes what
    in the library is put down from now on.

    Raises:
        LibraryError: the folder cannot be used.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        limits: WindowLimits,
        purpose: str,
        state: State | None = None,
        turns: Turns | None = None,
    ) -> None:
        from rag.index.pages import Pages
        from ui.telemetry.looking import Telemetry

        if engine.settings.log == "json":
            logs.as_json()
        self.state = state or places.of(engine.settings, folder)
        if engine.library is not None:
            kept = Audit(self.state.audit, engine.settings.audit, f"ibid {purpose}")
            engine.library.on_change = kept.write
        self._engine = engine
        self._folder = folder
        self.limits = limits
        settings = getattr(engine.library, "settings", None)
        copies = catalogs.of(engine.settings, folder).originals()
        self.pages = Pages(copies, settings.reading if settings else None)
        self.spool = Spool(uploads_of(engine.settings, folder), limits)
        self.turns = turns or Turns(limits)
        self.others: list[Ending] = []
        self.in_hand: list[Callable[[], bool]] = []
        self._seen = Telemetry(engine) if turns is None else None
        self.web = FastAPI(openapi_url=None, lifespan=lambda _: self._living(), telemetry=UNTOLD)
        self.web.state.turns, self.web.state.kept = self.turns, self.state
        self.web.state.is_busy = lambda: any(look() for look in self.in_hand)
        ready = readiness.Readiness(engine, self.turns, self.state.check)
        self.web.include_router(readiness.routes(ready))

    def serve_programs(self, on_change: Callable[[], None] = lambda: None) -> None:
        """Serve what programs ask; ``on_change`` is told when the articles are others."""
        work = self.work(on_change)
        self.in_hand.append(lambda: work.is_busy)
        keep, folder = self.pages.keep, self._folder
        holdings = Holdings(self._engine, work, self.spool, keep, self.limits, on_change, folder)
        holdings = replace(holdings, given=self.state.given)
        if not isinstance(kept := self.state.conversations, Path):
            holdings = replace(holdings, conversations=kept)
        problems.install(self.web)
        seen = [self._seen.routes()] if self._seen else []
        for router in (*programs.routes(self._engine, holdings), *seen):
            self.web.include_router(router)
        ends = (work.end, self._engine.ahead.end)
        self.others += [mcp.mount(self.web, self._engine, holdings), *map(Ended, ends)]

    def work(self, on_change: Callable[[], None]) -> Work:
        """Who does what programs have done: workers, where the library is shared."""
        if catalogs.is_shared(self._engine.settings):
            from ui.queue.jobs import QueuedJobs

            return QueuedJobs(self._engine.settings, on_change)
        return Jobs(self._engine, on_change)

    def workers(self) -> Workers | None:
        """Who else adds what the window is sent, where the library is shared."""
        if not catalogs.is_shared(self._engine.settings):
            return None
        from ui.queue.brought import Brought

        made = Brought(self._engine.settings)
        self.others.append(Ended(made.close))
        return made

    def guard(
        self,
        rules: Rules,
        waiting: Callable[[], Iterable[Scope]] | None = None,
        packing: Packing | None = None,
    ) -> None:
        """Put before it all that a request has to pass; ``waiting`` of pages, if there are any."""
        spool, of_programs = (self.spool if waiting else None), self._engine.settings.api
        web, of = self.web, (self.limits, rules, of_programs, self.turns, self.state)
        guard(web, *of, spool, waiting or tuple, packing)
        if self._seen:
            self._seen.look_at(self.web)

    @asynccontextmanager
    async def _living(self) -> AsyncIterator[None]:
        """What was uploaded and is not used goes after its time, and all of it in the end.

        What is being answered then is kept as far as it came. What is kept beyond its article, to
        undo a removal, goes at either end.
        """

        def sweep() -> None:
            if (own := self._engine.library) is not None:
                with suppress(LibraryError):  # it is gone for a while; what is old can wait
                    self.pages.sweep({info.digest for info in own.articles()})

        async def swept() -> None:
            await asyncio.to_thread(sweep)
            while True:
                await asyncio.sleep(_SWEPT_S)
                await asyncio.to_thread(self.spool.sweep)
                with suppress(LibraryError):
                    await asyncio.to_thread(self.state.sweep)

        task = asyncio.create_task(swept(), name="sweep")
        try:
            async with self._seen.watching() if self._seen else nullcontext():
                yield
        finally:
            task.cancel()
            for other in self.others:
                await other.end()
            self.spool.clear()
            sweep()
            self.state.close()


class Ended:
    """What is ended by a call that does not wait for others."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    async def end(self) -> None:
        """Call it."""
        self._call()


def uploads_of(settings: Settings, folder: Path) -> Path:
    """The folder for what is uploaded to this process, which begins by emptying it.

    Where others have the library open too, and perhaps its folder, each has one of its own; what
    one left that was killed on this machine goes here.
    """
    root = folder / UPLOADS
    if not catalogs.is_shared(settings):
        return root
    mine = f"{socket.gethostname()}."
    for left in root.glob(f"{mine}*"):
        if not _lives(left.name.removeprefix(mine)):
            shutil.rmtree(left, ignore_errors=True)
    return root / f"{mine}{os.getpid()}"


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):  # it is another user's, or none of ours
        return True
    return True
