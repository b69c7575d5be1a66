"""Signing in: nothing is served to whoever has not, but for the page to do it on. No Gradio here.

Sessions live in memory, so a restart signs everybody out, or where all replicas of a service find
them. They end after twelve hours, when their user is removed, and when that user's password
changes.
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
from string import Template
from typing import TypeVar
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import LibraryError
from ui import strings, users
from ui.roots import at
from ui.state.attempts import place
from ui.state.places import Clock, Counts, Here
from ui.state.sessions import Session
from ui.window.page import scripts, visitor

log = logging.getLogger(__name__)

SESSION = "ibid_session"
SESSION_S = 12 * 3600
OPEN_PATHS = (
    "/healthz",
    "/readyz",
    "/sign-in",
    "/apple-touch-icon.png",
    "/v1/docs",
    "/v1/openapi.json",
)
_MOST_BYTES = 8_000
_PAGE = scripts.asset("sign-in.html")
# Where one may go after signing in: a window, of a library where there are several, and a
# conversation or an answer in it; or the docs of such a library.
_WINDOW = re.compile(
    r"(?:/l/[a-z0-9-]{1,40})?/(?:[a-z]{2}/)?(?:\?(?:chat|answer)=[0-9a-f]{32})?"
    r"|/l/[a-z0-9-]{1,40}/v1/docs"
)
# Attempts at a name that are free, and how long one may have to wait for a further one: whoever
# guesses at it from one place waits, and nobody else who has that name.
_FREE, _LONGEST_S = 5, 900.0
# The same for all names together: whoever guesses at many from one place waits, but not for long,
# because others may sign in from there.
_FREE_NAMES, _LONGEST_NAMES_S = 20, 30.0
_LOOK_S = 1.0  # so often a stream that is open looks whether its session is, where others share it
Found = TypeVar("Found")


class Sessions:
    """Who may come in and who is in: by a file of users, or a table.

    ``kept`` has the sessions and the attempts: in this process, unless others share them.
    """

    def __init__(
        self, where: users.Where, now: Clock | None = None, kept: Counts | None = None
    ) -> None:
        self.where = where
        self.kept = kept or Here()
        self.now = now or self.kept.clock()
        self._users = users.at(where)
        self._hashing = asyncio.Semaphore(2)
        self._at_a_name = self.kept.attempts("name", _FREE, _LONGEST_S, self.now)
        self._at_names = self.kept.attempts("names", _FREE_NAMES, _LONGEST_NAMES_S, self.now)

    async def ask(self, look: Callable[[], Found]) -> Found:
        """What is looked up here, while others go on where that takes another machine."""
        return await asyncio.to_thread(look) if self.kept.is_afar else look()

    async def sign_in(
        self, user: str, password: str, address: str, browser: str = ""
    ) -> str | None:
        """A new session's token; None if the password is wrong.

        ``browser`` is its secret: one in which this user has signed in before does not wait for
        what others try from the same address.

        Raises:
            TooMany: whoever tries has to wait.
            LibraryError: the database does not answer.
        """
        who = user.casefold()[:64]
        tried = await self.ask(lambda: self._tried(who, address, browser))
        known = await self.ask(lambda: self._known(user))
        hashed = known.hashed if known else None
        async with self._hashing:  # each takes 64 MB for a moment
            is_right = await asyncio.to_thread(users.fits, hashed, password)
        if not is_right or hashed is None:
            return None
        begun = hashed
        return await self.ask(lambda: self._begun(user, begun, tried, browser))

    def _tried(self, who: str, address: str, browser: str) -> tuple[str, str]:
        """What this attempt at a name was counted for. Raises TooMany: it has to wait."""
        where = place(address)
        is_known = self.kept.signed_in.has_been(who, browser)
        at_a_name = (who, browser if is_known else where)
        wait = self._at_a_name.wait(at_a_name)
        if not is_known:
            wait = max(wait, self._at_names.wait(where))
        if wait := wait or self._at_a_name.count(at_a_name):
            raise TooMany(wait)
        if not is_known and (wait := self._at_names.count(where)):
            raise TooMany(wait)
        return at_a_name

    def _begun(self, user: str, hashed: str, tried: tuple[str, str], browser: str) -> str:
        # The address keeps its count: whoever has one password may yet guess at others.
        self._at_a_name.forget(tried)
        now, token = self.now(), secrets.token_urlsafe(32)
        if browser:
            self.kept.signed_in.remember(tried[0], browser, now)
        self.kept.signed_in.begin(token, Session(user, hashed, now + SESSION_S), now)
        return token

    def _known(self, name: str) -> users.User | None:
        """A user; nobody is one while the file cannot be read."""
        try:
            return self._users.find(name)
        except users.UserError:
            log.exception("nobody can sign in")
            return None

    def user(self, token: str) -> str:
        """Whose session this is; empty if it is none, or no longer."""
        return self.user_and_role(token)[0]

    def user_and_role(self, token: str) -> tuple[str, str]:
        """The same, and what they may do as of now.

        Raises:
            LibraryError: the database does not answer.
        """
        session = self.kept.signed_in.find(token) if token else None
        if session is None:
            return "", ""
        if self.now() >= session.until:
            self.sign_out(token)
            return "", ""
        user = self._known(session.user)
        if user is None or user.hashed != session.hashed:
            return "", ""
        return session.user, user.may_be

    def sign_out(self, token: str) -> None:
        """End a session."""
        self.kept.signed_in.end(token)


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
        try:
            user, role = await self.doors.ask(lambda: self.doors.user_and_role(token))
        except LibraryError:
            if not _is_open(path):
                log.exception("nobody's session can be looked up")
                await _away(scope)(scope, receive, send)
                return
            user, role = "", ""
        scope[visitor.USER], scope[visitor.ROLE] = user, role
        if user:
            await self.app(scope, receive, self._while_signed_in(token, send))
        elif _is_open(path):
            await self.app(scope, receive, send)
        else:
            await self._turn_away(scope)(scope, receive, send)

    def _while_signed_in(self, token: str, send: Send) -> Send:
        """What is sent ends with the session, a stream that is open included."""
        is_over, looked = False, time.monotonic()

        async def checked(message: Message) -> None:
            nonlocal is_over, looked
            if is_over:
                return
            is_late = time.monotonic() - looked >= (_LOOK_S if self.doors.kept.is_afar else 0.0)
            if message.get("more_body") and is_late:
                looked = time.monotonic()
                is_over = not await self.doors.ask(lambda: self._is_in(token))
                if is_over:
                    message = {"type": "http.response.body", "body": b""}
            await send(message)

        return checked

    def _is_in(self, token: str) -> bool:
        try:
            return bool(self.doors.user(token))
        except LibraryError:  # nobody says that it has ended
            return True

    def _turn_away(self, scope: Scope) -> Response:
        query = scope["query_string"].decode("latin-1")
        wanted = at(scope["path"]) + (f"?{query}" if query else "")
        if scope["method"] == "GET" and _WINDOW.fullmatch(wanted):
            return RedirectResponse(f"/sign-in?next={quote(wanted)}", 303)
        with strings.speaking(visitor.language_of(scope)):
            return PlainTextResponse(strings.SIGN_IN_AGAIN, 401)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith("/language/")


def _away(scope: Scope) -> Response:
    with strings.speaking(visitor.language_of(scope)):
        return PlainTextResponse(strings.DATABASE_AWAY, 503, headers={"Retry-After": "5"})


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
        except LibraryError:
            log.exception("nobody can sign in")
            return _page(request, strings.DATABASE_AWAY, 503)
        if token is None:
            return _page(request, strings.WRONG_PASSWORD, 401)
        response = RedirectResponse(_next(request), 303)
        set_cookie = visitor.cookie(request.scope, SESSION, token, SESSION_S)
        response.headers.append("Set-Cookie", set_cookie)
        return response

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        try:
            doors.sign_out(visitor.cookies(request.scope).get(SESSION, ""))
        except LibraryError:
            log.exception("nobody can sign out")
            return _away(request.scope)
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
