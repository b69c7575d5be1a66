"""Whether catalog and vector index are what they were, and hold the same; how that is mended.

The catalog is right, as far as the sums of its vectors say so. What the index holds is made anew
from it, and what the catalog itself lost is embedded anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import numpy as np

from rag.index.vectors import discard, is_readable, seal
from rag.schema import Chunk
from rag.stores import Catalog, VectorIndex

_SAME = 1e-4  # by which a number of a unit vector may differ once it was stored and read
_log = logging.getLogger("ibid")

Embed = Callable[[str, Sequence[Chunk]], Sequence[Sequence[float]]]


def is_as_left(file: Path) -> bool:
    """Whether a catalog's file is as its last owner left it; asked before it is opened."""
    try:
        return _note(file).read_text() == _mark(file)
    except OSError:
        return False


def leave(file: Path) -> None:
    """Note how a catalog's file was left, once it is closed. Without the note it is looked over."""
    with suppress(OSError):
        _note(file).write_text(_mark(file))


def sound_index(
    catalog: Catalog,
    folder: Path,
    open_index: Callable[[Path], VectorIndex],
    embed: Embed,
    *,
    is_catalog_as_left: bool = False,
) -> VectorIndex:
    """The index of a folder, opened, with what the catalog holds; what was mended is told.

    An index that is not as its catalog left it is looked through, vector by vector: it may be
    damaged, or the catalog a backup that is older or newer than it. ``embed`` is given a title
    and its chunks.
    """
    mended = 0 if is_catalog_as_left else mend_embeddings(catalog, embed)
    if mended:
        _log.error("%s: %d damaged embeddings were made anew", folder, mended)
    is_as_left = catalog.metadata("seal") == seal(folder)
    is_sound = is_as_left or is_readable(folder)
    if not is_sound:
        discard(folder)
    vectors = open_index(folder)
    bring_up_to_date(catalog, vectors)
    if not is_as_left and not agree(catalog, vectors):
        is_sound = False
        make_anew(catalog, vectors)
    if not is_sound:
        _log.error("%s: was damaged, or not this catalog's, and was made anew from it", folder)
    return vectors


def bring_up_to_date(catalog: Catalog, vectors: VectorIndex) -> None:
    """Index what the catalog holds and the index does not yet."""
    while dropped := catalog.pending_removals():
        vectors.drop(dropped)
        catalog.mark_removed(dropped)
    _index_pending(catalog, vectors)
    _label_pending(catalog, vectors)
    if vectors.count() != catalog.count()[1]:
        # Only a folder that was changed or discarded comes here; the catalog is right.
        make_anew(catalog, vectors)


def make_anew(catalog: Catalog, vectors: VectorIndex) -> None:
    """Index all that the catalog holds, and nothing else."""
    vectors.clear()
    catalog.mark_all_pending()
    _index_pending(catalog, vectors)


def agree(catalog: Catalog, vectors: VectorIndex) -> bool:
    """Whether an index that is up to date holds the catalog's vectors, number for number.

    And whether it knows of their articles what the catalog does.
    """
    return all(
        _are_same(rows, vectors.stored([chunk.id for chunk, _ in rows]))
        and _are_labelled([chunk for chunk, _ in rows], catalog, vectors)
        for rows in catalog.all_chunks()
    )


def mend_embeddings(catalog: Catalog, embed: Embed) -> int:
    """Embed anew what is damaged in the catalog, and return how many chunks that were."""
    damaged = catalog.damaged_chunks()
    for article_id, group in groupby(damaged, key=lambda chunk: chunk.article_id):
        chunks = list(group)
        catalog.mend(chunks, embed(catalog.article(article_id).title, chunks))
    return len(damaged)


def _note(file: Path) -> Path:
    return file.with_name("left")


def _mark(file: Path) -> str:
    """What changes when anything is written into a file; its log, were there one, is a change."""
    stat = file.stat()
    log = file.with_name(f"{file.name}-wal")
    logged = log.stat().st_size if log.exists() else 0
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {logged}"


def _index_pending(catalog: Catalog, vectors: VectorIndex) -> None:
    for batch in catalog.pending_chunks():
        pieces = [piece for piece, _ in batch]
        labels = catalog.labels({piece.article_id for piece in pieces})
        vectors.put(pieces, [vector for _, vector in batch], labels)
        catalog.mark_indexed([piece.id for piece in pieces])


def _label_pending(catalog: Catalog, vectors: VectorIndex) -> None:
    for batch in catalog.pending_labels():
        labels = catalog.labels(set(batch.values()))
        vectors.label({chunk_id: labels[article_id] for chunk_id, article_id in batch.items()})
        catalog.mark_labelled(list(batch))


def _are_labelled(chunks: Sequence[Chunk], catalog: Catalog, vectors: VectorIndex) -> bool:
    labels = catalog.labels({chunk.article_id for chunk in chunks})
    held = vectors.labelled([chunk.id for chunk in chunks])
    return all(held.get(chunk.id) == labels[chunk.article_id] for chunk in chunks)


def _are_same(rows: Sequence[tuple[Chunk, np.ndarray]], held: dict[str, np.ndarray]) -> bool:
    pairs = [(vector, held.get(chunk.id)) for chunk, vector in rows]
    if any(other is None or other.shape != vector.shape for vector, other in pairs):
        return False
    own, others = (np.stack(side) for side in zip(*pairs, strict=True))
    return bool((np.abs(own - others) <= _SAME).all())  # and so of nothing that is not finite
