"""A library's catalog in PostgreSQL: a schema of its own in a database, and its lock there.

The tables, and nearly all that is asked of them, are those of a SQLite file; the few functions
that SQLite has from Python are made here in SQL, so that both give the same answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryError, LibraryInUse, LibraryReadOnly, SettingsError
from rag.index import acting, beside, dialects, functions, tsvector
from rag.index.catalog import SqlCatalog
from rag.index.locks import KEEPALIVES, Held, Writer
from rag.index.migrating import Migrations
from rag.index.tables import PROPERTIES, SCHEMA_VERSION, TABLES

_OLDEST = 15  # of PostgreSQL
_LONGEST_NAME = 40
_UNWRITABLE = ("25006", "53100", "42501")  # read only, disk full, no right to it
_AWAY = ("08", "57P")  # of the connection; that it is shut down
MIGRATIONS = Migrations("catalog", Path(__file__).parent / "migrations" / "catalog", newest="2")
"""Those of the tables that hold a library."""
_VERSION = sa.select(PROPERTIES.c.value).where(PROPERTIES.c.name == "schema")
_REVISION = sa.select(PROPERTIES.c.value).where(PROPERTIES.c.name == "revision")
_HOLDERS = sa.text(
    "SELECT DISTINCT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE granted AND locktype = 'advisory' AND objsubid = 1 "
    "AND classid::bigint = (:key >> 32) & 4294967295 AND objid::bigint = :key & 4294967295 "
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "ORDER BY application_name"
)


class Database:
    """The schema of one library in a database; ``acts_as`` is whose rows it sees there.

    ``url`` is PostgreSQL's, as ``postgresql://name:password@host/database``, and ``name`` the
    library's; ``held`` is the lock of who has it open.

    Raises:
        SettingsError: the address is none, or what talks to PostgreSQL is not installed.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url = _parsed(url)
        self.schema = _schema_of(name)
        self.acts_as = acting.itself(self.schema)
        self.held: Held | None = None

    def __str__(self) -> str:
        """The library's name there, and where that is; no password."""
        where = f"{self._url.host or 'localhost'}/{self._url.database or ''}"
        return f"{self.schema} at {where}"

    @property
    def options(self) -> str:
        """What a connection says as it begins: which schema it sees, and as whom."""
        said = {"search_path": self.schema, "timezone": "UTC", "datestyle": "ISO", "jit": "off"}
        said |= {name: str(value) for name, value in KEEPALIVES.items()}
        said[acting.SETTING] = self.acts_as
        return " ".join(f"-c {name}={value}" for name, value in said.items())

    def engine(self, application: str = "ibid", **how: Any) -> sa.Engine:
        """Connections that see this schema alone, as the library itself, whoever acts.

        Whatever is done with them raises LibraryError, in one line, when it fails.
        """
        engine = sa.create_engine(
            self._url,
            connect_args={"options": self.options, "application_name": application[:60]},
            pool_pre_ping=True,
            **how,
        )

        def explain(context: sa.ExceptionContext) -> None:
            error = context.sqlalchemy_exception
            if isinstance(error, sa.exc.DBAPIError) and not context.is_pre_ping:
                raise self._failure(error, context.original_exception) from None

        sa.event.listen(engine, "handle_error", explain)
        return engine

    def _failure(self, kind: sa.exc.DBAPIError, error: BaseException) -> LibraryError:
        code = getattr(error, "sqlstate", None) or ""
        said = " ".join(str(error).split()) or type(error).__name__
        if code in _UNWRITABLE:
            return LibraryReadOnly(
                f"{self}: cannot be written ({said}); see to the rights and the disk there",
                "read only",
                why=said,
            )
        is_of_connection = isinstance(kind, sa.exc.OperationalError | sa.exc.InterfaceError)
        if is_of_connection and (not code or code.startswith(_AWAY)):
            return LibraryError(
                f"{self}: PostgreSQL does not answer ({said}); start it, or change IBID_DATABASE",
                "database away",
                place=str(self),
                why=said,
            )
        return LibraryError(f"{self}: {said}; see to the database, or change IBID_DATABASE")

    def exists(self) -> bool:
        """Whether the library is there."""
        engine = self.engine()
        try:
            with engine.connect() as db:
                return (
                    db.scalar(sa.select(sa.func.to_regclass(f'"{self.schema}".facts'))) is not None
                )
        finally:
            engine.dispose()

    @contextmanager
    def owned(self, purpose: str = "", *, alone: bool = True) -> Iterator[None]:
        """Have the library open, ``alone`` or beside others: its lock is held, also once
        PostgreSQL was away.

        Raises:
            LibraryInUse: somebody else has it, and one of both wants it alone.
        """
        application = f"ibid: {purpose}" if purpose else "ibid"
        with self._holding(application, self._key, self._in_use, alone) as self.held:
            try:
                yield
            finally:
                self.held = None

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Hold the lock of who makes the library anew.

        Raises:
            LibraryInUse: another process does, on whatever machine.
        """
        with self._holding("ibid: ibid rebuild", self._key ^ 3, self._rebuilt, alone=True):
            yield

    @contextmanager
    def _holding(
        self, application: str, key: int, told: Callable[[sa.Connection], LibraryInUse], alone: bool
    ) -> Iterator[Held]:
        """Hold a lock by a connection of its own."""
        engine = self.engine(application, pool_size=1)
        try:
            held = Held(engine, key, told, alone)
        except LibraryError:
            engine.dispose()
            raise
        try:
            yield held
        finally:
            held.release()

    def keep(self) -> None:
        """Take the lock again of who has it open, if its connection went. Raises LibraryInUse."""
        if self.held is not None:
            self.held.keep()

    def writer(self, patience: float) -> Writer:
        """The lock of who changes the library, waited for so many seconds."""
        return Writer(self.engine(pool_size=1), self._key ^ 2, self._changed, patience)

    def _in_use(self, db: sa.Connection) -> LibraryInUse:
        holders = " and ".join(_holders(db, self._key)) or "another"
        return LibraryInUse(
            f"{self}: in use by {holders}; stop that one, or name another library with --library"
        )

    def _changed(self, db: sa.Connection) -> LibraryInUse:
        return LibraryInUse(
            f"{self}: another process has been changing it for long; try again once it is done "
            "(who has it open: ibid doctor), or wait longer: IBID_DATABASE_WAIT"
        )

    def _rebuilt(self, db: sa.Connection) -> LibraryInUse:
        return LibraryInUse(f"{self}: another ibid rebuild is under way; wait for its end")

    def owner(self) -> str:
        """Who has it open, as they call themselves; empty when nobody does."""
        engine = self.engine()
        try:
            with engine.connect() as db:
                return " and ".join(_holders(db, self._key))
        finally:
            engine.dispose()

    @property
    def _key(self) -> int:
        """The number of its lock."""
        digest = hashlib.sha256(f"ibid {self.schema}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)

    def prepare(self, engine: sa.Engine, migrations: Migrations = MIGRATIONS) -> None:
        """Bring the schema up to today, all of it or nothing, or make it where there is none.

        One at a time does, as the library itself; another waits for it.

        Raises:
            LibraryError: it was written by a newer Ibid, or PostgreSQL is too old.
            SettingsError: alembic is not installed.
        """
        with acting.acting_for(""), engine.begin() as db:
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(self._key ^ 1)))
            if not sa.inspect(db).has_table(PROPERTIES.name):
                self._make(db)
                migrations.note(db)
            if db.scalar(_REVISION) is None:  # in one of the first Ibid that knew PostgreSQL too
                for statement in functions.revised():
                    db.exec_driver_sql(statement)
                dialects.replace(db, PROPERTIES, {"name": "revision", "value": "0"})
            migrations.do(db, self)
            if db.scalar(_VERSION) != SCHEMA_VERSION:
                raise LibraryError(f"{self}: written by another version of Ibid; update Ibid")
            acting.guard(db, self.schema)

    def bring_up(self) -> None:
        """As `prepare`, by a connection of its own."""
        engine = self.engine()
        try:
            self.prepare(engine)
        finally:
            engine.dispose()

    def _make(self, db: sa.Connection) -> None:
        version, encoding = (
            db.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("server_version_num", "server_encoding")
        )
        if int(version) < _OLDEST * 10_000 or encoding != "UTF8":
            raise LibraryError(
                f"{self}: PostgreSQL {_OLDEST} or newer and a database in UTF8 are needed, and it "
                f"is {int(version) // 10_000} and {encoding}; name another one in IBID_DATABASE"
            )
        db.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
        for function in functions.made():
            db.exec_driver_sql(function)
        TABLES.create_all(db, checkfirst=False)
        tsvector.TABLES.create_all(db, checkfirst=False)
        beside.TABLES.create_all(db, checkfirst=False)
        for statement in functions.NUMBERED:
            db.exec_driver_sql(statement)
        dialects.replace(db, PROPERTIES, {"name": "schema", "value": SCHEMA_VERSION})

    def guard(self, *, of_service: bool = False) -> None:
        """Put under row-level security what tables have come since the library was opened.

        ``of_service``: what is kept there is no library's that somebody owns, but of all of them.
        """
        engine = self.engine()
        try:
            with engine.begin() as db:
                acting.guard(db, self.schema, of_service=of_service)
        finally:
            engine.dispose()

    @contextmanager
    def snapshot(self) -> Iterator[SqlCatalog]:
        """The catalog as it is at one moment, whoever changes it meanwhile."""
        self.bring_up()  # an older Ibid may have written it
        engine = self.engine(isolation_level="REPEATABLE READ")
        try:
            with engine.connect() as first:
                moment = first.scalar(sa.select(sa.func.pg_export_snapshot()))
                others = self.engine(isolation_level="REPEATABLE READ")
                begun = f"SET TRANSACTION SNAPSHOT '{moment}'"
                sa.event.listen(others, "begin", lambda db: db.exec_driver_sql(begun))
                acting.hear(others)
                catalog = SqlCatalog(others)
                try:
                    yield catalog
                finally:
                    catalog.close()
        finally:
            engine.dispose()


class PostgresCatalog(SqlCatalog):
    """That of a database; its schema is made where there is none.

    Raises:
        LibraryError: PostgreSQL does not answer, or a newer Ibid wrote there.
    """

    def __init__(self, database: Database, writer: Writer | None = None) -> None:
        super().__init__(database.engine())
        self._database, self._writer = database, writer
        acting.hear(self._engine)
        sa.event.listen(self._engine, "connect", self._see_to_the_locks)
        try:
            database.prepare(self._engine)
        except LibraryError:
            self.close()
            raise

    def _see_to_the_locks(self, *_: object) -> None:
        """See to it, as a connection is made, that the locks did not go with the one before."""
        self._database.keep()
        if self._writer:
            self._writer.check()

    @contextmanager
    def writing(self, *, wait: bool = True) -> Iterator[None]:
        """As `rag.stores.Catalog` has it."""
        with self._writer.held(wait=wait) if self._writer else nullcontext():
            self._database.keep()
            yield

    def alone(self) -> AbstractContextManager[None]:
        """As `rag.stores.Catalog` has it."""
        held = self._database.held
        return held.alone() if held else nullcontext()

    def close(self) -> None:
        """As `SqlCatalog` has it."""
        super().close()
        if self._writer:
            self._writer.close()


def _holders(db: sa.Connection, key: int) -> list[str]:
    return list(db.scalars(_HOLDERS, {"key": key}))


def _parsed(url: str) -> sa.URL:
    wanted = "write it as postgresql://name:password@host/database"
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise SettingsError(f"database is no address; {wanted}") from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(f"database: {parsed.drivername} is not known; {wanted}")
    try:
        import psycopg  # noqa: F401  # SQLAlchemy imports it
    except ImportError:
        raise SettingsError(
            "database: psycopg is not installed; install it: pip install 'ibid-rag[postgres]'"
        ) from None
    return parsed.set(drivername="postgresql+psycopg")


def _schema_of(name: str) -> str:
    """The name of a library's schema, of letters that need no quotation marks."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_LONGEST_NAME]
    if plain != name:
        plain = f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("_")
    return f"ibid_{plain}"
