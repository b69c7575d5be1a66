"""What `ibid add` and `ibid sync` show: a bar meanwhile, and a table of what became of it all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import typer

from ui.api.service import CalledOff, OnStep, Step
from ui.cli.progress import progress
from ui.cli.shell import complain, plain, print_json, print_text, stderr, stdout
from ui.cli.stopping import stoppable

if TYPE_CHECKING:
    from rich.progress import Progress

    from rag import followed
    from rag.loaders.table import Columns
    from ui.api.service import Service
    from ui.api.service import Syncing as Wanted

_FINISHING = "the article in hand is finished first"
_MOST_LISTED = 50
_MOST_REASONS = 5
_COUNTED = {"added": "added", "replaced": "changed", "same": "unchanged"}


class Adding:
    """Files and links on their way into a library, and what became of them.

    ``passed`` and ``failed`` are what came of looking for them, and ``found_at`` is where they
    were. Ctrl-C lets the article in hand become whole and ends there; a second one ends at once.
    """

    verb = "Adding"

    def __init__(
        self,
        files: Sequence[Path | str],
        passed: Sequence[str] = (),
        failed: Sequence[tuple[str, Exception]] = (),
        found_at: Sequence[followed.Followed] = (),
    ) -> None:
        self.files = files
        self._found_at = found_at
        self.passed = [*passed]
        self.failed = [{"path": place, "error": str(error)} for place, error in failed]
        self.added: list[dict[str, Any]] = []
        self.is_stopped = False
        self._is_to_stop: Callable[[], bool] = lambda: False
        self._place, self._before = -1, 0
        self._embedded = 0  # chunks of articles that are done
        self._began = time.monotonic()

    def run(self, own: Service, in_place_of: str, columns: Columns | None, to: str = "") -> None:
        """Add them, with a bar."""
        with self._shown() as show:
            own.add(self.files, in_place_of, show, columns, to, self._found_at)

    @contextmanager
    def _shown(self) -> Iterator[OnStep]:
        """A bar, and what moves it; it ends what goes on where that is to stop."""
        self._began = time.monotonic()  # and not while a model was loaded
        with progress(stderr(), has_speed=True) as bars, stoppable(_FINISHING) as pressed:
            self._is_to_stop = pressed
            task = bars.add_task(self.verb, total=len(self.files) or None, speed="")
            try:
                yield partial(self._show, bars=bars, task=task)
            except CalledOff:
                self.is_stopped = True

    def end(self, *, as_json: bool) -> None:
        """Tell all of it, and leave with the status that it has: 130 if stopped, 1 if some failed.

        Raises:
            typer.Exit: it was stopped, or some failed.
        """
        if as_json:
            print_json(self.document())
            for miss in self.failed:
                complain(miss["error"])
        else:
            self.tell()
        if self.is_stopped or self.failed:
            raise typer.Exit(130 if self.is_stopped else 1)

    def document(self) -> dict[str, Any]:
        """All of it for ``--json``."""
        return {
            "articles": self.added,
            "passed_over": self.passed,
            "failed": self.failed,
            "stopped": self.is_stopped,
        }

    def tell(self) -> None:
        """Print what became of each article, and of all together."""
        self._tell_added(self.added)
        for miss in self.failed:
            complain(miss["error"])
        self._print_table()
        if self.is_stopped:
            print_text("stopped before the end: run it again to go on from here")

    def _tell_added(self, added: Sequence[dict[str, Any]]) -> None:
        is_long = len(added) > _MOST_LISTED
        for one in added:
            notes = _notes(one)
            if is_long and not notes:
                continue
            outcome = "moved" if one["moved_from"] else one["outcome"]
            print_text(f"{outcome:8}  {one['article_id']}  {one['title']}")
            for note in notes:
                print_text(f"{'':8}  {note}")

    def _print_table(self) -> None:
        counts = self._counts()
        skipped = [line.removeprefix("passed over: ") for line in self.passed]
        counts["skipped"] = sum(map(_leading, skipped))
        counts["failed"] = len(self.failed)
        why = {"skipped": skipped, "failed": self._why()}
        console = stdout()
        if console.is_terminal:  # There a long reason is broken under itself.
            from rich.table import Table

            table = Table.grid(padding=(0, 2))
            table.add_column()
            table.add_column(justify="right")
            for name, count in counts.items():
                table.add_row(name, f"{count:,}", plain("\n".join(why.get(name, []))))
            console.print(table)
            return
        for name, count in counts.items():
            first, *more = why.get(name) or [""]
            print_text(f"{name:9}  {count:>7,}  {first}".rstrip())
            for line in more:
                print_text(f"{'':20}{line}")

    def _counts(self) -> dict[str, int]:
        """How many articles became what."""
        counts = dict.fromkeys(_COUNTED.values(), 0)
        for one in self.added:
            counts[_COUNTED[one["outcome"]]] += 1
        return counts

    def _why(self) -> list[str]:
        """Why some failed, each reason once, for as many as bear it."""
        whys = [miss["error"].removeprefix(f"{miss['path']}: ") for miss in self.failed]
        whole = {why: miss["error"] for why, miss in zip(whys, self.failed, strict=True)}
        most = Counter(whys).most_common(_MOST_REASONS)
        left = len(self.failed) - sum(count for _, count in most)
        lines = [f"{count} × {why}" if count > 1 else whole[why] for why, count in most]
        return [*lines, f"and {left} more, as told above"] if left else lines

    def _show(self, step: Step, bars: Progress, task: Any) -> None:
        file = self.files[step.place]
        if step.failed:
            self.failed.append({"path": str(file), "error": step.failed})
        self.added += step.added
        self.passed += step.passed
        self._embedded += sum(one["chunks"] for one in step.added if one["outcome"] != "same")
        embedded = step.chunks + self._embedded
        speed = embedded / max(time.monotonic() - self._began, 0.001)
        bars.update(
            task,
            description=self._adding(file, step),
            advance=int(step.is_last),
            speed=f"{speed:.0f} chunks/s" if embedded else "",
        )
        if self._is_to_stop() and (step.added or step.failed or step.is_last):
            raise CalledOff

    def _adding(self, file: Path | str, step: Step) -> str:
        if step.place != self._place:
            self._place, self._before = step.place, len(self.added) - len(step.added)
        of_it = len(self.added) - self._before
        name = short(file)
        page = f", page {step.page} of {step.of}" if step.of else ""
        return f"{self.verb} {name}" + (f", {of_it:,} articles" if of_it > 1 else page)


class Syncing(Adding):
    """What is followed on its way into a library again, and what became of it all."""

    verb = "Looking at"

    def __init__(self, *, dry_run: bool = False) -> None:
        super().__init__([])
        self.removed: list[dict[str, Any]] = []
        self._unchanged = 0
        self._is_dry = dry_run

    @property
    def has_news(self) -> bool:
        """Whether anything became of it that a person would want to know."""
        has_changed = any(one["outcome"] != "same" for one in self.added)
        return bool(has_changed or self.removed or self.failed or self.is_stopped)

    def sync(self, own: Service, syncing: Wanted) -> None:
        """Have it looked at, with a bar."""
        with self._shown() as show:
            own.sync(syncing, show)

    def document(self) -> dict[str, Any]:
        """All of it for ``--json``."""
        changed = [one for one in self.added if one["outcome"] != "same"]
        return {
            **super().document(),
            "articles": changed,
            "unchanged": self._counts()["unchanged"],
            "removed": self.removed,
            "dry_run": self._is_dry,
        }

    def tell(self) -> None:
        """Print what became of what is not as it was, and of all together."""
        super().tell()
        if self._is_dry:
            print_text("a dry run: nothing was changed, and this is what would be")

    def _tell_added(self, added: Sequence[dict[str, Any]]) -> None:
        super()._tell_added([o for o in added if o["outcome"] != "same" or o["also_at"]])
        if len(self.removed) <= _MOST_LISTED:
            for one in self.removed:
                print_text(f"{'removed':8}  {one['article_id']}  {one['title']}")

    def _counts(self) -> dict[str, int]:
        counts = super()._counts()
        counts["unchanged"] += self._unchanged
        return {**counts, "removed": len(self.removed)}

    def _show(self, step: Step, bars: Progress, task: Any) -> None:
        self._unchanged += step.unchanged
        self.removed += step.removed
        if step.place >= 0:
            super()._show(step, bars, task)
            return
        if step.found:
            self.files = step.found
            bars.update(task, total=len(step.found))
        if step.failed:
            self.failed.append({"path": step.source, "error": step.failed})
        self.passed += step.passed
        if step.source:
            bars.update(task, description=f"{self.verb} {short(step.source)}")
        if self._is_to_stop() and not step.removed:
            raise CalledOff


def _leading(line: str) -> int:
    count = line.partition(" ")[0]
    return int(count) if count.isdigit() else 1


def short(file: Path | str) -> str:
    """The name of a file or a link, as a bar has room for it."""
    return plain(_shortened(file if isinstance(file, str) else file.name, 40))


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _notes(added: dict[str, Any]) -> list[str]:
    """What a person should know of an article beyond that it was added."""
    told = [f"note: {note}" for note in added["notes"]]
    if added["moved_from"]:
        told.append(f"its file has moved; it was {added['moved_from']}")
    if added["also_at"]:
        told += _also(added)
    for near in added["near"]:
        told.append(
            f"nearly the same as {near['article_id']} {near['title']} ({near['alike']:.0%}). "
            f"To keep one of them: ibid merge {near['article_id']} {added['article_id']}"
        )
    if namesake := added["namesake"]:
        told.append(
            f"it says it is {namesake['source']}, which is here from there ("
            f"{namesake['article_id']}); both are kept. If it should take that place: ibid add "
            f"--replace {namesake['article_id']} {quote(added['source'])}"
        )
    return told


def _also(added: dict[str, Any]) -> list[str]:
    """What a person should know of an article that was had from another source already."""
    place = added["also_at"]
    if added["merged"]:
        return [
            f"also at {place}: its text was merged into this article. To have it as one of its "
            f"own: ibid remove --source {quote(place)}, and add it again"
        ]
    told = [f"unchanged, also at {place}"]
    if differs := added["differs"]:
        said = ", ".join(f"{name} {fact}" for name, fact in differs.items())
        told.append(f"there it has another {said}; what was known first stays")
    return told
