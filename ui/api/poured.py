"""Lines of a running Ibid, read in a thread of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

Lines = Iterator[tuple[str, Any]]
_GLANCE_S = 0.1


class Poured:
    """Lines as a thread brings them, so that Ctrl-C reaches who waits and no line is torn."""

    def __init__(self, lines: Callable[[], AbstractContextManager[Lines]]) -> None:
        self.failure: Exception | None = None
        self._lines = lines
        self._came: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._thread = Thread(target=self._pour, daemon=True, name="ibid-lines")
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether no line is left, and none will come."""
        return not self._thread.is_alive() and self._came.empty()

    def take(self) -> Lines:
        """What has come, after a moment's wait."""
        with suppress(Empty):
            yield self._came.get(timeout=_GLANCE_S)

    def _pour(self) -> None:
        try:
            with self._lines() as lines:
                for one in lines:
                    self._came.put(one)
        except Exception as error:
            self.failure = error
