"""Reading in a child process, which a hostile file may hang, fill or crash without harm.

The child reads one file after another, as `rag.loaders.child` has it. It is ended, and the next
file gets a new one, when a file takes too much time or memory, crashes it, or is called off.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rag.errors import ArticleError
from rag.loaders.pages import Drawn
from rag.loaders.pdf import MOST_PAGES
from rag.loaders.table import Columns
from rag.schema import Article
from rag.tuning import ReadingTuning

OnProgress = Callable[[int, int], None]

_START_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.1
# The time that counts is that of a processor; where others want it too, all takes longer.
_BUSY = 4.0
# The search path is the parent's own; the working folder is no part of it unless it was.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from rag.loaders.child import serve; serve()"
)
# A reader needs no key of any service.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")

# Each thread would reserve memory for sums that no reader does.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


# What a child tells at the end of a task.
_WHOLE = ("article", "articles", "links", "page")


class _Ended(Exception):
    """The child is gone."""


class Worker:
    """Reads articles in one child process. For one thread at a time; others wait.

    The child is started by `start`, as by ``with``, or when it is first needed, and ends with
    `close`.
    """

    def __init__(self, limits: ReadingTuning | None = None) -> None:
        self.limits = limits or ReadingTuning()
        self._reading = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._is_ready = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Have a child begin to load what it reads with, unless there is one; returns at once."""
        if self._child is not None:
            return
        command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ONE_THREAD
            | {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
        self._answers = queue.SimpleQueue()
        self._is_ready = False
        threading.Thread(
            target=_listen, args=(self._child, self._answers), daemon=True, name="ibid-reading"
        ).start()

    def close(self) -> None:
        """End the child, whatever it does just now."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def read(
        self,
        data: bytes,
        file: Path,
        source: str,
        on_progress: OnProgress = lambda done, of: None,
    ) -> Article:
        """Read one article that is in memory already. ``file`` names it and its format.

        ``on_progress`` is told ten times a second how many pages were read, 0 of 0 where there
        are none. What it raises ends the reading there, and the child with it.

        Raises:
            ArticleError: there is no such article in the bytes, or it takes too much time or
                memory to read.
        """
        told = self._told_of(data, file, {"source": source, "page": 0}, on_progress)
        return _rebuilt(told["article"], told["notes"])

    def read_table(
        self,
        data: bytes,
        file: Path,
        source: str,
        columns: Columns,
        on_progress: OnProgress = lambda done, of: None,
    ) -> list[Article | ArticleError]:
        """The articles of a table, row by row, or why a row is none; all else as in `read`."""
        task = {"source": source, "page": 0, "columns": asdict(columns)}
        rows = self._told_of(data, file, task, on_progress)["articles"]
        return [
            _error(row) if "error" in row else _rebuilt(row["article"], row["notes"])
            for row in rows
        ]

    def read_links(self, data: bytes, kind: str, link: str) -> tuple[list[str], list[str]]:
        """The links to pages and to sitemaps in a feed or sitemap that was had at a link.

        Raises:
            ArticleError: they cannot be read, or it takes too much time or memory.
        """
        task = {"source": link, "page": 0, "links": kind}
        pages, sitemaps = self._told_of(data, Path(link), task, lambda done, of: None)["links"]
        return [*map(str, pages)], [*map(str, sitemaps)]

    def draw(self, data: bytes, file: Path, number: int, text: str) -> Drawn:
        """A page of a PDF that is in memory already, as a picture; ``text`` is what was read of it.

        Raises:
            ArticleError: it cannot be drawn, or takes too much time or memory.
        """
        task = {"source": "", "page": number, "text": text}
        return _picture(self._told_of(data, file, task, lambda done, of: None)["page"])

    def _told_of(
        self, data: bytes, file: Path, task: dict[str, Any], on_progress: OnProgress
    ) -> dict[str, Any]:
        """What the child makes of a task."""
        with self._reading:
            try:
                return self._done(data, file, task, on_progress)
            except ArticleError:
                raise
            except _Ended:
                self.close()
                raise ArticleError(
                    f"{file}: the reader broke down over it, as over a file that is damaged or "
                    "made to harm; save it anew, or as text, and add it again",
                    "reader broken",
                ) from None
            except BaseException:
                self.close()  # Called off, as by Ctrl-C.
                raise

    def _done(
        self, data: bytes, file: Path, task: dict[str, Any], on_progress: OnProgress
    ) -> dict[str, Any]:
        more = max(0.0, len(data) / 1_000_000 - 1)
        least = self.limits.seconds + self.limits.seconds_per_mb * more
        a_page = self.limits.ocr_seconds if self._recognises(file) else 0.0
        silent = self.limits.silent_seconds + a_page
        self._make_ready(on_progress)
        before = self._spent()
        self._ask(data, file, task, least + a_page * MOST_PAGES)
        began = time.monotonic()
        done, of = 0, 0
        heard = before
        while True:
            told = self._told()
            if told is not None and "done" not in told:
                if told.get("is_last"):
                    self.close()
                return self._checked(told, file)
            if told is not None:
                done, of = told["done"], told["of"]
                heard = self._spent()
            on_progress(done, of)
            spent = self._spent()
            seconds = least + a_page * (done + 1)
            if spent - before > seconds or time.monotonic() - began > _BUSY * seconds:
                raise self._too_slow(file, seconds, "seconds")
            if spent - heard > silent:
                raise self._too_slow(file, silent, "silent_seconds")
            if self._memory() > self._memory_mb(file) * 1_000_000:
                raise self._too_large(file)

    def _recognises(self, file: Path) -> bool:
        """Whether the words in pictures of its pages are read."""
        return self.limits.ocr and file.suffix.lower() == ".pdf"

    def _memory_mb(self, file: Path) -> int:
        more = self.limits.ocr_memory_mb if self._recognises(file) else 0
        return self.limits.memory_mb + more

    def _make_ready(self, on_progress: OnProgress) -> None:
        if self._child is not None and self._child.poll() is not None:
            self.close()
        self.start()
        until = time.monotonic() + _START_WITHIN_S
        while not self._is_ready:
            on_progress(0, 0)
            self._is_ready = self._told() is not None
            if time.monotonic() > until:
                raise _Ended

    def _ask(self, data: bytes, file: Path, task: dict[str, Any], seconds: float) -> None:
        task = {
            **task,
            "file": str(file),
            "size": len(data),
            "seconds": seconds,
            "memory_bytes": self._memory_mb(file) * 1_000_000,
            "ocr": self._recognises(file),
        }
        assert self._child is not None and self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(task).encode() + b"\n")
            self._child.stdin.write(data)
            self._child.stdin.flush()
        except OSError:
            raise _Ended from None

    def _told(self) -> dict[str, Any] | None:
        """The next answer, if it comes soon."""
        try:
            line = self._answers.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            return None
        try:
            told = json.loads(line)
        except ValueError:
            raise _Ended from None
        if not isinstance(told, dict):
            raise _Ended
        return told

    def _checked(self, told: dict[str, Any], file: Path) -> dict[str, Any]:
        if "error" in told:
            raise _error(told)
        if told.get("fault") == "memory":
            raise self._too_large(file)
        if told.keys().isdisjoint(_WHOLE):
            raise ArticleError(
                f"{file}: it cannot be read ({told.get('fault')}); save it anew, or as text",
                "unreadable",
                why=told.get("fault"),
            )
        return told

    def _too_slow(self, file: Path, seconds: float, setting: str) -> ArticleError:
        self.close()
        return ArticleError(
            f"{file}: reading it took more than {seconds:.0f} seconds and was stopped; "
            f"split the file, save it as text, or raise the setting reading.{setting}",
            "read slow",
            seconds=round(seconds),
        )

    def _too_large(self, file: Path) -> ArticleError:
        self.close()  # What it took it may not give back.
        return ArticleError(
            f"{file}: reading it took more than {self._memory_mb(file):,} MB of memory and was "
            "stopped; split the file, save it as text, or raise the setting reading.memory_mb",
            "read large",
            megabytes=self._memory_mb(file),
        )

    def _memory(self) -> int:
        """How many bytes the child holds in memory; 0 once it is gone."""
        import psutil

        with suppress(psutil.Error):
            return int(psutil.Process(self._child.pid).memory_info().rss) if self._child else 0
        return 0

    def _spent(self) -> float:
        """How many seconds of a processor the child has taken; 0 once it is gone."""
        import psutil

        with suppress(psutil.Error):
            times = psutil.Process(self._child.pid).cpu_times() if self._child else None
            return float(times.user + times.system) if times else 0.0
        return 0.0


def _error(told: dict[str, Any]) -> ArticleError:
    return ArticleError(str(told["error"]), told["kind"], **told["facts"])


def _rebuilt(told: dict[str, Any], notes: list[dict[str, Any]]) -> Article:
    facts: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in told.items()
    }
    published = facts["published"]
    facts["published"] = date.fromisoformat(published) if published else None
    return Article(**facts | {"notes": tuple(_error(note) for note in notes)})


def _picture(told: dict[str, Any]) -> Drawn:
    words = tuple(tuple(map(int, word)) for word in told["words"])
    return Drawn(
        base64.b64decode(told["image"]),
        "image/webp",
        int(told["width"]),
        int(told["height"]),
        words,
    )


@cache
def shared() -> Worker:
    """The worker of all that name none, with the default limits; it ends with the program."""
    worker = Worker()
    atexit.register(worker.close)
    return worker


def _listen(child: subprocess.Popen[bytes], answers: queue.SimpleQueue[bytes]) -> None:
    """Pass on what the child tells, and an empty line at its end."""
    assert child.stdout is not None
    with suppress(OSError, ValueError):  # It was closed meanwhile.
        for line in child.stdout:
            answers.put(line)
    answers.put(b"")
