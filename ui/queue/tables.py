"""The tables of the queue in a library's schema, beside those of procrastinate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from rag.errors import LibraryError, SettingsError
from rag.index import acting
from rag.index.migrating import Migrations

if TYPE_CHECKING:
    from rag.index.postgres import Database

STATUSES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborting", "aborted")
MIGRATIONS = Migrations("queue", Path(__file__).parent / "migrations", newest="2")
SHOWN = "window"
"""In ``wanted``, of what the window was sent: what it is told besides, until it is dismissed."""
BEFORE = -1
"""In place of a file: the article whose place was taken, as the window can put it back."""
_TABLES = sa.MetaData()
# procrastinate's, of which only what is read here is named.
HANDED = sa.Table(
    "procrastinate_jobs",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("status", sa.Enum(*STATUSES, name="procrastinate_job_status")),
    sa.Column("priority", sa.Integer),
    sa.Column("lock", sa.Text),
    sa.Column("scheduled_at", sa.DateTime(timezone=True)),
    sa.Column("worker_id", sa.BigInteger),
    sa.Column("abort_requested", sa.Boolean),
)
WORKERS = sa.Table(
    "procrastinate_workers",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("last_heartbeat", sa.DateTime(timezone=True)),
)
# ``number`` is procrastinate's. ``wanted`` is what is to be done; ``left`` are the places of it
# that wait, and ``missed`` those that failed. ``run`` is who may write how far it is: of two
# workers that have it, the later one.
WORK = sa.Table(
    "queue_work",
    _TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, index=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("names", JSONB, nullable=False),
    sa.Column("wanted", JSONB, nullable=False),
    sa.Column("request", JSONB),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("left", JSONB, nullable=False),
    sa.Column("missed", JSONB, nullable=False, server_default="[]"),
    sa.Column("done", sa.Integer, nullable=False, server_default="0"),
    sa.Column("page", sa.Integer, nullable=False, server_default="0"),
    sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
    sa.Column("chunks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("outcome", JSONB, nullable=False),
    sa.Column("problem", JSONB(none_as_null=True)),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lost", sa.Integer, nullable=False, server_default="0"),
    sa.Column("run", sa.Text, nullable=False, server_default=""),
)
IS_DUE = HANDED.c.scheduled_at.is_(None) | (HANDED.c.scheduled_at <= sa.func.now())
FILES = sa.Table(
    "queue_files",
    _TABLES,
    sa.Column("job", sa.ForeignKey("queue_work.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
# What procrastinate forgets is forgotten here too, with its files.
_BOUND = (
    "ALTER TABLE queue_work ADD FOREIGN KEY (number) REFERENCES procrastinate_jobs (id) "
    "ON DELETE CASCADE"
)
# Bytes of files are not worth a second packing.
_UNPACKED = "ALTER TABLE queue_files ALTER COLUMN content SET STORAGE EXTERNAL"
# What a window asks for twice a second, beside all that programs had done in a week.
_OF_WINDOWS = f"CREATE INDEX queue_work_shown ON queue_work (number) WHERE wanted ? '{SHOWN}'"
_NOTE = "COMMENT ON TABLE queue_work IS '{}'"
_NOTED = "SELECT obj_description('queue_work'::regclass, 'pg_class')"


class Tables:
    """Connections to the queue of a library, whose tables are made where there are none."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.name = database.schema
        self.engine = database.engine("ibid: queue", pool_size=2, max_overflow=8)
        self._personal = acting.personal(self.engine)
        self._is_ready = False

    def exists(self) -> bool:
        """Whether anything was ever handed to it."""
        if not self._is_ready:
            with self.engine.connect() as db:
                found = db.scalar(sa.select(sa.func.to_regclass(f'"{self.name}".queue_work')))
            return found is not None
        return True

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction on them. Raises LibraryError: PostgreSQL does not answer."""
        self.prepare()
        with self.engine.begin() as db:
            yield db

    @contextmanager
    def looking(self) -> Iterator[sa.Connection]:
        """The same, in which whoever acts (`rag.index.acting`) sees what is theirs."""
        self.prepare()
        with self._personal.begin() as db:
            yield db

    def prepare(self) -> None:
        """Make the tables where there are none; one at a time does, and another waits for it.

        Raises:
            LibraryError: PostgreSQL does not answer, or a newer version made them.
            SettingsError: procrastinate is not installed.
        """
        if self._is_ready:
            return
        steps = _steps()
        with self.engine.begin() as db:
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(self._key)))
            if not db.scalar(sa.select(sa.func.to_regclass(f'"{self.name}".queue_work'))):
                self._make(db, steps[-1].stem)
            elif (made := db.exec_driver_sql(_NOTED).scalar_one()) != steps[-1].stem:
                self._bring_up(db, made, steps)
            MIGRATIONS.do(db, self.database)
        self.database.guard()  # where it says whose the library is
        self._is_ready = True

    def _make(self, db: sa.Connection, version: str) -> None:
        from procrastinate.schema import SchemaManager

        db.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self.name}"')
        raw(db).execute(SchemaManager.get_schema())
        _TABLES.create_all(db, checkfirst=False)
        for statement in (_BOUND, _UNPACKED, _OF_WINDOWS, _NOTE.format(version)):
            db.exec_driver_sql(statement)
        MIGRATIONS.note(db)

    def _bring_up(self, db: sa.Connection, made: str, steps: list[Path]) -> None:
        """Take the steps of procrastinate that came since it made its tables."""
        if made > steps[-1].stem:
            raise LibraryError(
                f"{self.database}: its queue was made by a newer procrastinate; bring this one up "
                "to date: pip install --upgrade procrastinate"
            )
        for step in steps:
            if step.stem > made:
                raw(db).execute(step.read_text("utf-8"))
        db.exec_driver_sql(_NOTE.format(steps[-1].stem))

    @property
    def _key(self) -> int:
        """The number of the lock under which they are made."""
        digest = hashlib.sha256(f"ibid queue {self.name}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def raw(db: sa.Connection) -> Any:
    """The driver's own connection, in the same transaction: what procrastinate asks for."""
    return db.connection.driver_connection


def _steps() -> list[Path]:
    """The files with which procrastinate brings its tables up to date, the oldest first."""
    try:
        from procrastinate.schema import SchemaManager
    except ImportError:
        raise SettingsError(
            "procrastinate is not installed, which keeps the queue; install it: "
            "pip install 'ibid-rag[postgres]'"
        ) from None
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
