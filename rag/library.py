"""A library on disk: one catalog, one vector index, one owner.

The catalog is written first, in one transaction an article, and the vector index follows. Killed
at any moment, the library opens whole: what the index still owes is written down in the catalog.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from filelock import FileLock, Timeout

from rag.catalog import Catalog
from rag.chunking import chunk, in_context
from rag.errors import LibraryError, LibraryInUse, LibraryMismatch, UnknownArticle
from rag.schema import Article, ArticleInfo, Chunk
from rag.settings import Settings
from rag.vectors import Vectors, discard, is_readable

CATALOG = "catalog.sqlite3"
_OWNER = "owner.json"
_VECTORS = "vectors"


class Embedding(Protocol):
    """What a library needs of an embedder; `rag.embedding.Embedder` is one."""

    fingerprint: str

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        ...


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an article: ``same`` is one that the library held already."""

    article: ArticleInfo
    outcome: Literal["added", "replaced", "same"]
    chunks: int


class Library:
    """Articles, findable by their words and by their meaning. Use `opened` to get one."""

    def __init__(self, folder: Path, settings: Settings, embedder: Embedding) -> None:
        self.folder = folder
        self.settings = settings
        self.embedder = embedder
        self.catalog = Catalog(folder / CATALOG)

    @cached_property
    def vectors(self) -> Vectors:
        """The vector index, opened when first needed and brought up to the catalog."""
        vectors = Vectors(self.folder / _VECTORS)
        self._bring_up_to_date(vectors)
        return vectors

    def close(self) -> None:
        """Give the folder back."""
        if "vectors" in self.__dict__:
            self.vectors.close()
        self.catalog.close()

    def add(
        self, articles: Iterable[Article], on_added: Callable[[Added], None] = lambda _: None
    ) -> list[Added]:
        """Add articles one by one; what was added stays when a later one fails.

        An article whose source is known replaces the older one if it differs, and changes
        nothing if it does not; so does one whose text and front matter are known already.
        """
        outcomes = []
        for article in articles:
            outcomes.append(self._add(article))
            on_added(outcomes[-1])
        return outcomes

    def _add(self, article: Article) -> Added:
        before = self.catalog.digest_of(article.id)
        if before == article.digest:
            return Added(article.info, "same", 0)
        twin = self.catalog.with_digest(article.digest)
        if twin and before is None:
            return Added(twin, "same", 0)
        chunks = chunk(article, self.settings.chunk_chars, self.settings.chunk_overlap)
        self.catalog.put(article, chunks, self._embedded(article, chunks))
        self.bring_up_to_date()
        return Added(article.info, "replaced" if before else "added", len(chunks))

    def _embedded(self, article: Article, chunks: list[Chunk]) -> list[list[float]]:
        texts = [in_context(article.title, piece.text) for piece in chunks]
        return self.embedder.embed_documents(texts) if texts else []

    def remove(self, article_ids: Iterable[str]) -> list[ArticleInfo]:
        """Remove articles, by id or by the beginning of one that fits no other.

        Raises:
            UnknownArticle: one of them is not there; then none is removed.
        """
        gone = [self.catalog.article(self.full_id(some)).info for some in article_ids]
        self.catalog.remove([info.id for info in gone])
        self.bring_up_to_date()
        return gone

    def articles(self) -> list[ArticleInfo]:
        """All articles, the latest added first."""
        return self.catalog.articles()

    def article(self, article_id: str) -> Article:
        """One article with its text.

        Raises:
            UnknownArticle: there is none of that id.
        """
        return self.catalog.article(article_id)

    def full_id(self, prefix: str) -> str:
        """The one article id that begins with ``prefix``.

        Raises:
            UnknownArticle: none does, or several do.
        """
        return full_id(self.catalog, prefix)

    def rebuild(self, on_article: Callable[[ArticleInfo], None] = lambda _: None) -> int:
        """Chunk, embed and index every article anew, with the embedder and settings of today.

        Returns:
            How many articles there are. Interrupted, it is begun again by the next call.
        """
        self.catalog.remember(fingerprint="a rebuild that was cut short")
        for info in self.catalog.articles():
            article = self.catalog.article(info.id)
            chunks = chunk(article, self.settings.chunk_chars, self.settings.chunk_overlap)
            self.catalog.put(article, chunks, self._embedded(article, chunks))
            on_article(info)
        if "vectors" in self.__dict__:
            self.vectors.close()
            del self.vectors
        discard(self.folder / _VECTORS)
        self.catalog.unsettle()
        self.catalog.remember(fingerprint=self._fingerprint())
        return self.catalog.count()[0] if self.vectors else 0

    def bring_up_to_date(self) -> None:
        """Index what the catalog holds and the vector index does not yet."""
        self._bring_up_to_date(self.vectors)

    def _bring_up_to_date(self, vectors: Vectors) -> None:
        dropped = self.catalog.dropped()
        if dropped:
            vectors.drop(dropped)
            self.catalog.settle_dropped(dropped)
        self._pay(vectors)
        if vectors.count() != self.catalog.count()[1]:
            # Only a folder that was changed or discarded comes here; the catalog is right.
            vectors.clear()
            self.catalog.unsettle()
            self._pay(vectors)

    def _pay(self, vectors: Vectors) -> None:
        for batch in self.catalog.owed():
            vectors.put([piece for piece, _ in batch], [vector for _, vector in batch])
            self.catalog.settle([piece.id for piece, _ in batch])

    def _fingerprint(self) -> str:
        pieces = f"{self.settings.chunk_chars}+{self.settings.chunk_overlap}"
        return f"{self.embedder.fingerprint}, titled chunks of {pieces} characters"

    def check_fingerprint(self) -> None:
        """Make sure that the embedder and settings of today are those the library was built by.

        Raises:
            LibraryMismatch: they are not.
        """
        built_by = self.catalog.fact("fingerprint")
        today = self._fingerprint()
        if built_by is None or not self.catalog.count()[0]:
            self.catalog.remember(fingerprint=today)
        elif built_by != today:
            raise LibraryMismatch(
                f"{self.folder}: built by {built_by}; the settings say {today}. "
                "Set them back, or build it anew: ibid rebuild"
            )


