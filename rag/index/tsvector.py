"""The lexical index in PostgreSQL: the words that FTS5 tells, found by GIN and ranked by BM25.

A chunk's words are a tsvector: those of the title have the weight A, those of the text D. For one
word, or words in a row, ``ts_rank_cd`` is the sum of the weights of its places: how often it is
there. That, in how many chunks it is and how long they are is all that BM25 needs; the formula and
its numbers are those of FTS5.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from rag.index import dialects, queries
from rag.index.lexical import TOKENIZE
from rag.index.tables import ARTICLES, CHUNKS

TABLES = sa.MetaData()
"""The table that PostgreSQL has and SQLite has otherwise."""
LEXICAL = sa.Table(
    "lexical",
    TABLES,
    sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("words", postgresql.TSVECTOR, nullable=False),
    sa.Column("length", sa.Integer, nullable=False, index=True),
    sa.Index("lexical_words", "words", postgresql_using="gin"),
)
_AT_ONCE = 500  # chunks
_LONGEST = 255  # letters of a word: PostgreSQL keeps 2,046 bytes
_LAST = 16_383  # the place of a word after which PostgreSQL counts no further
# k1 is 1.2 and b 0.75. A word that most chunks have counts a little, and never against one.
_BM25 = sa.text(
    """
    WITH asked AS MATERIALIZED (
        SELECT number, CAST(query AS tsquery) AS query
        FROM unnest(CAST(:asked AS text[])) WITH ORDINALITY AS said(query, number)
    ), hits AS MATERIALIZED (
        SELECT asked.number, lexical.row, lexical.length,
            ts_rank_cd(CAST(:weights AS real[]), lexical.words, asked.query) / :scale AS often
        FROM asked JOIN lexical ON lexical.words @@ asked.query
    ), size AS (
        SELECT count(*) AS chunks, greatest(avg(length), 1) AS mean FROM lexical
    ), rare AS (
        SELECT number, greatest(ln((max(chunks) - count(*) + 0.5) / (count(*) + 0.5)), 1e-6) AS idf
        FROM hits, size GROUP BY number
    )
    SELECT row, sum(
        idf * often * 2.2 / greatest(often + 1.2 * (0.25 + 0.75 * length / mean), 1e-9)
    ) AS score
    FROM hits JOIN rare USING (number), size GROUP BY row
    """
).columns(sa.column("row", sa.BigInteger), sa.column("score", sa.Float))


class Tsvector:
    """The lexical index of a library in PostgreSQL."""

    def add(self, db: sa.Connection, article_id: str) -> None:
        """As `rag.index.lexical.Lexical` has it."""
        _take_up(db, CHUNKS.c.article_id == article_id)

    def drop(self, db: sa.Connection, article_ids: Sequence[str]) -> None:
        """As `rag.index.lexical.Lexical` has it."""
        theirs = sa.select(CHUNKS.c.row).where(queries.among(CHUNKS.c.article_id, article_ids))
        db.execute(sa.delete(LEXICAL).where(LEXICAL.c.row.in_(theirs)))

    def rebuild(self, db: sa.Connection) -> None:
        """As `rag.index.lexical.Lexical` has it."""
        db.execute(sa.delete(LEXICAL))
        _take_up(db, sa.true())

    def rows(self) -> sa.Select[tuple[int]]:
        """As `rag.index.lexical.Lexical` has it."""
        return sa.select(LEXICAL.c.row)

    def are_words_right(self, engine: sa.Engine) -> bool:
        """As `rag.index.lexical.Lexical` has it."""
        now = LEXICAL.c.words == sa.cast(sa.bindparam("words"), postgresql.TSVECTOR)
        same = sa.select(sa.true()).where(LEXICAL.c.row == sa.bindparam("number"), now)
        with engine.connect() as db:
            known = sa.select(sa.func.count()).select_from(LEXICAL)
            if db.scalar(known) != db.scalar(sa.select(sa.func.count()).select_from(CHUNKS)):
                return False
            for some in _texts(db, sa.true()):
                for row in _rows(some):
                    if db.scalar(same, {"number": row["row"], "words": row["words"]}) is None:
                        return False
        return True

    def beginning(self, words: Sequence[str]) -> sa.Select[tuple[int]]:
        """As `rag.index.lexical.Lexical` has it."""
        said = _queries(words)
        asked = sa.cast(f"{' & '.join(said)}:*" if said else "", postgresql.TSQUERY)
        return sa.select(LEXICAL.c.row).where(LEXICAL.c.words.op("@@")(asked))

    def ranked(
        self,
        db: sa.Connection,
        words: Sequence[str],
        limit: int,
        title_weight: float,
        within: sa.Select[tuple[int]] | None,
    ) -> list[tuple[str, float]]:
        """As `rag.index.lexical.Lexical` has it."""
        scale = 1 / max(1.0, title_weight)  # PostgreSQL knows no weight above 1
        weights = [scale, 1.0, 1.0, title_weight * scale]
        best = _BM25.subquery("best")
        found = sa.select(CHUNKS.c.id, best.c.score).join(best, best.c.row == CHUNKS.c.row)
        if within is not None:
            found = found.where(best.c.row.in_(within))
        found = found.order_by(best.c.score.desc(), best.c.row).limit(limit)
        said: dict[str, Any] = {"asked": _queries(words), "weights": weights, "scale": scale}
        return [(chunk_id, score) for chunk_id, score in db.execute(found, said)]


def _take_up(db: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    for some in _texts(db, which):
        dialects.replace(db, LEXICAL, list(_rows(some)))


def _texts(db: sa.Connection, which: sa.ColumnElement[bool]) -> Iterator[Sequence[Any]]:
    """Row, title and searched text of chunks, some at a time."""
    text = sa.func.coalesce(CHUNKS.c.words, CHUNKS.c.text)
    query = sa.select(CHUNKS.c.row, ARTICLES.c.title, text).join(ARTICLES).where(which)
    query, last = query.order_by(CHUNKS.c.row).limit(_AT_ONCE), -1
    while some := db.execute(query.where(CHUNKS.c.row > last)).all():
        yield some
        last = some[-1].row


def _rows(chunks: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    numbers, *texts = zip(*chunks, strict=True)
    for number, title, text in zip(numbers, *map(_stemmed().words, texts), strict=True):
        places: dict[str, list[str]] = {}
        for place, word in enumerate(title, 1):
            places.setdefault(word, []).append(f"{min(place, _LAST)}A")
        # No words in a row begin in the title and go on in the text.
        for place, word in enumerate(text, len(title) + 2):
            places.setdefault(word, []).append(f"{min(place, _LAST)}")
        words = " ".join(
            f"{_quoted(word)}:{','.join(where)}" for word, where in places.items() if word
        )
        yield {"row": number, "words": words, "length": len(title) + len(text)}


class _Words:
    """The words of texts, as FTS5 tells them: an index in memory, asked for what it has."""

    def __init__(self, tokenize: str) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        made = "CREATE VIRTUAL TABLE {} USING {}"
        self._db.execute(made.format("t", f"fts5(text, content='', tokenize=\"{tokenize}\")"))
        self._db.execute(made.format("v", "fts5vocab(t, instance)"))

    def words(self, texts: Sequence[str]) -> list[list[str]]:
        """Those of each text, in order."""
        found: list[list[str]] = [[] for _ in texts]
        with self._lock:
            self._db.execute("BEGIN")
            try:
                new = "INSERT INTO t(rowid, text) VALUES (?, ?)"
                self._db.executemany(new, enumerate(texts))
                for word, number in self._db.execute(
                    'SELECT term, doc FROM v ORDER BY doc, "offset"'
                ):
                    found[number].append((word or "")[:_LONGEST])  # a mark alone is none
            finally:
                self._db.execute("ROLLBACK")
        return found


@cache
def _stemmed() -> _Words:
    return _Words(TOKENIZE)


def _queries(words: Sequence[str]) -> list[str]:
    """What PostgreSQL is asked for words, each of which may be several in a row, or none."""
    several = (filter(None, some) for some in _stemmed().words(words))
    return [query for some in several if (query := " <-> ".join(map(_quoted, some)))]


def _quoted(word: str) -> str:
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
