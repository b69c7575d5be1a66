"""The queue of a shared library: what workers are sent is done by them, and the rest here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rag.schema import Article
from ui.window.library.intake import Intake
from ui.window.library.items import Item, file_name

FIRST = 1_000_000_000
"""From here on the numbers are those of workers; no process counts its own so far."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What workers have of the window's, as `Intake.state` tells it, whichever replica asks."""

    version: str = ""
    items: Sequence[Item] = ()
    tally: Mapping[str, int] = field(default_factory=dict)
    last: int = 0


class Workers(Protocol):
    """The workers of a library, as the window knows them. What is theirs, every replica sees."""

    def bring(self, name: str, content: bytes | None, by: str) -> int | None:
        """Hand over a file, or a link without ``content``; its number. None: no worker lives.

        Raises:
            TooMany: too many are waiting already.
        """
        ...

    def state(self) -> Theirs:
        """All that was handed over, until it is forgotten."""
        ...

    def before(self, number: int) -> Article | None:
        """The article whose place one took; None if nobody knows any more which it was."""
        ...

    def cancel(self) -> None:
        """Call off all that is not over."""
        ...

    def clear(self, number: int | None = None) -> None:
        """Forget what is done: the item of this number, or all of them."""
        ...


class SharedIntake(Intake):
    """As `Intake` has it, with ``workers``, who do what they are sent while any of them lives."""

    def __init__(self, workers: Workers, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._workers = workers

    def state(self) -> tuple[Any, list[Item], dict[str, int], int]:
        """As `Intake` has it."""
        version, items, tally, last = super().state()
        theirs = self._workers.state()
        both = Counter(tally) + Counter(theirs.tally)
        tally = {"of": 0, **both}
        return f"{version} {theirs.version}", [*items, *theirs.items], tally, max(last, theirs.last)

    def add_file(self, upload: Path, name: str, by: str = "") -> int:
        """As `Intake` has it."""
        if not upload.is_symlink() and upload.is_file():
            number = self._workers.bring(file_name(name), upload.read_bytes(), by)
            if number is not None:
                upload.unlink()
                return number
        return super().add_file(upload, name, by)

    def add_link(self, link: str, by: str = "") -> None:
        """As `Intake` has it."""
        if self._workers.bring(link, None, by) is None:
            super().add_link(link, by)

    def put_back(self, number: int, by: str = "") -> bool:
        """As `Intake` has it; done here, since the article is at hand."""
        if number < FIRST:
            return super().put_back(number, by)
        item, before = self._theirs(number), self._workers.before(number)
        if item is None or before is None:
            return False
        self._queue(item.name, article=(before, item.article_id), by=by)
        return True

    def take_place(self, number: int, by: str = "") -> bool:
        """As `Intake` has it; done here, since the article is at hand."""
        if number < FIRST:
            return super().take_place(number, by)
        item = self._theirs(number)
        if item is None or item.namesake is None or (own := self._held(item.article_id)) is None:
            return False
        self._queue(item.name, article=(own, item.namesake.id), by=by)
        return True

    def cancel(self) -> None:
        """As `Intake` has it."""
        super().cancel()
        self._workers.cancel()

    def clear(self, number: int | None = None) -> None:
        """As `Intake` has it."""
        super().clear(number)
        if number is None or number >= FIRST:
            self._workers.clear(number)

    def _theirs(self, number: int) -> Item | None:
        return next((one for one in self._workers.state().items if one.number == number), None)