def full_id(catalog: Catalog, prefix: str) -> str:
    """The one article id of a catalog that begins with ``prefix``.

    Raises:
        UnknownArticle: none does, or several do.
    """
    ids = catalog.ids(prefix) if prefix else []
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise UnknownArticle(f"{prefix} fits {len(ids)} articles: {', '.join(ids[:4])}; say more")
    raise UnknownArticle(f"no article {prefix}; ibid list shows what there is")


@contextmanager
def opened(
    settings: Settings, embedder: Embedding, *, purpose: str = "", to_rebuild: bool = False
) -> Iterator[Library]:
    """Own the library that the settings name, making it if there is none.

    ``purpose`` is told to others who want it meanwhile; ``to_rebuild`` opens one that was built
    otherwise, so that `Library.rebuild` can mend that.

    Raises:
        LibraryInUse: another process owns it.
        LibraryMismatch: it was built by another embedder, or with other chunks.
        LibraryError: the folder cannot be used.
    """
    folder = settings.library.expanduser()
    with owned(folder, purpose) as crashed:
        if crashed and not is_readable(folder / _VECTORS):
            discard(folder / _VECTORS)
        library = Library(folder, settings, embedder)
        try:
            if not to_rebuild:
                library.check_fingerprint()
            yield library
        finally:
            library.close()


@contextmanager
def owned(folder: Path, purpose: str = "") -> Iterator[bool]:
    """Hold the lock of a library's folder; yields whether its last owner died holding it.

    Raises:
        LibraryInUse: another process holds it.
        LibraryError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryInUse(
            f"{folder}: in use by {owner(folder) or 'another process'}; "
            "stop that one, or name another library with --library"
        ) from None
    except OSError as error:
        raise LibraryError(
            f"{folder}: {error.strerror or error}; name another folder with --library"
        ) from None
    note = folder / _OWNER
    crashed = note.exists()
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}))
        yield crashed
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def owner(folder: Path) -> str:
    """Who owns a library just now, in words; empty when nobody is known to."""
    try:
        facts = json.loads((folder / _OWNER).read_text())
        purpose = f" ({facts['purpose']})" if facts.get("purpose") else ""
        return f"process {int(facts['pid'])}{purpose}"
    except (OSError, ValueError, KeyError):
        return ""
