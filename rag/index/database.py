"""The SQLite file of a library: its tables, how an older file becomes one of today, its errors."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryError, LibraryReadOnly
from rag.index import likeness
from rag.index.lexical import FTS5_TABLES
from rag.index.rows import is_finite
from rag.index.tables import PROPERTIES, SCHEMA_VERSION, TABLES
from rag.language.detection import language_of
from rag.language.terms import searchable
from rag.schema import digest_of

# An article is known by its text from here on, wherever else it is had.
_TWINS = (
    "CREATE TABLE IF NOT EXISTS also_at (source TEXT NOT NULL PRIMARY KEY, "
    "article_id TEXT NOT NULL, body TEXT NOT NULL, added DATETIME NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_also_at_article_id ON also_at (article_id)",
    "CREATE TABLE IF NOT EXISTS signatures (article_id TEXT NOT NULL PRIMARY KEY, "
    "body TEXT NOT NULL, words INTEGER NOT NULL, form TEXT NOT NULL, signature BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_signatures_body ON signatures (body)",
    "INSERT OR IGNORE INTO signatures SELECT id, digest_of(text), words_of(text), "
    "signature_form(), signature_of(text) FROM articles",
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
        *FTS5_TABLES,
        "INSERT INTO lexical(lexical) VALUES ('rebuild')",
        "UPDATE facts SET value = '4' WHERE name = 'schema'",
    ),
    # What the index is to know of each article is told to it when it is opened, without embedding.
    "4": (
        "ALTER TABLE chunks ADD COLUMN labelled BOOLEAN NOT NULL DEFAULT 0",
        "CREATE INDEX unlabelled ON chunks (row) WHERE NOT labelled",
        "UPDATE articles SET language = language_of(text) WHERE language IS NULL",
        "UPDATE facts SET value = '5' WHERE name = 'schema'",
    ),
    "5": (*_TWINS, "UPDATE facts SET value = '6' WHERE name = 'schema'"),
}

_VERSION = sa.select(PROPERTIES.c.value).where(PROPERTIES.c.name == "schema")


_PATIENCE_S = 5  # with others who write
# What SQLite says where a file cannot be changed, of which it may still be read.
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}  # fmt: skip


def connect(file: Path | None, *, read_only: bool = False) -> sa.Engine:
    """A library's SQLite file, for whoever keeps tables of their own beside the catalog's.

    Whatever is done with it raises LibraryError, in one line, when the file is damaged, and
    LibraryReadOnly when it cannot be written or the disk is full. ``read_only`` needs no room and
    no right to write. Without a ``file`` all is in memory, and gone with the engine.
    """
    if file is None:
        return _in_memory()

    def explain(context: sa.ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, sa.exc.DatabaseError):
            raise _failure(file, context.original_exception) from None

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(file)),
        **({"creator": partial(_reading, file)} if read_only else {}),
    )
    sa.event.listen(engine, "connect", _add_functions)
    if not read_only:
        sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "handle_error", explain)
    return engine


def _in_memory() -> sa.Engine:
    """Tables that nobody keeps, of one connection that everybody takes in turn."""
    return sa.create_engine(
        "sqlite://",
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )


def _failure(file: Path, error: BaseException) -> LibraryError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _UNWRITABLE:
        return LibraryReadOnly(
            f"{file}: cannot be written ({error}); make room on the disk, have its rights changed, "
            "or name another folder with --library",
            "read only",
            why=error,
        )
    remedy = "restore the file from a backup, or name another folder with --library"
    return LibraryError(f"{file}: {error}; {remedy}", "disk", why=error)


def _reading(file: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even files beside the one that is read."""
    address = f"{file.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.OperationalError:
        # Where no file can stand beside it, SQLite reads one only if told that none will change it.
        connection.close()
        address += "&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    return connection


