"""What the vector index knows of each chunk's article, so that it can search some of them alone.

A chunk with ``labelled = 0`` is one of which the index knows something older.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from rag.index import queries
from rag.index.tables import ARTICLES, CHUNKS, COLLECTED, COLLECTIONS
from rag.schema import Filter
from rag.stores import Labels, Wanted

_LABELS = ("publisher", "language", "published")


class LabelStore:
    """The part of a catalog that says what a filter admits, to itself and to the vector index."""

    _engine: sa.Engine

    def matching(self, only: Filter) -> list[str]:
        """The ids of the articles that a filter admits."""
        with self._engine.connect() as db:
            return list(db.scalars(sa.select(ARTICLES.c.id).where(*queries.conditions(only))))

    def admitted(self, chunk_ids: Sequence[str], only: Filter) -> set[str]:
        """Those of these chunks whose articles a filter admits."""
        chosen = sa.select(CHUNKS.c.id).join(ARTICLES)
        chosen = chosen.where(queries.among(CHUNKS.c.id, chunk_ids), *queries.conditions(only))
        with self._engine.connect() as db:
            return set(db.scalars(chosen))

    def wanted(self, only: Filter, most: int) -> Wanted:
        """What a filter asks of labels, each name as the articles write it.

        What no label tells, or only more than ``most`` of them, is asked of the articles' ids.
        """
        names: dict[str, tuple[str, ...]] = {}
        with self._engine.connect() as db:
            for column, asked in (
                (ARTICLES.c.publisher, only.publishers),
                (ARTICLES.c.language, only.languages),
            ):
                if asked:
                    known = sa.select(column).where(queries.named(column, asked)).distinct()
                    names[f"{column.name}s"] = tuple(db.scalars(known))
            if only.collections:
                known = sa.select(COLLECTIONS.c.id).where(queries.collected_as(only.collections))
                names["collections"] = tuple(map(str, db.scalars(known)))
        if not all(names.values()):
            return Wanted(articles=())
        if only.articles or only.sources or any(len(some) > most for some in names.values()):
            return Wanted(articles=tuple(self.matching(only)))
        return Wanted(**names, since=only.since, until=only.until)

    def labels(self, article_ids: Iterable[str]) -> dict[str, Labels]:
        """What the vector index should know of each of these articles, by id."""
        ids = list(article_ids)
        within: dict[str, list[str]] = defaultdict(list)
        member = sa.select(COLLECTED.c.article_id, COLLECTED.c.collection_id)
        member = member.where(queries.among(COLLECTED.c.article_id, ids))
        facts = sa.select(ARTICLES.c.id, *(ARTICLES.c[name] for name in _LABELS))
        with self._engine.connect() as db:
            for article_id, collection_id in db.execute(member.order_by(COLLECTED.c.collection_id)):
                within[article_id].append(str(collection_id))
            return {
                row.id: Labels(
                    row.id, row.publisher, row.language, row.published, tuple(within[row.id])
                )
                for row in db.execute(facts.where(queries.among(ARTICLES.c.id, ids)))
            }

    def pending_labels(self, batch: int = 1000) -> Iterator[dict[str, str]]:
        """Chunks of whose articles the vector index knows something older: id to article id."""
        query = sa.select(CHUNKS.c.row, CHUNKS.c.id, CHUNKS.c.article_id)
        query = query.where(sa.text("NOT labelled"), CHUNKS.c.indexed)
        for found in queries.batches(self._engine, query, CHUNKS.c.row, batch):
            yield {row.id: row.article_id for row in found}

    def mark_labelled(self, chunk_ids: Sequence[str]) -> None:
        """The vector index knows of these chunks' articles what stands here."""
        with self._engine.begin() as db:
            these = queries.among(CHUNKS.c.id, chunk_ids)
            db.execute(sa.update(CHUNKS).where(these).values(labelled=True))


def unlabel(db: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """The vector index is to be told of the articles of these chunks anew."""
    db.execute(sa.update(CHUNKS).where(which).values(labelled=False))
