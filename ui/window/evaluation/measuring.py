"""An evaluation that goes on in the background, one at a time, seen by every page. No Gradio."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from eval import report
from eval.runs import store as runs
from eval.sets.cases import Case
from eval.sets.evidence import folders, resolve
from rag.assistant import Assistant
from rag.errors import CaseError, IbidError
from rag.index.library import Library, opened
from ui import evaluation, strings
from ui.evaluation import Choice

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

    ``run`` is the name of its folder, once there is one; ``reason`` says why it failed, empty
    where nobody foresaw it.
    """

    state: State = "idle"
    set: str = ""
    done: int = 0
    of: int = 0
    run: str = ""
    reason: str = ""


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

    def begin(self, choice: Choice, *, own_articles_only: bool) -> None:
        """Begin to run a set; returns at once.

        Args:
            own_articles_only: never build a library of what the set names, which may be anything
                on this machine.

        Raises:
            Busy: another is under way.
            CaseError: the set cannot be used.
        """
        cases = evaluation.chosen(choice)
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
        try:
            with self._library(choice, cases, own_articles_only) as (own, is_built):
                assistant = self.engine.assistant_over(own, model=not choice.quotes_only)
                begun = evaluation.begin(choice, cases, own, assistant, is_built)
                self._tell(state="asking", run=begun.name, done=0, of=len(cases))
                with closing(evaluation.answered(begun, cases, own, assistant)) as rows:
                    for row in rows:
                        del row  # it is on disk
                        self._tell(done=self._progress.done + 1)
                        if self._stop.is_set():
                            break
                self._tell(state="reporting")
                done = runs.finish(begun)
                report.write(done)
            self._tell(state="done" if done.is_finished else "stopped")
        except _Stopped:
            self._tell(state="stopped")
        except IbidError as error:
            self._tell(state="failed", reason=str(error))
        except Exception:
            log.exception("an evaluation failed")
            self._tell(state="failed")

    @contextmanager
    def _library(
        self, choice: Choice, cases: Sequence[Case], own_articles_only: bool
    ) -> Iterator[tuple[Library, bool]]:
        """The window's library if it holds the evidence, else a throw-away one of the set's."""
        own: Library = self.engine.library
        try:
            resolve(cases, own, choice.file)
        except CaseError:
            if own_articles_only:
                raise
        else:
            yield own, False
            return
        from rag.loaders import read

        articles = [article for place in folders(cases, choice.file) for article in read(place)]
        self._tell(of=len(articles))
        with tempfile.TemporaryDirectory(prefix="ibid-eval-") as folder:
            settings = own.settings.model_copy(update={"library": Path(folder)})
            with opened(settings, own.embedder, purpose="evaluation") as built:
                for article in articles:
                    built.add([article])
                    self._tell(done=self._progress.done + 1)
                    if self._stop.is_set():
                        raise _Stopped
                yield built, True

    def _tell(self, **news: Any) -> None:
        self._progress = replace(self._progress, **news)


class _Stopped(Exception):
    pass


def listed(folder: Path) -> list[Path]:
    """The Q&A sets in a folder, by name; what is none is left out."""
    from eval.sets.cases import load

    found = []
    for file in sorted(folder.glob("*.jsonl")):
        with suppress(CaseError):
            load(file)
            found.append(file)
    return found
