"""A tool's work in a thread of its own, told step by step and called off with its request."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from ui.api import wire
from ui.api.work import Post

T = TypeVar("T")
Report = Callable[[float, float | None, str], Awaitable[None]]
"""Told how far the work is, of how much in all if that is known, and what it does."""


class Call(Post):
    """A request as its work sees it. ``is_gone``: it was cancelled, or its client has gone."""

    def __init__(self) -> None:
        super().__init__()
        self._ends: list[Callable[[], None]] = []

    def step(self, done: float, of: float | None, words: str) -> None:
        """Tell how far the work is. Raises `CalledOff`: nobody waits for it any more."""
        self.tell("step", [done, of, words])

    def on_close(self, end: Callable[[], None]) -> None:
        """Call this once nobody waits any more; it must not block."""
        self._ends.append(end)
        if self.is_gone:
            end()

    def close(self) -> None:
        """Nobody waits any more."""
        super().close()
        for end in self._ends:
            end()


class _Outcome(Generic[T]):
    """What became of work: a value, or what it raised."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._failure: BaseException | None = None
        try:
            self._value = work()
        except BaseException as error:
            self._failure = error

    def get(self) -> T:
        """The value. Raises what the work raised."""
        if self._failure is not None:
            raise self._failure
        return self._value


async def worked(work: Callable[[Call], T], report: Report) -> T:
    """What work returns, which may block. Cancelled, it is called off at its next step.

    Raises:
        Exception: whatever the work raises.
    """
    call = Call()
    outcomes: list[_Outcome[T]] = []

    def run() -> None:
        outcomes.append(_Outcome(lambda: work(call)))
        call.put_line(None)

    # Python would wait for any other thread before it ends.
    context = copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True, name="ibid-tool").start()
    try:
        while (line := await call.lines.get()) is not None:
            _, (done, of, words) = wire.read(line)
            await report(done, of, words)
        return outcomes[0].get()
    finally:
        call.close()
