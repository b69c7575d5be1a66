"""Compressing what is the same for all: the page, its scripts and style sheets. No Gradio here.

What a browser is sent for the first time is compressed quickly, and while it is quiet thereafter as
well as can be, which takes thirty times as long. Each is done once, and kept in memory by what it
was made of. Gradio would do it anew for each request, and less well.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import Context
from hashlib import sha256

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.window.server.routes import route

_QUICK, _BEST = 5, 11
_SMALLEST = 400  # bytes: less is hardly any smaller when compressed
_TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml")
# Beyond the page, its scripts and Gradio's there is nothing to keep; this is 20 times as much.
_MOST_KEPT = 2_000


class Packing:
    """What was compressed, by what it was made of: several windows may have one.

    It is quiet when for ``quiet_s`` seconds nothing was asked for that is compressed.
    """

    def __init__(self, quiet_s: float = 5.0) -> None:
        self._quiet_s = quiet_s
        self._kept: dict[bytes, bytes] = {}
        self._to_do: dict[bytes, bytes] = {}
        self._doing: asyncio.Task[None] | None = None
        self._asked = 0.0

    def packed(self, body: bytes) -> bytes:
        """The same compressed: quickly, and better when all is quiet."""
        digest = sha256(body).digest()
        if digest not in self._kept:
            packed = brotli.compress(body, mode=brotli.MODE_TEXT, quality=_QUICK)
            if len(self._kept) >= _MOST_KEPT:
                return bytes(packed)
            self._kept[digest] = bytes(packed)
            self._to_do[digest] = body
        self._asked = time.monotonic()
        if self._to_do and (self._doing is None or self._doing.done()):
            self._doing = asyncio.create_task(
                self._do_best(), name="compressing", context=Context()
            )
        return self._kept[digest]

    async def _do_best(self) -> None:
        while self._to_do:
            if (left := self._asked + self._quiet_s - time.monotonic()) > 0:
                await asyncio.sleep(left)
                continue
            digest, body = next(iter(self._to_do.items()))
            self._kept[digest] = await asyncio.to_thread(
                brotli.compress, body, mode=brotli.MODE_TEXT, quality=_BEST
            )
            del self._to_do[digest]


class Compressed:
    """Compresses the ways in that say so, and no other: streams stay streams. Pure ASGI.

    ``below``: of these only those whose paths begin so.
    """

    def __init__(self, app: ASGIApp, packing: Packing | None = None, below: str = "/") -> None:
        self.app = app
        self._below = below
        self._packing = packing or Packing()
        self._gzipped = GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, to come back smaller if that is allowed."""
        way = route(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if way is None or not way.is_compressed or not scope["path"].startswith(self._below):
            await self.app(scope, receive, send)
        elif "br" not in _accepted(scope):
            await self._gzipped(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun: Message = {}
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _can_be_smaller(message):
                begun = message
            elif not begun:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    headers = MutableHeaders(scope=begun)
                    headers.add_vary_header("Accept-Encoding")
                    whole = bytes(body)
                    if len(whole) >= _SMALLEST:
                        whole = self._packing.packed(whole)
                        headers["Content-Encoding"] = "br"
                        headers["Content-Length"] = str(len(whole))
                    await send(begun)
                    await send({**message, "body": whole})

        # Gradio's own compressing would come before this one.
        plain = MutableHeaders(raw=list(scope["headers"]))
        plain["Accept-Encoding"] = "identity"
        await self.app({**scope, "headers": plain.raw}, receive, held)


def _accepted(scope: Scope) -> set[str]:
    """The names of what a browser can read."""
    given = Headers(scope=scope).get("accept-encoding", "")
    return {name.partition(";")[0].strip() for name in given.split(",") if ";q=0" not in name}


def _can_be_smaller(begun: Message) -> bool:
    headers = Headers(raw=begun["headers"])
    is_text = headers.get("content-type", "").startswith(_TEXTS)
    return begun["status"] == 200 and is_text and "content-encoding" not in headers
