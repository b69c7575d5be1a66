"""Compressing what is the same for all: the page and its scripts. No Gradio here."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.window.server.routes import route


class Compressed:
    """Compresses the ways in that say so, and no other: streams stay streams. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._compressed = GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, to come back smaller if that is allowed."""
        way = route(scope["method"], scope["path"]) if scope["type"] == "http" else None
        app = self._compressed if way and way.is_compressed else self.app
        await app(scope, receive, send)
