"""What can be measured, told in one way to this process and to a running Ibid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval import session
from eval.runs import sharing, store
from eval.session import Choice
from eval.sets.evidence import HERE

if TYPE_CHECKING:
    from eval.observer import Observer
    from eval.session import AssistantOver
    from rag.index.library import Library
    from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Robustness:
    """A set is asked again with changes; see `eval.robustness.session.run`."""

    kinds: tuple[str, ...] = ()
    distractors: Path | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A set is asked under several settings; see `eval.sweep.session.run`."""

    options: tuple[str, ...]
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A set to be asked, once or in one of two ``ways`` many times; or what is gone on with.

    ``what`` is the choice, or the folder that is gone on with; ``here`` the working folder of
    whoever asks, None where that is this process.
    """

    what: Choice | Path
    workers: int = 1
    way: Robustness | Sweep | None = None
    here: Path | None = None

    @property
    def needs_no_library(self) -> bool:
        """Whether a throw-away library is asked, or another system."""
        if isinstance(self.what, Path):
            return store.load(self.what).record.target is not None if self.way is None else False
        return self.what.build or self.what.target is not None

    def within(self, library: Path) -> Job:
        """The same with the folder that it is written into, among the runs of a library."""
        if isinstance(self.what, Path) or self.what.out:
            return self
        tags = {Robustness: "robustness", Sweep: "sweep"}
        tag = tags.get(type(self.way), self.what.tag)
        folder = store.folder_for(library, self.what.file, tag)
        return replace(self, what=replace(self.what, out=folder))

    @property
    def folder(self) -> Path:
        """What it is written into, once that is known."""
        folder = self.what if isinstance(self.what, Path) else self.what.out
        assert folder is not None
        return folder

    def absolute(self) -> Job:
        """The same for a process with another working folder."""
        way = self.way
        if isinstance(way, Robustness) and way.distractors:
            way = replace(way, distractors=way.distractors.absolute())
        if isinstance(self.what, Path):
            return replace(self, what=self.what.absolute(), way=way, here=Path.cwd())
        file, out = self.what.file.absolute(), self.folder.absolute()
        what = replace(self.what, file=file, out=out)
        return replace(self, what=what, way=way, here=Path.cwd())

    def do(
        self,
        settings: Settings,
        observer: Observer,
        library: Library | None = None,
        assistant_over: AssistantOver | None = None,
    ) -> object:
        """Do it, as `eval.session`, `eval.robustness.session` or `eval.sweep.session` does."""
        beside: dict[str, Any] = {"library": library, "assistant_over": assistant_over}
        what, way = self.what, self.way
        done: Callable[..., object]
        if isinstance(way, Sweep):
            from eval.sweep import session as sweeping

            assert isinstance(what, Choice)
            done = partial(sweeping.run, settings, way.options, what, way.measure, observer)
        elif isinstance(way, Robustness):
            from eval.robustness import session as changing

            if isinstance(what, Path):
                done = partial(changing.resume, settings, what, observer)
            else:
                done = partial(changing.run, settings, what, way.kinds, way.distractors, observer)
        elif isinstance(what, Path):
            done = partial(session.resume, settings, what, self.workers, observer)
        else:
            done = partial(session.run, settings, what, observer)
        before = HERE.set(self.here)
        try:
            with sharing.sharing(settings, store.runs_of(settings.library)):
                return done(**beside)
        finally:
            HERE.reset(before)
