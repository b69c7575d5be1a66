"""The libraries of a service that are open just now: each from when it is first asked for.

Of what one has nothing can be reached from another. No Gradio here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from contextvars import Context

from fastapi import FastAPI

log = logging.getLogger(__name__)

Opening = Callable[[str], AbstractContextManager[FastAPI]]
"""What opens the library of a name, with all that is served of it, and closes it again."""


class Shelves:
    """So many libraries are open at ``most``; beyond, the one that was asked for longest ago goes.

    One that is being asked stays open, be they too many meanwhile: a window's page that is open
    asks all the time. So does one that has something in hand.
    """

    def __init__(self, opening: Opening, most: int) -> None:
        self._opening = opening
        self._most = most
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._closing: dict[str, _Open] = {}

    @asynccontextmanager
    async def using(self, name: str) -> AsyncIterator[FastAPI]:
        """What is served of a library, which is opened if it is not.

        Raises:
            IbidError: it cannot be opened; the next time that is tried again.
        """
        one = self._open.get(name)
        if one is None:
            one = self._open[name] = _Open(self._opening, name, self._closing.get(name))
        self._open.move_to_end(name)
        one.busy += 1
        try:
            yield await one.app()
        finally:
            one.busy -= 1
            if one.has_failed and self._open.get(name) is one:
                del self._open[name]
            self._make_room()

    async def end(self) -> None:
        """Close them all."""
        for name in list(self._open):
            self._close(name)
        await asyncio.gather(*(one.closed() for one in self._closing.values()))

    def _make_room(self) -> None:
        idle = [name for name, one in self._open.items() if one.is_idle]
        for name in idle[: max(0, len(self._open) - self._most)]:
            self._close(name)

    def _close(self, name: str) -> None:
        one = self._closing[name] = self._open.pop(name)

        def gone(_: object) -> None:
            if self._closing.get(name) is one:
                del self._closing[name]

        one.close(gone)


class _Open:
    """One library. It is opened and closed in one task, which is nobody's who asks."""

    def __init__(self, opening: Opening, name: str, before: _Open | None) -> None:
        self.busy = 0
        self._is_over = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._app: asyncio.Future[FastAPI] = loop.create_future()
        life = self._live(opening, name, before)
        self._life = loop.create_task(life, name=f"library {name}", context=Context())

    @property
    def is_idle(self) -> bool:
        """Whether nobody asks it, and nothing is done that somebody asked for."""
        if self.busy or not self._app.done() or self.has_failed:
            return not self.busy
        is_busy: Callable[[], bool] = getattr(self._app.result().state, "is_busy", bool)
        return not is_busy()

    @property
    def has_failed(self) -> bool:
        """Whether it could not be opened."""
        return self._app.done() and self._app.exception() is not None

    async def app(self) -> FastAPI:
        """What is served of it. Raises IbidError: it cannot be opened."""
        return await asyncio.shield(self._app)  # who hangs up ends nobody else's waiting

    def close(self, on_closed: Callable[[object], None]) -> None:
        """Close it soon."""
        self._life.add_done_callback(on_closed)
        self._is_over.set()

    async def closed(self) -> None:
        """Wait until it is closed."""
        await asyncio.wait([self._life])

    async def _live(self, opening: Opening, name: str, before: _Open | None) -> None:
        if before is not None:
            await before.closed()
        try:
            async with AsyncExitStack() as stack:
                manager = opening(name)
                web = await asyncio.to_thread(manager.__enter__)
                stack.push_async_callback(asyncio.to_thread, manager.__exit__, None, None, None)
                await stack.enter_async_context(web.router.lifespan_context(web))
                self._app.set_result(web)
                await self._is_over.wait()
        except Exception as error:
            if self._app.done():
                log.exception("a library could not be closed")
            else:
                self._app.set_exception(error)