def prepare(engine: sa.Engine) -> None:
    """Bring the file up to today, all of it or nothing, or make its tables where there are none.

    Raises:
        LibraryError: it was written by a newer Ibid.
    """
    if _steps(engine):
        _back_up(engine)
    while _steps(engine):
        with engine.connect() as db:
            # Locked before the second look, lest another process does the same.
            db.exec_driver_sql("BEGIN IMMEDIATE")
            for step in _steps(db):
                db.exec_driver_sql(step)
            db.commit()
    if _is_made(engine):
        return  # without waiting for whoever writes just now
    with engine.connect() as db:
        # Locked before it is looked: another process may be making them.
        db.exec_driver_sql("BEGIN IMMEDIATE")
        TABLES.create_all(db)
        for statement in FTS5_TABLES:
            db.exec_driver_sql(statement)
        written_by = db.scalar(_VERSION)
        if written_by is None:
            written = sa.insert(PROPERTIES).prefix_with("OR REPLACE")
            db.execute(written.values(name="schema", value=SCHEMA_VERSION))
        elif written_by != SCHEMA_VERSION:
            which = f"{engine.url.database}: written by another version of Ibid"
            raise LibraryError(f"{which}; update Ibid")
        db.commit()


def _is_made(engine: sa.Engine) -> bool:
    """Whether a file has all the tables of today."""
    there = sa.inspect(engine).get_table_names()
    with engine.connect() as db:
        return {*TABLES.tables, "lexical"} <= {*there} and db.scalar(_VERSION) == SCHEMA_VERSION


def _back_up(engine: sa.Engine) -> None:
    """Keep the file as it is, under a name that tells its version, before it is changed."""
    with engine.connect() as db:
        version = db.scalar(_VERSION)
        file = Path(str(engine.url.database))
        kept = file.with_name(f"{file.stem}-schema-{version}{file.suffix}")
        half = kept.with_suffix(".half")
        half.unlink(missing_ok=True)
        db.exec_driver_sql("VACUUM INTO ?", (str(half),))
    half.replace(kept)


def check_version(engine: sa.Engine) -> None:
    """Make sure that a file which cannot be changed can be read as it is.

    Raises:
        LibraryError: it was written by another version of Ibid.
    """
    with engine.connect() as db:
        version = db.scalar(_VERSION)
    if version != SCHEMA_VERSION:
        which = f"{engine.url.database}: written by another version of Ibid"
        raise LibraryError(f"{which}, and cannot be changed here; open it once where it can be")


def _steps(db: sa.Engine | sa.Connection) -> Sequence[str]:
    """What leads from the version of the file to the next; nothing if it is today's."""
    if isinstance(db, sa.Engine):
        with db.connect() as connection:
            return _steps(connection)
    if not sa.inspect(db).has_table("facts"):
        return ()
    return _MIGRATIONS.get(db.scalar(_VERSION) or "", ())


def _configure(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout={1_000 * _PATIENCE_S}")
    _keep_log(connection)
    connection.execute("PRAGMA foreign_keys=ON")


def _keep_log(connection: sqlite3.Connection) -> None:
    """Have what is written kept in a log first. For this SQLite waits for nobody by itself."""
    ends = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > ends:
                raise
            time.sleep(0.01)  # somebody else begins the file too
        else:
            return


def _add_functions(connection: Any, _record: Any) -> None:
    connection.create_function("searchable", 1, searchable, deterministic=True)
    connection.create_function("folded", 1, folded, deterministic=True)
    connection.create_function("begins", 2, _begins, deterministic=True)
    connection.create_function("language_of", 1, _language_of, deterministic=True)
    connection.create_function("summed", 1, zlib.crc32, deterministic=True)
    connection.create_function("sum_of", 1, _sum_of, deterministic=True)
    connection.create_function("words_in", 1, _words_in, deterministic=True)
    connection.create_function("digest_of", 1, digest_of, deterministic=True)
    connection.create_function("words_of", 1, lambda text: likeness.signed(text)[0])
    connection.create_function("signature_of", 1, lambda text: likeness.signed(text)[1])
    connection.create_function("signature_form", 0, likeness.form)


def folded(name: str | None) -> str | None:
    """A name as it is compared: without regard to case, in any alphabet."""
    return None if name is None else name.casefold()


def _begins(source: str, beginnings: str) -> bool:
    """Whether a source begins with one of those in a list in JSON, in any case."""
    return source.casefold().startswith(_folded_all(beginnings))


@lru_cache(maxsize=8)
def _folded_all(names: str) -> tuple[str, ...]:
    return tuple(name.casefold() for name in json.loads(names))


def _language_of(text: str) -> str | None:
    return language_of(text) or None


def _words_in(text: str) -> int:
    """How many words there are between its white space."""
    return len(text.split())


def _sum_of(vector: bytes) -> int | None:
    """The sum under which a vector is stored; None of what is none, or has no direction."""
    if len(vector) % 4:
        return None
    return zlib.crc32(vector) if is_finite(vector) else None
