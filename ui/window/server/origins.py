"""Which pages in a browser may ask what programs ask: our own, and named ones. No Gradio here.

Where nobody signs in, a program of this machine asks without a key; so could every page that is
open in a browser here, if it were not turned away.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.api.v1 import refusals
from ui.window.server.routes import is_of_programs

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SENT = (
    "Authorization", "Content-Type", "X-API-Key", "X-Request-ID", "Last-Event-ID",
    "MCP-Protocol-Version", "Mcp-Session-Id",
)  # fmt: skip
_READ = ("X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy", "Mcp-Session-Id")
# Types that a form, or a script that asks nobody before, can send from any page.
_OF_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


class Origins:
    """Serves programs, the window's own pages, and those of ``allowed`` sites. Pure ASGI.

    Nothing of CORS is there unless a site is allowed. No site is ever told what a signed-in person
    may read: its pages need a key.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self.app = app
        self._allowed = frozenset(allowed)
        self._crossed = CORSMiddleware(
            app,
            allow_origins=list(allowed),
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_READ,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless another site's page sent it."""
        if scope["type"] != "http" or not is_of_programs(scope["path"]):
            await self.app(scope, receive, send)
            return
        origins = Headers(scope=scope).getlist("origin")
        if len(origins) == 1 and origins[0].lower() in self._allowed:
            await self._crossed(scope, receive, send)
        elif is_from_elsewhere(scope):
            await refusals.another_site(scope)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def is_from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site sends this, be it only to read; a browser says so itself."""
    headers = Headers(scope=scope)
    if sites := headers.getlist("sec-fetch-site"):
        # It is enough: of a form on a page that tells no referrer, the origin is "null".
        return any(site not in ("same-origin", "none") for site in sites)
    origins = headers.getlist("origin")  # Browsers leave the other out where there is no TLS.
    return any(urlsplit(origin).netloc != headers.get("host") for origin in origins)


def could_be_a_form(scope: Scope) -> bool:
    """Whether what is sent has a type that any page's form could give it, or none."""
    headers = Headers(scope=scope)
    if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
        return False
    kind = _kind(headers)
    return not kind or kind in _OF_FORMS


def is_multipart(scope: Scope) -> bool:
    """Whether files are sent, as by a form."""
    return _kind(Headers(scope=scope)) == "multipart/form-data"


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
