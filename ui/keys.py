"""The keys of other programs, in a file that only its owner can read, or in a table.

No key can be told from either.

A key is ``ibid_``, 43 letters and digits that stand for 256 random bits, and six more that are
their checksum: whoever finds one in a log or a repository can tell what it is, and one that was
cut short is told from one that is not known. Only its SHA-256 is kept. What makes a hash of
passwords slow, and salted, is that people choose them: nobody guesses at 256 random bits, and no
two keys are alike.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import string
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from rag import disk
from rag.errors import IbidError
from ui.users import Role

log = logging.getLogger(__name__)

KEYS = "keys"  # the file's name in the library's folder
USED = "keys.used"  # and of the days on which each was last used
Scope = Literal["read", "write", "admin"]
"""To read is to ask, search and read; to write, also to change the articles; an admin may all."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
ROLES: Mapping[Scope, Role] = {"read": "reader", "write": "editor", "admin": "owner"}
PREFIX = "ibid_"
_DIGITS = string.digits + string.ascii_letters
_RANDOM, _CHECK = 43, 6  # digits: 62**43 > 2**256, 62**6 > 2**32
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_LONGEST_COLLECTION = 200


class KeyProblem(IbidError):
    """A key that cannot be, or is not there."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key.

    ``collections``: the only ones whose articles are there for it; none: all are. ``rate``:
    requests a minute, 0 for as many as the settings say. ``expires``: the last day on which it is
    good, by this machine's calendar. ``hashed``: its SHA-256, in hexadecimal.
    """

    name: str
    hashed: str
    scope: Scope
    collections: tuple[str, ...] = ()
    rate: int = 0
    expires: date | None = None
    made: date | None = None

    @property
    def role(self) -> Role:
        """What it may do."""
        return ROLES[self.scope]

    def is_over(self, today: date | None = None) -> bool:
        """Whether its last day is past."""
        return self.expires is not None and self.expires < (today or date.today())


def is_sound(secret: str) -> bool:
    """Whether this is a key as `add` makes them, known or not: of this form, its checksum right."""
    return bool(_FORM.fullmatch(secret)) and hmac.compare_digest(
        secret[-_CHECK:], _checksum(secret[:-_CHECK])
    )


class Kept(Protocol):
    """Where keys are kept: in a library's folder, or a table (`ui.state.people.KeysTable`)."""

    def known(self) -> dict[str, Key]:
        """Keys by name, those that are over too."""
        ...

    def add(self, key: Key) -> bool:
        """Keep a key; whether there was none of its name, else it is not kept."""
        ...

    def change(self, key: Key) -> None:
        """Keep a key in the place of the one of its name."""
        ...

    def remove(self, name: str) -> None:
        """Keep one no longer."""
        ...

    def last_used(self) -> dict[str, str]:
        """The day on which each key was last used, as ISO 8601; of those that were."""
        ...


class Known(Protocol):
    """The keys as who is asked looks them up: `Keys`, or such a table."""

    def find(self, secret: str) -> Key | None:
        """The key that this is, be it over; None if it is none. It takes as long for any."""
        ...

    def is_good(self, key: Key) -> bool:
        """Whether a key that was found is good still."""
        ...

    def note_use(self, key: Key) -> None:
        """Write down the day, once a day."""
        ...


Where = Path | Kept
"""A library's file of keys, or a table."""


def at(where: Where) -> Kept:
    """What keeps the keys there."""
    return _File(where) if isinstance(where, Path) else where


def read(where: Where) -> dict[str, Key]:
    """Keys by name, those that are over too; none if there is no such file.

    Raises:
        KeyProblem: it cannot be read, or is no file of keys.
        LibraryError: the database does not answer.
    """
    return at(where).known()


def _read(file: Path) -> dict[str, Key]:
    try:
        said = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeyProblem(f"{file}: {error.strerror or error}; have its rights changed") from None
    return parsed(file, said)


def parsed(file: Path | str, said: bytes) -> dict[str, Key]:
    """The same of what was read. Raises KeyProblem: that is no file of keys."""
    try:
        keys = [_parsed(name, one) for name, one in json.loads(said).items()]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise KeyProblem(
            f"{file}: no file of keys, as ibid key add makes it ({error}); mend it or remove it, "
            "and then no key is good any more"
        ) from None
    return {key.name: key for key in keys}


def any_keys(where: Where) -> bool:
    """Whether there is a key that is good today.

    Raises:
        KeyProblem: its file cannot be read.
    """
    return any(not key.is_over() for key in read(where).values())


def add(
    where: Where,
    name: str,
    scope: Scope,
    collections: Sequence[str] = (),
    rate: int = 0,
    expires: date | None = None,
) -> str:
    """Make a key; what is returned is told nowhere else and never again.

    Raises:
        KeyProblem: the name or the day cannot be, there is one of that name, or the file cannot
            be written.
    """
    if not _NAME.fullmatch(name):
        raise KeyProblem(f"{name!r}: a name has letters, digits and . _ @ - and at most 64 of them")
    if expires is not None and expires < date.today():
        raise KeyProblem(f"{expires}: that day is past; name one that is to come")
    secret = _made()
    key = Key(name, digest_of(secret), scope, _named(collections), rate, expires, date.today())
    if not at(where).add(key):
        raise KeyProblem(f"there is a key {name}; ibid key rotate {name} makes another of it")
    return secret


def rotate(where: Where, name: str) -> str:
    """Another key in the place of one, which is good no longer; it may do the same.

    Raises:
        KeyProblem: there is none of that name, its last day is past, or the file cannot be
            written.
    """
    kept = at(where)
    key = _found(kept.known(), name)
    if key.is_over():
        raise KeyProblem(f"{name} was good until {key.expires}; remove it and add another")
    secret = _made()
    kept.change(replace(key, hashed=digest_of(secret), made=date.today()))
    return secret


