"""What the rows of a catalog may lack of one another, how it is found, and how it is mended."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa

from rag.index import dialects
from rag.index.lexical import Lexical
from rag.index.tables import ARTICLES, CHUNKS, COLLECTED, COLLECTIONS, DROPPED, OFFERED, SUMS

Fault = Literal[
    "lost chunks", "torn articles", "words", "embeddings", "sums", "dropped", "collected", "offered"
]
"""What may be wrong, by the rows that it is found in.

Chunks of no article; articles that are not what their chunks say, or have none; chunks that cannot
be found by their words, or words of no chunk; damaged embeddings; sums of no chunk; chunks that are
there and to be dropped; and articles that are not there in a collection or with offered questions.
"""
_IDS = sa.select(ARTICLES.c.id)
_ROWS = sa.select(CHUNKS.c.row)
_LOST = CHUNKS.c.article_id.not_in(_IDS)
_TEXT = sa.func.substr(ARTICLES.c.text, CHUNKS.c.start + 1, CHUNKS.c.end - CHUNKS.c.start)
# A row that is no text, or of a vector that is no blob, differs too.
_TORN = (
    sa.select(CHUNKS.c.article_id)
    .join(ARTICLES)
    .where(CHUNKS.c.text.is_distinct_from(_TEXT))
    .union(
        sa.select(ARTICLES.c.id).where(
            sa.func.trim(ARTICLES.c.text) != "",
            ARTICLES.c.id.not_in(sa.select(CHUNKS.c.article_id)),
        )
    )
)
_DAMAGED = SUMS.c.sum.is_distinct_from(sa.func.summed(sa.cast(CHUNKS.c.vector, sa.LargeBinary)))
_DANGLING: dict[Fault, tuple[sa.Table, sa.ColumnElement[bool]]] = {
    "sums": (SUMS, SUMS.c.row.not_in(_ROWS)),
    "dropped": (DROPPED, DROPPED.c.chunk_id.in_(sa.select(CHUNKS.c.id))),
    "collected": (
        COLLECTED,
        COLLECTED.c.article_id.not_in(_IDS)
        | COLLECTED.c.collection_id.not_in(sa.select(COLLECTIONS.c.id)),
    ),
    "offered": (OFFERED, OFFERED.c.article_id.not_in(_IDS)),
}


class Repairs:
    """The part of a catalog that is looked over by `ibid doctor`."""

    _engine: sa.Engine
    _lexical: Lexical

    def faults(self, *, deep: bool = False) -> dict[Fault, int]:
        """How many rows each fault concerns, of those that there are.

        ``deep``: the words of every chunk are compared too, for which nobody else may write.
        """
        words = self._lexical
        indexed = words.rows().subquery()
        (number,) = indexed.c
        with self._engine.connect() as db:
            known = set(sa.inspect(db).get_table_names())
            found: dict[Fault, int] = {
                "lost chunks": _count(db, CHUNKS, _LOST),
                "torn articles": len(db.scalars(_TORN).all()),
                "words": _count(db, CHUNKS, CHUNKS.c.row.not_in(words.rows()))
                + _count(db, indexed, number.not_in(_ROWS)),
                "embeddings": _count(
                    db, sa.join(CHUNKS, SUMS, SUMS.c.row == CHUNKS.c.row), _DAMAGED
                )
                if SUMS.name in known
                else 0,
            }
            for fault, (table, where) in _DANGLING.items():
                found[fault] = _count(db, table, where) if table.name in known else 0
        if deep and not found["words"] and not words.are_words_right(self._engine):
            found["words"] = 1
        return {fault: count for fault, count in found.items() if count}

    def torn_articles(self) -> list[str]:
        """The ids of the articles that are not what their chunks say, or have none."""
        with self._engine.connect() as db:
            return sorted(db.scalars(_TORN))

    def mend_rows(self) -> None:
        """Remove what dangles, and write the lexical index anew if it is not right."""
        with self._engine.begin() as db:
            back = CHUNKS.c.id.in_(sa.select(DROPPED.c.chunk_id))
            db.execute(sa.update(CHUNKS).where(back).values(indexed=False))
            lost = sa.select(CHUNKS.c.id).where(_LOST)
            dialects.add_new_from(db, DROPPED, ["chunk_id"], lost)
            is_lost = db.scalar(sa.select(sa.exists(lost)))
            db.execute(sa.delete(CHUNKS).where(_LOST))
            db.execute(sa.delete(DROPPED).where(DROPPED.c.chunk_id.in_(sa.select(CHUNKS.c.id))))
            for fault, (table, where) in _DANGLING.items():
                if fault != "dropped":
                    db.execute(sa.delete(table).where(where))
        words = self._lexical
        if is_lost or not words.are_words_right(self._engine):
            with self._engine.begin() as db:
                words.rebuild(db)


def _count(db: sa.Connection, table: sa.FromClause, where: sa.ColumnElement[bool]) -> int:
    return db.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0
