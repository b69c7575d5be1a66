"""The LangChain chain: question -> standalone question -> passages -> evidence -> draft."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypedDict, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import (
    Runnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
)
from langchain_core.runnables.utils import AddableDict

from rag import prompts, questions
from rag.evidence import choose
from rag.questions import understood
from rag.retrieval import REACH, Retriever
from rag.schema import Citation, Filter, Passage, Turn, overlap

_Made = TypeVar("_Made")


class Asked(TypedDict, total=False):
    """What flows through the chain; each stage adds its key."""

    question: str
    history: Sequence[Turn]
    only: Filter | None
    standalone: str
    passages: list[Passage]
    evidence: tuple[Citation, ...]
    draft: str


def build(retriever: Retriever, model: BaseChatModel | None) -> Runnable[Any, Any]:
    """The whole way from ``{"question", "history"}`` to an `Asked` with a draft.

    It is LCEL: ``invoke``, ``stream``, ``ainvoke`` and ``astream`` all work, and a stream yields
    each key as soon as it is known, the draft in pieces. Without a model, and where no passage
    reaches the answering threshold, the draft is empty and no model is called.
    """
    settings = retriever.settings
    room = context_of(model, settings.context_tokens) - settings.max_answer_tokens

    def find(asked: Asked) -> list[Passage]:
        question = understood(asked["standalone"])
        if not question.text:
            return []
        k, only = settings.passages, asked.get("only")
        return _interleaved([retriever.passages(one, k, only) for one in question.searches], k)

    def weigh(asked: Asked) -> tuple[Citation, ...]:
        return choose(
            understood(asked["standalone"]),
            asked["passages"],
            retriever.reranker,
            settings.evidence_sentences,
            settings.evidence_tokens,
            REACH if settings.rerank else math.inf,
        )

    def is_hopeless(asked: Asked) -> bool:
        if model is None or not asked["evidence"]:
            return True
        return not is_answerable(asked["passages"], settings.answer_threshold)

    def prompt(asked: Asked) -> list[BaseMessage]:
        return prompts.answer(asked["standalone"], asked["evidence"], room)

    silence = _step(lambda _: "")
    written = _step(prompt) | model | StrOutputParser() if model else silence
    draft: Runnable[Any, str] = RunnableBranch((_step(is_hopeless), silence), written)
    rewriting = model | StrOutputParser() if model else None

    # The stages that may ask the model are no `assign` like the others, because that would wait
    # for it in a thread of its own, where Ctrl-C could not reach it.
    def understand(given: Iterator[Asked]) -> Iterator[AddableDict]:
        asked = Asked()
        for piece in given:
            asked.update(piece)
            yield AddableDict(piece)
        if (standalone := _by_rule(asked)) is None:
            said = ""
            if rewriting:
                # A failure here will come again, and be told, when the answer is asked for.
                with suppress(Exception):
                    said = rewriting.invoke(_rewrite(asked))
            standalone = _rewritten(said, asked)
        yield AddableDict(standalone=standalone)

    async def aunderstand(given: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        asked = Asked()
        async for piece in given:
            asked.update(piece)
            yield AddableDict(piece)
        if (standalone := _by_rule(asked)) is None:
            said = ""
            if rewriting:
                with suppress(Exception):
                    said = await rewriting.ainvoke(_rewrite(asked))
            standalone = _rewritten(said, asked)
        yield AddableDict(standalone=standalone)

    def write(found: Iterator[Asked]) -> Iterator[AddableDict]:
        asked = Asked()
        for piece in found:
            asked.update(piece)
            yield AddableDict(piece)
        for words in draft.stream(asked):
            yield AddableDict(draft=words)

    async def awrite(found: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        asked = Asked()
        async for piece in found:
            asked.update(piece)
            yield AddableDict(piece)
        async for words in draft.astream(asked):
            yield AddableDict(draft=words)

    whole: Runnable[Any, Any] = (
        RunnableGenerator[Any, Any](understand, aunderstand)
        | RunnablePassthrough.assign(passages=_step(find))
        | RunnablePassthrough.assign(evidence=_step(weigh))
        | RunnableGenerator[Any, Any](write, awrite)
    )
    return whole


def _step(function: Callable[[Asked], _Made]) -> Runnable[Any, _Made]:
    return RunnableLambda[Any, _Made](function)


def context_of(model: BaseChatModel | None, otherwise: int) -> int:
    """How many tokens a model can read and write, by its own profile where it has one."""
    profile = getattr(model, "profile", None) or {}
    known = profile.get("max_input_tokens")
    return min(known, 32_000) if isinstance(known, int) and known > 0 else otherwise


def is_answerable(passages: Sequence[Passage], threshold: float) -> bool:
    """Whether the best passage is good enough to answer from."""
    return max((passage.score for passage in passages), default=float("-inf")) >= threshold


def _by_rule(asked: Asked) -> str | None:
    question = questions.readable(asked["question"])
    return questions.by_rule(question, asked.get("history", ()))


def _rewrite(asked: Asked) -> list[BaseMessage]:
    return prompts.rewrite(questions.readable(asked["question"]), asked.get("history", ()))


def _rewritten(said: str, asked: Asked) -> str:
    """The model's rewriting if it is faithful, else the question after those it leans on."""
    question, history = questions.readable(asked["question"]), asked.get("history", ())
    said = questions.readable(said)
    if questions.is_faithful(said, question, history):
        return said
    return questions.put_together(question, history)


def _interleaved(found: Sequence[list[Passage]], k: int) -> list[Passage]:
    """The best of each search in turn, each stretch of an article once, ``k`` at most."""
    kept: list[Passage] = []
    for place in range(k):
        for passages in found:
            if place < len(passages) and not any(overlap(one, passages[place]) for one in kept):
                kept.append(passages[place])
    return kept[: max(k, 1)] if len(found) == 1 else kept[: k + len(found)]
