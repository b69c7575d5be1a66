"""A library on disk: one catalog, one vector index, one owner.

The catalog is written first, in one transaction an article, and the vector index follows. Killed
at any moment, the library opens whole: what the index still owes is written down in the catalog.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rag.disk import size_of
from rag.errors import ArticleError, IndexAway, UnknownArticle
from rag.index import catalogs, integrity
from rag.index.array import ArrayIndex
from rag.index.catalog import full_id
from rag.index.changes import Change, OnChange, accounted, untold
from rag.index.chunking import chunk
from rag.index.indexed import Indexed
from rag.index.originals import Copies, Originals
from rag.index.origins import Origins, Place
from rag.index.ownership import changing, unchangeable
from rag.index.places import VECTORS, Folder, IndexPlace, place_of
from rag.index.preparing import Courtesy, Prepared, fingerprint, vectors_of
from rag.index.renewed import Renewed
from rag.index.weeding import Weeded
from rag.protocols import Embedder
from rag.schema import Article, ArticleInfo, Chunk
from rag.settings import Settings
from rag.stores import Catalog, VectorIndex

# SQLite's own functions end a text at a NUL; half a surrogate pair it cannot keep at all.
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")
_log = logging.getLogger("ibid")


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an article: ``same`` is one that the library held already.

    ``before`` is the one that it replaced; ``moved_from`` where that was had, if its file has
    moved. ``namesake`` is the article, had from elsewhere, that it says it is; both are kept.
    ``also_at``: where it was had now, if that is another source of an article that stands under
    its own, which ``is_merged`` if that had another text, nearly the same.
    """

    article: ArticleInfo
    outcome: Literal["added", "replaced", "same"]
    chunks: int
    before: Article | None = None
    moved_from: str = ""
    namesake: ArticleInfo | None = None
    also_at: str = ""
    is_merged: bool = False