def remove(where: Where, name: str) -> None:
    """A key is good no longer, whoever has it.

    Raises:
        KeyProblem: there is none of that name, or the file cannot be written.
    """
    kept = at(where)
    _found(kept.known(), name)
    kept.remove(name)


@dataclass(frozen=True, slots=True)
class _File:
    """What is changed of the file of a library, as `Kept` has it; each change writes it anew."""

    path: Path

    def known(self) -> dict[str, Key]:
        return _read(self.path)

    def add(self, key: Key) -> bool:
        if key.name in (keys := self.known()):
            return False
        _write(self.path, {**keys, key.name: key})
        return True

    def change(self, key: Key) -> None:
        _write(self.path, {**self.known(), key.name: key})

    def remove(self, name: str) -> None:
        keys = self.known()
        del keys[name]
        _write(self.path, keys)

    def last_used(self) -> dict[str, str]:
        return last_used(self.path.parent)


class Keys:
    """The keys of a library as they are now: the file is read again whenever it has changed."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / KEYS
        self._used = folder / USED
        self._as_read = b""
        self._known: dict[str, Key] = {}
        self._noted: dict[str, str] | None = None

    def known(self) -> dict[str, Key]:
        """Keys by name; none while the file cannot be read."""
        try:
            said = self.file.read_bytes()
        except FileNotFoundError:
            said = b""
        except OSError as error:
            log.error("no key is good: %s", error)  # noqa: TRY400  # its cause is all there is
            said = b""
        if said != self._as_read:  # The day of the file would not tell of two changes at once.
            try:
                self._known = parsed(self.file, said) if said else {}
            except KeyProblem as problem:
                log.error("no key is good: %s", problem)  # noqa: TRY400
                self._known = {}
            self._as_read = said
        return self._known

    def find(self, secret: str) -> Key | None:
        """As `Known` has it."""
        hashed, found = digest_of(secret), None
        for key in self.known().values():
            if hmac.compare_digest(key.hashed, hashed):
                found = key
        return found

    def is_good(self, key: Key) -> bool:
        """As `Known` has it."""
        now = self.known().get(key.name)
        return now is not None and now.hashed == key.hashed and not now.is_over()

    def note_use(self, key: Key) -> None:
        """Write down the day, once a day: in a file of its own, since the other is not ours."""
        today = date.today().isoformat()
        if self._noted is None:
            self._noted = dict(last_used(self._used.parent))
        if self._noted.get(key.name) == today:
            return
        self._noted[key.name] = today
        try:
            known = {name: day for name, day in self._noted.items() if name in self.known()}
            disk.write_whole(self._used, json.dumps(known).encode(), mode=0o600)
        except OSError:  # a day that is not written down is no reason to refuse anybody
            log.warning("when a key was used could not be written down")


def last_used(folder: Path) -> dict[str, str]:
    """The day on which each key was last used, as ISO 8601; of those that were."""
    try:
        said = json.loads((folder / USED).read_bytes())
        return {str(name): date.fromisoformat(day).isoformat() for name, day in said.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _parsed(name: str, said: Mapping[str, Any]) -> Key:
    collections, rate = said.get("collections", []), said.get("rate", 0)
    if not _NAME.fullmatch(name) or said["scope"] not in SCOPES:
        raise ValueError(f"{name!r} is no key")
    if not re.fullmatch(r"[0-9a-f]{64}", said["hashed"]):
        raise ValueError(f"the hash of {name} is none")
    if not isinstance(collections, list) or not all(isinstance(one, str) for one in collections):
        # Read otherwise, it might be good for more than was meant.
        raise ValueError(f"the collections of {name} are none")
    if not isinstance(rate, int) or rate < 0:
        raise ValueError(f"the rate of {name} is none")
    days = {
        which: date.fromisoformat(said[which])
        for which in ("expires", "made")
        if said.get(which) is not None
    }
    return Key(name, said["hashed"], said["scope"], tuple(collections), rate, **days)


def _named(collections: Sequence[str]) -> tuple[str, ...]:
    for name in collections:
        if not name.strip() or len(name) > _LONGEST_COLLECTION:
            raise KeyProblem(f"{name[:80]!r} is no collection; ibid collections lists them")
    return tuple(dict.fromkeys(collections))


def _found(keys: Mapping[str, Key], name: str) -> Key:
    if name not in keys:
        raise KeyProblem(f"no key {name}; ibid key list shows which there are")
    return keys[name]


def _made() -> str:
    said = PREFIX + _digits(secrets.randbits(256), _RANDOM)
    return said + _checksum(said)


def _checksum(said: str) -> str:
    return _digits(zlib.crc32(said.encode()), _CHECK)


def _digits(number: int, width: int) -> str:
    told = ""
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        told = _DIGITS[digit] + told
    return told


def digest_of(secret: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def dumped(keys: Mapping[str, Key]) -> str:
    """Keys as `parsed` reads them."""
    said = {
        name: {
            what: value
            for what, value in asdict(key).items()
            if what != "name" and value not in (None, 0, ())
        }
        for name, key in sorted(keys.items())
    }
    return json.dumps(said, indent=1, ensure_ascii=False, default=str) + "\n"


def _write(file: Path, keys: Mapping[str, Key]) -> None:
    text = dumped(keys)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and os.name == "posix" and file.stat().st_mode & 0o077:
            file.chmod(0o600)
        disk.write_whole(file, text.encode(), mode=0o600)
    except OSError as error:
        raise KeyProblem(
            f"{file}: {error.strerror or error}; make room there, or have its rights changed"
        ) from None
