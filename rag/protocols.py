"""The seams: what the engine needs of a model, and of whatever else may stand in its place.

Tests put their doubles here, and a user may put a model of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from rag.offered import Offered
from rag.schema import (
    Article,
    ArticleInfo,
    Chunk,
    Filter,
    ListedArticle,
    Removed,
    Verdict,
)

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.language_models import BaseChatModel

    from rag.settings import Settings
    from rag.tuning import RetrievalTuning


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


@runtime_checkable
class VectorIndex(Protocol):
    """What a library needs of a vector index; `rag.index.vectors.ChromaIndex` is one."""

    def count(self) -> int:
        """How many chunks are indexed."""
        ...

    def put(self, chunks: Sequence[Chunk], vectors: Sequence[np.ndarray]) -> None:
        """Index chunks, or index them anew; one vector each, in the same order."""
        ...

    def drop(self, chunk_ids: Sequence[str]) -> None:
        """Forget chunks; unknown ids are no error."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def search(
        self, vector: Sequence[float], limit: int, article_ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The nearest chunks, best first, with their cosine similarity, as far as asked of."""
        ...

    def stored(self, chunk_ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of these chunks, by id; one that is not indexed is left out."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Beginning:
    """How an article begins."""

    id: str
    title: str
    language: str | None
    text: str


class Catalog(Protocol):
    """What a library needs of a catalog; `rag.index.catalog.SqliteCatalog` is one.

    It is the source of truth. The vector index follows, and what it lacks is pending here.
    """

    # What is known of the library itself

    def metadata(self, name: str) -> str | None:
        """What is remembered under a name."""
        ...

    def set_metadata(self, **values: str) -> None:
        """Keep what is known of the library, replacing older values of the same name."""
        ...

    # Articles

    def articles(self) -> list[ArticleInfo]:
        """All articles, the latest added first."""
        ...

    def listing(
        self,
        words: str = "",
        only: Filter | None = None,
        sort: str = "added",
        *,
        is_rising: bool | None = None,
        limit: int = 50,
    ) -> tuple[list[ListedArticle], int]:
        """The first ``limit`` articles that hold all the words, and how many do."""
        ...

    def publishers(self) -> list[str]:
        """Every publisher, by name."""
        ...

    def counted(self, fact: str) -> dict[str, int]:
        """How many articles there are of each publisher, year or language."""
        ...

    def beginnings(self, characters: int) -> Iterator[Beginning]:
        """How each article begins, the latest added first."""
        ...

    def centres(self) -> dict[str, np.ndarray]:
        """The mean of the vectors of each article's chunks."""
        ...

    def article(self, article_id: str) -> Article:
        """One article with its text; UnknownArticle if there is none of that id."""
        ...

    def text(self, article_id: str, start: int, end: int) -> str:
        """The words of an article from one offset to another."""
        ...

    def ids(self, prefix: str) -> list[str]:
        """The article ids that begin so."""
        ...

    def infos(self, article_ids: Iterable[str]) -> dict[str, ArticleInfo]:
        """What is known of each of these articles, by id."""
        ...

    def digest_of(self, article_id: str) -> str | None:
        """The digest under which an article is stored, or None."""
        ...

    def with_digest(self, digest: str) -> ArticleInfo | None:
        """An article with exactly this text and front matter."""
        ...

    def with_source(self, source: str) -> ArticleInfo | None:
        """The article that was had there."""
        ...

    def paths(self) -> dict[str, str]:
        """The ids of the articles that were read from files of this machine, by their paths."""
        ...

    def edited(self, article_id: str) -> dict[str, Any]:
        """What a person wrote over what was read of an article, by name."""
        ...

    def added(self, article_id: str) -> datetime | None:
        """When an article came, or None."""
        ...

    def put(
        self,
        article: Article,
        chunks: Sequence[Chunk],
        vectors: Sequence[Any],
        *,
        added: datetime | None = None,
        edited: dict[str, Any] | None = None,
    ) -> None:
        """Store an article with its chunks, in place of an older one from the same source."""
        ...

    def describe(self, article_id: str, edited: dict[str, Any]) -> None:
        """Write this over what was read of an article, all but its title."""
        ...

    def take(self, article_ids: Iterable[str]) -> list[Removed]:
        """Forget these articles, and return all that is needed to put them back."""
        ...

    def remove(self, article_ids: Iterable[str]) -> None:
        """Forget these articles and all that was made of them."""
        ...

    # What articles were seen to answer

    def offered(self, article_id: str = "", most: int = ...) -> dict[str, tuple[Offered, ...]]:
        """The questions of one article or of all, but of the ``most`` that were added last."""
        ...

    def offer(self, article: Article, questions: Sequence[Offered]) -> None:
        """Keep what an article was seen to answer, if it is still as it was then."""
        ...

    # Chunks

    def count(self) -> tuple[int, int]:
        """How many articles and how many chunks there are."""
        ...

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """The chunks of these ids that are there, by id."""
        ...

    def chunks_of(self, article_id: str) -> list[Chunk]:
        """The chunks of one article, in reading order."""
        ...

    def search(
        self,
        question: str,
        limit: int,
        only: Filter | None = None,
        tuning: RetrievalTuning = ...,
    ) -> list[tuple[str, float]]:
        """The chunks that share words with the question, best first, with their BM25 score."""
        ...

    def matching(self, only: Filter) -> list[str]:
        """The ids of the articles that a filter admits."""
        ...

    # What the vector index still lacks

    def pending_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Chunks that are not in the vector index yet, with their vectors, in batches."""
        ...

    def all_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Every chunk with its vector, in batches."""
        ...

    def damaged_chunks(self) -> list[Chunk]:
        """The chunks whose vectors are no longer what was stored, or are not finite."""
        ...

    def mend(self, chunks: Sequence[Chunk], vectors: Sequence[Any]) -> None:
        """Store these chunks' vectors anew; the vector index lacks them again."""
        ...

    def mark_indexed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are in the vector index now."""
        ...

    def pending_removals(self, batch: int = 1000) -> list[str]:
        """Ids of some chunks that are gone from here and may still be in the vector index."""
        ...

    def mark_removed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are gone from the vector index too."""
        ...

    def mark_all_pending(self) -> None:
        """The vector index starts from nothing: it lacks every chunk."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