class Library(Indexed, Weeded, Renewed):
    """Articles, findable by their words and by their meaning. Use `opened` to get one.

    ``place`` is where its vector index is kept: a folder of its own, unless given. ``read_only``:
    why nothing can be written, if so; then every vector is read from the catalog, and what would
    change it raises.
    ``originals`` are the copies of PDFs, those in the folder unless given.
    ``is_catalog_as_left``: nobody changed its file since, so its vectors need not be looked over.
    ``away`` is why the vectors cannot be asked just now, where somebody else keeps them.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        embedder: Embedder,
        catalog: Catalog,
        place: IndexPlace | None = None,
        read_only: str = "",
        is_catalog_as_left: bool = False,
        originals: Copies | None = None,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.embedder = embedder
        self.catalog = catalog
        self.read_only = read_only
        self.is_catalog_as_left = is_catalog_as_left
        self.place = place or Folder(folder / VECTORS)
        self.originals = originals or Originals(folder)
        self._vectors: VectorIndex | None = None
        self._in_memory: ArrayIndex | None = None
        self._origins = Origins(catalog, settings.duplicates.least_words)
        self.courtesy = Courtesy()
        self._fingerprint = fingerprint(settings, embedder)
        self._writing = threading.RLock()
        self.on_change: OnChange = untold
        self._keep_note = partial(integrity.keep_note, catalog.file, self.place)
        self._closed = False
        self.is_shared = catalogs.is_shared(settings)
        self.away: IndexAway | None = None
        self._sound: integrity.Sound | None = None

    def close(self) -> None:
        """Give the folder back."""
        with self._writing:
            self._closed = True
            self._close_vectors()
            self.catalog.close()

    def add(
        self,
        articles: Iterable[Article],
        on_added: Callable[[Added], None] = lambda _: None,
        on_embedded: Callable[[int, int], None] = lambda done, of: None,
        in_place_of: str = "",
    ) -> list[Added]:
        """Add articles one by one; what was added stays when a later one fails.

        An article that was had where another was replaces it if it differs, and changes
        nothing if it does not. One whose text is known already is that one, had from one more
        place: what was known of it first stays. As the text changes in one of its places, what is
        there becomes an article of its own. One that was merged into another is that other, as
        long as its text does not change. One from elsewhere takes the place of another only if
        ``in_place_of`` is that one's id.

        ``on_embedded`` is told of an article's chunks as they come, and 0 of 0 while a long text
        is cut into them. What it raises ends the adding there, with nothing of it stored.

        Raises:
            ArticleError: a text holds what no text can, or the embedder makes no vector of it.
            UnknownArticle: there is none whose place could be taken.
            LibraryReadOnly: nothing can be written, or the disk is full.
        """
        outcomes = []
        for article in articles:
            outcomes.append(self._add(article, on_embedded, in_place_of))
            on_added(outcomes[-1])
        return outcomes

    def _add(
        self, read: Article, on_embedded: Callable[[int, int], None], in_place_of: str
    ) -> Added:
        if self.read_only:
            raise unchangeable(self.folder, self.read_only)
        try:
            place, same = self._found(read, in_place_of)
        except UnknownArticle:  # another may have removed it in the midst of that
            with self._writing, self.catalog.writing():
                place, same = self._found(read, in_place_of)
        if same is not None and not place.twin:
            return same
        # The others need not wait for a long article to be embedded.
        article = self._under(place, read)
        chunks, vectors = ([], []) if same else self._embedded(article, on_embedded)
        with self._changing("add") as change:
            place = self._place(read, in_place_of)
            change.of([place.id])
            if (same := self._same(read, place)) is not None:
                return self._had_also(read, place, same) if place.twin else same
            if (now := self._under(place, read)) != article or not chunks:
                article = now
                chunks, vectors = self._embedded(article)
            before = self.catalog.article(place.id) if place.held else None
            if place.left:
                self.catalog.hand_over(place.left.id)
            self.catalog.put(article, chunks, vectors)
            self.bring_up_to_date()
        outcome: Literal["added", "replaced"] = "replaced" if before else "added"
        return Added(article.info, outcome, len(chunks), before, place.moved_from, place.namesake)

    def prepared(self, articles: Iterable[Article]) -> Library:
        """The same library, which has embedded the passages of articles at once, to add them soon.

        It is not to be closed.

        Raises:
            IbidError: the embedder's own.
        """
        self.open_vectors()
        seen = copy(self)
        seen.embedder = Prepared(self.embedder, self.settings, articles)
        return seen

    def foresee(self, article: Article) -> Added:
        """What would become of an article if it were added now; nothing is."""
        place = self._place(article, "")
        outcome: Literal["added", "replaced"] = "replaced" if place.held else "added"
        told = Added(self._under(place, article).info, outcome, 0, None, place.moved_from)
        return self._same(article, place) or told

    def is_near(self, article: Article, article_id: str) -> bool:
        """Whether the text of a held article is that of another, but for what an edit changes."""
        return self._origins.is_near(article, article_id)

    def _had_also(self, read: Article, place: Place, same: Added) -> Added:
        """Note where an article was had too."""
        if place.left:
            self.catalog.hand_over(place.left.id)
        if place.moved_from:
            self.catalog.drop_source(place.moved_from)
        known = self.catalog.also_had_at(read.source)
        if not known or (known[0].id, known[1].body) != (place.id, read.body):
            self.catalog.add_source(place.id, read.source, read.body)
        return same

    def _found(self, read: Article, in_place_of: str) -> tuple[Place, Added | None]:
        """Where an article belongs, and what is told if it need not be added."""
        place = self._place(read, in_place_of)
        return place, self._same(read, place)

    def _place(self, article: Article, in_place_of: str) -> Place:
        if not in_place_of:
            return self._origins.place(article)
        id_ = self.full_id(in_place_of)
        return Place(id_, self.catalog.article(id_).info)

    def _under(self, place: Place, article: Article) -> Article:
        """The article as it belongs there; what a person wrote over its facts outlives it."""
        edited = self.catalog.edited(place.id)
        return replace(article, id=place.id, by_hand=tuple(edited), **edited)

    def _same(self, article: Article, place: Place) -> Added | None:
        """What is told of an article that need not be added."""
        if _NO_TEXT.search(article.text + article.title + article.source):
            raise ArticleError(
                f"{article.id}: it holds a NUL or half a character; save it as UTF-8 text"
            )
        if twin := place.twin:
            is_merged = self.catalog.article(twin.id).body != article.body
            moved = place.moved_from
            return Added(twin, "same", 0, None, moved, also_at=article.source, is_merged=is_merged)
        held = place.held
        if held is None:
            return None
        is_same = (held.digest, held.source, held.stated_source, held.tags) == (
            article.digest,
            article.source,
            article.stated_source,
            article.tags,
        )
        return Added(held, "same", 0) if is_same else None

    def twin(self, article: Article) -> ArticleInfo | None:
        """The article that has the same text, or one with this text was merged into."""
        return self._origins.twin(article)

    def _put(self, article: Article, **record: Any) -> None:
        self.catalog.put(article, *self._embedded(article), **record)

    def _embedded(
        self, article: Article, on_embedded: Callable[[int, int], None] = lambda done, of: None
    ) -> tuple[list[Chunk], list[list[float]]]:
        """An article's chunks, and the vector of each under its title."""
        chars, overlap = self.settings.chunk_chars, self.settings.chunk_overlap
        chunks = chunk(article, chars, overlap, partial(on_embedded, 0, 0))

        def told(done: int, of: int) -> None:
            self.courtesy.give_way()
            on_embedded(done, of)

        return chunks, vectors_of(self.embedder, article.title, chunks, told)

    @contextmanager
    def _changing(self, act: str = "", collection: str = "", new: str = "") -> Iterator[Change]:
        change = Change(act, collection, new)
        changed = changing(self.folder, self.catalog.writing(), self.read_only)
        with self._writing, accounted(self.on_change, change), changed:
            if act and self.is_shared:  # another may have rebuilt it while the database was away
                self.check_fingerprint()
            yield change
            if self._vectors is not None:
                self._keep_note()

    def size(self) -> int:
        """How many bytes the library takes on disk."""
        return size_of(self.folder)

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


@contextmanager
def opened(
    settings: Settings, embedder: Embedder, *, purpose: str = "", to_rebuild: bool = False
) -> Iterator[Library]:
    """Own the library that the settings name, making it if there is none.

    ``purpose`` is told to others who want it meanwhile; ``to_rebuild`` opens one that was built
    otherwise, so that `Library.rebuild` can mend that. One that cannot be written can be read.

    Raises:
        LibraryInUse: another process owns it.
        LibraryMismatch: it was built by another embedder, or with other chunks.
        LibraryError: the folder cannot be used.
    """
    kept = catalogs.of(settings)
    folder = kept.folder
    # Who can only read needs no lock: others may change the catalog, and the index is left alone.
    why = kept.unwritable() if not to_rebuild and kept.exists() else ""
    with nullcontext() if why else kept.owned(purpose, alone=to_rebuild):
        as_left = kept.is_as_left()
        catalog = kept.open(read_only=bool(why))
        place, copies = place_of(settings, catalog, folder), kept.originals()
        library = Library(folder, settings, embedder, catalog, place, why, as_left, copies)
        try:
            if not to_rebuild:
                library.check_fingerprint()
            yield library
        finally:
            library.close()
            if library.is_catalog_as_left and not why:
                kept.leave()
