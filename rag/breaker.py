"""A server that did not answer is left alone for a while, so that nobody waits for it in vain.

pybreaker holds its lock for as long as a call takes, so others would wait behind the one that
waits; here nothing is held while somebody asks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Paused(Exception):
    """A server did not answer a moment ago, and is not asked just now."""

    def __init__(self) -> None:
        super().__init__("did not answer a moment ago")


class Breaker:
    """Whether a server may be asked. Safe to use from several threads and event loops.

    Closed, all may; once it did not answer, nobody for ``pause`` seconds (0: it is never opened).
    Then one may, half-open: that one's luck closes it or opens it for as long again.
    """

    def __init__(self, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._clock = pause, clock
        self._lock = threading.Lock()
        self._until: float | None = None
        self._is_tried = False

    @contextmanager
    def asking(self, is_away: Callable[[BaseException], bool]) -> Iterator[Callable[[], None]]:
        """While one asks; what is given is called once the server has begun to answer.

        ``is_away``: whether an error is that of a server that does not answer.

        Raises:
            Paused: it is not to be asked now.
        """
        is_trial = self._let_in()
        try:
            yield self._close
        except BaseException as error:
            if is_away(error):
                self._open()
            elif is_trial:  # whoever tried has gone, or failed at something else: another may
                self._is_tried = False
            raise
        self._close()

    def _let_in(self) -> bool:
        """Whether this is the one that tries. Raises Paused."""
        with self._lock:
            if self._until is None:
                return False
            if self._is_tried or self._clock() < self._until:
                raise Paused
            self._is_tried = True
            return True

    def _open(self) -> None:
        if self._pause > 0:
            with self._lock:
                self._until, self._is_tried = self._clock() + self._pause, False

    def _close(self) -> None:
        if self._until is not None:
            with self._lock:
                self._until, self._is_tried = None, False
