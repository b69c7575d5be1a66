"""An evaluation that goes on in the background, one at a time, seen by every page. No Gradio."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from eval.generation import candidates
from eval.observer import Stop, Work
from eval.runs import sharing
from eval.runs.store import Run, runs_of
from eval.sets.evidence import resolve
from rag.errors import CaseError, IbidError
from rag.index.library import Library
from ui import strings

if TYPE_CHECKING:  # half of what the window would import, and nobody measures at once
    from eval.session import Choice
    from rag.assistant import Assistant

log = logging.getLogger(__name__)

State = Literal[
    "idle", "preparing", "asking", "reporting", "done", "stopped", "failed", "proposing", "proposed"
]
BUSY: tuple[State, ...] = ("preparing", "asking", "reporting", "proposing")


class Engine(Protocol):
    """What is measured, which may still be loading."""

    @property
    def library(self) -> Any:
        """A `rag.index.library.Library`, there from the beginning."""
        ...

    def status(self) -> str:
        """What is being loaded; empty when all is ready."""
        ...

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        """What answers from this library, for a measurement; without ``model`` it quotes."""
        ...


class Busy(IbidError):
    """Something is measured already, here or for a command."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: ``done`` of ``of`` cases asked, or articles added while ``preparing``.

    While cases are proposed it is passages that were read, and ``made`` of them came of these.
    ``run`` is the name of a run's folder, once there is one; ``error`` is why it failed, None
    where nobody foresaw it.
    """

    state: State = "idle"
    set: str = ""
    done: int = 0
    of: int = 0
    run: str = ""
    made: int = 0
    error: IbidError | None = None


class Measuring:
    """Runs one evaluation at a time over the engine's library, or one made of the set's articles.

    The run is the same record, in the same folder, as one of ``ibid eval``. While `turn` is held
    by another, as by a command, nothing can be begun.
    """

    def __init__(self, engine: Engine, turn: threading.Lock | None = None) -> None:
        self.engine = engine
        self._turn = turn or threading.Lock()
        self._stop = threading.Event()
        self._progress = Progress()

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return self._progress

    @property
    def is_busy(self) -> bool:
        """Whether one is under way."""
        return self._progress.state in BUSY

    def start(self, what: Choice | Run, *, own_articles_only: bool) -> None:
        """Start to run a set, or go on with a run; returns at once.

        Args:
            own_articles_only: never build a library of what the set names, which may be anything
                on this machine.

        Raises:
            Busy: another is under way.
            CaseError: the set cannot be used.
        """
        from eval import session

        choice = session.chosen_before(what.record) if isinstance(what, Run) else what
        cases = session.chosen(choice)

        def work() -> State:
            own: Library = self.engine.library
            if own_articles_only:
                resolve(cases, own, choice.file)
            return "done" if self._asked(own, what).is_finished else "stopped"

        self._begin(Progress("preparing", choice.file.stem), work)

    def propose(self, file: Path, n: int) -> None:
        """Start to have ``n`` more cases proposed on the articles, into a file; returns at once.

        Raises:
            Busy: something is measured.
            CaseError: the file holds something else.
        """
        before = candidates.read(file)
        tried = len({one.chunk for one in before.values()})
        there = len(candidates.waiting(before))

        def advance() -> None:
            made = len(candidates.waiting(candidates.read(file))) - there
            self._set(done=self._progress.done + 1, made=made)
            if self._stop.is_set():
                raise Stop

        def work() -> State:
            from eval.generation.proposing import propose

            searching = self.engine.assistant_over(self.engine.library, model=False)
            with suppress(Stop):
                propose(searching, file, tried + n, 0, file.parent.resolve(), advance, {})
            if not self._progress.done:
                raise IbidError(strings.ALL_TRIED)
            return "proposed"

        self._begin(Progress("proposing", candidates.set_for(file).stem, of=n), work)

    def cancel(self) -> None:
        """Stop after the question in hand; what was asked is kept and reported."""
        self._stop.set()

    def _asked(self, own: Library, what: Choice | Run) -> Run:
        from eval import session

        settings = own.settings

        def over(choice: Choice) -> Callable[[Library], Assistant]:
            return lambda one: self.engine.assistant_over(one, model=not choice.quotes_only)

        with sharing.sharing(settings, runs_of(settings.library)):
            if isinstance(what, Run):
                workers = what.record.workers
                run, _ = session.resume(
                    settings, what.folder, workers, self, library=own, assistant_over=over
                )
            else:
                run, _ = session.run(settings, what, self, library=own, assistant_over=over)
        return run

    def _begin(self, progress: Progress, work: Callable[[], State]) -> None:
        if not self._turn.acquire(blocking=False):
            mine = self._progress.state in BUSY
            raise Busy(strings.STILL_MEASURING if mine else strings.COMMAND_MEASURES)
        self._stop.clear()
        self._progress = progress
        threading.Thread(target=self._work, args=(work,), daemon=True, name="eval").start()

    def _work(self, work: Callable[[], State]) -> None:
        end: dict[str, Any] = {"state": "failed"}
        try:
            end = {"state": work()}
        except Stop:
            end = {"state": "stopped"}
        except IbidError as error:
            end = {"state": "failed", "error": error}
        except Exception:
            log.exception("an evaluation failed")
        finally:
            self._turn.release()  # first: whoever reads that it is over may begin the next
            self._set(**end)

    def begin(self, work: Work, total: int, done: int = 0, run: str = "") -> None:
        """An `Observer`: work of so many parts begins."""
        if work == "reporting":
            self._set(state="reporting")
        else:
            self._set(
                state="asking" if work == "asking" else "preparing", of=total, done=done, run=run
            )

    def advance(self) -> None:
        """An `Observer`: one part more is done. Raises `Stop` once it was cancelled."""
        self._set(done=self._progress.done + 1)
        if self._stop.is_set():
            raise Stop

    def tell(self, text: str) -> None:
        """An `Observer`: nobody reads along."""

    def _set(self, **news: Any) -> None:
        self._progress = replace(self._progress, **news)


def listed(folder: Path) -> list[Path]:
    """The Q&A sets in a folder, by name; what is none is left out."""
    from eval.sets.cases import load

    found = []
    for file in sorted(folder.glob("*.jsonl")):
        with suppress(CaseError):
            load(file)
            found.append(file)
    return found
