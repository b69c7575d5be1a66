"""What is told of each change of a library, to whoever keeps account of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Change:
    """A change that is being made: what it is, of which articles, by id, and of which collection.

    ``act`` is that of a method of `Library`; what has none is a part of another change. ``new`` is
    the other name of a collection, or the article that others become part of.
    """

    act: str
    collection: str = ""
    new: str = ""
    ids: list[str] = field(default_factory=list)

    def of(self, article_ids: Iterable[str]) -> None:
        """It is of these articles too."""
        self.ids += (one for one in article_ids if one not in self.ids)


OnChange = Callable[[Change, BaseException | None], None]
"""Is told of a change once it is made, or that it failed; nothing else changes meanwhile."""


def untold(change: Change, error: BaseException | None) -> None:
    """Nobody keeps account."""


@contextmanager
def accounted(on_change: OnChange, change: Change) -> Iterator[None]:
    """Tell of a change when it is made, or fails; of a part of another nothing is told."""
    try:
        yield
    except BaseException as error:
        if change.act:
            on_change(change, error)
        raise
    if change.act:
        on_change(change, None)
