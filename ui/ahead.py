"""Questions made ahead of being shown: by one thread, while nobody waits for an answer."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Protocol

from rag.errors import IbidError
from rag.offered import Offered

log = logging.getLogger(__name__)

_POLL_S = 0.1


class Offering(Protocol):
    """What makes and keeps the questions: a `rag.questions.offering.Offering`."""

    def known(self, article_id: str = "") -> Mapping[str, tuple[Offered, ...]]:
        """Those that were made of one article, or of all that are newest, by id."""
        ...

    def next_article(self, without: Set[str]) -> str | None:
        """The article whose questions are to be made next; None when there are enough."""
        ...

    def make(self, article_id: str, wait: Callable[[], object]) -> None:
        """Make those of one article; ``wait`` is called before each is tried."""
        ...


class Ahead:
    """The thread that makes them. It stands still while an answer is being written.

    What fails here is not told: there are fewer questions, that is all.
    """

    def __init__(self, offering: Offering | None = None) -> None:
        self._offering = offering
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted: list[str] = []
        self._failed: set[str] = set()
        self._answers = 0
        self._is_over = False
        self._is_free = threading.Event()
        self._is_free.set()

    def begin(self, offering: Offering) -> None:
        """From now on, make these."""
        self._offering = offering
        self.wake()

    def end(self) -> None:
        """The server ends: what fails from now on, fails for that."""
        self._is_over = True

    @property
    def is_busy(self) -> bool:
        """Whether more are being made just now."""
        return self._thread is not None

    def known(self, article_id: str = "") -> Mapping[str, tuple[Offered, ...]]:
        """Those that are there of one article or, the newest first, of all that are newest."""
        return self._offering.known(article_id) if self._offering else {}

    def wake(self) -> None:
        """Make what is still to be made, if the thread does not do so already."""
        with self._lock:
            if self._offering is None or self._thread is not None:
                return
            self._thread = threading.Thread(target=self._work, daemon=True, name="ibid-ahead")
            self._thread.start()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Make none meanwhile, but for the one that is under way."""
        with self._lock:
            self._answers += 1
            self._is_free.clear()
        try:
            yield
        finally:
            with self._lock:
                self._answers -= 1
                if not self._answers:
                    self._is_free.set()

    async def of(self, article_id: str) -> tuple[Offered, ...]:
        """Those of one article, which are made now, before others, if they are not there."""
        while (known := self.known(article_id).get(article_id)) is None:
            with self._lock:
                if self._offering is None or article_id in self._failed:
                    return ()
                if article_id not in self._wanted:
                    self._wanted.append(article_id)
            self.wake()
            await asyncio.sleep(_POLL_S)
        return known

    def _work(self) -> None:
        while (article_id := self._next()) is not None:
            try:
                if self._offering:
                    self._offering.make(article_id, self._is_free.wait)
                if article_id not in self.known(article_id):  # it was changed meanwhile
                    self._failed.add(article_id)
            except IbidError as error:
                log.info("no questions of %s: %s", article_id, error)
                self._failed.add(article_id)
            except Exception:
                if not self._is_over:
                    log.exception("no questions of %s", article_id)
                self._failed.add(article_id)

    def _next(self) -> str | None:
        """The next article; None when there is none, and the thread is to end."""
        with self._lock:
            article_id = None
            try:
                if self._offering:
                    wanted, self._wanted = self._wanted[:1], self._wanted[1:]
                    article_id = next(iter(wanted), None)
                    article_id = article_id or self._offering.next_article(self._failed)
            except IbidError as error:  # such as a library that was closed
                log.info("no more questions: %s", error)
            if article_id is None:
                self._thread = None
            return article_id
