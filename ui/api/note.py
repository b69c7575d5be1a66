"""The note of a running Ibid, beside its library: where it is asked, and with which token.

The lock of the library is what tells whether somebody owns it (`rag.index.ownership`). The note
says only how to ask that one, and counts only while it is by the owner.
"""

from __future__ import annotations

import ipaddress
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from rag import disk
from rag.errors import LibraryInUse
from rag.index import ownership

NOTE = "running.json"
_SHORTEST_TOKEN = 32


@dataclass(frozen=True, slots=True)
class Note:
    """A process that answers on ``address`` and ``port`` of this machine to whoever has a token."""

    pid: int
    address: str
    port: int
    token: str
    version: str

    @property
    def url(self) -> str:
        """Where it is."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    def __repr__(self) -> str:
        """Without the token, which no log and no traceback should hold."""
        return f"Note(pid={self.pid}, url={self.url!r}, version={self.version!r})"


def version() -> str:
    """The version of this Ibid."""
    return metadata.version("ibid-rag")


def write(folder: Path, address: str, port: int, token: str) -> None:
    """Say that this process answers; only the owner of the file can read it.

    Where that cannot be written, commands are told that the library is in use, that is all.
    """
    note = Note(os.getpid(), address, port, token, version())
    with suppress(OSError):
        remove(folder)  # its rights would be kept
        disk.write_whole(folder / NOTE, json.dumps(asdict(note)).encode(), mode=0o600)


def remove(folder: Path) -> None:
    """Say it no longer."""
    with suppress(OSError):
        (folder / NOTE).unlink(missing_ok=True)


def running(folder: Path) -> Note | None:
    """The Ibid that owns a library and can be asked; None if there is none.

    What a process left that was killed is none, nor what another user wrote.
    """
    note = _read(folder / NOTE)
    if (
        note is None
        or note.pid != ownership.owning_process(folder)
        or not ownership.is_owned(folder)
    ):
        return None
    return note


def check_alone(folder: Path, what: str, does: str) -> None:
    """Make sure that no Ibid runs over a library; ``what`` cannot be done while it ``does`` that.

    Raises:
        LibraryInUse: one does.
    """
    if other := running(folder):
        raise LibraryInUse(
            f"{what} while the Ibid at {other.url} (process {other.pid}) {does}; stop that one "
            "with Ctrl-C where it was started, then run this again"
        )


def _read(file: Path) -> Note | None:
    try:
        with file.open("rb") as opened:
            if os.name == "posix" and os.fstat(opened.fileno()).st_uid != os.getuid():
                return None
            said = json.loads(opened.read(4096))
        note = Note(
            int(said["pid"]),
            str(said["address"]),
            int(said["port"]),
            str(said["token"]),
            str(said["version"]),
        )
        is_here = ipaddress.ip_address(note.address).is_loopback
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return note if is_here and len(note.token) >= _SHORTEST_TOKEN else None
