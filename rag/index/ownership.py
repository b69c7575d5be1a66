"""One owner of a library at a time: the lock of its folder, and the note that says whose it is.

And one thread of that owner that changes it at a time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag.disk import unwritable
from rag.errors import IbidError, LibraryError, LibraryInUse, LibraryReadOnly

LOCK = "lock"
"""The name of the file, in a library's folder, that is locked by its owner."""
_OWNER = "owner.json"


@contextmanager
def owned(folder: Path, purpose: str = "") -> Iterator[None]:
    """Hold the lock of a library's folder, and say so to others.

    Raises:
        LibraryInUse: another process holds it.
        LibraryError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryInUse(
            f"{folder}: in use by {owner(folder) or 'another process'}; "
            "stop that one, or name another library with --library"
        ) from None
    except OSError as error:
        raise LibraryError(
            f"{folder}: {error.strerror or error}; name another folder with --library"
        ) from None
    note = folder / _OWNER
    try:
        # Without the note others learn less, that is all.
        with suppress(OSError):
            note.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def rebuilding(folder: Path) -> Iterator[None]:
    """Hold the lock of who makes a library anew in this folder.

    Raises:
        LibraryInUse: another process does.
        LibraryReadOnly: nothing can be written there.
    """
    lock = FileLock(folder / "rebuild.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryInUse(
            f"{folder}: another ibid rebuild is under way; wait for its end"
        ) from None
    except OSError as error:
        raise unchangeable(folder, error.strerror or str(error)) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def changing(folder: Path, lock: AbstractContextManager[Any], read_only: str) -> Iterator[None]:
    """Keep other threads from changing a library; a want of room or rights is told as that.

    Raises:
        LibraryReadOnly: ``read_only`` says why nothing can be written, or it shows now.
    """
    if read_only:
        raise unchangeable(folder, read_only)
    with lock:
        try:
            yield
        except IbidError:
            raise
        except Exception as error:  # what Chroma says of it is no sentence
            if why := unwritable(folder):
                raise unchangeable(folder, why) from error
            raise


def unchangeable(folder: Path, why: str) -> LibraryReadOnly:
    """The error of a library that can be read and not be changed."""
    return LibraryReadOnly(
        f"{folder}: cannot be changed ({why}); make room on the disk, have its rights changed, or "
        "name another folder with --library",
        "read only",
        why=why,
    )


def owner(folder: Path) -> str:
    """Who owns a library just now, in words; empty when nobody is known to."""
    pid, purpose = _noted(folder)
    if pid is None:
        return ""
    return f"process {pid} ({purpose})" if purpose else f"process {pid}"


def owning_process(folder: Path) -> int | None:
    """The process that says it owns a library and still runs; its lock is what tells."""
    return _noted(folder)[0]


def is_owned(folder: Path) -> bool:
    """Whether a process holds the lock of a library; what one that died has left does not count."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # It cannot be told where nothing can be written.
        return False


def _noted(folder: Path) -> tuple[int | None, str]:
    try:
        facts = json.loads((folder / _OWNER).read_text())
        pid, purpose = int(facts["pid"]), str(facts.get("purpose") or "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, ""
    return (pid, purpose) if _is_running(pid) else (None, "")


def _is_running(pid: int) -> bool:
    if os.name != "posix":  # Elsewhere, to ask is to kill.
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
