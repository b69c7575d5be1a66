"""An evaluation that goes on in the background, one at a time, seen by every page. No Gradio."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from eval.observer import Stop, Work
from eval.sets.cases import Case
from eval.sets.evidence import resolve
from rag.errors import CaseError, IbidError
from rag.index.library import Library
from ui import strings

if TYPE_CHECKING:  # half of what the window would import, and nobody measures at once
    from eval.session import Choice
    from rag.assistant import Assistant

log = logging.getLogger(__name__)

State = Literal["idle", "preparing", "asking", "reporting", "done", "stopped", "failed"]
BUSY: tuple[State, ...] = ("preparing", "asking", "reporting")


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
    """An evaluation is under way already."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: ``done`` of ``of`` cases asked, or articles added while ``preparing``.

    ``run`` is the name of its folder, once there is one; ``error`` is why it failed, None
    where nobody foresaw it.
    """

    state: State = "idle"
    set: str = ""
    done: int = 0
    of: int = 0
    run: str = ""
    error: IbidError | None = None


class Measuring:
    """Runs one evaluation at a time over the engine's library, or one made of the set's articles.

    The run is the same record, in the same folder, as one of ``ibid eval``.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._progress = Progress()

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return self._progress

    def start(self, choice: Choice, *, own_articles_only: bool) -> None:
        """Start to run a set; returns at once.

        Args:
            own_articles_only: never build a library of what the set names, which may be anything
                on this machine.

        Raises:
            Busy: another is under way.
            CaseError: the set cannot be used.
        """
        from eval import session

        cases = session.chosen(choice)
        with self._lock:
            if self._progress.state in BUSY:
                raise Busy(strings.STILL_MEASURING)
            self._stop.clear()
            self._progress = Progress("preparing", choice.file.stem)
        work = threading.Thread(
            target=self._work, args=(choice, cases, own_articles_only), daemon=True, name="eval"
        )
        work.start()

    def cancel(self) -> None:
        """Stop after the question in hand; what was asked is kept and reported."""
        self._stop.set()

    def _work(self, choice: Choice, cases: Sequence[Case], own_articles_only: bool) -> None:
        from eval import session

        own: Library = self.engine.library
        try:
            if own_articles_only:
                resolve(cases, own, choice.file)
            done, _ = session.run(
                own.settings,
                choice,
                self,
                library=own,
                assistant_over=lambda library: self.engine.assistant_over(
                    library, model=not choice.quotes_only
                ),
            )
            self._set(state="done" if done.is_finished else "stopped")
        except Stop:
            self._set(state="stopped")
        except IbidError as error:
            self._set(state="failed", error=error)
        except Exception:
            log.exception("an evaluation failed")
            self._set(state="failed")

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
