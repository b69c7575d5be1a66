"""What a library is to be made of by another embedder, or with other chunks, prepared beside it.

Chunks and vectors are kept in a file of their own as they come, so that what was cut short goes on
where it stopped; the library is asked, and may change, meanwhile. Once all is there, it takes that
up in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from rag.errors import LibraryError, LibraryReadOnly
from rag.index import catalogs, draft
from rag.index.ownership import changing
from rag.index.places import VECTORS, Folder, IndexPlace
from rag.index.preparing import fingerprint
from rag.protocols import Embedder
from rag.schema import Article, ArticleInfo, Chunk
from rag.settings import Settings
from rag.stores import Catalog, Labels, VectorIndex

OnStep = Callable[[float, int, int], None]
"""Told how many articles of how many are done, and how many chunks were embedded just now."""


def nobody(done: float, of: int, chunks: int) -> None:
    """Who is told nothing."""


class _Indexed(NamedTuple):
    """What the next index knows of an article."""

    title: str
    digest: str
    labels: Labels
    chunk_ids: tuple[str, ...]


class Rebuilding:
    """One rebuild of the library in a folder, to be entered; one at a time.

    ``place`` is that of its index, a folder of its own unless given; the next is made beside it.

    Raises:
        LibraryInUse: on entering: another is under way, of a database's on whatever machine.
        LibraryReadOnly: on entering: nothing can be written.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        embedder: Embedder,
        place: IndexPlace | None = None,
    ) -> None:
        self._folder, self._settings, self._embedder = folder, settings, embedder
        self._place = (place or Folder(folder / VECTORS)).next()
        self._held = ExitStack()
        self._index: VectorIndex | None = None
        self._indexed: dict[str, _Indexed] = {}

    def __enter__(self) -> Self:
        with ExitStack() as held:
            held.enter_context(catalogs.of(self._settings, self._folder).rebuilding())
            self._draft = self._begun()
            self._held = held.pop_all()
        return self

    def _begun(self) -> draft.Draft:
        made_by = fingerprint(self._settings, self._embedder)
        try:
            return draft.Draft(self._folder, made_by)
        except LibraryReadOnly:
            raise
        except LibraryError:  # It is damaged, and nothing but time is lost with it.
            draft.remove(self._folder)
            return draft.Draft(self._folder, made_by)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close_index()
        self._draft.close()
        self._held.close()

    def embed(self, catalog: Catalog, on_step: OnStep = nobody) -> int:
        """Make what is not made yet of all articles; how many there are.

        What ``on_step`` raises ends it there, with all that was embedded kept.

        Raises:
            ArticleError: the embedder makes no vector of an article.
            LibraryReadOnly: the disk is full; the library is as it was.
        """
        while lacking := self._draft.lacking(infos := catalog.articles()):
            done = len(infos) - len(lacking)
            on_step(done, len(infos), 0)
            for info in reversed(lacking):
                if (article := _article(catalog, info)) is None:
                    continue

                def told(kept: int, of: int, more: int, done: int = done) -> None:
                    on_step(done + kept / of, len(infos), more)

                self._draft.fill(article, self._settings, self._embedder, told)
                done += 1
                on_step(done, len(infos), 0)
        return len(infos)

    def index(self, catalog: Catalog) -> None:
        """Bring the index that is to be up to what is made.

        Raises:
            LibraryReadOnly: the disk is full; the library is as it was.
        """
        with changing(self._folder, nullcontext(), ""):
            if self._index is None:
                self._place.discard()
                self._index = self._place.open()
            infos = {info.id: info for info in catalog.articles()}
            labels = catalog.labels(infos)
            for id_, known in list(self._indexed.items()):
                info = infos.get(id_)
                if info is None or (info.title, info.digest) != known[:2]:
                    self._index.drop(self._indexed.pop(id_).chunk_ids)
                elif labels[id_] != known.labels:
                    self._index.label(dict.fromkeys(known.chunk_ids, labels[id_]))
                    self._indexed[id_] = known._replace(labels=labels[id_])
            new = [info for id_, info in infos.items() if id_ not in self._indexed]
            for some in draft.some_of(new, 100):
                self._put(catalog, some, labels)

    def _put(
        self, catalog: Catalog, infos: Iterable[ArticleInfo], labels: dict[str, Labels]
    ) -> None:
        assert self._index is not None
        all_of: list[tuple[Chunk, np.ndarray]] = []
        for info in infos:
            if (article := _article(catalog, info)) is not None and info.id in labels:
                pieces = self._draft.pieces(article)
                ids = tuple(piece.id for piece, _ in pieces)
                self._indexed[info.id] = _Indexed(info.title, info.digest, labels[info.id], ids)
                all_of += pieces
        if all_of:
            self._index.put(
                [piece for piece, _ in all_of], [vector for _, vector in all_of], labels
            )

    def take_up(self, catalog: Catalog) -> None:
        """Have the catalog, which nobody else changes now, take up all that is made.

        Its index is to be closed; `put_in_place` puts the next one in its place.
        """
        self.embed(catalog)
        self.index(catalog)
        self._close_index()
        with changing(self._folder, nullcontext(), ""):
            catalog.replace_all(
                self._all(catalog),
                fingerprint=fingerprint(self._settings, self._embedder),
                seal=self._place.seal(),
                index="next",
            )
        self._draft.remove()

    def _all(self, catalog: Catalog) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        for info in reversed(catalog.articles()):  # In the order in which they came.
            yield self._draft.pieces(catalog.article(info.id))

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None
            self._indexed = {}


def put_in_place(catalog: Catalog, place: IndexPlace) -> None:
    """Put the index that a rebuild made for this catalog in its place, if that is still to do."""
    if catalog.metadata("index") != "next":
        return
    place.take()
    # Where it is lost, what is there is seen not to be the catalog's, and made anew.
    catalog.set_metadata(index="")


def _article(catalog: Catalog, info: ArticleInfo) -> Article | None:
    """The article, if it is still as it is known."""
    with suppress(LibraryError):
        article = catalog.article(info.id)
        if (article.title, article.digest) == (info.title, info.digest):
            return article
    return None
