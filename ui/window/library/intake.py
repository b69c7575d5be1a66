"""What is being added to the library: one queue that one thread works off, and every page sees.

No Gradio here.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol

from rag.errors import IbidError, UnknownArticle
from rag.index.originals import Originals
from rag.language.visible import plain
from rag.loaders import read_bytes, read_link
from rag.loaders.worker import Worker
from rag.schema import Article, ArticleInfo
from ui.ahead import Ahead

log = logging.getLogger(__name__)

State = Literal[
    "waiting", "reading", "embedding", "added", "replaced", "same", "failed", "cancelled"
]
BUSY: tuple[State, ...] = ("waiting", "reading", "embedding")
# Of one visitor, whose queue must not be all that the others see; and of all together.
MOST_WAITING = 1_000
MOST_OF_ALL = 4_000
_MOST_DONE = 1_000
_LONGEST_NAME = 300


class Engine(Protocol):
    """What articles are added to, which may still be loading."""

    @property
    def library(self) -> Any:
        """A `rag.index.library.Library`, there from the beginning."""
        ...

    @property
    def ahead(self) -> Ahead:
        """The questions that are made ahead, but not while articles are added."""
        ...

    def status(self) -> str:
        """What is being loaded; empty when all is ready."""
        ...


class TooMany(IbidError):
    """The queue takes no more, of one visitor or of all; ``limit`` is how many wait already."""

    def __init__(self, limit: int, *, is_own: bool) -> None:
        super().__init__(f"{limit:,} are waiting already; add the rest after them")
        self.limit = limit
        self.is_own = is_own


@dataclass(frozen=True, slots=True)
class Item:
    """A file or a link, and how far it has come.

    ``error``: why it failed; None where nobody foresaw it. ``done`` of ``of`` pages are read, or
    chunks embedded. ``before``: the article whose place it took. ``namesake``: the one, had from
    elsewhere, that it says it is. ``notes``: what its reader did not understand. ``by``: who
    added it.
    """

    number: int
    name: str
    state: State = "waiting"
    error: IbidError | None = None
    done: int = 0
    of: int = 0
    article_id: str = ""
    before: Article | None = None
    namesake: ArticleInfo | None = None
    notes: tuple[IbidError, ...] = ()
    by: str = ""


class _Cancelled(Exception):
    pass


class Intake:
    """The queue. Whoever adds, all may look, and cancel.

    ``version`` grows with every change of the queue, ``stock`` with every change of the library
    that was made here or told to `restock`. Files wait in the folder ``queued``, which is there;
    of a PDF a copy goes to ``originals``.
    """

    def __init__(
        self,
        engine: Engine,
        fetched: Callable[[str, Worker, Callable[[int, int], None]], Article] = read_link,
        queued: Path | None = None,
        originals: Originals | None = None,
    ) -> None:
        self.version = 0
        self.stock = 0
        self._engine = engine
        self._fetched = fetched
        self._originals = originals
        # What is left of a temporary folder after a crash, nobody deletes.
        self._temporary = None if queued else tempfile.TemporaryDirectory(prefix="ibid-")
        self._queued = queued or Path(self._temporary.name if self._temporary else "")
        self._lock = threading.Lock()
        self._items: dict[int, Item] = {}
        self._files: dict[int, Path] = {}
        self._articles: dict[int, tuple[Article, str]] = {}  # and the id whose place it takes
        self._count = 0
        self._thread: threading.Thread | None = None

    def items(self) -> list[Item]:
        """All that is waiting, under way or done, in the order in which it came."""
        with self._lock:
            return list(self._items.values())

    def add_file(self, upload: Path, name: str, by: str = "") -> None:
        """Queue an uploaded file, which is moved from where it lies.

        Raises:
            TooMany: too many are waiting already.
            OSError: it does not lie there, or is no file.
        """
        if upload.is_symlink() or not upload.is_file():  # What it leads to was not uploaded.
            raise FileNotFoundError(upload)
        place = self._queued / uuid.uuid4().hex
        shutil.move(upload, place)
        try:
            self._queue(_file_name(name), place, by=by)
        except TooMany:
            place.unlink()
            raise

    def add_link(self, link: str, by: str = "") -> None:
        """Queue a link.

        Raises:
            TooMany: too many are waiting already.
        """
        self._queue(plain(link)[:2_000].strip(), by=by)

    def put_back(self, number: int, by: str = "") -> bool:
        """Queue the article whose place was taken; False if nobody knows any more which it was.

        Raises:
            TooMany: too many are waiting already.
        """
        with self._lock:
            item = self._items.get(number)
        if item is None or item.before is None:
            return False
        self._queue(item.name, article=(item.before, item.article_id), by=by)
        return True

    def take_place(self, number: int, by: str = "") -> bool:
        """Queue an article anew, in place of the one that it says it is; False as above.

        Raises:
            TooMany: too many are waiting already.
        """
        with self._lock:
            item = self._items.get(number)
        if item is None or item.namesake is None or (own := self._held(item.article_id)) is None:
            return False
        self._queue(item.name, article=(own, item.namesake.id), by=by)
        return True

    def cancel(self) -> None:
        """Begin nothing more, and leave off what is under way; what was added stays."""
        with self._lock:
            for number, item in self._items.items():
                if item.state == "waiting" and number in self._files:
                    self._files.pop(number).unlink(missing_ok=True)
                if item.state == "waiting":
                    self._articles.pop(number, None)
                if item.state in BUSY:
                    self._items[number] = replace(item, state="cancelled")
            self.version += 1

    def clear(self) -> None:
        """Forget what is done."""
        with self._lock:
            self._items = {n: item for n, item in self._items.items() if item.state in BUSY}
            self.version += 1

    def restock(self) -> None:
        """Say that the library was changed by others."""
        with self._lock:
            self.stock += 1

    def _queue(
        self,
        name: str,
        file: Path | None = None,
        article: tuple[Article, str] | None = None,
        by: str = "",
    ) -> None:
        with self._lock:
            waiting = [item.by for item in self._items.values() if item.state in BUSY]
            if waiting.count(by) >= MOST_WAITING:
                raise TooMany(MOST_WAITING, is_own=True)
            if len(waiting) >= MOST_OF_ALL:
                raise TooMany(MOST_OF_ALL, is_own=False)
            self._count += 1
            self._items[self._count] = Item(self._count, name, by=by)
            if file is not None:
                self._files[self._count] = file
            if article is not None:
                self._articles[self._count] = article
            self.version += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="ibid-intake")
                self._thread.start()

    def _work(self) -> None:
        reading = self._engine.library.settings.reading
        with self._engine.ahead.still(), Worker(reading) as worker:
            while (item := self._next()) is not None:
                self._work_off(item, worker)

    def _work_off(self, item: Item, worker: Worker) -> None:
        try:
            self._take_in(item, worker)
        except _Cancelled:
            pass
        except IbidError as error:
            self._end(item, state="failed", error=error)
        except Exception:
            log.exception("adding failed")
            self._end(item, state="failed")
        finally:
            self._discard(item.number)

    def _next(self) -> Item | None:
        """The next one; None when there is none, and the thread is to end."""
        with self._lock:
            done = [n for n, item in self._items.items() if item.state not in BUSY]
            for number in done[: max(0, len(done) - _MOST_DONE)]:
                del self._items[number]
            waiting = (item for item in self._items.values() if item.state == "waiting")
            if (item := next(waiting, None)) is None:
                self._thread = None
            return item

    def _take_in(self, item: Item, worker: Worker) -> None:
        while self._engine.status():  # The models are still being loaded.
            self._tell(item.number)
            time.sleep(0.2)
        self._tell(item.number, state="reading")
        article, taken = self._read(item, worker)
        self._tell(item.number, state="embedding", done=0, of=0)
        [outcome] = self._engine.library.add(
            [article],
            on_embedded=lambda done, of: self._tell(item.number, done=done, of=of),
            in_place_of=taken if self._held(taken) else "",
        )
        file = self._files.get(item.number)
        if self._originals is not None and file is not None and article.pages:
            self._originals.keep(outcome.article.digest, file)
        self._end(
            item,
            state=outcome.outcome,
            article_id=outcome.article.id,
            before=outcome.before,
            namesake=outcome.namesake,
            notes=article.notes,
        )
        if outcome.outcome != "same":
            self.restock()

    def _held(self, article_id: str) -> Article | None:
        try:
            held: Article = self._engine.library.article(article_id)
        except UnknownArticle:
            return None
        return held

    def _read(self, item: Item, worker: Worker) -> tuple[Article, str]:
        """The article, and the id of the one whose place it is to take; mostly none."""
        if (known := self._articles.get(item.number)) is not None:
            return known

        def on_progress(done: int, of: int) -> None:
            self._tell(item.number, done=done, of=of)

        file, name = self._files.get(item.number), item.name
        if file is None:
            return self._fetched(name, worker, on_progress), ""
        return read_bytes(file.read_bytes(), Path(name), name, worker, on_progress), ""

    def _tell(self, number: int, **change: Any) -> None:
        """Say how far it has come; the way out if it was cancelled meanwhile."""
        with self._lock:
            item = self._items.get(number)
            if item is None or item.state == "cancelled":
                raise _Cancelled
            self._items[number] = replace(item, **change)
            self.version += 1

    def _end(self, item: Item, **change: Any) -> None:
        """Say what became of it, even of one that was cancelled too late."""
        with self._lock:
            if item.number in self._items:
                self._items[item.number] = replace(item, **change)
                self.version += 1

    def _discard(self, number: int) -> None:
        with self._lock:
            self._articles.pop(number, None)
            file = self._files.pop(number, None)
        if file is not None:
            file.unlink(missing_ok=True)


def _file_name(name: str) -> str:
    """The name of an upload, with the folders that it was dropped with, as a source may be.

    It is never one that only Ibid gives.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = [plain(part) for part in parts if part not in ("/", "..")]
    name = "/".join(part for part in kept if part)[-_LONGEST_NAME:].lstrip("/")
    return name.replace(":", "_", 1) if name.lower().startswith("ibid:") else name or "article"
