"""What runs in the child process of a `Worker`: one article after another, by `parse`, or a page.

It is told what to read and tells what it read in lines of JSON, so that nothing that a hostile
file made of this process is ever run by the one that asked.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from rag.errors import ArticleError
from rag.loaders.feeds import parsed_links
from rag.loaders.files import parse
from rag.loaders.pages import drawn
from rag.loaders.table import Columns, read_table
from rag.schema import Article

_TOLD_EVERY_S = 0.2
# Shares of the memory that may be taken: at which what fails has failed for want of it, and at
# which the next file gets another child, since no process gives back all that it took.
_FULL, _SPENT = 0.8, 0.5


def serve() -> None:
    """Read what standard input asks for until it ends; answer on what was standard output."""
    with suppress(ValueError):  # Ctrl-C is for the one that asked, who ends this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = sys.stdin.buffer
    # What a parser prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    # What all formats need is loaded before the time of a file begins.
    parse(b"Ready.", Path("ready.txt"), "ready.txt", lambda done, of: None)
    reserved = _reserved()
    _tell(answers, {"ready": True})
    while line := asked.readline():
        task = json.loads(line)
        _limit(reserved + task["memory_bytes"], task["seconds"])
        told = _outcome(asked.read(task["size"]), task, answers)
        share = _most_memory() / task["memory_bytes"]
        if share > _FULL and told.keys().isdisjoint(("article", "articles", "links", "page")):
            told = {"fault": "memory"}  # Which a parser may have told as anything.
        is_last = share > _SPENT
        _tell(answers, told | {"is_last": is_last})
        if is_last:
            return


def _outcome(data: bytes, task: dict[str, Any], answers: BinaryIO) -> dict[str, Any]:
    try:
        if task["page"]:
            return {"page": drawn(data, task["page"], task["text"], ocr=task["ocr"])}
        if kind := task.get("links"):
            return {"links": parsed_links(data, kind, task["source"])}
        file, on_page = Path(task["file"]), _progress(answers)
        if (columns := task.get("columns")) is not None:
            rows = read_table(data, file, task["source"], Columns(**columns), on_page)
            return {"articles": [*map(_told, rows)]}
        return _told(parse(data, file, task["source"], on_page, ocr=task["ocr"]))
    except ArticleError as error:
        return _error(error)
    except MemoryError:
        return {"fault": "memory"}
    except Exception as error:  # A reader's own fault, or one that a file was made to find.
        return {"fault": type(error).__name__}


def _told(read: Article | ArticleError) -> dict[str, Any]:
    if isinstance(read, ArticleError):
        return _error(read)
    notes = [_error(note) for note in read.notes]
    return {"article": asdict(replace(read, notes=())), "notes": notes}


def _error(error: ArticleError) -> dict[str, Any]:
    return {"error": str(error), "kind": error.kind, "facts": error.facts}


def _progress(answers: BinaryIO) -> Callable[[int, int], None]:
    last = time.monotonic()

    def on_page(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last > _TOLD_EVERY_S:
            last = time.monotonic()
            _tell(answers, {"done": done, "of": of})

    return on_page


def _tell(answers: BinaryIO, told: dict[str, Any]) -> None:
    answers.write(json.dumps(told, default=str).encode() + b"\n")
    answers.flush()


def _limit(memory_bytes: int, seconds: float) -> None:
    """Have the system hold the limits, where it can, even when nobody watches any more."""
    try:
        import resource
    except ImportError:  # Windows.
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + 2
    for which, soft in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, until)):
        _, hard = resource.getrlimit(which)
        most = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        with suppress(ValueError, OSError):  # macOS knows the limit of memory only by name.
            resource.setrlimit(which, (most, hard))


def _most_memory() -> int:
    """The most bytes that this process has held; 0 where that is not told.

    On Linux `getrusage` would also count what the process that started this one held.
    """
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows.
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS tells bytes.


def _reserved() -> int:
    """How many bytes the system counts as this process's, held or only reserved."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):  # Not Linux, which alone holds that limit.
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
