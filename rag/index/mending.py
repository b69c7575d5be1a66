"""A library looked through on demand: what was found wrong in it, and that it was mended."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from rag.errors import LibraryError
from rag.index import integrity
from rag.index.catalog import SqlCatalog
from rag.index.library import Library
from rag.index.places import VECTORS
from rag.index.preparing import vectors_of
from rag.index.repairing import Fault
from rag.index.vectors import is_readable, seal, were_set_aside

What = Fault | Literal["missing", "dead", "labels", "index"]
"""Beside the catalog's own: chunks that the index lacked, had and should not have, or knew of other
articles; ``index``: it was damaged, and made anew."""


class Finding(NamedTuple):
    """What was found, in how many rows or chunks."""

    what: What
    many: int


def examine(catalog: SqlCatalog, library: Path, *, is_alone: bool) -> list[Finding]:
    """What is wrong with a library, as far as that shows without owning or changing it.

    ``library`` is its folder.
    ``is_alone``: nobody owns it, so that it may be looked at more closely: the words of every
    chunk, and, where the vector index is not as it was left, a copy of that.
    """
    told: list[Finding] = [
        Finding(fault, count) for fault, count in catalog.faults(deep=is_alone).items()
    ]
    folder = library / VECTORS
    if is_alone and folder.exists() and catalog.metadata("seal") != seal(folder):
        with suppress(OSError), tempfile.TemporaryDirectory(prefix="ibid-") as there:
            copy = Path(shutil.copytree(folder, Path(there) / VECTORS))
            if not is_readable(copy):
                told.append(Finding("index", catalog.count()[1]))
    return told


def set_aside(folder: Path) -> list[Path]:
    """The damaged indexes that are kept in a library's folder."""
    return were_set_aside(folder / VECTORS)


def repair(own: Library) -> list[Finding]:
    """Mend whatever is found wrong with a library, which is owned; what was.

    Only what the catalog itself lost is embedded anew.

    Raises:
        LibraryInUse: another process has it too.
        LibraryError: SQLite finds its file damaged, which is told with what to do.
        ModelError: something must be embedded anew, and the embedder has not been fetched.
    """
    catalog = own.catalog
    assert isinstance(catalog, SqlCatalog)
    with catalog.alone():
        return _mended(own, catalog)


def _mended(own: Library, catalog: SqlCatalog) -> list[Finding]:
    if wrong := catalog.damage():
        raise damaged(catalog, wrong)
    found = catalog.faults(deep=True)
    catalog.mend_rows()
    for id_ in catalog.torn_articles():
        own.put_anew(id_)
    # Those that were stored before there were sums are looked at only now.
    embedded = integrity.mend_embeddings(catalog, partial(vectors_of, own.embedder))
    if embedded:
        found["embeddings"] = embedded
    sound = own.look_through()
    differs = sound.differed
    index: dict[What, int] = {
        "missing": len(differs.missing),
        "dead": len(differs.dead),
        "labels": len(differs.mislabelled),
        "index": catalog.count()[1] if sound.is_anew else 0,
    }
    told = [Finding(fault, count) for fault, count in found.items()]
    return told + [Finding(what, count) for what, count in index.items() if count]


def damaged(catalog: SqlCatalog, wrong: str) -> LibraryError:
    """The error of a file that SQLite finds damaged."""
    return LibraryError(
        f"{catalog.file}: {wrong}; restore it from a backup, or save what can still be read of it: "
        "ibid doctor --salvage FILE"
    )
