"""Signing in: nothing is served to whoever has not, but for the page to do it on. No Gradio here.

Sessions live in memory, so a restart signs everybody out. They end after twelve hours, when their
user is removed, and when that user's password changes.
"""

from __future__ import annotations

import asyncio
import html
import logging
import math
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import IbidError
from ui import strings, users
from ui.window.page import scripts, visitor
from ui.window.server.attempts import Attempts, place

log = logging.getLogger(__name__)

SESSION = "ibid_session"
SESSION_S = 12 * 3600
OPEN_PATHS = ("/healthz", "/sign-in", "/apple-touch-icon.png", "/v1/docs", "/v1/openapi.json")
_MOST_BYTES = 8_000
_PAGE = scripts.asset("sign-in.html")
# Where one may go after signing in: a window, and a conversation or an answer in it; a library,
# where there are several.
_WINDOW = re.compile(
    r"/(?:[a-z]{2}/)?(?:\?(?:chat|answer)=[0-9a-f]{32})?|/l/[a-z0-9-]{1,40}/(?:v1/docs)?"
)
# Attempts at a name that are free, and how long one may have to wait for a further one: whoever
# guesses at it from one place waits, and nobody else who has that name.
_FREE, _LONGEST_S = 5, 900.0
# The same for all names together: whoever guesses at many from one place waits, but not for long,
# because others may sign in from there.
_FREE_NAMES, _LONGEST_NAMES_S = 20, 30.0
_MOST_BROWSERS = 10_000


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
    _hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    # Browsers in which somebody has signed in before: their attempts count for themselves.
    _browsers: dict[tuple[str, str], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._at_a_name = Attempts(_FREE, _LONGEST_S, self.now)
        self._at_names = Attempts(_FREE_NAMES, _LONGEST_NAMES_S, self.now)

    def known(self) -> dict[str, users.User]:
        """Users by name; nobody while the file cannot be read."""
        try:
            return users.read(self.file)
        except IbidError:
            log.exception("nobody can sign in")
            return {}

    async def sign_in(
        self, user: str, password: str, address: str, browser: str = ""
    ) -> str | None:
        """A new session's token; None if the password is wrong.

        ``browser`` is its secret: one in which this user has signed in before does not wait for
        what others try from the same address.

        Raises:
            TooMany: whoever tries has to wait.
        """
        who, where = user.casefold()[:64], place(address)
        is_known = (who, browser) in self._browsers
        at_a_name = (who, browser if is_known else where)
        wait = self._at_a_name.wait(at_a_name)
        if not is_known:
            wait = max(wait, self._at_names.wait(where))
        if wait:
            raise TooMany(wait)
        self._at_a_name.count(at_a_name)
        if not is_known:
            self._at_names.count(where)
        known = self.known().get(user)
        hashed = known.hashed if known else None
        async with self._hashing:  # each takes 64 MB for a moment
            is_right = await asyncio.to_thread(users.fits, hashed, password)
        if not is_right or hashed is None:
            return None
        # The address keeps its count: whoever has one password may yet guess at others.
        self._at_a_name.forget(at_a_name)
        if browser:
            self._browsers[who, browser] = None
            while len(self._browsers) > _MOST_BROWSERS:
                del self._browsers[next(iter(self._browsers))]
        self._sessions = {key: one for key, one in self._sessions.items() if self._lasts(one)}
        token = secrets.token_urlsafe(32)
        self._sessions[token] = _Session(user, hashed, self.now() + SESSION_S)
        return token

    def user(self, token: str) -> str:
        """Whose session this is; empty if it is none, or no longer."""
        return self.user_and_role(token)[0]

    def user_and_role(self, token: str) -> tuple[str, str]:
        """The same, and what they may do as of now."""
        session = self._sessions.get(token)
        if session is None or not self._lasts(session):
            self._sessions.pop(token, None)
            return "", ""
        user = self.known().get(session.user)
        if user is None or user.hashed != session.hashed:
            return "", ""
        return session.user, user.may_be

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._sessions.pop(token, None)

    def _lasts(self, session: _Session) -> bool:
        return self.now() < session.until


class TooMany(Exception):
    """Too many attempts to sign in; the next one is looked at in so many ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


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
        if scope.get(visitor.TOKEN) or visitor.KEY in scope:  # see `keyed`
            await self.app(scope, receive, send)
            return
        path, token = scope["path"], visitor.cookies(scope).get(SESSION, "")
        user, role = self.doors.user_and_role(token)
        scope[visitor.USER], scope[visitor.ROLE] = user, role
        if user:
            await self.app(scope, receive, self._while_signed_in(token, send))
        elif path in OPEN_PATHS or path.startswith("/language/"):
            await self.app(scope, receive, send)
        else:
            await self._turn_away(scope)(scope, receive, send)

    def _while_signed_in(self, token: str, send: Send) -> Send:
        """What is sent ends with the session, a stream that is open included."""
        is_over = False

        async def checked(message: Message) -> None:
            nonlocal is_over
            if is_over:
                return
            if message.get("more_body") and not self.doors.user(token):
                is_over, message = True, {"type": "http.response.body", "body": b""}
            await send(message)

        return checked

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
        browser = visitor.cookies(request.scope).get(visitor.BROWSER, "")
        try:
            token = await doors.sign_in(name, password, address, browser)
        except TooMany as error:
            seconds = math.ceil(error.seconds)
            refused = _page(request, strings.TOO_MANY_ATTEMPTS.format(seconds=seconds), 429)
            refused.headers["Retry-After"] = str(seconds)
            return refused
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
    scheme = scripts.asset("scheme.html").read_text(encoding="utf-8")
    text = page.substitute({name: html.escape(word) for name, word in words.items()}, scheme=scheme)
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})
