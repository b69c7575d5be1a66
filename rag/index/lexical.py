"""The lexical index: the words of every chunk and of its article's title, ranked by BM25.

SQLite's is FTS5. PostgreSQL's is made of the same words (`rag.index.tsvector`), so that both find
the same chunks, in the same order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import sqlalchemy as sa

from rag.errors import LibraryError
from rag.index.dialects import POSTGRES
from rag.index.tables import CHUNKS

Found = sa.Select[tuple[str, float]]


class Lexical(Protocol):
    """What the catalog needs of it; each chunk is known by its ``row``."""

    def add(self, db: sa.Connection, article_id: str) -> None:
        """Take up the chunks of an article."""
        ...

    def drop(self, db: sa.Connection, article_ids: Sequence[str]) -> None:
        """Forget the chunks of articles, which are still there."""
        ...

    def rebuild(self, db: sa.Connection) -> None:
        """Take up every chunk that is there, and no other."""
        ...

    def rows(self) -> sa.Select[tuple[int]]:
        """The rows of the chunks that it knows."""
        ...

    def are_words_right(self, engine: sa.Engine) -> bool:
        """Whether it has the words of every chunk, and no others."""
        ...

    def beginning(self, words: Sequence[str]) -> sa.Select[tuple[int]]:
        """The rows of the chunks that have all these words; the last may go on."""
        ...

    def ranked(
        self,
        db: sa.Connection,
        words: Sequence[str],
        limit: int,
        title_weight: float,
        within: sa.Select[tuple[int]] | None,
    ) -> list[tuple[str, float]]:
        """The ids of the chunks that have one of the words, best first, with their BM25 score.

        ``within``: the rows that may be found; None: any.
        """
        ...


def of(bind: sa.Connection | sa.Engine) -> Lexical:
    """That of an engine."""
    if bind.dialect.name == POSTGRES:
        from rag.index.tsvector import Tsvector

        return Tsvector()
    return Fts5()


TOKENIZE = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
"""How FTS5 tells words. Vowel signs are marks, M, and no word of many scripts is whole without."""
FTS5_TABLES = (
    "CREATE VIEW IF NOT EXISTS titled AS SELECT chunks.row, articles.title, "
    "coalesce(chunks.words, chunks.text) AS text, chunks.article_id "
    "FROM chunks JOIN articles ON articles.id = chunks.article_id",
    "CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5(title, text, content='titled', "
    f"content_rowid='row', tokenize=\"{TOKENIZE}\")",
)
"""The statements that make it."""
_KNOWN = sa.table("lexical_docsize", sa.column("id"))
_LEXICAL = sa.table("lexical", sa.column("rowid"))


class Fts5:
    """That of SQLite, over the texts as they stand in the chunks."""

    def add(self, db: sa.Connection, article_id: str) -> None:
        """As `Lexical` has it."""
        known = "SELECT row, title, text FROM titled WHERE article_id = :id"
        new = sa.text(f"INSERT INTO lexical(rowid, title, text) {known}")
        db.execute(new, {"id": article_id})

    def drop(self, db: sa.Connection, article_ids: Sequence[str]) -> None:
        """As `Lexical` has it."""
        db.execute(
            sa.text(
                # FTS5 forgets a row only when it is told the words that stood there.
                "INSERT INTO lexical(lexical, rowid, title, text) "
                "SELECT 'delete', row, title, text FROM titled "
                "WHERE article_id IN (SELECT value FROM json_each(:ids))"
            ),
            {"ids": json.dumps(article_ids)},
        )

    def rebuild(self, db: sa.Connection) -> None:
        """As `Lexical` has it."""
        db.exec_driver_sql("INSERT INTO lexical(lexical) VALUES ('rebuild')")

    def rows(self) -> sa.Select[tuple[int]]:
        """As `Lexical` has it."""
        return sa.select(_KNOWN.c.id)

    def are_words_right(self, engine: sa.Engine) -> bool:
        """As `Lexical` has it."""
        with suppress(LibraryError), engine.connect() as db:
            db.exec_driver_sql("INSERT INTO lexical(lexical, rank) VALUES ('integrity-check', 1)")
            db.rollback()
            return True
        return False

    def beginning(self, words: Sequence[str]) -> sa.Select[tuple[int]]:
        """As `Lexical` has it."""
        asked = " ".join(f'"{word}"' for word in words) + "*"
        is_held = sa.text("lexical MATCH :asked")
        is_held = is_held.bindparams(sa.bindparam("asked", asked, unique=True))
        return sa.select(_LEXICAL.c.rowid).where(is_held)

    def ranked(
        self,
        db: sa.Connection,
        words: Sequence[str],
        limit: int,
        title_weight: float,
        within: sa.Select[tuple[int]] | None,
    ) -> list[tuple[str, float]]:
        """As `Lexical` has it."""
        bm25 = f"bm25(lexical, {title_weight}, 1.0)"
        rank: sa.ColumnElement[float] = sa.literal_column(bm25)
        hits: Any = (
            sa.select(sa.column("rowid").label("row"), rank.label("rank"))
            .select_from(sa.table("lexical"))
            .where(sa.text("lexical MATCH :words"))
        )
        if within is not None:
            # With the plus FTS5 is asked once for all its hits, and not anew for each such row.
            hits = hits.where(sa.literal_column("+rowid").in_(within))
        best = hits.order_by(sa.text("rank")).limit(limit).subquery()
        # bm25() of FTS5 is better when smaller, and negative.
        rows = sa.select(CHUNKS.c.id, -best.c.rank).join(best, best.c.row == CHUNKS.c.row)
        asked = " OR ".join(f'"{word}"' for word in words)
        ranked = db.execute(rows.order_by(best.c.rank), {"words": asked})
        return [(chunk_id, score) for chunk_id, score in ranked]
