"""The stages, from a question to a draft, as a LangChain chain.

In a module of its own, since LangChain's runnables take most of a second to import.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.runnables import (
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
)
from langchain_core.runnables.utils import AddableDict

from rag.answer.asked import Asked
from rag.answer.stages import Stages
from rag.schema import Citation, Passage


def build(stages: Stages) -> Runnable[Any, Any]:
    """The whole way from ``{"question", "history"}`` to an `Asked` with a draft.

    It is LCEL: ``invoke``, ``stream``, ``ainvoke`` and ``astream`` all work, and a stream yields
    each key as soon as it is known, the draft in pieces. Without a model, and where no
    vote of one could make an answer told, the draft is empty and no model is called.
    """
    find: Runnable[Any, list[Passage]] = RunnableLambda(stages.find, stages.afind)
    weigh: Runnable[Any, tuple[Citation, ...]] = RunnableLambda(stages.weigh, stages.aweigh)
    # The stages that may ask the model are no `assign` like the others, because that would wait
    # for it in a thread of its own, where Ctrl-C could not reach it.
    return (
        _adding(stages.understand, stages.aunderstand)
        | RunnablePassthrough.assign(passages=find)
        | RunnablePassthrough.assign(evidence=weigh)
        | _adding(stages.write, stages.awrite)
    )


def _adding(
    stage: Callable[[Asked], Iterator[Asked]],
    astage: Callable[[Asked], AsyncIterator[Asked]],
) -> Runnable[Any, Any]:
    """A stage that hands on what comes in, and then what it adds, piece by piece."""

    def add(pieces: Iterator[Asked]) -> Iterator[AddableDict]:
        asked = Asked()
        for piece in pieces:
            asked.update(piece)
            yield AddableDict(piece)
        yield from map(AddableDict, stage(asked))

    async def aadd(pieces: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        asked = Asked()
        async for piece in pieces:
            asked.update(piece)
            yield AddableDict(piece)
        async for added in astage(asked):
            yield AddableDict(added)

    return RunnableGenerator[Any, Any](add, aadd)
