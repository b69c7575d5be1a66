"""An id for every request, and a line of the log about it when it is over. No Gradio here."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import asked, logs
from ui.asked import Asked, Way
from ui.window.server.routes import is_of_programs, route

REQUEST_ID = "X-Request-ID"
log = logging.getLogger(logs.REQUESTS)


class Tracked:
    """Takes the id that a request brings, or gives it one, and sends it back. Pure ASGI.

    The outermost, so that what is refused has one too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and tell what became of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).getlist(REQUEST_ID)
        request = Asked(asked.id_of(sent[0] if len(sent) == 1 else ""), _way(scope["path"]))
        # What stands in an address may be anything; only what we know of it is told.
        if (way := route(scope["method"], scope["path"])) is not None:
            request.route = f"{scope['method']} {way.template}"
        began, status = time.monotonic(), 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request.id
            await send(message)

        with asked.working_on(request):
            try:
                known = {**scope, asked.SCOPE: request.id, asked.WHOLE: request}
                await self.app(known, receive, numbered)
            finally:
                if log.isEnabledFor(logging.INFO):
                    _tell(request, status, time.monotonic() - began)


def _way(path: str) -> Way:
    if is_of_programs(path):
        return "api"
    return "command" if path.startswith("/api/") else "window"


def _tell(request: Asked, status: int, seconds: float) -> None:
    method, _, template = request.route.partition(" ")
    facts = {
        "method": method,
        "route": template,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "way": request.way,
        "caller": request.by,
    }
    log.info("%s %s", request.route or "no way in", status, extra={logs.FACTS: facts})
