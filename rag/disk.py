"""What keeps a folder or a file from being written, and what to do about it."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_ROOM = 1 << 18  # bytes: what SQLite needs beside a file in order to read and to change it


def unwritable(folder: Path) -> str:
    """Why nothing can be written into a folder that is there; empty if something can.

    A file of 256 kB is written and removed, since only that tells of a full disk, a read-only
    one, missing rights and limits alike.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".room-")
        try:
            with os.fdopen(descriptor, "wb") as probe:
                probe.write(bytes(_ROOM))
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def size_of(folder: Path) -> int:
    """How many bytes the files in a folder take."""
    taken = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # SQLite's own files come and go.
            taken += file.stat().st_size if file.is_file() else 0
    return taken


def is_there(file: Path) -> bool:
    """Whether there is such a file, as far as one may look; a name that cannot be is not there."""
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False


def write_whole(file: Path, contents: bytes, *, mode: int = 0o666) -> None:
    """Write a file whole or not at all: on a full disk the older one stays as it was.

    ``mode`` is that of the new file, less what the process takes away from all.

    Raises:
        OSError: it cannot be written.
    """
    # Through a link, and into what is no file, such as a pipe, as one would write to it.
    place = file.resolve()
    if place.exists() and not place.is_file():
        place.write_bytes(contents)
        return
    if place.exists():
        mode &= place.stat().st_mode
    new = place.with_name(f".{place.name[:100]}-{secrets.token_hex(4)}")

    def opener(path: str, flags: int) -> int:
        return os.open(path, flags, mode)

    try:
        with open(new, "xb", opener=opener) as written:
            written.write(contents)
        new.replace(place)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(file)) from None


def advice(error: OSError) -> str:
    """One line on a file that could not be written or read, and what to do; empty if unknown."""
    told = f"{error.filename or 'the disk'}: {error.strerror}"
    if error.errno in _FULL:
        return f"{told}; make room on the disk, or name a folder on another one"
    if error.errno in _FORBIDDEN:
        return f"{told}; name another place, or have its rights changed"
    return ""
