"""Who may take which way in, and that nobody takes another's. No Gradio here.

A page of Gradio's is known by a key that it makes up itself, and whoever sent that key could read
and steer the page. So the key that Gradio is told is another: made of the page's and of the
visitor's who sent it. The same key from somebody else is another page.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.limits import WindowLimits
from ui import strings
from ui.api.v1 import problems, refusals
from ui.users import Role
from ui.window.page import visitor
from ui.window.server.hosts import is_this_machine
from ui.window.server.routes import Route, is_of_programs, methods, route

_KEY = re.compile(r"[\w-]{1,64}")
_MOST_EVENTS = 10_000
_MOST_VISITORS = 10_000
_HOUR_S = 3600.0
Json = dict[str, Any]


class Gate:
    """Lets a request through that takes a way in it may take, as the visitor it is from. Pure ASGI.

    ``waiting`` gives the scopes of the requests that wait for their turn. With the ``secret`` a
    page's own name is made, the same by whoever has it.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: WindowLimits,
        waiting: Callable[[], Iterable[Scope]],
        secret: bytes = b"",
    ) -> None:
        self.app = app
        self._limits = limits
        self._waiting = waiting
        self._secret = secret or secrets.token_bytes(32)
        self._events: OrderedDict[str, str] = OrderedDict()  # whose each is
        self._pages: OrderedDict[str, dict[str, float]] = OrderedDict()  # when each was last used
        self._joining: Counter[str] = Counter()
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its own names, or say why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # the window has no web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        way = route(scope["method"], scope["path"])
        if way is None:
            await _missing(scope)(scope, receive, send)
            return
        if way.needed and not visitor.may_of(scope, way.needed):
            await _not_allowed(scope, way.needed)(scope, receive, send)
            return
        try:
            scope, receive = await self._named(way, scope, receive)
        except _NotTheirs as error:
            words = strings.TOO_MANY_PAGES if error.status == 429 else strings.NO_SUCH_PAGE
            await _refused(scope, error.status, words)(scope, receive, send)
            return
        key = visitor.key(scope)
        if way.is_queued:
            await self._join(key, scope, receive, send)
        elif way.is_stream:
            await self._stream(key, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _join(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Queue a request, unless too many of this visitor wait; note whose event it becomes."""
        place = visitor.address(scope)
        mine, near = self._joining[key], 0  # what is being taken in just now does not wait yet
        for other in self._waiting():
            mine += visitor.key(other) == key
            near += visitor.address(other) == place
        limits = self._limits
        if mine >= limits.waiting or (
            near >= limits.waiting_at_address and not is_this_machine(place)
        ):
            words = strings.YOUR_QUEUE_FULL.format(limit=mine or near)
            await _refused(scope, 429, words)(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.body":
                self._note(key, message.get("body", b""))
            await send(message)

        self._joining[key] += 1
        try:
            await self.app(scope, receive, noted)
        finally:
            self._joining[key] -= 1
            self._joining += Counter()  # forgets who has none

    def _note(self, key: str, body: bytes) -> None:
        try:
            event = json.loads(body)["event_id"]
        except (ValueError, KeyError, TypeError):
            return
        self._events[event] = key
        while len(self._events) > _MOST_EVENTS:
            self._events.popitem(last=False)

    async def _stream(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self._streams[key] >= self._limits.streams:
            await _refused(scope, 429, strings.TOO_MANY_PAGES)(scope, receive, send)
            return
        self._streams[key] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._streams[key] -= 1
            self._streams += Counter()

    async def _named(self, way: Route, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        """The request with the visitor's own names in it. Raises _NotTheirs: it has no such."""
        key = visitor.key(scope)
        if way.names == "path":
            path, _, page = scope["path"].rpartition("/")
            named = f"{path}/{self._own(key, page)}"
            return {**scope, "path": named, "raw_path": named.encode()}, receive
        if way.names == "query":
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            query["session_hash"] = self._own(key, query.get("session_hash"))
            return {**scope, "query_string": urlencode(query).encode()}, receive
        if way.names == "body":
            given = await _json(scope, receive)
            given["session_hash"] = self._own(key, given.get("session_hash"))
            if way.path.endswith("/cancel") and self._events.get(str(given.get("event_id"))) != key:
                raise _NotTheirs(404)
            return _with_body(scope, receive, json.dumps(given).encode())
        return scope, receive

    def _own(self, key: str, page: object) -> str:
        """The name of a visitor's page, which nobody else can say."""
        if not isinstance(page, str) or not _KEY.fullmatch(page):
            raise _NotTheirs(400)
        self._count(key, page)
        return hmac.digest(self._secret, f"{key}\0{page}".encode(), "sha256").hex()[:32]

    def _count(self, key: str, page: str) -> None:
        """Note that a page is used: of as many as Gradio keeps, nobody may have all."""
        now = time.monotonic()
        pages = self._pages.setdefault(key, {})
        if page not in pages:
            pages = {one: used for one, used in pages.items() if now - used < _HOUR_S}
            if len(pages) >= self._limits.pages:
                raise _NotTheirs(429)
        pages[page] = now
        self._pages[key] = pages
        self._pages.move_to_end(key)
        while len(self._pages) > _MOST_VISITORS:
            self._pages.popitem(last=False)


class _NotTheirs(Exception):
    """A request names no page, one too many, or an event of somebody else's."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def _json(scope: Scope, receive: Receive) -> Json:
    """The body, which `ui.window.server.limiting` bounds. Raises _NotTheirs: it is no object."""
    if not Headers(scope=scope).get("content-type", "").startswith("application/json"):
        raise _NotTheirs(415)  # a form could bring files
    body, is_whole = bytearray(), False
    while not is_whole:
        message = await receive()
        if message["type"] != "http.request":  # whoever sent it is gone
            raise _NotTheirs(400)
        body += message.get("body", b"")
        is_whole = not message.get("more_body", False)
    try:
        given = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise _NotTheirs(400) from None
    if not isinstance(given, dict):
        raise _NotTheirs(400)
    return given


def _with_body(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    """The request with another body."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["content-length"] = str(len(body))
    del headers["transfer-encoding"]
    is_read = False

    async def again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return {**scope, "headers": headers.raw}, again


def _missing(scope: Scope) -> Response:
    """What is told of a way in that is none."""
    path = scope["path"]
    if not is_of_programs(path):
        return PlainTextResponse(strings.NO_SUCH_PAGE, 404)
    if ways := ", ".join(methods(path)):
        return problems.of_kind("method", scope, headers={"Allow": ways})
    return problems.of_kind("not-found", scope)


def _not_allowed(scope: Scope, needed: Role) -> Response:
    """What is told to whoever has too small a role."""
    if not is_of_programs(scope["path"]):
        return _refused(scope, 403, strings.NOT_ALLOWED)
    return refusals.too_small_a_role(scope, needed)


def _refused(scope: Scope, status: int, words: str) -> Response:
    """Gradio's page shows the detail of a refusal."""
    if "/gradio_api/" in scope["path"]:
        return JSONResponse({"detail": words}, status)
    return PlainTextResponse(words, status)
