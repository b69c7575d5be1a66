"""Signing in: nothing is served to whoever has not, but for the page to do it on. No Gradio here.

Sessions live in memory, so a restart signs everybody out. They end after twelve hours, when their
user is removed, and when that user's password changes.
"""

from __future__ import annotations

import asyncio
import html
import logging
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import IbidError
from ui import strings, users
from ui.window.page import scripts, visitor

log = logging.getLogger(__name__)

SESSION = "ibid_session"
SESSION_S = 12 * 3600
OPEN_PATHS = ("/healthz", "/sign-in")
_MOST_BYTES = 8_000
_PAGE = scripts.asset("sign-in.html")
# Where one may go after signing in: a window, and a conversation in it.
_WINDOW = re.compile(r"/(?:[a-z]{2}/)?(?:\?chat=[0-9a-f]{32})?")
# Attempts in a quarter of an hour: of one address as one user, of one address, as one user.
_TOGETHER = RateLimitItemPerMinute(5, 15, "together")
_ADDRESS = RateLimitItemPerMinute(20, 15, "address")
_USER = RateLimitItemPerMinute(100, 15, "user")


@dataclass(frozen=True, slots=True)
class _Session:
    user: str
    hashed: str
    until: float


@dataclass
class Sessions:
    """Who may come in and who is in, by the file of users."""

    file: Path
    now: Callable[[], float] = time.monotonic
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )
    _hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def known(self) -> dict[str, str]:
        """Hashes by name; nobody while the file cannot be read."""
        try:
            return users.read(self.file)
        except IbidError:
            log.exception("nobody can sign in")
            return {}

    async def sign_in(self, user: str, password: str, address: str) -> str | None:
        """A new session's token; None if the password is wrong.

        Raises:
            TooMany: after too many attempts.
        """
        who = user.casefold()[:64]
        tries = ((_TOGETHER, (who, address)), (_ADDRESS, (address,)), (_USER, (who,)))
        # Counted before the password is looked at, so that attempts at the same time count too.
        if not all(self._limiter.hit(limit, *names) for limit, names in tries):
            raise TooMany
        hashed = self.known().get(user)
        async with self._hashing:  # each takes 64 MB for a moment
            is_right = await asyncio.to_thread(users.fits, hashed, password)
        if not is_right or hashed is None:
            return None
        # The address keeps its count: whoever has one password may yet guess at others.
        self._limiter.clear(_TOGETHER, who, address)
        self._limiter.clear(_USER, who)
        self._sessions = {key: one for key, one in self._sessions.items() if self._lasts(one)}
        token = secrets.token_urlsafe(32)
        self._sessions[token] = _Session(user, hashed, self.now() + SESSION_S)
        return token

    def user(self, token: str) -> str:
        """Whose session this is; empty if it is none, or no longer."""
        session = self._sessions.get(token)
        if session is None or not self._lasts(session):
            self._sessions.pop(token, None)
            return ""
        return session.user if self.known().get(session.user) == session.hashed else ""

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._sessions.pop(token, None)

    def _lasts(self, session: _Session) -> bool:
        return self.now() < session.until


class TooMany(Exception):
    """Too many attempts to sign in."""


class Doorkeeper:
    """Lets nobody in who has not signed in. Pure ASGI."""

    def __init__(self, app: ASGIApp, doors: Sessions) -> None:
        self.app = app
        self.doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its user, or show the way in."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # the window has no web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        path = scope["path"]
        if user := self.doors.user(visitor.cookies(scope).get(SESSION, "")):
            scope[visitor.USER] = user
        elif path not in OPEN_PATHS and not path.startswith("/language/"):
            await self._turn_away(scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _turn_away(self, scope: Scope) -> Response:
        query = scope["query_string"].decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        if scope["method"] == "GET" and _WINDOW.fullmatch(wanted):
            return RedirectResponse(f"/sign-in?next={quote(wanted)}", 303)
        with strings.speaking(visitor.language_of(scope)):
            return PlainTextResponse(strings.SIGN_IN_AGAIN, 401)


def routes(doors: Sessions) -> APIRouter:
    """``/sign-in``, a form and what becomes of it, and ``/sign-out``."""
    router = APIRouter()

    @router.get("/sign-in")
    def form(request: Request) -> Response:
        if visitor.user(request):
            return RedirectResponse(_next(request), 303)
        return _page(request, "", 200)

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        name, password = await _given(request)
        address = request.client.host if request.client else ""
        try:
            token = await doors.sign_in(name, password, address)
        except TooMany:
            return _page(request, strings.TOO_MANY_ATTEMPTS, 429)
        if token is None:
            return _page(request, strings.WRONG_PASSWORD, 401)
        response = RedirectResponse(_next(request), 303)
        set_cookie = visitor.cookie(request.scope, SESSION, token, SESSION_S)
        response.headers.append("Set-Cookie", set_cookie)
        return response

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        doors.sign_out(visitor.cookies(request.scope).get(SESSION, ""))
        response = RedirectResponse("/sign-in", 303)
        response.headers.append("Set-Cookie", visitor.cookie(request.scope, SESSION, "", 0))
        return response

    return router


async def _given(request: Request) -> tuple[str, str]:
    """Name and password of a form; empty if it is none that we sent."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return "", ""
    given = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
    return given.get("name", [""])[0].strip(), given.get("password", [""])[0]


def _next(request: Request) -> str:
    wanted = request.query_params.get("next", "")
    return wanted if _WINDOW.fullmatch(wanted) else "/"


def _page(request: Request, problem: str, status: int) -> Response:
    words = {
        "language": strings.spoken(),
        "title": f"{strings.SIGN_IN} · {strings.NAME}",
        "product": strings.NAME,
        "heading": strings.SIGN_IN,
        "action": f"/sign-in?next={quote(_next(request))}",
        "problem": problem,
        "name": strings.USER_NAME,
        "password": strings.PASSWORD,
        "send": strings.SIGN_IN,
    }
    page = Template(_PAGE.read_text(encoding="utf-8"))
    text = page.substitute({name: html.escape(word) for name, word in words.items()})
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})
