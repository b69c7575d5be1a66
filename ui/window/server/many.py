"""Several libraries behind one service: each wholly below ``/l/NAME``. No Gradio here.

A library is there for whom the database says that it is shared with (`rag.index.owners`). For all
others, and where there is none of that name, the answer is one and the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import IbidError, LibraryError, SettingsError
from rag.index import catalogs
from rag.index.acting import acting_for
from rag.index.owners import Owners, settings_of
from rag.settings import Settings
from ui import roots
from ui.api.v1 import problems
from ui.state import places as states
from ui.turns import Turns
from ui.window.conversation.types import Engine
from ui.window.page import visitor
from ui.window.server import auth, compressing, headless, language, libraries, modules, readiness
from ui.window.server import serve as windows
from ui.window.server.guarding import Rules, guard
from ui.window.server.headers import Guarded
from ui.window.server.membership import MemberDoors, MemberKeys, Members, person_of
from ui.window.server.routes import is_of_programs
from ui.window.server.shelves import Opening, Shelves
from ui.window.server.tracked import Tracked
from ui.wishes import Wishes

_BELOW = re.compile(r"(/l/([a-z0-9-]{1,40}))(/.*)?", re.DOTALL)
_NOWHERE = "/v1/libraries"  # where there is nothing


class House:
    """What all libraries of a service share: who signs in, the keys, and whose they are.

    ``host`` is the address that it listens on. ``has_windows``: each library has its window, and
    is not for programs alone.

    Raises:
        LibraryError: the database does not answer.
    """

    def __init__(
        self,
        settings: Settings,
        members: Members,
        host: str = "127.0.0.1",
        *,
        has_windows: bool = False,
    ) -> None:
        self.settings = settings
        self.members = members
        self.host = host
        self.packing = compressing.Packing() if has_windows else None
        self.state = states.of(settings)
        if (database := catalogs.database_of(settings)) is not None:
            database.guard(of_service=True)
        self.doors = auth.Sessions(self.state.users, kept=self.state)
        self.turns = Turns(settings.window)

    @property
    def purpose(self) -> str:
        """What holds its libraries, as others are told."""
        return f"ibid {'chat' if self.packing else 'serve'} --all"

    def rules(self, library: str = "") -> Rules:
        """Who is let into one library; or to what is of none."""
        if not library:
            return Rules(self.host, self.doors, self.state.keys)
        doors = MemberDoors(self.doors, self.members, library)
        return Rules(self.host, doors, MemberKeys(self.state.keys, self.members, library))

    def theirs(self, name: str, scope: Scope, path: str) -> str:
        """For whom a library is there that is asked for a path; empty if it is not.

        Raises:
            LibraryError: the database does not answer.
        """
        person = person_of(scope, path, self.state.keys, self.doors)
        return person if person and self.members.role(person, name) else ""


def application(house: House, opening: Opening) -> FastAPI:
    """The web application: who signs in sees at ``/`` which libraries there are for them.

    ``opening`` opens one of them. What is counted at ``/metrics`` is of all, and so for those who
    are owners of the service itself.
    """
    from ui.telemetry.looking import Telemetry

    seen = Telemetry(None)
    limits, of_programs = house.settings.window, house.settings.api
    shelves = Shelves(opening, of_programs.libraries)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with seen.watching():
                yield
        finally:
            await shelves.end()
            house.state.close()

    web = FastAPI(openapi_url=None, lifespan=living)
    web.state.turns = house.turns
    problems.install(web)
    several: Any = _Several()
    ready = readiness.Readiness(several, house.turns, house.state.check)
    opens = "/" if house.packing else "/v1/docs"
    front = (libraries.routes(house.members, opens), language.routes(), auth.routes(house.doors))
    of_windows = [modules.routes()] if house.packing else []
    if house.packing:
        windows.get_ready()
    for router in (*front, *of_windows, seen.routes(), readiness.routes(ready)):
        web.include_router(router)
    rules, packing = house.rules(), house.packing
    guard(web, limits, rules, of_programs, house.turns, house.state, packing=packing)
    seen.look_at(web)
    web.add_middleware(Many, house=house, shelves=shelves)
    return web


def where(settings: Settings) -> str:
    """The database of the settings, in words; no password."""
    return str(catalogs.database_of(settings)).partition(" at ")[2]


def serve(
    settings: Settings,
    host: str,
    port: int,
    on_listening: Callable[[str], None],
    on_ready: Callable[[str], None],
    *,
    has_windows: bool = False,
) -> None:
    """Serve every library of the database until SIGINT or SIGTERM, then return.

    ``has_windows``: each with its window.

    Raises:
        IbidError: the port cannot be had, the database not be asked, or nobody could come in.
    """
    from ui import keys, users

    if settings.database is None:
        raise SettingsError("several libraries are kept in a database: set IBID_DATABASE")
    owners = Owners(settings.database.get_secret_value())
    try:
        if not owners.is_there():
            raise LibraryError("no library here yet; make one: ibid library create NAME PERSON")
        house = House(settings, Members(owners), host, has_windows=has_windows)
        if not (users.read(house.state.users) or keys.any_keys(house.state.key_place)):
            raise IbidError("nobody could come in; add somebody: ibid user add NAME, ibid key add")
        windows.run(
            lambda: application(house, partial(opened, house)),
            host,
            port,
            settings.window,
            lambda url, *_: on_listening(url),
            on_ready,
            has_doors=True,
        )
    finally:
        owners.close()


class _Several:
    """What `readiness` asks of an engine: each library has its own, which loads as it is asked."""

    is_loading = False
    library = None

    def assistant_for(self, wishes: Wishes) -> object:
        return self


@contextmanager
def opened(house: House, name: str) -> Iterator[FastAPI]:
    """What is served of one library, which this process has open meanwhile.

    Raises:
        LibraryError: it cannot be opened.
    """
    from rag.opening import open_library
    from ui import engine as engines

    mine = settings_of(house.settings, name)
    with open_library(mine, house.purpose, can_wait=True) as own:
        engine = engines.Engine(own)
        web = served(house, name, engine)
        engine.start()
        yield web


def served(house: House, name: str, engine: Engine) -> FastAPI:
    """The web application of one library that is open, for whom it is there."""
    settings = engine.settings
    folder = settings.library.expanduser()
    rules = house.rules(name)
    if house.packing:
        web = windows.one_of_many(engine, folder, rules, house.turns, name, house.packing)
    else:
        web = headless.one_of_many(engine, folder, rules, house.turns)
    if (database := catalogs.database_of(settings)) is not None:
        database.guard()
    return web


class Many:
    """Passes what is asked of a library on to it, for whom it is there. Pure ASGI, the first."""

    def __init__(self, app: ASGIApp, house: House, shelves: Shelves) -> None:
        self.app = app
        self._house = house
        self._shelves = shelves

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to its library, or say that there is nothing."""
        found = _BELOW.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        root, name, path = found[1], found[2], found[3] or "/"
        within = {**scope, "path": path, "raw_path": quote(path).encode()}
        async with AsyncExitStack() as stack:
            try:
                person = await asyncio.to_thread(self._house.theirs, name, within, path)
                library = None
                if person:
                    library = await stack.enter_async_context(self._shelves.using(name))
            except Exception as error:
                await Tracked(Guarded(_troubled(error)))(within, receive, send)
                return
            if library is None:
                nothing = {**scope, "path": _NOWHERE, "raw_path": _NOWHERE.encode()}
                await self.app(nothing if is_of_programs(path) else scope, receive, send)
                return
            if found[3] is None and scope["method"] == "GET":
                # What its page asks for is told as beside it.
                query = scope["query_string"].decode("latin-1")
                there = RedirectResponse(f"{root}/" + (f"?{query}" if query else ""), 307)
                await Tracked(Guarded(there))(within, receive, send)
                return
            within |= {"root_path": root, visitor.PERSON: person}
            with roots.below(root), acting_for(person):
                await library(within, receive, send)


def _troubled(error: Exception) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await problems.of_error(error, scope)(scope, receive, send)

    return answer
