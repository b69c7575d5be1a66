"""Promises to replicas whose tables an older Ibid made, and of what a newer one may change."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_server import PostgresServer

from rag.errors import LibraryError
from rag.index.migrating import Migrations
from rag.index.postgres import Database
from ui import users
from ui.queue import tables as of_queue
from ui.queue.tables import Tables
from ui.state import making
from ui.state import tables as of_state
from ui.state.places import InDatabase
from ui.window.conversation import tables as of_conversations
from ui.window.conversation.history import History
from ui.window.conversation.types import Exchange

PASSWORD = "correct horse battery"
OWNER = "user:ann"


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    yield Database(postgres.address, "library")
    postgres.empty()


def state(database: Database) -> InDatabase:
    return InDatabase(database, 1_000_000)


def do(database: Database, *statements: str) -> None:
    engine = database.engine()
    with engine.begin() as db:
        for one in statements:
            db.exec_driver_sql(one)
    engine.dispose()


def as_before_alembic(database: Database, *lacking: str) -> None:
    """The tables as the last Ibid without alembic left them, that had not made some yet."""
    do(database, "DROP TABLE state_version", *(f"DROP TABLE {one}" for one in lacking))


@pytest.mark.parametrize("lacking", [(), ("exchanges", "feedback", "links", "conversations")])
def test_what_an_older_ibid_kept_is_there_and_what_it_had_not_made_is_made(
    database: Database, lacking: tuple[str, ...]
) -> None:
    before = state(database)
    users.add(before.users, "ann", PASSWORD)
    History(before.conversations).save(OWNER, "c" * 32, [Exchange("How many?")])
    before.close()
    as_before_alembic(database, *lacking)
    after = state(database)
    assert [*users.read(after.users)] == ["ann"]
    kept = [one.title for one in History(after.conversations).entries(OWNER)]
    assert kept == ([] if lacking else ["How many?"])
    after.close()


def test_replicas_that_begin_at_once_over_older_tables_all_find_them_of_today(
    database: Database,
) -> None:
    state(database).close()
    as_before_alembic(database, "wishes")
    with ThreadPoolExecutor(5) as pool:
        begun = list(pool.map(lambda _: state(database), range(5)))
    for one in begun:
        one.check()
        one.close()


def test_tables_of_a_newer_ibid_are_refused_with_what_to_do(database: Database) -> None:
    state(database).close()
    do(database, "UPDATE state_version SET version_num = '999'")
    with pytest.raises(LibraryError, match="written by a newer Ibid; update Ibid"):
        state(database)


@pytest.mark.parametrize("metadata", [of_state.tables, of_conversations.tables])
def test_the_migrations_make_what_the_tables_say(database: Database, metadata: sa.MetaData) -> None:
    state(database).close()
    engine = database.engine()
    with engine.connect() as db:
        names = set(metadata.tables)
        only = {"include_name": lambda name, kind, _: kind != "table" or name in names}
        assert compare_metadata(MigrationContext.configure(db, opts=only), metadata) == []
        unlogged = sa.text("SELECT relname FROM pg_class WHERE relpersistence = 'u'")
        assert "rates" in db.scalars(unlogged).all()
    engine.dispose()


def test_an_older_queue_is_brought_up_to_today_and_a_newer_one_refused(database: Database) -> None:
    Tables(database).prepare()
    do(database, "DROP TABLE queue_version", "DROP INDEX queue_work_shown")
    Tables(database).prepare()
    do(database, "REINDEX INDEX queue_work_shown")  # it is there again
    do(database, "UPDATE queue_version SET version_num = '999'")
    with pytest.raises(LibraryError, match="written by a newer Ibid; update Ibid"):
        Tables(database).prepare()


@pytest.mark.parametrize("migrations", [making.MIGRATIONS, of_queue.MIGRATIONS])
def test_the_last_migration_is_that_which_is_asked_for(migrations: Migrations) -> None:
    folder = str(migrations.folder)
    heads = ScriptDirectory(folder, version_locations=[folder]).get_heads()
    assert heads == [migrations.newest]
