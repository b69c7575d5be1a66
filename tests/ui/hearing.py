"""A client of an application in this process that hears streams, too: for as long as they say
anything."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

_QUIET_S = 1.5  # after which nothing more is waited for of a stream that has begun
_PATIENCE_S = 60.0


class Hearing(httpx.AsyncBaseTransport):
    """Sends requests to an application, and hangs up on a stream that has no more to say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call = _Call(await request.aread())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.split(b"?")[0],
            "query_string": request.url.query,
            "server": (request.url.host, request.url.port or 80),
            "client": ("127.0.0.1", 4321),
            "root_path": "",
        }
        running: asyncio.Task[Any] = asyncio.create_task(self._app(scope, call.receive, call.send))
        try:
            await call.heard(running)
        finally:
            call.ended.set()
            done, _ = await asyncio.wait([running], timeout=_QUIET_S)
            if not done:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
        return httpx.Response(call.status, headers=call.headers, content=bytes(call.body))


class _Call:
    def __init__(self, sent: bytes) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.ended = asyncio.Event()
        self._sent: bytes | None = sent
        self._news = asyncio.Event()
        self._is_stream = False

    async def receive(self) -> Message:
        if self._sent is not None:
            sent, self._sent = self._sent, None
            return {"type": "http.request", "body": sent, "more_body": False}
        await self.ended.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
            kinds = [value for name, value in self.headers if name.lower() == b"content-type"]
            self._is_stream = any(b"event-stream" in kind for kind in kinds)
        else:
            self.body += message.get("body", b"")
        self._news.set()

    async def heard(self, running: asyncio.Task[Any]) -> None:
        """Wait until all was said, or a stream is quiet. Raises what the application did."""
        while not running.done():
            self._news.clear()
            news = asyncio.create_task(self._news.wait())
            patience = _QUIET_S if self._is_stream else _PATIENCE_S
            done, _ = await asyncio.wait(
                [running, news], timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            news.cancel()
            if not done:
                assert self._is_stream, "no answer"
                return
        with contextlib.suppress(Exception):  # what was raised was answered before
            running.result()
