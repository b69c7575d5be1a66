"""Puts what is seen of a running Ibid before its web application: figures, traces, ``/metrics``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import observing
from ui.telemetry import tracing
from ui.telemetry.caller import calling
from ui.telemetry.metrics import Metrics, count_of
from ui.window.server.routes import route


class Telemetry:
    """What is seen of one engine, or of none, and of the application that serves it."""

    def __init__(self, engine: Any) -> None:
        self.metrics = Metrics(count_of(engine))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """While each question of this process is counted and, where it is wished, traced."""
        async with AsyncExitStack() as stack:
            stack.enter_context(observing.watched(self.metrics.watch))
            if tracing.is_wanted():
                sending = tracing.provided()
                provider = await asyncio.to_thread(sending.__enter__)
                # What is sent last may have to wait for a collector that is gone.
                stack.push_async_callback(asyncio.to_thread, sending.__exit__, None, None, None)
                if provider is not None:
                    traces = tracing.Traces(provider, is_told=tracing.captures_text())
                    stack.enter_context(observing.watched(traces.watch))
            yield

    def look_at(self, web: FastAPI) -> None:
        """Count what comes to an application; put before it last, so that no refusal is missed."""
        web.add_middleware(Seen, metrics=self.metrics)

    def routes(self) -> APIRouter:
        """``GET /metrics``, for whoever the table of ways lets in."""
        router = APIRouter()

        @router.get("/metrics")
        def metrics(request: Request) -> Response:
            told, media_type = self.metrics.told(request.headers.get("accept", ""))
            return Response(told, media_type=media_type, headers={"Cache-Control": "no-store"})

        return router


class Seen:
    """Counts each request, even one that is refused, and minds its caller's trace. Pure ASGI."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                way = route(scope["method"], scope["path"])
                path = way.template if way else "none"
                self._metrics.request(scope["method"], path, message["status"])
            await send(message)

        with calling(scope):
            await self.app(scope, receive, noted)
