"""So much may be sent, and in so many seconds: beyond that, 413 or 408. No Gradio here."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.limits import ApiLimits, WindowLimits
from ui import strings
from ui.window.page import visitor
from ui.window.server.routes import UPLOAD, is_of_programs, route

TOO_MUCH, TOO_SLOW = 413, 408


class Refused(Exception):
    """More was sent, or more slowly, than is taken."""


class Limited:
    """Counts what a request sends as it is read, whatever it said of its length. Pure ASGI.

    What is too much never reaches the application, or no more of it than was counted.
    """

    def __init__(
        self, app: ASGIApp, limits: WindowLimits, of_programs: ApiLimits | None = None
    ) -> None:
        self.app = app
        self._limits = limits
        self._of_programs = of_programs or ApiLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as far as it may go."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, within = self._most(scope)
        if declared(scope) > most:
            await _refusal(scope, TOO_MUCH, most)(scope, receive, send)
            return
        body = _Body(receive, most, time.monotonic() + within, is_whole=not _has_body(scope))
        is_answered = False

        async def answer(message: Message) -> None:
            nonlocal is_answered
            # Whatever the application makes of a body that broke off, we know better.
            if body.refusal and not is_answered:
                return
            if not is_answered and not body.is_whole:  # it is answered without being read
                MutableHeaders(scope=message)["Connection"] = "close"
            is_answered = True
            await send(message)

        try:
            await self.app(scope, body.receive, answer)
        except Exception:
            if not body.refusal:
                raise
        if body.refusal and not is_answered:
            await _refusal(scope, body.refusal, most)(scope, receive, send)

    def _most(self, scope: Scope) -> tuple[int, float]:
        """How many bytes may come, and in how many seconds."""
        limits, way = self._limits, route(scope["method"], scope["path"])
        if way is not None and way.is_upload:
            return limits.upload_mb * 1_000_000, limits.upload_s
        is_api = is_of_programs(scope["path"])
        most = self._of_programs.request_kb if is_api else limits.request_kb
        return most * 1_000, limits.request_s


@dataclass
class _Body:
    """A request's body as it comes; ``refusal`` is the status it is refused with, or 0."""

    source: Receive
    left: int
    ends: float
    refusal: int = 0
    is_whole: bool = False

    async def receive(self) -> Message:
        """The next message. Raises Refused: it is too much, or too late."""
        if self.refusal:
            raise Refused
        if self.is_whole:
            return await self.source()
        limit = asyncio.timeout(self.ends - time.monotonic())
        try:
            async with limit:
                message = await self.source()
        except TimeoutError:
            if not limit.expired():
                raise
            self.refusal = TOO_SLOW
            raise Refused from None
        self.left -= len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        if self.left < 0:
            self.refusal = TOO_MUCH
            raise Refused
        return message


def _has_body(scope: Scope) -> bool:
    return "transfer-encoding" in Headers(scope=scope) or declared(scope) > 0


def declared(scope: Scope) -> int:
    """The length that a request says it has; 0 where it says none that makes sense."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said[:18]) if said.isascii() and said.isdigit() else 0


def _refusal(scope: Scope, status: int, most: int) -> Response:
    with strings.speaking(visitor.language_of(scope)):
        words = strings.TOO_SLOW if status == TOO_SLOW else strings.TOO_MUCH.format(kb=most // 1000)
    # Else the server would go on to read, and throw away, what is not wanted.
    headers = {"Connection": "close"}
    if "/gradio_api/" in scope["path"] and not scope["path"].endswith(UPLOAD):
        return JSONResponse({"detail": words}, status, headers)  # Gradio's page shows the detail
    return PlainTextResponse(words, status, headers)
