"""What a measurement tells while it works; whoever watches it draws the bar."""

from __future__ import annotations

from typing import Literal, Protocol

Work = Literal["adding", "asking", "rewording", "reporting"]
"""Long work: articles are added, cases asked, questions put into other words, a report written."""


class Stop(Exception):
    """Raised by an observer: stop after what is in hand, and keep what was done."""


class Observer(Protocol):
    """Watches a measurement. What `advance` raises ends the work there."""

    def begin(self, work: Work, total: int, done: int = 0, run: str = "") -> None:
        """Work of so many parts begins, and what was begun before is over.

        ``run`` is the name of the run's folder, once there is one.
        """
        ...

    def advance(self) -> None:
        """One part more is done. May raise `Stop`."""
        ...

    def tell(self, text: str) -> None:
        """A line for whoever reads along."""
        ...


class Silent:
    """An observer that keeps all to itself."""

    def begin(self, work: Work, total: int, done: int = 0, run: str = "") -> None:
        """Nothing."""

    def advance(self) -> None:
        """Nothing."""

    def tell(self, text: str) -> None:
        """Nothing."""
