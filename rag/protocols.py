"""The seams: what the engine needs of a model, and of whatever else may stand in its place.

Tests put their doubles here, and a user may put a model of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from rag.schema import Reading


@runtime_checkable
class Embedder(Protocol):
    """What a library needs of an embedder; `rag.models.embedder.SentenceEmbedder` is one."""

    fingerprint: str

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        ...


@runtime_checkable
class Reranker(Protocol):
    """What retrieval needs of a reranker; `rag.models.reranker.OnnxReranker` is one."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text: the higher, the better it answers the question."""
        ...

    def probability(self, logit: float) -> float:
        """The probability that a text of this score answers the question."""
        ...


@runtime_checkable
class Reader(Protocol):
    """What evidence needs of a reader; `rag.models.reader.OnnxReader` is one."""

    def read(self, question: str, titles: Sequence[str], texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order. ``titles`` are those of their articles."""
        ...
