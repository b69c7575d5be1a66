"""Lets the commands of this machine's owner in, by their token, and nobody else. No Gradio here."""

from __future__ import annotations

import hmac
import re

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import strings
from ui.window.page import visitor
from ui.window.server.hosts import is_allowed, is_passed_on, is_this_machine

_OURS = re.compile(r"/api(?:/.*)?")
_BEARER = "bearer "


class Tokens:
    """Of the ways below ``/api/``, knows by its token who may take them; others pass as they are.

    Whoever comes from another machine, by a proxy, under a name that is not this machine's, or
    from a page of a browser finds nothing there, token or not. Pure ASGI.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as the owner's, or turn it away."""
        if scope["type"] != "http" or not _OURS.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._token or not _is_from_here(scope, headers):
            await PlainTextResponse(strings.NO_SUCH_PAGE, 404)(scope, receive, send)
        elif not self._is_right(headers.get("authorization", "")):
            challenge = {"WWW-Authenticate": "Bearer"}
            await PlainTextResponse(strings.NO_TOKEN, 401, challenge)(scope, receive, send)
        else:
            known = {**scope, visitor.TOKEN: True, visitor.ROLE: "owner"}
            await self.app(known, receive, send)

    def _is_right(self, sent: str) -> bool:
        if sent[: len(_BEARER)].lower() != _BEARER:
            return False
        return hmac.compare_digest(sent[len(_BEARER) :].strip().encode(), self._token)


def _is_from_here(scope: Scope, headers: Headers) -> bool:
    called = headers.getlist("host")
    return (
        is_this_machine(visitor.address(scope))
        and len(called) == 1
        and is_allowed(called[0], "127.0.0.1", ())
        and not is_passed_on(scope)
        and not any(name == "origin" or name.startswith("sec-fetch-") for name in headers)
    )
