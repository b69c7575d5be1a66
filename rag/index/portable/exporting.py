"""A library into one file: articles, edits, collections, vectors, and the copies of PDFs."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from rag.duplicates import Removed
from rag.errors import LibraryError
from rag.index.catalog import SqlCatalog
from rag.index.catalogs import CatalogPlace
from rag.index.originals import Copy
from rag.index.portable.form import ARTICLES, FORMAT, MANIFEST, Manifest, copy_of, line
from rag.schema import Chunk


def export(
    place: CatalogPlace, file: Path, on_article: Callable[[int, int], None] = lambda done, of: None
) -> Manifest:
    """Write a library into one file, as it is at one moment; it may be in use meanwhile.

    ``on_article`` is told how many of how many are written.

    Raises:
        LibraryError: ``file`` is there already, or cannot be written; nothing is left of it then.
    """
    copies = place.originals()
    with written(file) as half, place.snapshot(half.parent) as catalog, Writer(half) as writer:
        count = catalog.count()[0]
        for done, one in enumerate(_all(catalog), 1):
            writer.put(one, copies.of(one.article.info))
            on_article(done, count)
        return writer.end(catalog.metadata("fingerprint") or "")


@contextmanager
def written(file: Path) -> Iterator[Path]:
    """Where to write the file, which is there once all of it is written."""
    if file.exists():
        raise LibraryError(f"{file}: is there already; name another file, or move that one away")
    try:
        with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".ibid-") as folder:
            yield (half := Path(folder) / "half")
            half.replace(file)
    except OSError as error:
        raise LibraryError(
            f"{file}: cannot be written ({error.strerror or error}); name a file in a folder that "
            "can be written, on a disk with room for a copy of the library"
        ) from None


def _all(catalog: SqlCatalog) -> Iterator[Removed]:
    """Every article with its chunks and vectors, those without chunks last."""
    left = {info.id for info in catalog.articles()}
    pieces = (pair for batch in catalog.all_chunks() for pair in batch)
    for article_id, group in groupby(pieces, key=lambda pair: pair[0].article_id):
        left.discard(article_id)
        yield _whole(catalog, article_id, list(group))
    for article_id in sorted(left):
        yield _whole(catalog, article_id, [])


def _whole(catalog: SqlCatalog, article_id: str, pieces: list[tuple[Chunk, np.ndarray]]) -> Removed:
    added = catalog.added(article_id) or datetime.now(UTC)
    chunks, vectors = tuple(one for one, _ in pieces), tuple(vector for _, vector in pieces)
    edited = catalog.edited(article_id)
    within = tuple(one.name for one in catalog.collections(article_id))
    also = catalog.other_sources([article_id]).get(article_id, ())
    return Removed(catalog.article(article_id), added, edited, chunks, vectors, within, also)


class Writer:
    """Writes such a file, article by article; `end` makes it whole."""

    def __init__(self, file: Path) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._sums: dict[str, str] = {}
        self._copies: list[tuple[str, Copy]] = []
        self._lines = self._zip.open(ARTICLES, "w", force_zip64=True)
        self._sum = hashlib.sha256()
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()
        self._zip.close()

    def put(self, one: Removed, original: Copy | None = None) -> None:
        """Write an article, with its chunks and vectors if there are any."""
        written = json.dumps(line(one), ensure_ascii=False).encode() + b"\n"
        self._lines.write(written)
        self._sum.update(written)
        self._count += 1
        if original is not None:
            self._copies.append((copy_of(one.article), original))

    def end(self, fingerprint: str) -> Manifest:
        """Write the copies of PDFs and the manifest. ``fingerprint``: what made the vectors."""
        self._lines.close()
        self._sums[ARTICLES] = self._sum.hexdigest()
        for name, copy in self._copies:
            if name in self._sums:
                continue
            with suppress(OSError, LibraryError):  # removed meanwhile
                content = copy.read_bytes()
                self._zip.writestr(name, content)
                self._sums[name] = hashlib.sha256(content).hexdigest()
        manifest = Manifest(
            format=FORMAT,
            written_by=version("ibid-rag"),
            written=datetime.now(UTC),
            fingerprint=fingerprint,
            articles=self._count,
            sha256=self._sums,
        )
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        return manifest
