"""The SQLite file of a library: its tables, how an older file becomes one of today, its errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryError
from rag.language.terms import searchable

SCHEMA_VERSION = "4"

_tables = sa.MetaData()
PROPERTIES = sa.Table(
    "facts",
    _tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
ARTICLES = sa.Table(
    "articles",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False, unique=True),
    sa.Column("publisher", sa.Text),
    sa.Column("published", sa.Date),
    sa.Column("language", sa.Text),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("added", sa.DateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("author", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("pages", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("edited", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("stated_source", sa.Text),
    sa.Column("tags", sa.JSON, nullable=False, server_default="[]"),
)
CHUNKS = sa.Table(
    "chunks",
    _tables,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("article_id", sa.ForeignKey("articles.id"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # What the lexical index reads in the place of the text; nothing where it reads the text.
    sa.Column("words", sa.Text),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("indexed", sa.Boolean, nullable=False, default=False, index=True),
)
DROPPED = sa.Table("dropped", _tables, sa.Column("chunk_id", sa.Text, primary_key=True))

_LEXICAL_TABLES = (
    "CREATE VIEW IF NOT EXISTS titled AS SELECT chunks.row, articles.title, "
    "coalesce(chunks.words, chunks.text) AS text, chunks.article_id "
    "FROM chunks JOIN articles ON articles.id = chunks.article_id",
    # Vowel signs are marks, M, and no word of many scripts is whole without them.
    "CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5(title, text, content='titled', "
    "content_rowid='row', "
    "tokenize=\"porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'\")",
)
# What made a library of each older version into one of the next.
_MIGRATIONS = {
    "1": (
        "ALTER TABLE articles ADD COLUMN author TEXT",
        "ALTER TABLE articles ADD COLUMN link TEXT",
        "ALTER TABLE articles ADD COLUMN pages JSON NOT NULL DEFAULT '[]'",
        "ALTER TABLE articles ADD COLUMN edited JSON NOT NULL DEFAULT '{}'",
        "UPDATE articles SET link = source WHERE source LIKE 'http://%' OR source LIKE 'https://%'",
        "UPDATE facts SET value = '2' WHERE name = 'schema'",
    ),
    # What an article was kept under then stays: its source was, for some, what it said of itself.
    "2": (
        "ALTER TABLE articles ADD COLUMN stated_source TEXT",
        "ALTER TABLE articles ADD COLUMN tags JSON NOT NULL DEFAULT '[]'",
        "UPDATE articles SET publisher = substr(publisher, 1, 200), author = substr(author, 1, 200)"
        ", language = substr(language, 1, 200)",
        "UPDATE facts SET value = '3' WHERE name = 'schema'",
    ),
    "3": (
        "ALTER TABLE chunks ADD COLUMN words TEXT",
        "UPDATE chunks SET words = searchable(text)",
        "DROP TABLE IF EXISTS lexical",
        "DROP VIEW IF EXISTS titled",
        *_LEXICAL_TABLES,
        "INSERT INTO lexical(lexical) VALUES ('rebuild')",
        "UPDATE facts SET value = '4' WHERE name = 'schema'",
    ),
}

_VERSION = sa.select(PROPERTIES.c.value).where(PROPERTIES.c.name == "schema")


def connect(file: Path) -> sa.Engine:
    """A library's SQLite file, for whoever keeps tables of their own beside the catalog's.

    Whatever is done with it raises LibraryError, in one line, when the disk is full or the file
    damaged.
    """

    def explain(context: sa.ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, sa.exc.DatabaseError):
            raise LibraryError(
                f"{file}: {context.original_exception}; make room on the disk, restore the "
                "file from a backup, or name another folder with --library",
                "disk",
                why=context.original_exception,
            ) from None

    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "handle_error", explain)
    return engine


def prepare(engine: sa.Engine) -> None:
    """Bring the file up to today, all of it or nothing, or make its tables where there are none.

    Raises:
        LibraryError: it was written by a newer Ibid.
    """
    while _steps(engine):
        with engine.connect() as db:
            # Locked before the second look, lest another process does the same.
            db.exec_driver_sql("BEGIN IMMEDIATE")
            for step in _steps(db):
                db.exec_driver_sql(step)
            db.commit()
    with engine.begin() as db:
        _tables.create_all(db)
        for statement in _LEXICAL_TABLES:
            db.exec_driver_sql(statement)
        written_by = db.scalar(_VERSION)
        if written_by is None:
            db.execute(
                sa.insert(PROPERTIES)
                .prefix_with("OR REPLACE")
                .values(name="schema", value=SCHEMA_VERSION)
            )
        elif written_by != SCHEMA_VERSION:
            raise LibraryError(
                f"{engine.url.database}: written by another version of Ibid; update Ibid"
            )


def _steps(db: sa.Engine | sa.Connection) -> Sequence[str]:
    """What leads from the version of the file to the next; nothing if it is today's."""
    if isinstance(db, sa.Engine):
        with db.connect() as connection:
            return _steps(connection)
    if not sa.inspect(db).has_table("facts"):
        return ()
    return _MIGRATIONS.get(db.scalar(_VERSION) or "", ())


def _configure(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=5000")
    connection.create_function("searchable", 1, searchable, deterministic=True)
