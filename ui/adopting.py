"""What a library's folder has beside its articles, brought into the database of another.

Users, keys, conversations, what was thought of answers, runs, and copies of PDFs. Nothing that is
there is changed, and nothing here: what was brought may be brought again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LibraryError
from rag.index import catalogs
from ui import keys, users
from ui.state import places

if TYPE_CHECKING:
    from rag.settings import Settings

_BROWSER, _USER, _KEY = "browser:", "user:", "key:"


@dataclass(frozen=True)
class Adopted:
    """What came; of users and keys the names, of the rest how many.

    ``others`` are users and keys of whom there is one of the same name there, with another password
    or another secret. ``there``: how many conversations were there already; ``left``: by their
    owners, how many were not brought.
    """

    users: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    conversations: int = 0
    feedback: int = 0
    there: int = 0
    runs: int = 0
    copies: int = 0
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def of_browsers(self) -> int:
        """How many conversations stayed that belong to nobody who has signed in."""
        return sum(n for owner, n in self.left.items() if owner.startswith(_BROWSER))

    @property
    def of_others(self) -> int:
        """How many stayed of people who may be others there."""
        return sum(self.left.values()) - self.of_browsers


def adopt(
    folder: Path, settings: Settings, service: Settings, to: str = "", *, same_people: bool = False
) -> Adopted:
    """Bring what is in a folder into the library of the settings, and who may sign in to a service.

    Args:
        service: the settings of who signs people in; those of the library, unless it has several.
        to: the user who gets the conversations of browsers in which nobody had signed in.
        same_people: whoever has the same name is the same there.

    Raises:
        LibraryError: the folder is none of a library, or the database does not answer.
        UserError, KeyProblem: the folder's files of users or keys are none.
    """
    if not folder.is_dir():
        raise LibraryError(f"{folder}: there is no such folder; name that of a library")
    catalogs.of(settings).open().close()  # made, if there is none yet
    people = places.of(service)
    try:
        came, same, others = _people(places.InFolder(folder), people, to)
    finally:
        people.close()

    def whose(owner: str) -> str:
        if owner.startswith(_BROWSER):
            return f"{_USER}{to}" if to else ""
        return owner if owner in same or (same_people and owner) else ""

    from rag.index.catalog import CATALOG
    from ui.window.conversation.bringing import bring

    kept = places.of(settings)
    try:
        engine = kept.conversations
        assert not isinstance(engine, Path)
        brought = bring(folder / CATALOG, engine, whose)
    finally:
        kept.close()
    return Adopted(
        users=tuple(one.removeprefix(_USER) for one in came if one.startswith(_USER)),
        keys=tuple(one.removeprefix(_KEY) for one in came if one.startswith(_KEY)),
        others=tuple(others),
        conversations=brought.conversations,
        feedback=brought.feedback,
        there=brought.there,
        left=dict(brought.left),
        runs=_runs(folder, settings),
        copies=_copies(folder, settings),
    )


def _people(
    here: places.State, there: places.State, to: str
) -> tuple[list[str], set[str], list[str]]:
    """Who came, who is the same there by now, and who has the name of another there."""
    came: list[str] = []
    same: set[str] = set()
    others: list[str] = []
    known = users.at(there.users)
    for name, user in users.read(here.users).items():
        if (found := known.find(name)) is None:
            known.put(name, user)
            came.append(f"{_USER}{name}")
        elif found.hashed != user.hashed:
            others.append(f"{_USER}{name}")
            continue
        same.add(f"{_USER}{name}")
    kept = keys.at(there.key_place)
    for name, key in keys.read(here.key_place).items():
        if kept.add(key):
            came.append(f"{_KEY}{name}")
        elif (known_key := kept.known().get(name)) is None or known_key.hashed != key.hashed:
            others.append(f"{_KEY}{name}")
            continue
        same.add(f"{_KEY}{name}")
    if to and known.find(to) is None:
        raise users.UserError(f"no user {to}; ibid user list shows who there is")
    return came, same, others


def _runs(folder: Path, settings: Settings) -> int:
    from eval.runs import sharing, store

    return sharing.adopt(settings, store.runs_of(folder))


def _copies(folder: Path, settings: Settings) -> int:
    """Bring the copies of the PDFs whose articles are there."""
    here, there = catalogs.FilePlace(folder).originals(), catalogs.of(settings).originals()
    count = 0
    with catalogs.reading(settings) as catalog:
        for info in catalog.articles() if catalog else ():
            copy = here.of(info)
            if isinstance(copy, Path) and not there.has(info.digest):
                there.keep(info.digest, copy)
                count += 1
    return count
