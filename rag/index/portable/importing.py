"""One file into a library, which it never changes where something is already."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from rag.duplicates import Removed
from rag.errors import ArticleError, LibraryError
from rag.index.chunking import chunk
from rag.index.library import Library
from rag.index.portable.form import ARTICLES, FORMAT, MANIFEST, Manifest, Record, article, copy_of
from rag.index.preparing import vectors_of
from rag.schema import ArticleInfo

_MOST_MANIFEST_BYTES = 64_000_000
_MOST_LINE_BYTES = 400_000_000  # the longest text that is read, escaped, and its vectors
_MOST_COPY_BYTES = 2_000_000_000
_BLOCK = 1 << 20

Outcome = Literal["added", "same", "kept"]
"""``kept``: another text stands where it was had, or under its id, and is left as it is."""


class Bundle:
    """Such a file, whole: opened by `reading`."""

    def __init__(self, file: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.file, self.manifest = file, manifest
        self._zip = archive

    def articles(self) -> Iterator[Removed]:
        """Each article, with chunks and vectors if the file has them.

        Raises:
            LibraryError: a line is none of an article's.
        """
        with self._zip.open(ARTICLES) as lines:
            number = 0
            while line := lines.readline(_MOST_LINE_BYTES):
                number += 1
                try:
                    yield article(Record.model_validate_json(line))
                except (ValidationError, ArticleError, ValueError, OverflowError) as error:
                    found = next(iter(str(error).splitlines()), "")
                    raise LibraryError(
                        f"{self.file}: line {number} of its articles is damaged ({found}); what "
                        "came before is in the library; export it again where it was made"
                    ) from None

    def copy(self, of: ArticleInfo, folder: Path) -> Path | None:
        """The copy of an article's PDF, unpacked into a folder; None if there is none."""
        name = copy_of(of)
        if name not in self.manifest.sha256:
            return None
        file = folder / f"{of.digest}.pdf"
        with self._zip.open(name) as packed, file.open("wb") as plain:
            for block in _blocks(packed, _MOST_COPY_BYTES):
                plain.write(block)
        return file


@contextmanager
def reading(file: Path) -> Iterator[Bundle]:
    """A file that `export` wrote, once every sum in it was found right.

    Raises:
        LibraryError: it is none, is not whole, or a newer Ibid wrote it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            _check(archive, manifest)
            yield Bundle(file, archive, manifest)
    except FileNotFoundError:
        raise LibraryError(f"{file}: there is no such file") from None
    except IsADirectoryError:
        raise LibraryError(f"{file}: is a folder; name a file that ibid export wrote") from None
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError, _Unsound,
            ValidationError) as error:  # fmt: skip
        why = str(error) if isinstance(error, _Unsound) else "it is no such file, or cut short"
        raise LibraryError(
            f"{file}: nothing was taken from it ({why}); copy it again, or export it again where "
            "it was made"
        ) from None


class _Unsound(Exception):
    """The file is not what its manifest says."""


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    with archive.open(MANIFEST) as packed:
        manifest = Manifest.model_validate_json(b"".join(_blocks(packed, _MOST_MANIFEST_BYTES)))
    if manifest.format != FORMAT:
        raise _Unsound(f"Ibid {manifest.written_by} wrote it, which is newer; update Ibid")
    return manifest


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    names = sorted(one.filename for one in archive.infolist())
    if names != sorted([MANIFEST, *manifest.sha256]) or ARTICLES not in manifest.sha256:
        raise _Unsound("it holds other parts than it says")
    for name, right in manifest.sha256.items():
        digest = hashlib.sha256()
        with archive.open(name) as packed:
            for block in _blocks(packed, None if name == ARTICLES else _MOST_COPY_BYTES):
                digest.update(block)
        if digest.hexdigest() != right:
            raise _Unsound(f"its {name} was changed")


def _blocks(packed: Any, most_bytes: int | None) -> Iterator[bytes]:
    read = 0
    while block := packed.read(_BLOCK):
        read += len(block)
        if most_bytes is not None and read > most_bytes:
            raise _Unsound("a part of it is too large")
        yield block


def bring_in(
    library: Library,
    bundle: Bundle,
    keep: Callable[[str, Path], None],
    on_article: Callable[[ArticleInfo, Outcome], None] = lambda info, outcome: None,
) -> dict[Outcome, int]:
    """Put what a file holds into a library; what is there already is never changed.

    Each article comes whole or not at all, so what was interrupted is done again. Its vectors are
    taken where the same embedder and settings made them, and are made anew otherwise. ``keep``
    keeps the copy of a PDF, by the article's digest.

    Raises:
        LibraryError: a line is damaged, or nothing can be written.
    """
    told: dict[Outcome, int] = {"added": 0, "same": 0, "kept": 0}
    is_as_here = bundle.manifest.fingerprint == library.catalog.metadata("fingerprint")
    length = len(library.embedder.embed_query("how long is a vector?")) if is_as_here else 0
    with tempfile.TemporaryDirectory(prefix="ibid-") as folder:
        for one in bundle.articles():
            are_fit = is_as_here and all(len(vector) == length for vector in one.vectors)
            outcome = _brought(library, one if are_fit else replace(one, chunks=(), vectors=()))
            if outcome == "added" and (copy := bundle.copy(one.article, Path(folder))):
                keep(one.article.digest, copy)
                copy.unlink()
            told[outcome] += 1
            on_article(one.article.info, outcome)
    return told


def _brought(library: Library, one: Removed) -> Outcome:
    held = library.catalog.with_source(one.article.source)
    same = held if held and held.digest == one.article.digest else None
    if held is None:
        same = library.twin(one.article)
    if same is not None:
        library.note_sources(same.id, one)
        return "same"
    if not one.vectors:
        made = chunk(one.article, library.settings.chunk_chars, library.settings.chunk_overlap)
        vectors = vectors_of(library.embedder, one.article.title, made)
        one = replace(one, chunks=tuple(made), vectors=tuple(map(np.asarray, vectors)))
    if held is None:
        for name in one.collections:
            library.create_collection(name)
    return "added" if library.put_back(one) else "kept"
