"""Who may do what in which library, where one service has several. No Gradio here.

Somebody signs in once, and a key is one of the service's; what each may do in a library says the
database (`rag.index.owners`), for everything that is served of it.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.types import Scope

from rag.errors import IbidError
from rag.index.owners import Owners
from ui import users
from ui.keys import ROLES, Key, Keys
from ui.window.page import visitor
from ui.window.server.auth import SESSION, Sessions
from ui.window.server.keyed import sent
from ui.window.server.routes import is_of_programs

FRESH_S = 1.0  # so long what was looked up counts: whom a library is taken from is out by then
_MOST_PERSONS = 10_000
_SCOPES = {role: scope for scope, role in ROLES.items()}


class Members:
    """Whose libraries are, as that was looked up within ``fresh`` seconds."""

    def __init__(
        self, owners: Owners, fresh: float = FRESH_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._owners = owners
        self._fresh = fresh
        self._now = now
        self._known: OrderedDict[str, tuple[float, Mapping[str, str]]] = OrderedDict()
        self._looking: dict[str, asyncio.Task[object]] = {}

    async def of(self, person: str) -> Mapping[str, str]:
        """Somebody's role in each library that is theirs, by its name; none of nobody.

        Raises:
            LibraryError: the database does not answer.
        """
        if not person:
            return {}
        looked, found = self._known.get(person, (-1.0, {}))
        if looked < 0 or self._now() - looked >= self._fresh:
            looked = self._now()
            found = await asyncio.to_thread(self._owners.libraries_of, person)
            self._known[person] = (looked, found)
            self._known.move_to_end(person)
            while len(self._known) > _MOST_PERSONS:
                self._known.popitem(last=False)
        return found

    def role(self, person: str, library: str) -> str:
        """The same of one library, as of when it was last looked up; it is looked up again soon.

        That is for an answer that is being sent, which cannot wait for a database.
        """
        looked, found = self._known.get(person, (-1.0, {}))
        if self._now() - looked >= self._fresh and person not in self._looking:
            task = asyncio.get_running_loop().create_task(self._again(person))
            self._looking[person] = task
            task.add_done_callback(lambda _: self._looking.pop(person, None))
        return found.get(library, "")

    async def _again(self, person: str) -> None:
        with suppress(IbidError):  # the next request is told
            await self.of(person)


def person_of(scope: Scope, path: str, known: Keys, doors: Sessions) -> str:
    """Who asks for a path of a library, as the database names them; empty if nobody known does."""
    if is_of_programs(path) and (secret := sent(Headers(scope=scope))):
        key = known.find(secret)
        return f"key:{key.name}" if key and not key.is_over() else ""
    user = doors.user(visitor.cookies(scope).get(SESSION, ""))
    return f"user:{user}" if user else ""


class MemberKeys(Keys):
    """The keys of the service that are good for one library, each for what it may do there."""

    def __init__(self, keys: Keys, members: Members, library: str) -> None:
        super().__init__(keys.file.parent)
        self._keys = keys
        self._members = members
        self._library = library

    def find(self, secret: str) -> Key | None:
        """As `Keys` has it."""
        key = self._keys.find(secret)
        return self._here(key) if key else None

    def is_good(self, key: Key) -> bool:
        """As `Keys` has it."""
        return self._keys.is_good(key) and self._here(key) is not None

    def note_use(self, key: Key) -> None:
        """As `Keys` has it."""
        self._keys.note_use(key)

    def _here(self, key: Key) -> Key | None:
        """A key as it is good here: for what both it and its name in the database may do."""
        role = self._members.role(f"key:{key.name}", self._library)
        if not role:
            return None
        return key if users.may(role, key.role) else replace(key, scope=_SCOPES[role])


class MemberDoors(Sessions):
    """Who has signed in to the service, as what they are in one library."""

    def __init__(self, doors: Sessions, members: Members, library: str) -> None:
        super().__init__(doors.file)
        self._doors = doors
        self._members = members
        self._library = library

    def user_and_role(self, token: str) -> tuple[str, str]:
        """As `Sessions` has it."""
        user = self._doors.user(token)
        role = self._members.role(f"user:{user}", self._library) if user else ""
        return (user, role) if role else ("", "")
