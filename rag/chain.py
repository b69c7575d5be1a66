"""The LangChain chain: question -> passages -> evidence -> draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import (
    Runnable,
    RunnableBranch,
    RunnableLambda,
    RunnablePassthrough,
)

from rag import prompts
from rag.evidence import choose
from rag.retrieval import Retriever
from rag.schema import Citation, Passage, Turn

_LEANS_ON_HISTORY = re.compile(
    r"^(and|but|so|what about|how about|why|when|where|who|how many|how much)\b[^a-z]*$"
    r"|^(and|but|so|what about|how about)\b"
    r"|\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there)\b",
    re.IGNORECASE,
)


class Asked(TypedDict, total=False):
    """What flows through the chain; each stage adds its key."""

    question: str
    history: Sequence[Turn]
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
    settings = retriever.library.settings

    def find(asked: Asked) -> list[Passage]:
        return retriever.passages(asked["standalone"], settings.passages)

    def weigh(asked: Asked) -> tuple[Citation, ...]:
        return choose(
            asked["standalone"],
            asked["passages"],
            retriever.reranker,
            settings.evidence_sentences,
        )

    def is_hopeless(asked: Asked) -> bool:
        return model is None or not is_answerable(asked["passages"], settings.answer_threshold)

    def prompt(asked: Asked) -> list[BaseMessage]:
        return prompts.answer(asked["standalone"], asked["evidence"])

    silence = RunnableLambda(lambda _: "")
    write = RunnableLambda(prompt) | model | StrOutputParser() if model else silence
    return (
        RunnablePassthrough.assign(standalone=RunnableLambda(standalone))
        | RunnablePassthrough.assign(passages=RunnableLambda(find))
        | RunnablePassthrough.assign(evidence=RunnableLambda(weigh))
        | RunnablePassthrough.assign(draft=RunnableBranch((is_hopeless, silence), write))
    )


def is_answerable(passages: Sequence[Passage], threshold: float) -> bool:
    """Whether the best passage is good enough to answer from."""
    return max((passage.score for passage in passages), default=float("-inf")) >= threshold


def standalone(asked: Asked) -> str:
    """A question that leans on the one before it, put after that one; any other as it is."""
    question = asked["question"]
    before = [turn.text for turn in asked.get("history", ()) if turn.role == "user"]
    if not before or not _LEANS_ON_HISTORY.search(question):
        return question
    return f"{before[-1]} {question}"
