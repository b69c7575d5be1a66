"""A window that is built when somebody first asks for it: of the languages, most read one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from contextvars import Context
from typing import Protocol

from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class Ending(Protocol):
    """Something that has to be ended with the web application."""

    async def end(self) -> None:
        """End what it does in the background."""
        ...


class Later:
    """What ``add`` mounts on a web application, once there is a request for it. Pure ASGI."""

    def __init__(self, add: Callable[[FastAPI], object]) -> None:
        self._add = add
        self._app: ASGIApp | None = None
        self._one_at_a_time = asyncio.Lock()
        self._life = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the first one waits until it is built."""
        app = self._app or await self._built()
        await app(scope, receive, send)

    async def end(self) -> None:
        """End what it does in the background, if it was built."""
        await self._life.aclose()

    async def _built(self) -> ASGIApp:
        async with self._one_at_a_time:
            if self._app is None:
                # What it begins in the background acts for nobody, whoever asks for it first.
                begun = asyncio.create_task(self._begun(), name="window", context=Context())
                self._app = await begun
            return self._app

    async def _begun(self) -> ASGIApp:
        web = FastAPI(openapi_url=None)
        await asyncio.to_thread(self._add, web)
        await self._life.enter_async_context(web.router.lifespan_context(web))
        return next(route.app for route in web.routes if isinstance(route, Mount))
