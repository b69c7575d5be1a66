"""What was done and can be undone, each by a word that nobody guesses. No Gradio here."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST = 50
_MOST_PARTS = 2_000


class Undoing(Generic[T]):
    """The newest things that can be undone; safe to use from several threads.

    ``parts`` says how much one of them holds: of all together no more than 2,000 is kept.
    """

    def __init__(self, parts: Callable[[T], int] = lambda one: 1) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, T] = OrderedDict()

    def keep(self, done: T) -> str:
        """The word by which this is undone."""
        word = secrets.token_hex(8)
        self.put_back(word, done)
        return word

    def put_back(self, word: str, done: T) -> None:
        """Keep it under a word: that of one that could not be undone this time."""
        with self._lock:
            self._kept[word] = done
            while len(self._kept) > 1 and (
                len(self._kept) > _MOST or sum(map(self._parts, self._kept.values())) > _MOST_PARTS
            ):
                self._kept.popitem(last=False)

    def take(self, word: str) -> T | None:
        """What is to be undone; None if there is no such thing, or no longer."""
        with self._lock:
            return self._kept.pop(word, None)

    def all(self) -> list[tuple[str, T]]:
        """Each by its word, the newest first."""
        with self._lock:
            return [*self._kept.items()][::-1]
