"""A library's vector index: opened when it is needed, brought up to the catalog, and asked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

from rag.errors import IndexAway, LibraryError, LibraryInUse, LibraryReadOnly
from rag.index import integrity, nearness, rebuilding
from rag.index.acting import acting_for
from rag.index.array import ArrayIndex
from rag.index.changes import Change
from rag.index.places import IndexPlace
from rag.index.preparing import Courtesy, vectors_of
from rag.protocols import Embedder
from rag.schema import Filter
from rag.settings import Settings
from rag.stores import Catalog, VectorIndex

_log = logging.getLogger("ibid")


class Indexed:
    """The part of a library that finds chunks by their meaning.

    Where any number of processes have it open, what one of them owed the index, and was killed
    before it came to that, any other settles.
    """

    folder: Path
    settings: Settings
    embedder: Embedder
    catalog: Catalog
    read_only: str
    is_shared: bool
    is_catalog_as_left: bool
    place: IndexPlace
    courtesy: Courtesy
    away: IndexAway | None
    _vectors: VectorIndex | None
    _in_memory: ArrayIndex | None
    _sound: integrity.Sound | None
    _closed: bool
    _writing: threading.RLock
    _keep_note: Callable[[], None]
    _changing: Callable[..., AbstractContextManager[Change]]

    @property
    def vectors(self) -> VectorIndex:
        """The vector index, opened when first needed and brought up to the catalog.

        Raises:
            IndexAway: who keeps it does not answer; the next call tries again.
        """
        if self._vectors is None:
            # Whoever asks first: it is nobody's change of the library.
            with acting_for(""), self._writing, self.catalog.writing(), self._asking():
                self._vectors = self._vectors or self._open_vectors()
                self.away = None
        return self._vectors

    def open_vectors(self) -> None:
        """Open the vector index if it can be, so that the first question need not wait for it."""
        with suppress(IndexAway):
            self.vectors.count()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Note that the index is away, where that shows; what is asked next tries it anew."""
        try:
            yield
        except IndexAway as error:
            self.away, self._vectors = error, None
            raise

    def nearest(
        self, vector: Sequence[float], limit: int, only: Filter | None = None
    ) -> list[tuple[str, float]]:
        """The nearest chunks, best first, with their cosine similarity from -1 to 1.

        Until the vector index is opened for some other reason, a small catalog is asked instead,
        which is exact and starts sooner. ``only``: what may be found; None: anything.

        Raises:
            IndexAway: who keeps the vectors does not answer.
        """
        self.courtesy.asked = (threading.get_ident(), time.monotonic())
        index = self.vectors if self._is_indexed() else self._all_in_memory()
        if self.is_shared:
            self._settle()
        with self._asking():
            if only is None:
                return index.search(vector, limit)
            tuning = self.settings.retrieval
            return nearness.nearest(self.catalog, index, vector, limit, only, tuning)

    def _is_indexed(self) -> bool:
        """Whether the index is to be asked, and not the catalog."""
        is_ready = self._vectors is not None or self._closed or not self.is_catalog_as_left
        # What one process has in memory knows nothing of what another adds.
        is_ready = is_ready or self.is_shared
        return is_ready or self.catalog.count()[1] > self.settings.retrieval.in_memory

    def _all_in_memory(self) -> ArrayIndex:
        self._in_memory = self._in_memory or ArrayIndex(self.catalog)
        return self._in_memory

    def _settle(self) -> None:
        """Index what another process owed and did not come to, unless one is about it just now."""
        if not self.catalog.has_pending() or not self._writing.acquire(blocking=False):
            return
        try:
            # Who may only read finds what is indexed.
            with suppress(LibraryInUse, LibraryReadOnly), self.catalog.writing(wait=False):
                self.bring_up_to_date()
        finally:
            self._writing.release()

    def _open_vectors(self) -> VectorIndex:
        if self._closed:  # By now another process may own the folder.
            raise LibraryError(f"{self.folder}: this library was closed; open it again", "closed")
        if self.read_only:
            _log.error("%s: read only (%s); nothing will be kept", self.folder, self.read_only)
            return ArrayIndex(self.catalog)
        rebuilding.put_in_place(self.catalog, self.place)
        self._sound = integrity.sound_index(
            self.catalog,
            self.place,
            partial(vectors_of, self.embedder),
            is_catalog_as_left=self.is_catalog_as_left,
            note_of=self.catalog.file,
        )
        self.is_catalog_as_left = True
        self._in_memory = None
        self._keep_note()
        return self._sound.vectors

    def _close_vectors(self) -> None:
        if self._vectors is not None:
            self._vectors.close()
            self._vectors = None
            # On a full disk, or with a database that is away, the next opening looks the index
            # through, that is all.
            with suppress(LibraryError):
                self.catalog.set_metadata(seal=self.place.seal())

    def bring_up_to_date(self) -> None:
        """Index what the catalog holds and the vector index does not yet.

        Where who keeps it does not answer, that is done once it does.
        """
        was_there = self.away is None
        with acting_for(""), self._changing():
            try:
                vectors = self.vectors
                with self._asking():
                    integrity.bring_up_to_date(self.catalog, vectors)
            except IndexAway as error:
                if was_there:  # Whoever asks is told by the answer.
                    _log.error("%s", error)
