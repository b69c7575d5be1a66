"""Progress bars on the terminal, and the observer of a measurement that draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from eval.observer import Work

_LABELS: dict[Work, str] = {
    "adding": "Adding articles",
    "asking": "Asking",
    "rewording": "Rewording",
    "reporting": "Writing the report",
}


def progress(console: Console, *, transient: bool = True, has_speed: bool = False) -> Progress:
    """Bars for long work, where the console is a terminal; ``has_speed``: each task tells its."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([TextColumn("{task.fields[speed]}")] if has_speed else []),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=transient,
    )


class Bars:
    """An `eval.observer.Observer` that draws a bar for each work, one at a time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def begin(self, work: Work, total: int, done: int = 0, run: str = "") -> None:
        """A new bar in the place of the last."""
        self._stop()
        self._progress = progress(self._console, transient=work != "asking")
        self._progress.start()
        self._progress.add_task(_LABELS[work], total=total, completed=done)

    def advance(self) -> None:
        """A step on the bar."""
        if self._progress:
            self._progress.advance(self._progress.task_ids[0])

    def tell(self, text: str) -> None:
        """Print a line, above the bar."""
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def _stop(self) -> None:
        if self._progress:
            self._progress.stop()
            self._progress = None


@contextmanager
def bar(console: Console, words: str, total: int) -> Iterator[Callable[[], None]]:
    """One bar, and what moves it on by one."""
    with progress(console) as bars:
        task = bars.add_task(words, total=total)
        yield lambda: bars.advance(task)


@contextmanager
def counting(console: Console, words: str) -> Iterator[Callable[[int, int], None]]:
    """One bar, and what tells it how many of how many are done."""
    with progress(console) as bars:
        task = bars.add_task(words, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)
