"""What can be seen of a question on its way. Nothing looks until somebody is told to.

Who looks (`ui.telemetry`) fills the methods of `Watch`; here nothing is imported for it. No text of
a question or of an article is told but as `Step.text`, which a watcher leaves alone unless its
owner wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from rag.errors import IbidError
    from rag.schema import Answer

Stage = Literal["classify", "search", "rerank", "read", "rewrite", "write", "check"]
STAGES: tuple[Stage, ...] = (
    "classify", "search", "rerank", "read", "rewrite", "write", "check",
)  # fmt: skip
"""What is done for a question, in turn. ``rerank`` is part of ``search`` and ``read``, and
``rewrite`` of ``classify``."""
Line = Literal["read", "write"]
"""What is waited for: a core to read with, the model to write with."""


class Step:
    """A stage under way; this one tells nobody."""

    def count(self, name: str, number: int) -> None:
        """What is counted of it, such as ``input_tokens``."""

    def text(self, name: str, role: str, words: str) -> None:
        """What was said in it, by whom: private."""


class Watch:
    """A question under way; this one tells nobody."""

    def stage(self, name: Stage) -> AbstractContextManager[Step]:
        """While this is done."""
        return nullcontext(Step())

    def waited(self, line: Line, seconds: float) -> None:
        """It had to wait so long for its turn."""

    def failed(self, error: IbidError) -> None:
        """The language model failed."""

    def ended(self, answer: Answer) -> None:
        """Its finished answer."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """It is over, by its answer, by an error, or since whoever asked has gone."""


class _Several(Watch):
    """Several that watch one question."""

    def __init__(self, watches: list[Watch]) -> None:
        self._watches = watches
        self._stack = ExitStack()

    @contextmanager
    def stage(self, name: Stage) -> Iterator[Step]:
        with ExitStack() as stack:
            yield _Steps([stack.enter_context(one.stage(name)) for one in self._watches])

    def waited(self, line: Line, seconds: float) -> None:
        for one in self._watches:
            one.waited(line, seconds)

    def failed(self, error: IbidError) -> None:
        for one in self._watches:
            one.failed(error)

    def ended(self, answer: Answer) -> None:
        for one in self._watches:
            one.ended(answer)

    def __enter__(self) -> Self:
        for one in self._watches:
            self._stack.enter_context(one)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)


class _Steps(Step):
    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps

    def count(self, name: str, number: int) -> None:
        for one in self._steps:
            one.count(name, number)

    def text(self, name: str, role: str, words: str) -> None:
        for one in self._steps:
            one.text(name, role, words)


Begin = Callable[[str, str], Watch]
"""Watches a question from here on; given are its words, which are private, and the model's name."""

_watching: tuple[Begin, ...] = ()
_lines: dict[Line, Callable[[], tuple[int, int]]] = {}
_here: ContextVar[Watch | None] = ContextVar("ibid-watch", default=None)
UNSEEN = Watch()


@contextmanager
def watched(begin: Begin) -> Iterator[None]:
    """While ``begin`` is told of each question of this process."""
    global _watching  # noqa: PLW0603
    _watching = (*_watching, begin)
    try:
        yield
    finally:
        _watching = tuple(one for one in _watching if one is not begin)


def lined_up(line: Line, numbers: Callable[[], tuple[int, int]]) -> None:
    """Who keeps a line tells how many wait in it, and how many have their turn."""
    _lines[line] = numbers


def lines() -> dict[Line, tuple[int, int]]:
    """How many wait in each line, and how many have their turn, just now."""
    return {line: numbers() for line, numbers in _lines.items()}


def asked(question: str, model: str) -> Watch:
    """A question begins."""
    if not _watching:
        return UNSEEN
    return _Several([begin(question, model) for begin in _watching])


@contextmanager
def doing(watch: Watch, name: Stage) -> Iterator[Step]:
    """While this is done by this thread, and `part` of it."""
    token = _here.set(watch)
    try:
        with watch.stage(name) as step:
            yield step
    finally:
        _here.reset(token)


def part(name: Stage) -> AbstractContextManager[Step]:
    """While this is done as part of what is being done."""
    return (_here.get() or UNSEEN).stage(name)
