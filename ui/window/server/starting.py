"""What is served from the first moment, while Gradio is imported and the window is built.

A browser that opens the window's address is shown a page that waits; any other request waits
itself, and is passed on as soon as there is something to pass it on to; where there will be
nothing, it is told to come again. No Gradio here.
"""

from __future__ import annotations

import asyncio
import base64
import html
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from string import Template
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import strings
from ui.api.v1 import refusals
from ui.window.page import scripts, visitor
from ui.window.server import readiness
from ui.window.server.routes import HOMES

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.turns import Turns

_PAGE = scripts.asset("starting.html")


class Starting:
    """Builds an application in a thread and then is that application. Pure ASGI.

    ``gate`` puts before the page what every request has to pass; the application has its own.
    ``on_ready`` is called when it stands, ``on_failed`` if it cannot be built; ``failure`` is why.
    """

    def __init__(
        self,
        build: Callable[[], FastAPI],
        gate: Callable[[ASGIApp], ASGIApp],
        on_ready: Callable[[], None] = lambda: None,
        on_failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._build = build
        self._gated = gate(_waiting_page)
        self._on_ready = on_ready
        self.on_failed = on_failed
        self.failure: Exception | None = None
        self._app: FastAPI | None = None
        self._is_decided = asyncio.Event()

    @property
    def turns(self) -> Turns | None:
        """The questions that are answered; None before there can be any."""
        return getattr(self._app.state, "turns", None) if self._app is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or wait and pass on."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is None and _is_for_a_person(scope):
            await self._gated(scope, receive, send)
        elif self._app is None and scope["type"] == "http" and scope["path"] == readiness.PATH:
            await refusals.unready(scope, ["start"])(scope, receive, send)
        else:
            await self._is_decided.wait()
            await (self._app or refusals.unready(scope, ["start"]))(scope, receive, send)

    def give_up(self) -> None:
        """Tell those who wait to come again, unless the application stands by now."""
        self._is_decided.set()

    async def _live(self, receive: Receive, send: Send) -> None:
        """From start to end; the application's own start and end are in between."""
        await receive()
        async with AsyncExitStack() as stack:
            opening = asyncio.create_task(self._open(stack))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            opening.cancel()  # the thread that imports is a daemon
            with suppress(asyncio.CancelledError):
                await opening
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self, stack: AsyncExitStack) -> None:
        try:
            app = await asyncio.to_thread(self._build)
            await stack.enter_async_context(app.router.lifespan_context(app))
        except Exception as error:
            self.failure = error
            self.give_up()
            self.on_failed()
            return
        self._app = app
        self._is_decided.set()
        self._on_ready()


def _is_for_a_person(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in HOMES


async def _waiting_page(scope: Scope, receive: Receive, send: Send) -> None:
    first = scope["path"].strip("/")
    spoken = first if first in strings.LANGUAGES else visitor.language_of(scope)
    with strings.speaking(spoken):
        page = HTMLResponse(page_in(spoken), headers={"Cache-Control": "no-store"})
    await page(scope, receive, send)


def page_in(language: str) -> str:
    """The page that waits, whole: it asks for nothing but to be told when all is ready."""
    icon = base64.b64encode(scripts.asset("icon.svg").read_bytes()).decode()
    words = {
        "language": language,
        "title": strings.NAME,
        "heading": strings.STARTING,
        "hint": strings.STARTING_HINT,
    }
    words = {name: html.escape(word) for name, word in words.items()}
    scheme = scripts.asset("scheme.html").read_text(encoding="utf-8")
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(words, icon=icon, scheme=scheme)
