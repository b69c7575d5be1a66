"""The seams of a library: its catalog, its vector index, and what goes between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from rag.duplicates import OtherSource, Removed, Twins
from rag.followed import Follows
from rag.offered import Offered
from rag.pending import Pending
from rag.schema import (
    Article,
    ArticleInfo,
    Chunk,
    Filter,
    ListedArticle,
)

if TYPE_CHECKING:
    import numpy as np

    from rag.tuning import RetrievalTuning


@dataclass(frozen=True, slots=True)
class Labels:
    """What the vector index knows of a chunk's article; ``collections`` are their ids."""

    article_id: str
    publisher: str | None = None
    language: str | None = None
    published: date | None = None
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The labels that are searched for. Each field that is given must hold; of its values, any.

    ``articles`` are ids: None is any article, and nothing in it is none. ``collections`` are ids.
    """

    articles: tuple[str, ...] | None = None
    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    collections: tuple[str, ...] = ()


class Collection(NamedTuple):
    """A collection by its name, and how many articles are in it."""

    name: str
    articles: int


@runtime_checkable
class VectorIndex(Protocol):
    """What a library needs of a vector index; `rag.index.vectors.ChromaIndex` is one."""

    def count(self) -> int:
        """How many chunks are indexed."""
        ...

    def ids(self) -> list[str]:
        """The ids of all chunks that are indexed."""
        ...

    def put(
        self,
        chunks: Sequence[Chunk],
        vectors: Sequence[np.ndarray],
        labels: Mapping[str, Labels] = ...,
    ) -> None:
        """Index chunks, or index them anew; one vector each, in the same order.

        ``labels``: those of their articles, by id; where there are none, the id is one.
        """
        ...

    def label(self, chunks: Mapping[str, Labels]) -> None:
        """Give indexed chunks, by id, the labels that their articles have now."""
        ...

    def drop(self, chunk_ids: Sequence[str]) -> None:
        """Forget chunks; unknown ids are no error."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def search(
        self, vector: Sequence[float], limit: int, wanted: Wanted | None = None
    ) -> list[tuple[str, float]]:
        """The nearest chunks, best first, with their cosine similarity, as far as wanted."""
        ...

    def stored(self, chunk_ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of these chunks, by id; one that is not indexed is left out."""
        ...

    def labelled(self, chunk_ids: Sequence[str]) -> dict[str, Labels]:
        """The labels of these chunks, by id; one that is not indexed is left out."""
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


class Catalog(Twins, Follows, Pending, Protocol):
    """What a library needs of a catalog; `rag.index.catalog.SqlCatalog` is one.

    It is the source of truth. The vector index follows, and what it lacks is pending here.
    ``file`` is where it is, if that is a file of this machine.
    """

    file: Path | None

    # What is known of the library itself

    def metadata(self, name: str) -> str | None:
        """What is remembered under a name."""
        ...

    def set_metadata(self, **values: str) -> None:
        """Keep what is known of the library, replacing older values of the same name."""
        ...

    def writing(self, *, wait: bool = True) -> AbstractContextManager[None]:
        """Keep other processes from changing the library; a thread may enter it again.

        Nothing where one process has it.

        Raises:
            LibraryInUse: another changes it for too long; or just now, without ``wait``.
        """
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Have the library to oneself for a moment. Raises LibraryInUse: another has it too."""
        ...

    def revision(self) -> int:
        """What grows with each change of articles and collections, whatever process makes it.

        Always the same where one process has the library: it knows what it changes.
        """
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
        offset: int = 0,
    ) -> tuple[list[ListedArticle], int]:
        """The ``limit`` articles after ``offset`` that hold all the words, and how many do."""
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

    def text(self, article_id: str, start: int, end: int, digest: str = "") -> str:
        """The words of an article from one offset to another, as long as its digest is this."""
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
        collections: Sequence[str] = (),
        also: Sequence[OtherSource] = (),
    ) -> None:
        """Store an article with its chunks, in place of an older one from the same source."""
        ...

    def describe(
        self, article_id: str, edited: dict[str, Any], by_hand: dict[str, Any] | None = None
    ) -> None:
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

    def forget_had(self, sources: Iterable[str]) -> None:
        """Expect nothing any more where these were had."""
        ...

    # Chunks

    def count(self) -> tuple[int, int]:
        """How many articles and how many chunks there are."""
        ...

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """The chunks of these ids that are there, by id."""
        ...

    def found(self, chunk_ids: Sequence[str]) -> dict[str, tuple[Chunk, ArticleInfo]]:
        """The chunks of these ids that are there, each with its article at the same moment."""
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

    def admitted(self, chunk_ids: Sequence[str], only: Filter) -> set[str]:
        """Those of these chunks whose articles a filter admits."""
        ...

    def wanted(self, only: Filter, most: int) -> Wanted:
        """What a filter asks of labels, at most so many of a kind, or else of ids."""
        ...

    def labels(self, article_ids: Iterable[str]) -> dict[str, Labels]:
        """What the vector index should know of each of these articles, by id."""
        ...

    # Collections

    def collections(self, article_id: str = "") -> list[Collection]:
        """All collections by name, or those that an article is in."""
        ...

    def collection(self, name: str) -> Collection:
        """The collection of that name, in any case; UnknownCollection if there is none."""
        ...

    def create_collection(self, name: str) -> bool:
        """Make a collection; False where there was one of that name."""
        ...

    def rename_collection(self, name: str, new: str) -> None:
        """Give a collection another name, which none has."""
        ...

    def delete_collection(self, name: str) -> int:
        """Forget a collection, and no article; how many were in it."""
        ...

    def collect(self, name: str, article_ids: Iterable[str]) -> list[str]:
        """Put articles into a collection, made if there is none; the ids of those new in it."""
        ...

    def uncollect(self, name: str, article_ids: Iterable[str]) -> list[str]:
        """Take articles out of a collection; the ids of those that were in it."""
        ...

    # All vectors

    def all_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Every chunk with its vector, in batches."""
        ...

    def damaged_chunks(self) -> list[Chunk]:
        """The chunks whose vectors are no longer what was stored, or are not finite."""
        ...

    def mend(self, chunks: Sequence[Chunk], vectors: Sequence[Any]) -> None:
        """Store these chunks' vectors anew; the vector index lacks them again."""
        ...

    def replace_all(
        self, batches: Iterable[list[tuple[Chunk, np.ndarray]]], **metadata: str
    ) -> None:
        """Put other chunks, indexed elsewhere, in the place of all, and keep the metadata."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
