"""The shapes in which servers of models answer; what has another is no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel, FiniteFloat, TypeAdapter

from rag.models.remote import ModelServer


class Embedding(BaseModel):
    """One of OpenAI's."""

    index: int
    embedding: list[FiniteFloat]


class Embedded(BaseModel):
    """OpenAI's."""

    data: list[Embedding]


class Rank(BaseModel):
    """One of Text Embeddings Inference's."""

    index: int
    score: FiniteFloat


class Result(BaseModel):
    """One of Jina's."""

    index: int
    relevance_score: FiniteFloat


class Reranked(BaseModel):
    """Jina's."""

    results: list[Result]


class Span(BaseModel):
    """As `rag.protocols.AnswerSpan`."""

    start: int
    end: int
    logit: FiniteFloat


class Read(BaseModel):
    """As `rag.protocols.Reading`; another Ibid's."""

    answers: FiniteFloat
    says_yes: FiniteFloat
    none: FiniteFloat
    spans: list[Span]


VECTORS: TypeAdapter[list[list[float]]] = TypeAdapter(list[list[FiniteFloat]])
EMBEDDED = TypeAdapter(Embedded)
RANKS = TypeAdapter(list[Rank])
RERANKED = TypeAdapter(Reranked)
READ = TypeAdapter(list[Read])


class _Numbered(Protocol):
    index: int


_One = TypeVar("_One", bound=_Numbered)


def in_order(numbered: Sequence[_One], server: ModelServer) -> list[_One]:
    """What a server numbered, by its numbers. Raises ModelAway: one is not there just once."""
    ordered = sorted(numbered, key=lambda one: one.index)
    if [one.index for one in ordered] != list(range(len(ordered))):
        raise server.away("numbers its answers otherwise than it was asked")
    return ordered
