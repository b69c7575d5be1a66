"""Whether catalog and vector index are what they were, and hold the same; how that is mended.

The catalog is right, as far as the sums of its vectors say so. What the index holds is made anew
from it, and what the catalog itself lost is embedded anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rag.errors import LibraryError
from rag.index.places import IndexPlace
from rag.schema import Chunk
from rag.stores import Catalog, VectorIndex

_SAME = 1e-4  # by which a number of a unit vector may differ once it was stored and read
_log = logging.getLogger("ibid")

Embed = Callable[[str, Sequence[Chunk]], Sequence[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """By what an index is not what its catalog says; all are ids of chunks.

    ``missing`` ones are not in it and ``changed`` ones with another vector; ``dead`` ones are in
    it and not in the catalog, and of the articles of ``mislabelled`` ones it knows something else.
    """

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    mislabelled: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many chunks that are."""
        return len({*self.missing, *self.changed, *self.dead, *self.mislabelled})


class Sound(NamedTuple):
    """An index that holds what its catalog does, and by what it had differed.

    ``is_anew``: it could not be mended, and another was made in its place.
    """

    vectors: VectorIndex
    differed: Difference
    is_anew: bool = False


def is_as_left(file: Path) -> bool:
    """Whether a catalog's file is as its last owner left it; asked before it is opened."""
    mark, *running = _noted(file)
    try:
        return mark == _mark(file) and running[1:] in ([], [_boot()])
    except OSError:
        return False


def leave(file: Path) -> None:
    """Note how a catalog's file was left, once it is closed. Without the note it is looked over."""
    with suppress(OSError):
        _note(file).write_text(_mark(file))


def keep_note(file: Path | None, place: IndexPlace) -> None:
    """Note how a catalog and its index stand, in case that their owner is killed before he closes.

    Chroma writes into its folder where it only opens it, so that the seal of the last closing
    tells nothing then. A kill loses nothing that was written; that the machine went down may, so
    the note holds for as long as it is up.
    """
    if file is not None and (boot := _boot()):
        with suppress(OSError):
            _note(file).write_text("\n".join((_mark(file), place.seal(), boot)))


def sound_index(
    catalog: Catalog,
    place: IndexPlace,
    embed: Embed,
    *,
    is_catalog_as_left: bool = False,
    note_of: Path | None = None,
) -> Sound:
    """The index of a place, opened, with what the catalog holds; what was mended is told.

    An index that is not as its catalog left it is looked through, vector by vector: it may be
    damaged, or the catalog a backup that is older or newer than it. ``embed`` is given a title
    and its chunks. ``note_of``: the catalog's file, beside which its owner, if he was killed, had
    noted how both stood.

    Raises:
        IndexAway: who keeps the index does not answer.
    """
    mended = 0 if is_catalog_as_left else mend_embeddings(catalog, embed)
    if mended:
        _log.error("%s: %d damaged embeddings were made anew", place, mended)
    now = place.seal()
    is_noted = is_catalog_as_left and note_of is not None and _noted(note_of)[1:2] == [now]
    is_as_left = is_noted or catalog.metadata("seal") == now
    sound = _whole_index(catalog, place, is_as_left=is_as_left)
    if sound is not None:
        if sound.differed:
            count = len(sound.differed)
            _log.error("%s: %d chunks were not as in the catalog; mended", place, count)
        return sound
    aside = place.set_aside()
    vectors = place.open()
    make_anew(catalog, vectors)
    if catalog.count()[1]:
        kept = f"; it is kept as {aside}, to be deleted at will" if aside else ""
        _log.error(
            "%s: was damaged, or not this catalog's, and was made anew from it%s", place, kept
        )
    return Sound(vectors, Difference(), is_anew=bool(catalog.count()[1]))


def _whole_index(catalog: Catalog, place: IndexPlace, *, is_as_left: bool) -> Sound | None:
    """The index of a place, opened and mended; None where another is to be made in its place."""
    if not (is_as_left or place.is_readable()):
        return None
    vectors: VectorIndex | None = None
    try:
        vectors = place.open()
        if catch_up(catalog, vectors) and is_as_left:
            return Sound(vectors, Difference())
        if differs := compare(catalog, vectors):
            mend_index(catalog, vectors, differs)
        if not (differs and compare(catalog, vectors)):
            return Sound(vectors, differs)
    except LibraryError:
        raise
    except Exception as error:
        # On a full disk a new one could not be made either.
        if place.unwritable():
            raise
        _log.debug("%s: cannot be used", place, exc_info=error)
    if vectors is not None:
        vectors.close()
    return None


def bring_up_to_date(catalog: Catalog, vectors: VectorIndex) -> None:
    """Index what the catalog holds and the index does not yet."""
    if catch_up(catalog, vectors):
        return
    # Only an index that was changed behind our back comes here, or by one who lost his lock as the
    # database went away; the catalog is right.
    mend_index(catalog, vectors, compare(catalog, vectors))
    if vectors.count() != catalog.count()[1]:
        make_anew(catalog, vectors)


