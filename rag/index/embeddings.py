"""Chunks and their vectors, as the catalog keeps them: what the index owes, and what is damaged.

Every vector has a sum, so that one which changed on the disk is found before it is used, and none
that is not finite has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from rag.index import dialects, lexical, queries, rows, twins
from rag.index.contents import INFO
from rag.index.tables import ARTICLES, CHUNKS, DROPPED, PROPERTIES, SUMS
from rag.language.terms import searchable
from rag.schema import ArticleInfo, Chunk

if TYPE_CHECKING:
    import numpy as np

CHUNK = [CHUNKS.c[name] for name in Chunk.__slots__]
_BYTES = sa.cast(CHUNKS.c.vector, sa.LargeBinary)  # damage may have made a text of it


class Embeddings:
    """The part of a catalog that holds chunks, which the vector index is derived from."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lexical = lexical.of(engine)

    # Chunks

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """The chunks of these ids, by id; one that is no longer there is left out."""
        query = sa.select(*CHUNK).where(queries.among(CHUNKS.c.id, chunk_ids))
        with self._engine.connect() as db:
            return {row.id: Chunk(*row) for row in db.execute(query)}

    def found(self, chunk_ids: Sequence[str]) -> dict[str, tuple[Chunk, ArticleInfo]]:
        """The chunks of these ids, each with its article at the same moment, by id.

        One that is no longer there is left out.
        """
        columns = [CHUNKS.c[name].label(f"chunk_{name}") for name in Chunk.__slots__]
        query = sa.select(*columns, *INFO).join(ARTICLES, ARTICLES.c.id == CHUNKS.c.article_id)
        query = query.where(queries.among(CHUNKS.c.id, chunk_ids))
        with self._engine.connect() as db:
            return {
                row.chunk_id: (Chunk(*row[: len(columns)]), rows.info(row))
                for row in db.execute(query)
            }

    def chunks_of(self, article_id: str) -> list[Chunk]:
        """The chunks of one article, in reading order."""
        query = sa.select(*CHUNK).where(CHUNKS.c.article_id == article_id)
        with self._engine.connect() as db:
            return [Chunk(*row) for row in db.execute(query.order_by(CHUNKS.c.start))]

    # What the vector index lacks

    def has_pending(self) -> bool:
        """Whether the vector index lacks anything of what stands here."""
        pending = (
            sa.exists().where(CHUNKS.c.indexed.is_(False)),
            sa.exists().where(DROPPED.c.chunk_id.is_not(None)),
            sa.exists().where(sa.text("NOT labelled")).select_from(CHUNKS),
        )
        with self._engine.connect() as db:
            return bool(db.scalar(sa.select(sa.or_(*pending))))

    def pending_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Chunks that are not in the vector index yet, with their vectors, in batches."""
        return self._batches(batch, CHUNKS.c.indexed.is_(False))

    def mark_indexed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are in the vector index now, with the labels of their articles."""
        with self._engine.begin() as db:
            these = queries.among(CHUNKS.c.id, chunk_ids)
            db.execute(sa.update(CHUNKS).where(these).values(indexed=True, labelled=True))

    def pending_removals(self, batch: int = 1000) -> list[str]:
        """Ids of some chunks that are gone from here and may still be in the vector index."""
        with self._engine.connect() as db:
            return list(db.scalars(sa.select(DROPPED.c.chunk_id).limit(batch)))

    def mark_removed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are gone from the vector index too."""
        with self._engine.begin() as db:
            db.execute(sa.delete(DROPPED).where(queries.among(DROPPED.c.chunk_id, chunk_ids)))

    def mark_pending(self, chunk_ids: Sequence[str]) -> None:
        """The vector index owes these chunks."""
        with self._engine.begin() as db:
            these = queries.among(CHUNKS.c.id, chunk_ids)
            db.execute(sa.update(CHUNKS).where(these).values(indexed=False))

    def mark_all_pending(self) -> None:
        """The vector index starts from nothing: it owes every chunk."""
        with self._engine.begin() as db:
            db.execute(sa.update(CHUNKS).values(indexed=False))
            db.execute(sa.delete(DROPPED))

    # What is stored, and whether it is what was stored

    def all_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Every chunk with its vector, in batches."""
        return self._batches(batch, sa.true())

    def damaged_chunks(self) -> list[Chunk]:
        """The chunks whose vectors are no longer what was stored, or are not finite.

        A vector that was stored before there were sums gets its own, if it is finite.
        """
        unsummed = CHUNKS.c.row.not_in(sa.select(SUMS.c.row))
        summed = sa.outerjoin(CHUNKS, SUMS, SUMS.c.row == CHUNKS.c.row)
        differs = SUMS.c.sum.is_distinct_from(sa.func.summed(_BYTES))
        with self._engine.begin() as db:
            if db.scalar(sa.select(sa.exists(sa.select(CHUNKS.c.row).where(unsummed)))):
                add_sums(db, unsummed)
            wrong = sa.select(*CHUNK).select_from(summed).where(differs).order_by(CHUNKS.c.row)
            return [Chunk(*row) for row in db.execute(wrong)]

    def mend(self, chunks: Sequence[Chunk], vectors: Sequence[Any]) -> None:
        """Store these chunks' vectors anew; the index owes them again."""
        with self._engine.begin() as db:
            for chunk, vector in zip(chunks, vectors, strict=True):
                mended = sa.update(CHUNKS).where(CHUNKS.c.id == chunk.id)
                db.execute(mended.values(vector=rows.stored(vector), indexed=False))
                add_sums(db, CHUNKS.c.id == chunk.id)

    def replace_all(
        self, batches: Iterable[list[tuple[Chunk, np.ndarray]]], **metadata: str
    ) -> None:
        """Put other chunks, which are indexed elsewhere, in the place of all that are here.

        With that the metadata is kept, all of it or nothing. The articles stay as they are.
        """
        with self._engine.begin() as db:
            for table in (SUMS, DROPPED, CHUNKS):
                db.execute(sa.delete(table))
            for batch in batches:
                add(db, batch, indexed=True)
            lexical.of(db).rebuild(db)
            add_sums(db, sa.true())
            twins.renew(db)
            for name, value in metadata.items():
                dialects.replace(db, PROPERTIES, {"name": name, "value": value})

    def _batches(
        self, batch: int, which: sa.ColumnElement[bool]
    ) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        query = sa.select(CHUNKS.c.row, CHUNKS.c.vector, *CHUNK).where(which)
        for found in queries.batches(self._engine, query, CHUNKS.c.row, batch):
            yield [(Chunk(*row[2:]), rows.vector(row.vector)) for row in found]


