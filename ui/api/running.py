"""What a running Ibid does for a command: on its library, under the command's settings."""

from __future__ import annotations

import threading
import time
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from eval.observer import Stop, Work
from rag.errors import IbidError
from rag.index.library import Library
from rag.opening import under
from ui.api import wire
from ui.api.work import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eval.session import Choice
    from rag.assistant import Assistant
    from rag.schema import Filter
    from ui.ahead import Ahead
    from ui.api.measuring import Job
    from ui.api.service import Own

_GLANCE_S = 0.1


class Engine(Protocol):
    """What runs, which may still be loading."""

    @property
    def library(self) -> Any:
        """A `rag.index.library.Library`, there from the beginning."""
        ...

    @property
    def ahead(self) -> Ahead:
        """The questions that are made ahead, but not while a command works."""
        ...

    @property
    def is_loading(self) -> bool:
        """Whether more is ready soon, without anybody doing anything."""
        ...

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        """What answers from this library; without ``model`` it quotes."""
        ...


def library_of(engine: Engine, settings: Mapping[str, Any], post: Post) -> Library:
    """The library once it can be asked, seen under other settings where some are given.

    Raises:
        SettingsError: one makes no sense.
        LibraryMismatch: with these it would be another library.
        CalledOff: nobody waits any more.
    """
    while engine.is_loading:
        post.check()
        time.sleep(_GLANCE_S)
    own: Library = engine.library
    return under(own, settings)


def answer(own: Own, question: str, only: Filter | None, post: Post, is_whole: bool) -> None:
    """Put the snapshots of an answer, or the finished one alone; called off, the model stops."""
    from rag.schema import Answer

    assistant = own.assistant(model=True)

    async def told() -> None:
        async with aclosing(assistant.astream(question, only=only)) as snapshots:  # type: ignore[type-var]
            async for snapshot in snapshots:
                if not is_whole or snapshot.status != "pending":
                    post.put("answer", wire.plain(Answer, snapshot))

    post.run(told())


class Measurements:
    """The runs that commands have asked for, one at a time: two would measure each other.

    ``turn`` is held by whichever is under way, of a command or of the window.
    """

    def __init__(self, engine: Engine, turn: threading.Lock) -> None:
        self._engine = engine
        self._turn = turn
        self._stops: dict[str, threading.Event] = {}

    def stop(self, work: str) -> None:
        """End a run after the question in hand. One that is over is left as it is."""
        if stop := self._stops.get(work):
            stop.set()

    def run(self, work: str, own: Library, job: Job, post: Post) -> None:
        """Do what is to be measured.

        Raises:
            IbidError: another run is under way, and what `Job.do` raises.
        """
        with self.alone(work) as stop:
            try:
                job.do(own.settings, _Observer(post, stop), own, self._over)
            except Stop:
                raise IbidError("stopped; what was asked until then is kept") from None

    def _over(self, choice: Choice) -> Callable[[Library], Assistant]:
        return lambda asked: self._engine.assistant_over(asked, model=not choice.quotes_only)

    @contextmanager
    def alone(self, work: str) -> Iterator[threading.Event]:
        """While nothing else is measured; what is given is set once this is to end.

        Raises:
            IbidError: another is under way.
        """
        if not self._turn.acquire(blocking=False):
            raise IbidError(
                "the running Ibid is at another evaluation, and two would slow each other down; "
                "wait for its end, or stop it"
            )
        stop = self._stops[work] = threading.Event()
        try:
            yield stop
        finally:
            del self._stops[work]
            self._turn.release()


class _Observer:
    """An `eval.observer.Observer` whose reader is a command; with that the run ends, whole."""

    def __init__(self, post: Post, stop: threading.Event) -> None:
        self._post = post
        self._stop = stop

    def begin(self, work: Work, total: int, done: int = 0, run: str = "") -> None:
        """Work of so many parts begins."""
        self._post.put("begin", [work, total, done, run])

    def advance(self) -> None:
        """One part more is done."""
        self._post.put("advance", 1)
        if self._stop.is_set() or self._post.is_gone:
            raise Stop

    def tell(self, text: str) -> None:
        """A line for whoever reads along."""
        self._post.put("tell", text)
