"""What is being added: one queue that one thread works off, and every page sees. No Gradio here."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from rag import followed
from rag.errors import ArticleError, IbidError, UnknownArticle
from rag.language.visible import plain
from rag.loaders import Reading
from rag.loaders.worker import Worker
from rag.schema import Article
from ui import asked
from ui.ahead import Ahead
from ui.window.library.items import BUSY, LONGEST_NAME, Item, State, file_name

log = logging.getLogger(__name__)

# Of one visitor, whose queue must not be all that the others see; and of all together.
MOST_WAITING = 1_000
MOST_OF_ALL = 4_000
# Whether what comes after a pause is counted with what came before it.
_SAME_ROUND_S = 120.0
Keep = Callable[[str, Path, str], None]
_MOST_DONE = 1_000
_MOST_NOTES = 20


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


class _Cancelled(Exception):
    pass


class Intake:
    """The queue. Whoever adds, all may look, and cancel.

    ``version`` grows with every change of the queue, ``stock`` with every change of the library
    that was made here or told to `restock`. Files wait in the folder ``queued``, which is there;
    ``keep`` has a copy of each that is a PDF, by its digest.
    """

    def __init__(
        self,
        engine: Engine,
        fetched: Callable[[str, Worker, Callable[[int, int], None]], Article] | None = None,
        queued: Path | None = None,
        keep: Keep | None = None,
    ) -> None:
        self.version = 0
        self.stock = 0
        self._engine = engine
        self._fetched = fetched
        self._keep = keep
        # What is left of a temporary folder after a crash, nobody deletes.
        self._temporary = None if queued else tempfile.TemporaryDirectory(prefix="ibid-")
        self._queued = queued or Path(self._temporary.name if self._temporary else "")
        self._lock = threading.Lock()
        self._items: dict[int, Item] = {}
        self._files: dict[int, Path] = {}
        self._articles: dict[int, tuple[Article, str]] = {}  # and the id whose place it takes
        self._count = 0
        self._first = 1  # of this round
        self._changed = 0.0
        self._forgotten: Counter[State] = Counter()  # of this round
        self._thread: threading.Thread | None = None

    def items(self) -> list[Item]:
        """All that is waiting, under way or done, in the order in which it came."""
        with self._lock:
            return list(self._items.values())

    def tally(self) -> dict[str, int]:
        """How many of this round are in each state, and ``of`` how many; neither ever shrinks.

        A round is what was added together: it ends some time after nothing is under way any more.
        """
        with self._lock:
            return self._tally()

    def state(self) -> tuple[int, list[Item], dict[str, int], int]:
        """The version, with the items, the tally and the highest number, all of one moment."""
        with self._lock:
            return self.version, list(self._items.values()), self._tally(), self._count

    def _tally(self) -> dict[str, int]:
        states = Counter(item.state for n, item in self._items.items() if n >= self._first)
        states.update(self._forgotten)
        return {**{str(state): count for state, count in states.items()}, "of": states.total()}

    def refuse(self, name: str, why: str, by: str = "", **facts: object) -> int:
        """Note what a page could not bring, for all to see until it is dismissed; its number."""
        with self._lock:
            self._begin_round()
            self._count += 1
            kept = {key: plain(str(fact))[:LONGEST_NAME] for key, fact in facts.items()}
            name = plain(name)[:LONGEST_NAME]
            self._items[self._count] = Item(
                self._count, name, "failed", by=by, refused=why, facts=kept
            )
            self._forget_oldest()
            self._touch()
            return self._count

    def add_file(self, upload: Path, name: str, by: str = "") -> int:
        """Queue an uploaded file, which is moved from where it lies; its number.

        Raises:
            TooMany: too many are waiting already.
            OSError: it does not lie there, or is no file.
        """
        if upload.is_symlink() or not upload.is_file():  # What it leads to was not uploaded.
            raise FileNotFoundError(upload)
        place = self._queued / uuid.uuid4().hex
        shutil.move(upload, place)
        try:
            return self._queue(file_name(name), place, by=by)
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
        if item is None or not isinstance(item.before, Article):
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
            self._touch()

    def clear(self, number: int | None = None) -> None:
        """Forget what is done: the item of this number, or all of them."""
        with self._lock:
            for n, item in list(self._items.items()):
                if item.state not in BUSY and number in (n, None):
                    self._forget(n)
            if not self._items:
                self._first, self._forgotten = self._count + 1, Counter()
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
    ) -> int:
        with self._lock:
            waiting = [item.by for item in self._items.values() if item.state in BUSY]
            if waiting.count(by) >= MOST_WAITING:
                raise TooMany(MOST_WAITING, is_own=True)
            if len(waiting) >= MOST_OF_ALL:
                raise TooMany(MOST_OF_ALL, is_own=False)
            self._begin_round()
            self._count += 1
            self._items[self._count] = Item(self._count, name, by=by, request=asked.now())
            if file is not None:
                self._files[self._count] = file
            if article is not None:
                self._articles[self._count] = article
            self._touch()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="ibid-intake")
                self._thread.start()
            return self._count

    def _begin_round(self) -> None:
        is_busy = any(item.state in BUSY for item in self._items.values())
        if not is_busy and time.monotonic() - self._changed > _SAME_ROUND_S:
            self._first, self._forgotten = self._count + 1, Counter()

    def _touch(self) -> None:
        self._changed = time.monotonic()
        self.version += 1

    def _forget(self, number: int) -> None:
        item = self._items.pop(number)
        if number >= self._first:
            self._forgotten[item.state] += 1

    def _forget_oldest(self) -> None:
        """What failed is forgotten last."""
        done = [item for item in self._items.values() if item.state not in BUSY]
        done.sort(key=lambda item: (item.state == "failed", item.number))
        for item in done[: max(0, len(done) - _MOST_DONE)]:
            self._forget(item.number)

    def _work(self) -> None:
        reading = self._engine.library.settings.reading
        with self._engine.ahead.still(), Worker(reading) as worker:
            visitor = Reading(worker)
            while (item := self._next()) is not None:
                with asked.working_on(item.request):
                    self._work_off(item, worker, visitor)

    def _work_off(self, item: Item, worker: Worker, visitor: Reading) -> None:
        try:
            self._take_in(item, worker, visitor)
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
            self._forget_oldest()
            waiting = (item for item in self._items.values() if item.state == "waiting")
            if (item := next(waiting, None)) is None:
                self._thread = None
            return item

    def _take_in(self, item: Item, worker: Worker, visitor: Reading) -> None:
        while self._engine.status():  # The models are still being loaded.
            self._tell(item.number)
            time.sleep(0.2)
        self._tell(item.number, state="reading")
        outcomes: list[Any] = []
        notes: list[IbidError] = []
        for part, taken in self._read(item, worker, visitor):
            if isinstance(part, ArticleError):
                notes.append(part)
                continue
            try:
                outcomes.append(self._added(item, part, taken))
                notes += part.notes
            except ArticleError as error:
                notes.append(error)
        if not outcomes:
            raise notes[0]  # Why none of it could be read.
        last, is_one = outcomes[-1], len(outcomes) == 1
        self._end(
            item,
            state=min((one.outcome for one in outcomes), key=("added", "replaced", "same").index),
            article_id=last.article.id,
            before=last.before if is_one else None,
            namesake=last.namesake if is_one else None,
            twin=last.article if is_one and last.also_at else None,
            notes=tuple(notes[:_MOST_NOTES]),
        )

    def _added(self, item: Item, article: Article, taken: str) -> Any:
        """What became of an article of a file or a link."""
        self._tell(item.number, state="embedding", done=0, of=0)
        [outcome] = self._engine.library.add(
            [article],
            on_embedded=lambda done, of: self._tell(item.number, done=done, of=of),
            in_place_of=taken if self._held(taken) else "",
        )
        file = self._files.get(item.number)
        is_drawn = bool(article.pages) and article.page_kind == "page"
        if self._keep is not None and file is not None and is_drawn:
            member = article.source.removeprefix(item.name).lstrip("/")  # of an archive
            self._keep(outcome.article.digest, file, member)
        if outcome.outcome != "same" or outcome.also_at:
            self.restock()
        return outcome

    def _held(self, article_id: str) -> Article | None:
        try:
            held: Article = self._engine.library.article(article_id)
        except UnknownArticle:
            return None
        return held

    def _read(
        self, item: Item, worker: Worker, visitor: Reading
    ) -> Iterator[tuple[Article | ArticleError, str]]:
        """The articles, and the id of the one whose place each is to take; mostly none."""
        if (known := self._articles.get(item.number)) is not None:
            yield known
            return

        def on_progress(done: int, of: int) -> None:
            self._tell(item.number, done=done, of=of)

        file, name = self._files.get(item.number), item.name
        if file is not None:
            parts = visitor.each_of(file.read_bytes(), Path(name), name, on_progress)
        elif self._fetched is not None:
            parts = iter([self._fetched(name, worker, on_progress)])
        else:
            parts = visitor.each(name, on_progress)
        for part in parts:
            yield part, ""
            if file is None and isinstance(part, Article):
                self._follow(name, part.source, visitor)

    def _follow(self, link: str, source: str, reading: Reading) -> None:
        """Look at a page again with `ibid sync`; what was uploaded has no place to look at."""
        catalog = self._engine.library.catalog
        if (held := catalog.with_source(source)) is not None:
            had = followed.Had(link, source, held.id, reading.seen)
            catalog.follow(followed.Followed("page", link), [had])

    def _tell(self, number: int, **change: Any) -> None:
        """Say how far it has come; the way out if it was cancelled meanwhile."""
        with self._lock:
            item = self._items.get(number)
            if item is None or item.state == "cancelled":
                raise _Cancelled
            self._items[number] = replace(item, **change)
            self._touch()

    def _end(self, item: Item, **change: Any) -> None:
        """Say what became of it, even of one that was cancelled too late."""
        with self._lock:
            if item.number in self._items:
                self._items[item.number] = replace(item, **change)
                self._touch()

    def _discard(self, number: int) -> None:
        with self._lock:
            self._articles.pop(number, None)
            file = self._files.pop(number, None)
        if file is not None:
            file.unlink(missing_ok=True)
