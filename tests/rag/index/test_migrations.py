"""Promises to whoever kept a library in PostgreSQL by an older Ibid, and to who waits for that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_server import PostgresServer
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryError
from rag.index import beside, postgres
from rag.index.library import opened
from rag.index.migrating import Migrations
from rag.index.postgres import Database, PostgresCatalog
from rag.settings import Settings

STEP = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {before!r}


def upgrade():
{does}
"""
SHELF = 'op.create_table("shelf", sa.Column("name", sa.Text, primary_key=True))'
FILLED = "op.execute(\"INSERT INTO shelf VALUES ('a book')\")"


@pytest.fixture
def schema(postgres: PostgresServer) -> Iterator[Database]:
    yield Database(postgres.address, "library")
    postgres.empty()


@pytest.fixture
def engine(schema: Database) -> Iterator[sa.Engine]:
    engine = schema.engine()
    with engine.begin() as db:
        db.exec_driver_sql(f'CREATE SCHEMA "{schema.schema}"')
    yield engine
    engine.dispose()


def steps(folder: Path, *does: str) -> Migrations:
    """Migrations that do each of these."""
    folder.mkdir(exist_ok=True)
    for number, what in enumerate(does, 1):
        before = str(number - 1) if number > 1 else None
        text = STEP.format(number=number, before=before, does=f"    {what}")
        (folder / f"step{number}.py").write_text(text)
    return Migrations("books", folder, str(len(does)))


def shelf(engine: sa.Engine) -> list[str]:
    with engine.connect() as db:
        if not sa.inspect(db).has_table("shelf"):
            return []
        return list(db.scalars(sa.text("SELECT name FROM shelf")))


def test_what_is_left_is_done_and_nothing_twice(
    schema: Database, engine: sa.Engine, tmp_path: Path
) -> None:
    first = steps(tmp_path / "a % b", SHELF)
    with engine.begin() as db:
        assert not first.are_done(db)
        first.do(db, schema)
        first.do(db, schema)
        assert first.are_done(db)
    both = steps(tmp_path / "a % b", SHELF, FILLED)
    for _ in range(2):
        with engine.begin() as db:
            both.do(db, schema)
    assert shelf(engine) == ["a book"]


def test_a_migration_that_fails_leaves_all_as_it_was(
    schema: Database, engine: sa.Engine, tmp_path: Path
) -> None:
    broken = steps(tmp_path / "steps", SHELF, FILLED, 'op.execute("nonsense")')
    with pytest.raises(LibraryError), engine.begin() as db:
        broken.do(db, schema)
    assert shelf(engine) == []
    with engine.begin() as db:
        steps(tmp_path / "steps", SHELF, FILLED).do(db, schema)
    assert shelf(engine) == ["a book"]


def test_what_a_newer_ibid_wrote_is_refused_with_what_to_do(
    schema: Database, engine: sa.Engine, tmp_path: Path
) -> None:
    with engine.begin() as db:
        steps(tmp_path / "newer", SHELF, FILLED).do(db, schema)
    older = steps(tmp_path / "older", SHELF)
    newer = "written by a newer Ibid; update Ibid"
    with pytest.raises(LibraryError, match=newer), engine.begin() as db:
        older.do(db, schema)
    assert shelf(engine) == ["a book"]


def test_tables_that_were_made_just_now_are_noted_as_of_today(
    engine: sa.Engine, tmp_path: Path
) -> None:
    both = steps(tmp_path / "steps", SHELF, FILLED)
    with engine.begin() as db:
        both.note(db)
        assert both.are_done(db)
    assert shelf(engine) == []


def test_some_tables_of_a_schema_are_not_told_from_how_far_others_are(
    schema: Database, engine: sa.Engine, tmp_path: Path
) -> None:
    PostgresCatalog(schema).close()
    with engine.begin() as db:
        books = steps(tmp_path / "steps", SHELF)
        assert postgres.MIGRATIONS.are_done(db) and not books.are_done(db)
        books.do(db, schema)
        assert postgres.MIGRATIONS.are_done(db)


# The catalog


def as_before_alembic(schema: Database) -> None:
    """Make a library what the last Ibid without alembic left."""
    engine = schema.engine()
    with engine.begin() as db:
        for table in ("catalog_version", *beside.TABLES.tables):
            db.exec_driver_sql(f"DROP TABLE {table}")
    engine.dispose()


def columns(schema: Database) -> Any:
    engine = schema.engine()
    known = sa.text(
        "SELECT table_name, column_name, data_type, is_nullable, column_default "
        "FROM information_schema.columns WHERE table_schema = :schema ORDER BY 1, 2"
    )
    packed = sa.text(
        "SELECT attrelid::regclass::text, attname, attstorage FROM pg_attribute "
        "JOIN pg_class ON attrelid = pg_class.oid "
        "WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind = 'r' AND attnum > 0 "
        "ORDER BY 1, 2"
    )
    with engine.connect() as db:
        found = [db.execute(one, {"schema": schema.schema}).all() for one in (known, packed)]
    engine.dispose()
    return found


def test_an_older_library_is_the_same_as_a_new_one_once_it_was_opened(
    postgres: PostgresServer, schema: Database, tmp_path: Path
) -> None:
    settings = Settings(library=tmp_path / "library", database=postgres.address)
    with opened(settings, TinyEmbedder()) as library:
        library.add([make_article("The river flooded.", "a.md")])
        new = columns(schema)
    as_before_alembic(schema)
    assert columns(schema) != new
    with opened(settings, TinyEmbedder()) as library:
        assert [info.source for info in library.articles()] == ["a.md"]
    assert columns(schema) == new


def test_many_that_open_an_older_library_at_once_find_it_brought_up_by_one(
    schema: Database,
) -> None:
    PostgresCatalog(schema).close()
    as_before_alembic(schema)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            PostgresCatalog(schema).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []


def test_the_last_migration_of_the_catalog_is_that_which_is_asked_for() -> None:
    folder = str(postgres.MIGRATIONS.folder)
    assert ScriptDirectory(folder, version_locations=[folder]).get_heads() == [
        postgres.MIGRATIONS.newest
    ]


def test_what_is_beside_the_articles_is_made_as_the_migrations_make_it(
    schema: Database,
) -> None:
    PostgresCatalog(schema).close()
    as_before_alembic(schema)
    PostgresCatalog(schema).close()
    engine = schema.engine()
    with engine.connect() as db:
        known = {"include_name": lambda name, kind, _: kind != "table" or name in names}
        names = set(beside.TABLES.tables)
        context = MigrationContext.configure(db, opts=known)
        assert compare_metadata(context, beside.TABLES) == []
    engine.dispose()
