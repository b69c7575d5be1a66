"""The seams: what the engine needs of a model, and of whatever else may stand in its place.

Tests put their doubles here, and a user may put a model of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from rag.schema import Verdict

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from rag.settings import Settings

LONGEST_QUESTION = 1_000
"""So many characters of a question does a model read; no more need be given to it."""


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


class AnswerSpan(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) of a text, and the logit that they answer."""

    start: int
    end: int
    logit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one text, in logits.

    ``answers``: that the text answers the question. ``spans``: the likeliest answers in it, best
    first, none overlapping another; ``none``: that none of its words do. ``says_yes``: of a yes/no
    question, that the answer is yes.
    """

    answers: float
    says_yes: float
    none: float
    spans: tuple[AnswerSpan, ...]

    @property
    def margin(self) -> float:
        """How much likelier the best span is than that there is none."""
        return self.spans[0].logit - self.none if self.spans else -20.0


@runtime_checkable
class Reader(Protocol):
    """What evidence needs of a reader; `rag.models.reader.OnnxReader` is one."""

    def read(self, question: str, titles: Sequence[str], texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order. ``titles`` are those of their articles."""
        ...


@runtime_checkable
class Verifier(Protocol):
    """What an answer needs of a verifier; `rag.verify.claims.RuleVerifier` is one."""

    def check(self, claim: str, quotes: Sequence[str], context: str = "") -> Verdict:
        """Whether the quotes carry the claim.

        ``context`` are words that may name what the quotes speak of, but are evidence for nothing.
        """
        ...


class ChatModelSource(Protocol):
    """Where language models come from; `rag.models.chat.chat_model` is one."""

    def __call__(self, settings: Settings) -> BaseChatModel:
        """The language model that the settings name.

        Raises:
            ModelError, ProviderError, SettingsError: it cannot be had.
        """
        ...