def catch_up(catalog: Catalog, vectors: VectorIndex) -> bool:
    """Do what the index still owes; whether it holds as many chunks as the catalog then."""
    while dropped := catalog.pending_removals():
        vectors.drop(dropped)
        catalog.mark_removed(dropped)
    _index_pending(catalog, vectors)
    _label_pending(catalog, vectors)
    return vectors.count() == catalog.count()[1]


def make_anew(catalog: Catalog, vectors: VectorIndex) -> None:
    """Index all that the catalog holds, and nothing else."""
    vectors.clear()
    catalog.mark_all_pending()
    _index_pending(catalog, vectors)


def compare(catalog: Catalog, vectors: VectorIndex) -> Difference:
    """How an index that is up to date differs from the catalog, number for number."""
    dead = set(vectors.ids())
    missing: list[str] = []
    changed: list[str] = []
    mislabelled: list[str] = []
    for rows in catalog.all_chunks():
        ids = [chunk.id for chunk, _ in rows]
        held = vectors.stored(ids)
        missing += [id_ for id_ in ids if id_ not in held]
        there = [(chunk, vector) for chunk, vector in rows if chunk.id in held]
        changed += _changed(there, held)
        mislabelled += _mislabelled([chunk for chunk, _ in there], catalog, vectors)
        dead.difference_update(ids)
    return Difference(tuple(missing), tuple(changed), tuple(sorted(dead)), tuple(mislabelled))


def agree(catalog: Catalog, vectors: VectorIndex) -> bool:
    """Whether an index that is up to date holds what the catalog does, number for number."""
    return not compare(catalog, vectors)


def mend_index(catalog: Catalog, vectors: VectorIndex, differs: Difference) -> None:
    """Give an index what it lacks, and take from it what is dead; no vector that is there.

    One that holds other vectors, or lacks most, is left as it is: that is damage, and no loss.
    """
    if differs.changed or len(differs.missing) > catalog.count()[1] / 2:
        return
    vectors.drop(differs.dead)
    catalog.mark_pending(differs.missing)
    pieces = catalog.chunks(differs.mislabelled)
    labels = catalog.labels({piece.article_id for piece in pieces.values()})
    vectors.label({id_: labels[piece.article_id] for id_, piece in pieces.items()})
    catch_up(catalog, vectors)


def mend_embeddings(catalog: Catalog, embed: Embed) -> int:
    """Embed anew what is damaged in the catalog, and return how many chunks that were."""
    damaged = catalog.damaged_chunks()
    for article_id, group in groupby(damaged, key=lambda chunk: chunk.article_id):
        chunks = list(group)
        catalog.mend(chunks, embed(catalog.article(article_id).title, chunks))
    return len(damaged)


def _note(file: Path) -> Path:
    return file.with_name("left")


def _noted(file: Path) -> list[str]:
    """The note: the mark of the catalog and, of an owner who never closed it, seal and boot."""
    try:
        return _note(file).read_text().split("\n")
    except (OSError, ValueError):
        return [""]


def _mark(file: Path) -> str:
    """What changes when anything is written into a file, or into its log, where there is one."""
    stat = file.stat()
    log = file.with_name(f"{file.name}-wal")
    logged = log.stat() if log.exists() else None
    # A log without a word is there while it is open; it is written over from its beginning.
    written = f"{logged.st_size} {logged.st_mtime_ns}" if logged and logged.st_size else "0"
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {written}"


@cache
def _boot() -> str:
    """What changes when the machine is started anew; empty where that is not told."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


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


def _mislabelled(chunks: Sequence[Chunk], catalog: Catalog, vectors: VectorIndex) -> list[str]:
    labels = catalog.labels({chunk.article_id for chunk in chunks})
    held = vectors.labelled([chunk.id for chunk in chunks])
    return [chunk.id for chunk in chunks if held.get(chunk.id) != labels.get(chunk.article_id)]


def _changed(rows: Sequence[tuple[Chunk, np.ndarray]], held: dict[str, np.ndarray]) -> list[str]:
    same = {chunk.id for chunk, vector in rows if held[chunk.id].shape == vector.shape}
    alike = [(chunk.id, vector, held[chunk.id]) for chunk, vector in rows if chunk.id in same]
    if alike:
        ids, own, others = zip(*alike, strict=True)
        # And so of nothing that is not finite.
        are_same = (np.abs(np.stack(own) - np.stack(others)) <= _SAME).all(axis=1)
        same = {id_ for id_, is_same in zip(ids, are_same, strict=True) if is_same}
    return [chunk.id for chunk, _ in rows if chunk.id not in same]
