"""Users, keys and sessions that all processes over one library share, each a row of a table.

What was written counts for every process from its next request on. No Gradio here.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import date

import sqlalchemy as sa

from rag.index import dialects
from ui import keys as known_keys
from ui.keys import Key, KeyProblem
from ui.state import tables
from ui.state.sessions import MOST_BROWSERS, Session
from ui.users import User

log = logging.getLogger(__name__)


class UsersTable:
    """As `ui.users.Users`; ``where`` is what people are told of its place."""

    def __init__(self, engine: sa.Engine, where: str) -> None:
        self._engine = engine
        self._where = where

    def __str__(self) -> str:
        """Where it is."""
        return self._where

    def known(self) -> dict[str, User]:
        """As `ui.users.Users` has it."""
        query = sa.select(tables.users).order_by(tables.users.c.name)
        with self._engine.connect() as db:
            return {name: User(hashed, role) for name, hashed, role in db.execute(query)}

    def find(self, name: str) -> User | None:
        """As `ui.users.Users` has it."""
        query = sa.select(tables.users.c.hashed, tables.users.c.role).filter_by(name=name)
        with self._engine.connect() as db:
            found = db.execute(query).one_or_none()
        return User(*found) if found else None

    def put(self, name: str, user: User) -> None:
        """As `ui.users.Users` has it."""
        row = {"name": name, "hashed": user.hashed, "role": user.role}
        with self._engine.begin() as db:
            dialects.replace(db, tables.users, row)

    def remove(self, name: str) -> None:
        """As `ui.users.Users` has it."""
        with self._engine.begin() as db:
            db.execute(sa.delete(tables.users).filter_by(name=name))


class KeysTable:
    """As `ui.keys.Kept` and `ui.keys.Known`; ``where`` is what people are told of its place."""

    def __init__(self, engine: sa.Engine, where: str) -> None:
        self._engine = engine
        self._where = where
        self._noted: dict[str, str] = {}

    def __str__(self) -> str:
        """Where it is."""
        return self._where

    def known(self) -> dict[str, Key]:
        """As `ui.keys.Kept` has it."""
        query = sa.select(tables.keys.c.body).order_by(tables.keys.c.name)
        with self._engine.connect() as db:
            found = [self._parsed(body) for body in db.scalars(query)]
        return {key.name: key for key in found}

    def find(self, secret: str) -> Key | None:
        """As `ui.keys.Known` has it: of 256 random bits, how long it takes tells nothing."""
        return self._only(tables.keys.c.hashed == known_keys.digest_of(secret))

    def is_good(self, key: Key) -> bool:
        """As `ui.keys.Known` has it."""
        now = self._only(tables.keys.c.name == key.name)
        return now is not None and now.hashed == key.hashed and not now.is_over()

    def add(self, key: Key) -> bool:
        """As `ui.keys.Kept` has it."""
        with self._engine.begin() as db:
            return dialects.add_new(db, tables.keys, _row(key))

    def change(self, key: Key) -> None:
        """As `ui.keys.Kept` has it."""
        mine = tables.keys.c.name == key.name
        with self._engine.begin() as db:
            db.execute(sa.update(tables.keys).where(mine).values(**_row(key)))

    def remove(self, name: str) -> None:
        """As `ui.keys.Kept` has it."""
        with self._engine.begin() as db:
            db.execute(sa.delete(tables.keys).where(tables.keys.c.name == name))

    def note_use(self, key: Key) -> None:
        """As `ui.keys.Known` has it: each process does once a day."""
        today = date.today().isoformat()
        if self._noted.get(key.name) == today:
            return
        mine = tables.keys.c.name == key.name
        with self._engine.begin() as db:
            db.execute(sa.update(tables.keys).where(mine).values(last_used=today))
        self._noted[key.name] = today

    def last_used(self) -> dict[str, str]:
        """As `ui.keys.Kept` has it."""
        query = sa.select(tables.keys.c.name, tables.keys.c.last_used)
        with self._engine.connect() as db:
            rows = db.execute(query.where(tables.keys.c.last_used.is_not(None))).all()
        return {row.name: row.last_used or "" for row in rows}

    def _only(self, which: sa.ColumnElement[bool]) -> Key | None:
        with self._engine.connect() as db:
            body = db.scalar(sa.select(tables.keys.c.body).where(which))
        try:
            return self._parsed(body) if body else None
        except KeyProblem as problem:
            log.error("a key is not good: %s", problem)  # noqa: TRY400  # its cause is all there is
            return None

    def _parsed(self, body: str) -> Key:
        found = known_keys.parsed(self._where, body.encode())
        if len(found) != 1:
            raise KeyProblem(f"{self._where}: a row that is no key; remove it there")
        return next(iter(found.values()))


def _row(key: Key) -> dict[str, str]:
    return {"name": key.name, "hashed": key.hashed, "body": known_keys.dumped({key.name: key})}


class SessionsTable:
    """As `ui.state.sessions.SignedIn`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, token: str, session: Session, now: float) -> None:
        """As `ui.state.sessions.SignedIn` has it."""
        row = {"user": session.user, "hashed": session.hashed, "until": session.until}
        with self._engine.begin() as db:
            db.execute(sa.delete(tables.sessions).where(tables.sessions.c.until < now))
            db.execute(sa.insert(tables.sessions).values(token=_digest(token), **row))

    def find(self, token: str) -> Session | None:
        """As `ui.state.sessions.SignedIn` has it."""
        said = tables.sessions.c
        query = sa.select(said.user, said.hashed, said.until).where(said.token == _digest(token))
        with self._engine.connect() as db:
            found = db.execute(query).one_or_none()
        return Session(*found) if found else None

    def end(self, token: str) -> None:
        """As `ui.state.sessions.SignedIn` has it."""
        with self._engine.begin() as db:
            db.execute(sa.delete(tables.sessions).filter_by(token=_digest(token)))

    def remember(self, user: str, browser: str, now: float) -> None:
        """As `ui.state.sessions.SignedIn` has it."""
        known = tables.browsers.c
        old = sa.select(known.browser).order_by(known.seen.desc()).offset(MOST_BROWSERS)
        row = {"browser": _digest(f"{user} {browser}"), "seen": now}
        with self._engine.begin() as db:
            dialects.replace(db, tables.browsers, row)
            db.execute(sa.delete(tables.browsers).where(known.browser.in_(old)))

    def has_been(self, user: str, browser: str) -> bool:
        """As `ui.state.sessions.SignedIn` has it."""
        named = sa.select(sa.literal(1)).select_from(tables.browsers)
        named = named.where(tables.browsers.c.browser == _digest(f"{user} {browser}"))
        with self._engine.connect() as db:
            return db.scalar(named) is not None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
