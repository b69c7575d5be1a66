"""A question on its way through the stages: what is known of it, its turns, and who looks on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypedDict, TypeVar

from rag import observing, prompts
from rag.away import Away, noted_in
from rag.models import turns
from rag.models.streams import EndlessError
from rag.query.classification import Query
from rag.schema import Citation, Filter, Passage, Sentence, Turn
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_Done = TypeVar("_Done")


class Asked(TypedDict, total=False):
    """What flows through the chain; each stage adds its key.

    ``own``: what Ibid says itself, to a question about the library or about Ibid. ``rank``: before
    whom it has its turn; ``waits``: whether it waits for one. ``watch``: who looks on;
    ``away``: who could not be asked.
    """

    question: str
    history: Sequence[Turn]
    only: Filter | None
    rank: turns.Rank
    watch: observing.Watch
    away: Away
    waits: bool
    own: tuple[Sentence, ...]
    query: Query
    passages: list[Passage]
    evidence: tuple[Citation, ...]
    draft: str
    not_found: float
    cut: EndlessError


def read(asked: Asked, stage: observing.Stage, do: Callable[[Asked], _Done]) -> _Done:
    """Do what the cores are needed for, once it is the question's turn."""
    watch = _watch(asked)
    with turns.reading().turn(_rank(asked), partial(watch.waited, "read")):
        return _doing(watch, stage, do, asked)


async def aread(asked: Asked, stage: observing.Stage, do: Callable[[Asked], _Done]) -> _Done:
    """The asynchronous twin of `read`; it is done in a thread."""
    watch = _watch(asked)
    async with turns.reading().aturn(_rank(asked), partial(watch.waited, "read")):
        return await asyncio.to_thread(_doing, watch, stage, do, asked)


def _doing(
    watch: observing.Watch, stage: observing.Stage, do: Callable[[Asked], _Done], asked: Asked
) -> _Done:
    with observing.doing(watch, stage), noted_in(asked.get("away")):
        return do(asked)


@contextmanager
def rewriting(asked: Asked, settings: Settings) -> Iterator[None]:
    """While the model puts the question otherwise: all else waits for that, and it is soon done."""
    watch, first = _watch(asked), turns.urgent(_rank(asked))
    turn = turns.writing(settings).turn(first, partial(watch.waited, "write"))
    with turn, watch.stage("rewrite"):
        yield


@asynccontextmanager
async def arewriting(asked: Asked, settings: Settings) -> AsyncIterator[None]:
    """The asynchronous twin of `rewriting`."""
    watch, first = _watch(asked), turns.urgent(_rank(asked))
    async with turns.writing(settings).aturn(first, partial(watch.waited, "write")):
        with watch.stage("rewrite"):
            yield


class Writing:
    """The writing of a draft: its turn in the ``line`` of a model, and its pieces as they come."""

    def __init__(self, asked: Asked, settings: Settings, prompt: Sequence[BaseMessage]) -> None:
        self.line = turns.writing(settings)
        self._rank = _rank(asked)
        self._watch = _watch(asked)
        self._prompt = prompt
        self._step = observing.Step()
        self._draft = ""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While the model writes it, once it is its turn."""
        with self.line.turn(self._rank, partial(self._watch.waited, "write")), self._seen():
            yield

    @asynccontextmanager
    async def aturn(self) -> AsyncIterator[None]:
        """The asynchronous twin of `turn`."""
        async with self.line.aturn(self._rank, partial(self._watch.waited, "write")):
            with self._seen():
                yield

    @contextmanager
    def _seen(self) -> Iterator[None]:
        with self._watch.stage("write") as self._step:
            for message in self._prompt:
                self._step.text("prompt", message.type, message.text)
            yield
            self._step.text("draft", "ai", self._draft)

    def piece(self, message: BaseMessage) -> Asked:
        """A piece; the first, with how likely the model was to find no answer."""
        piece = Asked(draft=message.text)
        if not self._draft and (chance := prompts.chance_of_not_found(message)) is not None:
            piece["not_found"] = chance
        self._draft += message.text
        for name, number in (getattr(message, "usage_metadata", None) or {}).items():
            if isinstance(number, int):
                self._step.count(name, number)
        return piece


def _watch(asked: Asked) -> observing.Watch:
    return asked.get("watch", observing.UNSEEN)


def _rank(asked: Asked) -> turns.Rank:
    return asked.get("rank") or turns.rank()
