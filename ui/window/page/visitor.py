"""Who is at the other end, and which language they read. No Gradio here.

A browser that is nobody's user is known by a secret that only the server reads: a cookie, and no
value of the page, where a script could see it or a second tab overwrite it.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import asked, strings, users
from ui.roots import at
from ui.users import Role

BROWSER = "ibid_browser"
LANGUAGE = "ibid_language"
USER = "ibid.user"  # where the scope of a request says who signed in
ROLE = "ibid.role"  # and what they may do; not there where nobody has to sign in
TOKEN = "ibid.token"  # whether it came with the token of the running Ibid
_YEAR_S = 365 * 24 * 3600
OWNER = "ibid.owner"
PERSON = "ibid.person"  # for whom a database of several libraries is asked
KEY = "ibid.key"  # the name of the key that a program came with; "" if it was let in without
_SECRET = re.compile(r"[0-9a-f]{32}")


class Visitors:
    """Gives every browser its secret, and every request its owner and its language. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, knowing whose it is."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if KEY in scope:  # a program, which is given no cookie and reads English
            await self.app({**scope, OWNER: _program(scope)}, receive, send)
            return
        sent = cookies(scope)
        wished = language_of(scope)
        if scope["path"] == "/" and scope["method"] == "GET" and wished != strings.DEFAULT:
            query = scope["query_string"].decode("latin-1")
            there = at(home(wished)) + (f"?{query}" if query else "")
            await RedirectResponse(there, 303)(scope, receive, send)
            return
        secret = sent.get(BROWSER, "")
        fresh = not _SECRET.fullmatch(secret)
        if fresh:
            secret = secrets.token_hex(16)
        user = scope.get(USER)
        scope[OWNER] = f"user:{user}" if user else "" if fresh else f"browser:{secret}"
        if user and (request := asked.now()):
            request.by = scope[OWNER]

        async def greet(message: Message) -> None:
            if message["type"] == "http.response.start" and fresh and scope["method"] == "GET":
                MutableHeaders(scope=message).append(
                    "Set-Cookie", cookie(scope, BROWSER, secret, _YEAR_S)
                )
            await send(message)

        first = scope["path"].split("/")[1]
        with strings.speaking(first if first in strings.LANGUAGES else wished):
            await self.app(scope, receive, greet)


def _program(scope: Scope) -> str:
    """Whose a program's request is."""
    if name := scope[KEY]:
        return f"key:{name}"
    if user := scope.get(USER):
        return f"user:{user}"
    secret = cookies(scope).get(BROWSER, "")
    return f"browser:{secret}" if _SECRET.fullmatch(secret) else ""


def owner(request: Any) -> str:
    """Whose a request is, a `gradio.Request` or one of FastAPI; empty if nobody knows."""
    inner = getattr(request, "request", None) or request
    return str(getattr(inner, "scope", {}).get(OWNER, ""))


def user(request: Any) -> str:
    """Who has signed in; empty if nobody has."""
    inner = getattr(request, "request", None) or request
    return str(getattr(inner, "scope", {}).get(USER) or "")


def person(request: Any) -> str:
    """For whom the database is asked, where it has several libraries; else empty."""
    inner = getattr(request, "request", None) or request
    return str(getattr(inner, "scope", {}).get(PERSON, ""))


def may(request: Any, needed: Role) -> bool:
    """Whether whoever asks may do what takes this role. Where nobody signs in, all may."""
    inner = getattr(request, "request", None) or request
    return may_of(getattr(inner, "scope", {}), needed)


def may_of(scope: Scope, needed: Role) -> bool:
    """The same of a request's scope."""
    return users.may(scope.get(ROLE, users.FIRST), needed)


def key(scope: Scope) -> str:
    """What tells one visitor from another: the owner, or the address of a browser without one."""
    return scope.get(OWNER) or f"address:{address(scope)}"


def key_of(request: Any) -> str:
    """The same of a request."""
    inner = getattr(request, "request", None) or request
    return key(getattr(inner, "scope", {}))


def address(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def address_of(request: Any) -> str:
    """The same of a request."""
    inner = getattr(request, "request", None) or request
    return address(getattr(inner, "scope", {}))


def home(language: str) -> str:
    """Where the window in this language is."""
    return "/" if language == strings.DEFAULT else f"/{language}/"


def language_of(scope: Scope) -> str:
    """The language that a browser has chosen, or else asks for."""
    chosen = cookies(scope).get(LANGUAGE, "")
    if chosen in strings.LANGUAGES:
        return chosen
    return strings.preferred(Headers(scope=scope).get("accept-language", ""))


def cookies(scope: Scope) -> dict[str, str]:
    """The cookies of a request; none if they make no sense."""
    found: SimpleCookie = SimpleCookie()
    try:
        found.load(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items()}


def cookie(scope: Scope, name: str, value: str, age_s: int) -> str:
    """A ``Set-Cookie`` header: no script reads it, no other site's request carries it."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}"
