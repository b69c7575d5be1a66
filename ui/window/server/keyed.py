"""Who may ask what other programs ask: whoever has a key, or may use the window. No Gradio here.

The two are one set of rules. A key has a role as a user has one (`ui.keys`), and what a role may do
says `ui.window.server.routes` for both.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import LibraryError
from rag.limits import ApiLimits
from ui import asked, keys
from ui.api.v1 import caller, refusals
from ui.keys import Key
from ui.state.attempts import place
from ui.state.places import Counts, Here
from ui.state.rates import Taken
from ui.window.page import visitor
from ui.window.server.auth import SESSION, Sessions
from ui.window.server.hosts import is_this_machine
from ui.window.server.origins import could_be_a_form, is_from_elsewhere, is_multipart
from ui.window.server.routes import is_of_programs, route

log = logging.getLogger(__name__)

_BEARER = "bearer "
# A right key is never kept waiting, since nobody finds one by guessing: this is so that whoever
# tries does not fill the log, or has a word with whoever gave the key that is wrong.
_FREE, _LONGEST_S = 10, 60.0
_LOOK_S = 1.0  # so often a stream that is open looks whether its key is good still


class _Refused(Exception):
    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


class Known(NamedTuple):
    """Who asks: by a key, or as a signed-in user, or as anybody whom the window lets in."""

    key: Key | None = None
    user: str = ""
    role: str | None = None
    is_good: Callable[[], bool] = lambda: True

    @property
    def name(self) -> str:
        """For logs and limits; empty if nobody knows."""
        if self.key:
            return f"key:{self.key.name}"
        return f"user:{self.user}" if self.user else ""


class Keyed:
    """Lets in whoever has a key, and whom the window would let in. Pure ASGI.

    ``is_open``: nobody has to sign in, and whoever reaches this may ask without a key. A key that
    is sent has to be right all the same; what else a client sends in its place is looked at only
    where a key is needed, since many cannot do without one.
    """

    def __init__(
        self,
        app: ASGIApp,
        known: keys.Known,
        doors: Sessions | None,
        is_open: bool,
        limits: ApiLimits,
        now: Callable[[], float] | None = None,
        kept: Counts | None = None,
    ) -> None:
        self.app = app
        self._keys = known
        self._doors = doors
        self._is_open = is_open and doors is None
        self._limits = limits
        self._kept = kept or Here()
        self._now = now or time.monotonic
        clock = now or self._kept.clock()
        self._attempts = self._kept.attempts("key", _FREE, _LONGEST_S, clock)
        self._rates = self._kept.rates(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with who asks, or say what is missing."""
        if scope["type"] != "http" or not is_of_programs(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            if self._kept.is_afar:
                who, taken = await asyncio.to_thread(self._let_in, scope)
            else:
                who, taken = self._let_in(scope)
        except _Refused as refused:
            await refused.answer(scope, receive, send)
            return
        except LibraryError:
            log.exception("nobody's key can be looked up")
            await refusals.away(scope)(scope, receive, send)
            return
        within: Scope = {**scope, visitor.KEY: who.key.name if who.key else ""}
        if who.key:
            within[caller.COLLECTIONS] = who.key.collections
        if who.role is not None:
            within[visitor.USER], within[visitor.ROLE] = who.user, who.role
        await self.app(within, receive, self._while_good(who, taken, send))

    def _let_in(self, scope: Scope) -> tuple[Known, Taken | None]:
        who = self._who(scope)
        return who, self._counted(scope, who)

    def _who(self, scope: Scope) -> Known:
        secret = sent(Headers(scope=scope))
        if secret.startswith(keys.PREFIX) or (secret and not self._is_open):
            return self._by_key(secret, scope)
        if (found := self._without(scope)) is None:
            raise _Refused(refusals.no_key(scope))
        way = route(scope["method"], scope["path"])
        if could_be_a_form(scope) and not (way and way.is_upload and is_multipart(scope)):
            raise _Refused(refusals.forms(scope))
        return found

    def _by_key(self, sent: str, scope: Scope) -> Known:
        key = self._keys.find(sent)
        if key is None:
            where = place(visitor.address(scope))
            if wait := self._attempts.count(where):
                raise _Refused(refusals.too_many_wrong(scope, wait))
            is_ours = sent.startswith(keys.PREFIX)
            is_sound = not is_ours or keys.is_sound(sent)
            raise _Refused(refusals.unknown_key(scope, is_sound=is_sound))
        if key.is_over():
            raise _Refused(refusals.past_key(scope, key.expires))
        self._keys.note_use(key)
        return Known(key, role=key.role, is_good=lambda: self._keys.is_good(key))

    def _without(self, scope: Scope) -> Known | None:
        """Whoever the window would let in; None if it would not."""
        way = route(scope["method"], scope["path"])
        if self._is_open:
            return Known()
        token = visitor.cookies(scope).get(SESSION, "")
        if self._doors is not None and token and not is_from_elsewhere(scope):
            doors = self._doors
            user, role = doors.user_and_role(token)
            if user:
                return Known(user=user, role=role, is_good=lambda: bool(doors.user(token)))
        return Known(role="") if way is not None and way.needed is None else None

    def _counted(self, scope: Scope, who: Known) -> Taken | None:
        """What is left of the requests of whoever asks; None if nobody counts them."""
        where = visitor.address(scope)
        rate = (who.key and who.key.rate) or self._limits.rate
        if not rate or (not who.name and is_this_machine(where)):
            return None
        taken = self._rates.take(who.name or f"address:{place(where)}", rate)
        if not taken.is_allowed:
            refusal = refusals.too_many_requests(scope, rate, taken.wait, taken.headers)
            raise _Refused(refusal)
        return taken

    def _while_good(self, who: Known, taken: Taken | None, send: Send) -> Send:
        """What is sent ends with the key, or the session: a stream that is open too."""
        request, is_over, looked = asked.now(), False, self._now()
        if request:
            request.by = who.name

        async def checked(message: Message) -> None:
            nonlocal is_over, looked
            if is_over:
                return
            if message["type"] == "http.response.start" and taken:
                MutableHeaders(scope=message).update(taken.headers)
            if message.get("more_body") and self._now() - looked >= _LOOK_S:
                looked = self._now()
                if not await self._is_good(who):
                    is_over, message = True, {"type": "http.response.body", "body": b""}
            await send(message)

        return checked

    async def _is_good(self, who: Known) -> bool:
        if not self._kept.is_afar:
            return who.is_good()
        try:
            return await asyncio.to_thread(who.is_good)
        except LibraryError:  # nobody says that it is not
            return True


def sent(headers: Headers) -> str:
    """What stands where a key would; empty if nothing does. Of two, neither counts as one."""
    found = [
        said[len(_BEARER) :].strip()
        for said in headers.getlist("authorization")
        if said[: len(_BEARER)].lower() == _BEARER
    ]
    found += [said.strip() for said in headers.getlist("x-api-key")]
    ours = {said for said in found if said.startswith(keys.PREFIX)}
    if len(ours) > 1:
        return keys.PREFIX  # which is no key
    return next(iter(ours), next(iter(found), ""))
