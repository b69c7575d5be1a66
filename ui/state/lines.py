"""Documents that are only added to, one a line: in a file, or in a table for all processes.

No Gradio here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from rag.errors import IbidError


class Full(IbidError):
    """There is too much of it already."""


class Lines(Protocol):
    """Lines of one kind, each a document in JSON."""

    def add(self, line: bytes) -> None:
        """Put one down, whole and for good.

        Raises:
            Full: there is too much of it already.
            OSError, LibraryError: it cannot be written.
        """
        ...

    def newest(self) -> Iterator[bytes]:
        """All of them, the latest first."""
        ...


class LinesFile:
    """As `Lines`, in a file of at most so many bytes, which nobody but its owner can read.

    Any thread may use it.
    """

    def __init__(self, file: Path, most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    def add(self, line: bytes) -> None:
        """As `Lines` has it."""
        with self._lock:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with os.fdopen(os.open(self._file, flags, 0o600), "ab") as opened:
                if opened.tell() + len(line) + 1 > self._most_bytes:
                    raise Full(f"{self._file}: larger than {self._most_bytes} bytes; move it away")
                opened.write(line + b"\n")
                opened.flush()
                os.fsync(opened.fileno())

    def newest(self) -> Iterator[bytes]:
        """As `Lines` has it."""
        try:
            with self._lock, self._file.open("rb") as opened:
                lines = opened.readlines()
        except FileNotFoundError:
            return
        yield from reversed(lines)
