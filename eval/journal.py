"""Files of lines that are only ever added to, so that a crash tears at most the last one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import RunError


@contextmanager
def locked(folder: Path, refusal: str) -> Iterator[None]:
    """Keep other processes out of a folder.

    Raises:
        RunError: one is in it; ``refusal`` says so after the folder's name.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(f"{folder}: {refusal}") from None
    try:
        yield
    finally:
        lock.release()  # the file stays: who has opened it already would lock it in vain


def whole_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """The byte at which each whole line begins, and the line; nothing where there is no file.

    The last line may be torn, by a crash or because it is being written; it does not count.

    Raises:
        OSError: the file cannot be read.
    """
    if not file.exists():
        return
    start = 0
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            yield start, line
            start += len(line)


@contextmanager
def appending(file: Path) -> Iterator[Callable[[bytes], None]]:
    """What adds a line, given without its line break, which is on disk when the call returns.

    A torn line is taken out before. For one writer at a time.

    Raises:
        OSError: the file cannot be written.
    """
    with file.open("ab+") as lines:
        lines.seek(0)
        lines.truncate(sum(len(line) for line in lines if line.endswith(b"\n")))

        def add(line: bytes) -> None:
            lines.write(line + b"\n")
            lines.flush()
            os.fsync(lines.fileno())

        yield add
