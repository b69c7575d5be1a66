"""The security headers of every response, and what other sites' pages send. No Gradio here."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.window.server.origins import is_from_elsewhere
from ui.window.server.routes import is_of_programs

# What a page that escapes badly could still not do: load, send or frame anything elsewhere.
# Gradio's own page needs the two unsafe words.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# What is no page is one all the same to whoever opens it in a tab of its own: an icon, a message.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"


class Guarded:
    """Puts the security headers on every response, and lets no other site's page change anything.

    Pure ASGI, so that streams stay streams.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to what comes back."""
        if scope["type"] == "http" and _changes_from_elsewhere(scope):
            await Response(status_code=403)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                # A report has a stricter one.
                headers.setdefault("Content-Security-Policy", _POLICY if is_page else _NO_PAGE)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await self.app(scope, receive, guarded)


def _changes_from_elsewhere(scope: Scope) -> bool:
    """Whether another site's page sends what may change something in the window.

    Of what programs ask, `ui.window.server.origins` says more.
    """
    may_change = scope["method"] not in ("GET", "HEAD", "OPTIONS")
    return may_change and not is_of_programs(scope["path"]) and is_from_elsewhere(scope)
