"""``/mcp``: the same for the clients of a web application, by their keys. No Gradio here.

Nothing of the protocol is imported before somebody speaks it. What a client may do is told by each
of its requests, and a session is only good for whoever has begun it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rag.errors import UnknownArticle
from ui.api.v1 import problems
from ui.api.v1.caller import caller_in
from ui.api.v1.holdings import owner_of
from ui.mcp.arguments import Misuse
from ui.turns import Full

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from ui.api.v1.answering import Engine
    from ui.api.v1.holdings import Holdings

log = logging.getLogger(__name__)

PATH = "/mcp"
METHODS = ("GET", "POST", "DELETE")


class Endpoint:
    """Serves the protocol over HTTP, with sessions, so that a call can be cancelled. Pure ASGI.

    ``holdings`` keeps the articles for programs.
    """

    def __init__(self, engine: Engine, holdings: Holdings) -> None:
        self._engine = engine
        self._holdings = holdings
        self._one_at_a_time = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._life: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the first request waits until what answers is imported."""
        from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
        from mcp.server.auth.provider import AccessToken

        manager = self._manager or await self._begun()
        # By this the manager tells whose a session is; no token of ours is known to it.
        name = repr((owner_of(scope), *astuple(caller_in(scope))))
        user = AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))
        await manager.handle_request({**scope, "user": user}, receive, send)

    async def end(self) -> None:
        """End every session, if there was any."""
        self._is_over.set()
        if self._life is not None:
            await self._life

    async def _begun(self) -> StreamableHTTPSessionManager:
        async with self._one_at_a_time:
            if self._manager is None:
                manager = await asyncio.to_thread(self._made)
                is_up = asyncio.Event()
                # The manager has to end in the task that it began in.
                self._life = asyncio.create_task(self._live(manager, is_up), name="mcp")
                await is_up.wait()
                self._manager = manager
            return self._manager

    async def _live(self, manager: StreamableHTTPSessionManager, is_up: asyncio.Event) -> None:
        async with manager.run():
            is_up.set()
            await self._is_over.wait()

    def _made(self) -> StreamableHTTPSessionManager:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from ui.mcp import tools
        from ui.mcp.inside import OfEngine
        from ui.mcp.server import server

        serving = server(tools.Tools(OfEngine(self._engine, self._holdings)), _caller, told)
        # Host and origin are checked before, by rules of ours that a list of names cannot hold.
        limits = self._engine.settings.api
        return StreamableHTTPSessionManager(
            serving, session_idle_timeout=limits.session_idle_s, max_sessions=limits.sessions
        )


def mount(web: FastAPI, engine: Engine, holdings: Holdings) -> Endpoint:
    """The endpoint of a web application, which has to be ended with it."""
    endpoint = Endpoint(engine, holdings)
    web.router.routes.append(Route(PATH, endpoint, methods=METHODS, include_in_schema=False))
    return endpoint


def _caller(ctx: Any) -> Any:
    return caller_in(ctx.request.scope)


def told(error: Exception) -> str:
    """What an error is to a program: nothing of this machine, but what to do."""
    if isinstance(error, Misuse | Full | UnknownArticle):
        return str(error)
    kind, words = problems.words_of(error)
    if kind == "unknown-collection":
        return "no such collection; leave it out, or name one that there is"
    return words
