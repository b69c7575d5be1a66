"""Who may do what in which library, where one service has several. No Gradio here.

Somebody signs in once, and a key is one of the service's; what each may do in a library says the
database (`rag.index.owners`), for everything that is served of it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.types import Scope

from rag.index.owners import Owners
from ui import keys, users
from ui.keys import ROLES, Key, Known
from ui.window.page import visitor
from ui.window.server.auth import SESSION, Sessions
from ui.window.server.keyed import sent
from ui.window.server.routes import is_of_programs

FRESH_S = 1.0  # so long what was looked up counts: whom a library is taken from is out by then
_MOST_PERSONS = 10_000
_SCOPES: Mapping[str, keys.Scope] = {role: scope for scope, role in ROLES.items()}


class Members:
    """Whose libraries are, as that was looked up within ``fresh`` seconds. No event loop asks it.

    Each of its answers raises LibraryError where the database gives none.
    """

    def __init__(
        self, owners: Owners, fresh: float = FRESH_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._owners = owners
        self._fresh = fresh
        self._now = now
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Mapping[str, str]]] = OrderedDict()

    def of(self, person: str) -> Mapping[str, str]:
        """Somebody's role in each library that is theirs, by its name; none of nobody."""
        if not person:
            return {}
        with self._lock:
            looked, found = self._known.get(person, (-math.inf, {}))
        now = self._now()
        if now - looked < self._fresh:
            return found
        found = self._owners.libraries_of(person)
        with self._lock:
            self._known[person] = (now, found)
            self._known.move_to_end(person)
            while len(self._known) > _MOST_PERSONS:
                self._known.popitem(last=False)
        return found

    def articles(self, person: str) -> Mapping[str, int]:
        """How many articles each library has that is theirs, by its name."""
        return self._owners.articles_of(person) if person else {}

    def role(self, person: str, library: str) -> str:
        """The same of one library; empty where it is not theirs."""
        return self.of(person).get(library, "")


def person_of(scope: Scope, path: str, known: Known, doors: Sessions) -> str:
    """Who asks for a path of a library, as the database names them; empty if nobody known does.

    Raises:
        LibraryError: the database does not answer.
    """
    if is_of_programs(path) and (secret := sent(Headers(scope=scope))):
        key = known.find(secret)
        return f"key:{key.name}" if key and not key.is_over() else ""
    user = doors.user(visitor.cookies(scope).get(SESSION, ""))
    return f"user:{user}" if user else ""


class MemberKeys:
    """As `ui.keys.Known`, the keys of the service that are good for one library, each for what it
    may do there."""

    def __init__(self, known: Known, members: Members, library: str) -> None:
        self._known = known
        self._members = members
        self._library = library

    def find(self, secret: str) -> Key | None:
        """As `Known` has it."""
        key = self._known.find(secret)
        return self._here(key) if key else None

    def is_good(self, key: Key) -> bool:
        """As `Known` has it."""
        return self._known.is_good(key) and self._here(key) is not None

    def note_use(self, key: Key) -> None:
        """As `Known` has it."""
        self._known.note_use(key)

    def _here(self, key: Key) -> Key | None:
        """A key as it is good here: for what both it and its name in the database may do."""
        role = self._members.role(f"key:{key.name}", self._library)
        if not role:
            return None
        return key if users.may(role, key.role) else replace(key, scope=_SCOPES[role])


class MemberDoors(Sessions):
    """Who has signed in to the service, as what they are in one library."""

    def __init__(self, doors: Sessions, members: Members, library: str) -> None:
        super().__init__(doors.where, kept=doors.kept)
        self._doors = doors
        self._members = members
        self._library = library

    def user_and_role(self, token: str) -> tuple[str, str]:
        """As `Sessions` has it."""
        user = self._doors.user(token)
        role = self._members.role(f"user:{user}", self._library) if user else ""
        return (user, role) if role else ("", "")
