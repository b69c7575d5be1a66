"""Whose turn it is, where several want what only so many can have at one time.

Of the cores there are as many turns as cores: more questions read side by side would each take as
much longer, and none would be done before. Of a model there are as many as it writes at one time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache

from rag import observing
from rag.models import local
from rag.models.threads import cores
from rag.settings import Settings

Rank = tuple[int, int]
"""Who goes first: the lower. What is short goes before what is long, then who asked first."""

_LOOK_EVERY_S = 0.1
_numbers = itertools.count()
OnWait = Callable[[float], None]


def rank() -> Rank:
    """That of whoever asks now."""
    return 1, next(_numbers)


def urgent(rank: Rank) -> Rank:
    """The same before all others: for what is done soon, and what much waits for."""
    return 0, rank[1]


class Turns:
    """``most`` at one time. Safe to use from several threads and event loops."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._lock = threading.Lock()
        self._asked = itertools.count()
        self._waiting: list[tuple[Rank, int, Future[None]]] = []

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(not future.cancelled() for *_, future in self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether whoever asks now has to wait."""
        return self._taken >= self.most

    @property
    def taken(self) -> int:
        """How many have their turn."""
        return self._taken

    @contextmanager
    def turn(self, rank: Rank, on_wait: OnWait = lambda seconds: None) -> Iterator[None]:
        """One's turn, once it has come; ``on_wait`` is told after how many seconds that was."""
        began = time.monotonic()
        with self._place(rank) as mine:
            while not mine.done():  # not every system lets Ctrl-C end a longer wait
                with suppress(TimeoutError):
                    mine.result(_LOOK_EVERY_S)
            on_wait(time.monotonic() - began)
            yield

    @asynccontextmanager
    async def aturn(
        self, rank: Rank, on_wait: OnWait = lambda seconds: None
    ) -> AsyncIterator[None]:
        """The asynchronous twin of `turn`."""
        began = time.monotonic()
        with self._place(rank) as mine:
            await asyncio.wrap_future(mine)
            on_wait(time.monotonic() - began)
            yield

    @contextmanager
    def _place(self, rank: Rank) -> Iterator[Future[None]]:
        """A place in the line, done once it is one's turn; left in the end, come what may."""
        mine: Future[None] = Future()
        with self._lock:
            heapq.heappush(self._waiting, (rank, next(self._asked), mine))
        self._go_on()
        try:
            yield mine
        finally:
            if not mine.cancel():  # it was let in
                with self._lock:
                    self._taken -= 1
            self._go_on()

    def _go_on(self) -> None:
        """Let in whoever is next, as long as there is room."""
        while True:
            with self._lock:
                if not self._waiting or self._taken >= self.most:
                    return
                *_, next_one = heapq.heappop(self._waiting)
                if not next_one.set_running_or_notify_cancel():
                    continue  # whoever asked has gone
                self._taken += 1
            next_one.set_result(None)


@cache
def reading() -> Turns:
    """The turns of the cores."""
    return Turns(cores())


_models: dict[tuple[str | None, str, int], Turns] = {}
_making = threading.Lock()


def writing(settings: Settings) -> Turns:
    """The turns of the model that the settings name."""
    is_ours = not settings.base_url and local.is_local(settings.model)
    most = settings.slots if is_ours else settings.parallel
    with _making:
        return _models.setdefault((settings.base_url, settings.model, most), Turns(most))


def _counted_writing() -> tuple[int, int]:
    with _making:
        models = list(_models.values())
    return sum(one.waiting for one in models), sum(one.taken for one in models)


observing.lined_up("read", lambda: (reading().waiting, reading().taken))
observing.lined_up("write", _counted_writing)
