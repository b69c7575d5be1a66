"""Who changed what in a library: a line in a file beside it for each change, made or failed.

Where several processes share a library, the lines are in its database. Each is a document of JSON
in ASCII, so that no title, name or address can end a line or pretend to be one; and no title, text
or question is in it. No Gradio here.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rag.errors import IbidError
from ui import asked
from ui.state.lines import Lines

log = logging.getLogger(__name__)

AUDIT = "audit.jsonl"  # the file's name in the library's folder
_LONGEST = 200


class Limits(Protocol):
    """As `rag.limits.AuditLimits`."""

    @property
    def file_mb(self) -> int:
        """Of a file, before a new one is begun."""
        ...

    @property
    def files(self) -> int:
        """That are kept."""
        ...


@dataclass(frozen=True, slots=True)
class Audit:
    """Keeps account of a library in its folder, or in lines that other processes add to.

    ``purpose`` is whose work it is where nobody asks.

    Its `write` is what a `rag.index.library.Library` tells its changes to. What cannot be written
    is no reason to undo a change; the log says so.
    """

    where: Path | Lines
    limits: Limits
    purpose: str = ""

    def write(self, change: Any, error: BaseException | None) -> None:
        """Put down a change that was made, or failed with an error."""
        line = json.dumps(self._said(change, error)).encode()
        try:
            if isinstance(self.where, Path):
                self._append(self.where, line + b"\n")
            else:
                self.where.add(line)
        except (OSError, IbidError) as failure:
            reason = getattr(failure, "strerror", "") or type(failure).__name__
            log.error("a change could not be put down in %s: %s", AUDIT, reason)  # noqa: TRY400

    def _append(self, folder: Path, line: bytes) -> None:
        self._make_room(folder, len(line))
        file = os.open(folder / AUDIT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(line)

    def _said(self, change: Any, error: BaseException | None) -> dict[str, Any]:
        request = asked.now()
        said = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "act": change.act,
            "articles": change.ids,
            "collection": change.collection[:_LONGEST],
            "new": change.new[:_LONGEST],
            "outcome": "failed" if error else "done",
            "error": type(error).__name__ if error else "",
            "by": request.by if request else "",
            "way": request.way if request else "command",
            "route": request.route if request else self.purpose,
            "request": request.id if request else "",
        }
        return {name: value for name, value in said.items() if value != ""}

    def _make_room(self, folder: Path, more: int) -> None:
        """Begin a new file where this one would grow too large; the oldest ones go."""
        file = folder / AUDIT
        with suppress(FileNotFoundError):
            if file.stat().st_size + more <= self.limits.file_mb * 1_000_000:
                return
            for number in range(self.limits.files - 1, 0, -1):
                newer = _older(folder, number - 1)
                if newer.exists():
                    newer.replace(_older(folder, number))
            if file.exists():  # one file is kept, and begun anew
                file.unlink()


def read(where: Path | Lines) -> Iterator[dict[str, Any]]:
    """What was put down, the latest first; a line that is none, as of a crash, is passed over."""
    for line in _of_files(where) if isinstance(where, Path) else where.newest():
        with suppress(ValueError):
            said = json.loads(line)
            if isinstance(said, dict):
                yield said


def _of_files(folder: Path) -> Iterator[bytes]:
    number = 0
    while (file := _older(folder, number)).exists():
        yield from reversed(file.read_bytes().splitlines())
        number += 1


def _older(folder: Path, number: int) -> Path:
    """The file that was begun anew so many times since; 0 is the one that is written."""
    return folder / (f"{AUDIT}.{number}" if number else AUDIT)
