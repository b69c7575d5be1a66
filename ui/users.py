"""Who may sign in: names and Argon2 hashes, in a file that only its owner can read.

One user a line, ``name:hash``. The hashes are made by argon2-cffi with its own defaults, which
are those of RFC 9106 for machines that lack memory.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.disk import write_whole
from rag.errors import IbidError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

USERS = "users"  # the file's name in the library's folder
SHORTEST = 10
LONGEST = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class UserError(IbidError):
    """A user or a password that cannot be."""


def read(file: Path) -> dict[str, str]:
    """Hashes by name; none if there is no such file.

    Raises:
        UserError: it cannot be read, or is no file of users.
    """
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
        name, _, hashed = line.strip().partition(":")
        if not _NAME.fullmatch(name) or not hashed.startswith("$argon2"):
            raise UserError(
                f"{file}, line {number}: no user; each line is NAME:HASH, as ibid user add makes it"
            )
        users[name] = hashed
    return users


def add(file: Path, name: str, password: str) -> None:
    """Let somebody sign in, or give them another password.

    Raises:
        UserError: the name or the password cannot be, or the file not be written.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r}: a name has letters, digits and . _ @ - and at most 64 of them")
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserError(f"a password has {SHORTEST} to {LONGEST} characters; choose another")
    _write(file, {**read(file), name: _hasher().hash(password)})


def remove(file: Path, name: str) -> None:
    """Let somebody sign in no longer.

    Raises:
        UserError: there is no such user.
    """
    users = read(file)
    if name not in users:
        raise UserError(f"no user {name}; ibid user list shows who there is")
    del users[name]
    _write(file, users)


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


def _write(file: Path, users: dict[str, str]) -> None:
    text = "".join(f"{name}:{hashed}\n" for name, hashed in sorted(users.items()))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode(), mode=0o600)
    except OSError as error:
        raise UserError(
            f"{file}: {error.strerror or error}; make room there, or name another with --file"
        ) from None
