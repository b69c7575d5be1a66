"""The LangChain chain: question -> passages -> evidence -> draft."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
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

from rag import prompts
from rag.evidence import choose
from rag.retrieval import Retriever
from rag.schema import Citation, Filter, Passage, Turn

# "that" and "there" count only where they can be nothing but pronouns.
_LEANS_ON_HISTORY = re.compile(
    r"^(and|but|so|what about|how about|why|when|where|who|how many|how much)\b[^a-z]*$"
    r"|^(and|but|so|what about|how about)\b"
    r"|\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those)\b"
    r"|\b(that|there)\b(?=\W*$)|^(is|was|did|does|has) that\b",
    re.IGNORECASE,
)
LONGEST_QUESTION = 2_000
_MOST_TURNS = 3
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

    def find(asked: Asked) -> list[Passage]:
        question = asked["standalone"]
        if not question:
            return []
        return retriever.passages(question, settings.passages, asked.get("only"))

    def weigh(asked: Asked) -> tuple[Citation, ...]:
        return choose(
            asked["standalone"],
            asked["passages"],
            retriever.reranker,
            settings.evidence_sentences,
            settings.evidence_tokens,
        )

    def is_hopeless(asked: Asked) -> bool:
        return model is None or not is_answerable(asked["passages"], settings.answer_threshold)

    def prompt(asked: Asked) -> list[BaseMessage]:
        return prompts.answer(asked["standalone"], asked["evidence"])

    silence = _step(lambda _: "")
    written = _step(prompt) | model | StrOutputParser() if model else silence
    draft: Runnable[Any, str] = RunnableBranch((_step(is_hopeless), silence), written)

    # The last stage is no `assign` like the others, because that would wait for the model in a
    # thread of its own, where Ctrl-C could not reach it.
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
        RunnablePassthrough.assign(standalone=_step(standalone))
        | RunnablePassthrough.assign(passages=_step(find))
        | RunnablePassthrough.assign(evidence=_step(weigh))
        | RunnableGenerator[Any, Any](write, awrite)
    )
    return whole


def _step(function: Callable[[Asked], _Made]) -> Runnable[Any, _Made]:
    return RunnableLambda[Any, _Made](function)


def is_answerable(passages: Sequence[Passage], threshold: float) -> bool:
    """Whether the best passage is good enough to answer from."""
    return max((passage.score for passage in passages), default=float("-inf")) >= threshold


def standalone(asked: Asked) -> str:
    """A question that leans on those before it, put after them; any other as it is."""
    questions = [readable(asked["question"])]
    before = [turn.text for turn in asked.get("history", ()) if turn.role == "user"]
    for earlier in reversed(before[-_MOST_TURNS:]):
        if not _LEANS_ON_HISTORY.search(questions[0]):
            break
        questions.insert(0, readable(earlier))
    return readable(" ".join(questions))


def readable(question: str) -> str:
    """A question on one line, without control characters, its first 2,000 characters."""
    # The joiners are not printable, but some scripts are misspelt without them.
    seen = (c if c.isprintable() or c in "\u200c\u200d" else " " for c in question)
    return " ".join("".join(seen).split())[:LONGEST_QUESTION]
