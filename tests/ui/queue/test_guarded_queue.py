"""A library that somebody owns in the database: workers do their work, and no person sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres_server import PostgresServer
from queued import Handed, Workers
from tiny import TinyEmbedder

from rag.index.acting import unguarded
from rag.index.library import opened
from rag.index.owners import Owners
from rag.index.postgres import Database
from rag.settings import Settings


@pytest.fixture
def _a_role_under_the_policies(postgres: PostgresServer) -> None:
    postgres.execute(
        "DROP ROLE IF EXISTS queueing",
        "CREATE ROLE queueing LOGIN NOSUPERUSER NOBYPASSRLS",
        "GRANT CREATE ON DATABASE postgres TO queueing",
    )


@pytest.mark.usefixtures("_a_role_under_the_policies")
def test_a_worker_does_what_is_handed_over_where_row_level_security_is_forced_on_it(
    settings: Settings, postgres: PostgresServer, working: Workers
) -> None:
    address = postgres.address.replace("//postgres@", "//queueing@")
    mine = Settings(**{**settings.model_dump(), "database": address, "library": Path("guarded")})
    owners = Owners(address, keeps=True)
    owners.create("guarded", "user:ann")
    with opened(mine, TinyEmbedder()) as library:
        handed = Handed(mine)
        job = handed.add(("ferry.txt", "The ferry to Ven carries 240 people."))
        with working(library):
            assert handed.until(job).state == "done"
        handed.store.close()
        assert [info.source for info in library.articles()] == ["ferry.txt"]
    database = Database(address, "guarded")
    engine = database.engine()
    with engine.begin() as db:
        assert unguarded(db, database.schema) == []
        assert db.scalar(sa.text("SELECT count(*) FROM queue_work")) == 1
        db.execute(sa.text("SELECT set_config('ibid.person', 'user:ann', true)"))
        for table in ("queue_work", "procrastinate_jobs", "queue_files"):
            assert db.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0
    engine.dispose()
    owners.close()
    postgres.empty()
    postgres.execute("DROP OWNED BY queueing", "DROP ROLE queueing")
