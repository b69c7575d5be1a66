"""All that a request has to pass, in its order. No Gradio here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.types import ASGIApp, Scope

from rag.errors import IbidError
from rag.limits import ApiLimits, WindowLimits
from ui import keys
from ui.api.v1 import problems
from ui.keys import Known
from ui.state.places import State
from ui.turns import Turns
from ui.users import Where, read
from ui.window.page import visitor
from ui.window.server import auth
from ui.window.server.compressing import Compressed, Packing
from ui.window.server.front import Fronted
from ui.window.server.gate import Gate
from ui.window.server.headers import Guarded
from ui.window.server.hosts import Hosts, Proxies, is_this_machine
from ui.window.server.keyed import Keyed
from ui.window.server.limiting import Limited
from ui.window.server.origins import Origins
from ui.window.server.queued import Queued
from ui.window.server.tokens import Tokens
from ui.window.server.tracked import Tracked
from ui.window.server.uploads import Spool, Uploads


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is let in: those who sign in at the ``doors``, None if nobody has to, and ``known`` keys.

    What listens on this machine, or is ``open_to_all``, is open where nobody has to sign in.
    Whoever has the ``token`` is the owner's command; nobody is while it is empty.
    """

    host: str
    doors: auth.Sessions | None
    known: Known
    open_to_all: bool = False
    token: str = ""

    @property
    def is_open(self) -> bool:
        """Whether whoever reaches this is let in."""
        return self.doors is None and (self.open_to_all or is_this_machine(self.host))


def guard(
    web: FastAPI,
    limits: WindowLimits,
    rules: Rules,
    of_programs: ApiLimits,
    turns: Turns,
    state: State,
    spool: Spool | None = None,
    waiting: Callable[[], Iterable[Scope]] = tuple,
    packing: Packing | None = None,
) -> None:
    """Put all that before an application; what is added last comes first.

    ``spool`` takes what pages upload, and ``waiting`` gives what waits of pages, if there are any;
    ``packing`` keeps what was compressed for them.
    """
    if spool is not None:
        web.add_middleware(Fronted)
    if packing is not None:
        # Where there are several libraries, the page at / is not the same for all.
        below = "/" if spool is not None else "/scripts/"
        web.add_middleware(Compressed, packing=packing, below=below)
    if spool is not None:
        web.add_middleware(Uploads, spool=spool, limits=limits)
    web.add_middleware(Queued, queue=turns, limits=of_programs)
    web.add_middleware(Gate, limits=limits, waiting=waiting, secret=state.secret("gate"))
    web.add_middleware(visitor.Visitors)
    if rules.doors:
        web.add_middleware(auth.Doorkeeper, doors=rules.doors)
    web.add_middleware(
        Keyed,
        known=rules.known,
        doors=rules.doors,
        is_open=rules.is_open,
        limits=of_programs,
        kept=state,
    )
    if _knows_its_names(rules.host, limits, has_doors=rules.doors is not None):
        web.add_middleware(Hosts, host=rules.host, names=limits.hosts)
    web.add_middleware(Proxies, trusted=limits.proxies)
    web.add_middleware(Tokens, token=rules.token)  # before who a proxy speaks for is believed
    web.add_middleware(Limited, limits=limits, of_programs=of_programs)
    web.add_middleware(Origins, allowed=of_programs.origins)
    web.add_middleware(problems.Problems)  # of what all others say to a program
    web.add_middleware(Guarded)
    web.add_middleware(Tracked)


def gate(host: str, limits: WindowLimits, has_doors: bool) -> Callable[[ASGIApp], ASGIApp]:
    """The outermost of the same, for what is served before there is an application."""

    def gated(app: ASGIApp) -> ASGIApp:
        if _knows_its_names(host, limits, has_doors=has_doors):
            app = Hosts(app, host=host, names=limits.hosts)
        return Guarded(Limited(Proxies(app, trusted=limits.proxies), limits=limits))

    return gated


def check_doors(
    host: str, users: Where | None, *, open_to_all: bool, keys_of: keys.Where | None = None
) -> None:
    """Make sure that other machines are not let in by accident.

    ``keys_of``: where the library's are, if programs alone are served; then keys are doors enough.

    Raises:
        IbidError: nobody could sign in, or other machines could come in without.
    """
    if users is not None and not read(users):
        raise IbidError(f"{users}: nobody is in there; add somebody: ibid user add NAME")
    if users is not None or open_to_all or is_this_machine(host):
        return
    if keys_of is not None and keys.any_keys(keys_of):
        return
    if keys_of is not None:
        raise IbidError(
            f"on {host} other machines could read your articles; have programs bring a key (ibid "
            "key add NAME), or people sign in with --auth user (after ibid user add NAME)"
        )
    raise IbidError(
        f"on {host} other machines could read your articles; ask for a password with "
        "--auth user (after ibid user add NAME), or let everybody in with --no-auth"
    )


def _knows_its_names(host: str, limits: WindowLimits, *, has_doors: bool) -> bool:
    """Whether only names of its own are answered to.

    Whoever has to sign in has done so under a name, and under no other.
    """
    return not has_doors or is_this_machine(host) or bool(limits.hosts)
