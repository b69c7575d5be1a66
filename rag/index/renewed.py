"""What is made anew of a library: all of it by another embedder, an article, the vector index."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from rag.errors import LibraryInUse
from rag.index import draft, integrity
from rag.index.changes import Change
from rag.index.places import IndexPlace
from rag.index.preparing import mismatch
from rag.index.rebuilding import OnStep, Rebuilding, nobody
from rag.protocols import Embedder
from rag.settings import Settings
from rag.stores import Catalog, VectorIndex


class Renewed:
    """The part of a library that makes anew what was made of its articles."""

    folder: Path
    settings: Settings
    embedder: Embedder
    catalog: Catalog
    read_only: str
    is_catalog_as_left: bool
    place: IndexPlace
    _sound: integrity.Sound | None
    _fingerprint: str
    _changing: Callable[..., AbstractContextManager[Change]]
    _close_vectors: Callable[[], None]
    _put: Callable[..., None]
    bring_up_to_date: Callable[[], None]

    @property
    def vectors(self) -> VectorIndex:
        """The vector index."""
        raise NotImplementedError

    def rebuild(
        self,
        on_step: OnStep = nobody,
        begun: Rebuilding | None = None,
    ) -> int:
        """Chunk, embed and index every article anew, with the embedder and settings of today.

        Until all is done the library is as it was; cut short, the next call goes on where this
        one stopped. ``begun``: one that has been entered already, and may have done most of it.

        Returns:
            How many articles there are.

        Raises:
            LibraryInUse: another process has the library too, which knows today's embedder alone.
        """
        if begun is None:
            with self._rebuilding() as new:
                return self.rebuild(on_step, new)
        with self._changing(), self.catalog.alone():
            count = begun.embed(self.catalog, on_step)
            begun.index(self.catalog)
            self._close_vectors()
            begun.take_up(self.catalog)
            self.bring_up_to_date()
        return count

    def _rebuilding(self) -> Rebuilding:
        return Rebuilding(self.folder, self.settings, self.embedder, self.place)

    def put_anew(self, article_id: str) -> None:
        """Chunk, embed and index one article anew, where it stands."""
        with self._changing():
            added = self.catalog.added(article_id)
            self._put(self.catalog.article(article_id), added=added)
            self.bring_up_to_date()

    def look_through(self) -> integrity.Sound:
        """Compare the vector index with the catalog, however it was left, and mend it."""
        with self._changing():
            self._close_vectors()
            self.catalog.set_metadata(seal="")
            self.is_catalog_as_left = False
            self.vectors.count()
            assert self._sound is not None
            return self._sound

    def check_fingerprint(self) -> None:
        """Make sure that the embedder and settings of today are those the library was built by.

        Where a rebuild with these is done but for taking it up, it is taken up.

        Raises:
            LibraryMismatch: they are not.
        """
        if self.catalog.metadata("fingerprint") != self._fingerprint:
            with self.catalog.writing():
                self._take_for_own(self.catalog.metadata("fingerprint"))

    def _take_for_own(self, built_by: str | None) -> None:
        if built_by == self._fingerprint:  # another has begun it just now
            return
        if infos := self.catalog.articles():
            done = draft.progress(self.folder, infos, self._fingerprint)
            if done == len(infos) and not self.read_only:
                with suppress(LibraryInUse):
                    self.rebuild()
                    return
            raise mismatch(self.folder, built_by, self._fingerprint)
        if not self.read_only:
            with self.catalog.alone() if built_by else nullcontext():
                # Even an empty index remembers the length of the vectors that it held.
                self.place.discard()
                self.catalog.set_metadata(fingerprint=self._fingerprint)
