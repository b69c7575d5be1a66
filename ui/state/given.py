"""The answers that programs were given of late, kept by the one process that gives them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol


class AnswersGiven(Protocol):
    """Answers as text, by their ids. Any thread may use it."""

    def put(self, name: str, owner: str, body: str, until: float, most: int) -> None:
        """Keep an answer, for whom it was given, until then; the oldest go if there are more."""
        ...

    def get(self, name: str, owner: str, now: float) -> str | None:
        """The answer of an id, if it was given to this owner and is kept still."""
        ...


class GivenHere:
    """As `AnswersGiven`, in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, name: str, owner: str, body: str, until: float, most: int) -> None:
        """As `AnswersGiven` has it."""
        with self._lock:
            self._kept[name] = (owner, body, until)
            while len(self._kept) > most:
                self._kept.popitem(last=False)

    def get(self, name: str, owner: str, now: float) -> str | None:
        """As `AnswersGiven` has it."""
        with self._lock:
            whose, body, until = self._kept.get(name, ("", "", 0.0))
        return body if whose == owner and until >= now else None
