"""The one queue of questions: so many are answered at one time, and so many wait for it.

The window and other programs stand in the same one. No Gradio here.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar

from rag.errors import IbidError
from rag.limits import WindowLimits

_REMEMBERED = 20  # answers whose seconds tell how long the next will take
_FIRST_S, _LONGEST_S = 2.0, 120.0
_AGAIN_S = 5.0  # in which another service is asked, or this one is there again


class Full(IbidError):
    """No more questions are taken, of one who asks (``is_own``) or of all, for some seconds."""

    def __init__(self, limit: int, seconds: float, *, is_own: bool) -> None:
        super().__init__(f"{limit} questions are answered or wait already; ask again later")
        self.limit = limit
        self.seconds = seconds
        self.is_own = is_own


class Closing(Full):
    """None are taken any more: the service ends, and another one may take them."""

    def __init__(self) -> None:
        super().__init__(0, _AGAIN_S, is_own=False)
        self.args = ("this Ibid is ending; ask again in some seconds",)


class Turns:
    """Who is in the queue, and whose turn it is, in the order in which they came."""

    def __init__(self, limits: WindowLimits, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._at_once = limits.questions, limits.answering
        self._turns = asyncio.Semaphore(limits.answering)
        self._now = now
        self._inside = 0
        self._is_closed = False
        self._of = Counter[str]()
        self._took = deque[float](maxlen=_REMEMBERED)

    @property
    def inside(self) -> int:
        """How many are answered or wait."""
        return self._inside

    @property
    def is_waiting(self) -> bool:
        """Whether whoever comes now has to wait for a turn."""
        return self._turns.locked()

    @property
    def is_closed(self) -> bool:
        """Whether no more are taken, since the service ends."""
        return self._is_closed

    def close(self) -> None:
        """Take no more; who is inside stays until the answer is there."""
        self._is_closed = True

    def check(self, who: str = "", most: int = 0) -> None:
        """Raise Full if no more are taken, of all or, where ``most`` is given, of this one."""
        if self._is_closed:
            raise Closing
        if most and self._of[who] >= most:
            raise Full(self._of[who], self._seconds(1), is_own=True)
        if self._inside >= self._most:
            raise Full(self._most, self._seconds(self._inside - self._most + 1), is_own=False)

    @contextmanager
    def place(self, who: str = "", most: int = 0) -> Iterator[None]:
        """A place in the queue. Raises Full: there is none."""
        self.check(who, most)
        self._inside += 1
        self._of[who] += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._of[who] -= 1
            self._of += Counter()  # forgets who has none

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn, and have it; one place may have several, one after the other."""
        async with self._turns:
            began = self._now()
            try:
                yield
            finally:
                self._took.append(self._now() - began)

    def _seconds(self, before: int) -> float:
        """In about how many seconds so many of those inside are done, as long as others took."""
        took = sum(self._took) / len(self._took) if self._took else _FIRST_S
        rounds = math.ceil(before / self._at_once)
        return min(max(took * rounds, 1.0), _LONGEST_S)


_here: ContextVar[Turns | None] = ContextVar("turns", default=None)


@contextmanager
def in_queue(turns: Turns) -> Iterator[None]:
    """What is done within waits for its turn there, by `turn`."""
    before = _here.set(turns)
    try:
        yield
    finally:
        _here.reset(before)


def here() -> Turns | None:
    """The queue in which what is done here stands; None if it stands in none."""
    return _here.get()


@contextmanager
def place() -> Iterator[None]:
    """As `Turns.place`, in the queue that is here, for what no request alone stands for."""
    queue = here()
    with nullcontext() if queue is None else queue.place():
        yield


@asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """As `Turns.turn`, in the queue that is here; at once where none is."""
    queue = here()
    if queue is None:
        yield
        return
    async with queue.turn():
        yield