def add(db: sa.Connection, pieces: Iterable[tuple[Chunk, Any]], *, indexed: bool) -> None:
    """Store chunks with their vectors; ``indexed``: the vector index has them, with labels."""
    new = [
        {
            **{name: getattr(chunk, name) for name in Chunk.__slots__},
            "words": searchable(chunk.text),
            "vector": rows.stored(vector),
            "indexed": indexed,
            "labelled": indexed,
        }
        for chunk, vector in pieces
    ]
    if new:
        db.execute(sa.insert(CHUNKS), new)


def add_sums(db: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Sum up the vectors of some chunks; one that is not finite gets no sum."""
    total = sa.func.sum_of(_BYTES)
    is_blob = sa.func.typeof(CHUNKS.c.vector) == "blob"
    sums = sa.select(CHUNKS.c.row, total).where(which, is_blob, total.is_not(None))
    dialects.replace_from(db, SUMS, ["row", "sum"], sums)


def remove_sums(db: sa.Connection, article_ids: Sequence[str]) -> None:
    """Forget the sums of these articles' chunks."""
    theirs = sa.select(CHUNKS.c.row).where(queries.among(CHUNKS.c.article_id, article_ids))
    db.execute(sa.delete(SUMS).where(SUMS.c.row.in_(theirs)))
