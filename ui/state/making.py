"""Tables of our own beside a catalog's, made where there are none, and brought up to today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from rag.index import acting, dialects
from rag.index.migrating import Migrations
from ui.state.tables import secrets

if TYPE_CHECKING:
    from rag.index.postgres import Database

MIGRATIONS = Migrations("state", Path(__file__).parent / "migrations", newest="1")
"""Those of all such tables in PostgreSQL."""
_SCHEMA = sa.text("SHOW search_path")
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtext('made in ' || :schema))")


def make(engine: sa.Engine, tables: sa.MetaData) -> None:
    """Make what is not there yet of some tables in a SQLite file.

    In PostgreSQL all such tables are brought up to today, whole or not at all, and guarded at once
    if whose the library is stands there. One process at a time does; others wait for it, and find
    it done.

    Raises:
        LibraryError: the database does not answer, nothing can be written there, or a newer Ibid
            made the tables.
        SettingsError: alembic is not installed.
    """
    with acting.acting_for(""), engine.begin() as db:
        if db.dialect.name != dialects.POSTGRES:
            tables.create_all(db)
        elif not MIGRATIONS.are_done(db):
            schema = str(db.scalar(_SCHEMA))
            db.execute(_ALONE, {"schema": schema})
            db.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            MIGRATIONS.do(db, schema)


def secret(engine: sa.Engine, name: str, made: bytes) -> bytes:
    """The secret of a name; the one that was ``made`` if there was none yet."""
    with engine.begin() as db:
        dialects.add_new(db, secrets, {"name": name, "value": made})
        value = db.scalar(sa.select(secrets.c.value).where(secrets.c.name == name))
    return bytes(value or b"")


def engine(database: Database, patience_s: int) -> sa.Engine:
    """Connections to a library's schema that wait no longer for a database that has gone."""
    made = database.engine("ibid: state")
    waiting = {
        "connect_timeout": patience_s,
        "tcp_user_timeout": patience_s * 1_000,
        "keepalives_idle": patience_s,
    }

    def hurry(dialect: Any, record: Any, given: Any, named: dict[str, Any]) -> None:
        named |= waiting
        named["options"] += f" -c statement_timeout={patience_s * 1_000}"

    sa.event.listen(made, "do_connect", hurry)
    return made
