"""Who may sign in, and what each may do, in a file that only its owner can read, or in a table.

In the file, one user a line, ``name:hash:role``. The hashes are made by argon2-cffi with its own
defaults, which are those of RFC 9106 for machines that lack memory. A line of an older Ibid has no
role: its user may do everything, as before, until a role is given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from rag import disk
from rag.errors import IbidError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

USERS = "users"  # the file's name in the library's folder
Role = Literal["reader", "editor", "owner"]
"""A reader asks and reads; an editor also changes the articles; an owner also runs evaluations."""
ROLES: tuple[Role, ...] = get_args(Role)
FIRST: Role = "owner"
LATER: Role = "reader"
SHORTEST = 10
LONGEST = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class UserError(IbidError):
    """A user or a password that cannot be."""


@dataclass(frozen=True, slots=True)
class User:
    """What is known of a user; ``role`` is None in a file of an older Ibid."""

    hashed: str
    role: Role | None = None

    @property
    def may_be(self) -> Role:
        """The role that counts."""
        return self.role or "owner"


def may(role: str, needed: Role) -> bool:
    """Whether whoever has the one role may do what takes the other; "" and unknown ones may not."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


class Users(Protocol):
    """Where users are kept: a file, or a table (`ui.state.people.UsersTable`)."""

    def known(self) -> dict[str, User]:
        """Users by name."""
        ...

    def find(self, name: str) -> User | None:
        """One of them; None if there is none of that name."""
        ...

    def put(self, name: str, user: User) -> None:
        """Keep a user, in the place of one of the same name."""
        ...

    def remove(self, name: str) -> None:
        """Keep one no longer."""
        ...


Where = Path | Users
"""A file of users, or a table."""


@dataclass(frozen=True, slots=True)
class _File:
    """As `Users`; each change writes the file anew."""

    path: Path

    def known(self) -> dict[str, User]:
        return _read(self.path)

    def find(self, name: str) -> User | None:
        return self.known().get(name)

    def put(self, name: str, user: User) -> None:
        _write(self.path, {**self.known(), name: user})

    def remove(self, name: str) -> None:
        users = self.known()
        del users[name]
        _write(self.path, users)


def at(where: Where) -> Users:
    """What keeps the users there."""
    return _File(where) if isinstance(where, Path) else where


def read(where: Where) -> dict[str, User]:
    """Users by name; none if there is no such file.

    Raises:
        UserError: it cannot be read, or is no file of users.
        LibraryError: the database does not answer.
    """
    return at(where).known()


def _read(file: Path) -> dict[str, User]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: {error}; name a file of users with --auth") from None
    users = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition(":")
        hashed, _, role = rest.partition(":")
        is_sound = _NAME.fullmatch(name) and hashed.startswith("$argon2")
        if not is_sound or role not in ("", *ROLES):
            raise UserError(
                f"{file}, line {number}: no user; each line is NAME:HASH:ROLE, as ibid user add "
                "makes it"
            )
        users[name] = User(hashed, next((one for one in ROLES if one == role), None))
    return users


def add(where: Where, name: str, password: str, role: Role | None = None) -> Role:
    """Let somebody sign in, or give them another password; returns the role that they have.

    Without a ``role`` the first user becomes owner and a later one reader; one who is there keeps
    theirs.

    Raises:
        UserError: the name or the password cannot be, or the file not be written.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r}: a name has letters, digits and . _ @ - and at most 64 of them")
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserError(f"a password has {SHORTEST} to {LONGEST} characters; choose another")
    kept = at(where)
    users = kept.known()
    before = users.get(name)
    given = role or (before.role if before else LATER if users else FIRST)
    made = User(_hasher().hash(password), given)
    kept.put(name, made)
    return made.may_be


def appoint(where: Where, name: str, role: Role) -> None:
    """Give a user another role; it counts at once, signed in or not.

    Raises:
        UserError: there is no such user, or the file cannot be written.
    """
    kept = at(where)
    kept.put(name, replace(_found(kept, name), role=role))


def remove(where: Where, name: str) -> None:
    """Let somebody sign in no longer.

    Raises:
        UserError: there is no such user.
    """
    kept = at(where)
    _found(kept, name)
    kept.remove(name)


def _found(kept: Users, name: str) -> User:
    user = kept.find(name)
    if user is None:
        raise UserError(f"no user {name}; ibid user list shows who there is")
    return user


def fits(hashed: str | None, password: str) -> bool:
    """Whether this is the password. It takes as long to say no to a user who is not there."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        _hasher().verify(hashed or _nobody(), password[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False
    return hashed is not None


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(os.urandom(16))


def _write(file: Path, users: Mapping[str, User]) -> None:
    text = "".join(
        f"{name}:{user.hashed}" + (f":{user.role}" if user.role else "") + "\n"
        for name, user in sorted(users.items())
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        disk.write_whole(file, text.encode(), mode=0o600)
    except OSError as error:
        raise UserError(
            f"{file}: {error.strerror or error}; make room there, or name another with --file"
        ) from None
