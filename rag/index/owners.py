"""The libraries of one database, and whose they are: readers, editors and owners of each.

That stands in a schema of its own beside those of the libraries. Where it is there, row-level
security shows whoever acts (`rag.index.acting`) the rows of their own libraries, and the two tables
here are under it too: a person sees of them what is about themselves.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from rag.errors import LibraryError
from rag.index import acting, catalogs, dialects
from rag.index.acting import REGISTRY, SETTING, acting_for
from rag.index.catalogs import database_of
from rag.index.places import place_of
from rag.index.postgres import Database
from rag.settings import Settings

ROLES = ("reader", "editor", "owner")
"""What each may do, the later ones all that the earlier may."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_PERSON = re.compile(r"(?:user|key):[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_FOLDER = "libraries"
_KEEPER = "*"  # who keeps the registry; no person has this name

_TABLES = sa.MetaData(schema=REGISTRY)
_LIBRARIES = sa.Table(
    "libraries",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("schema", sa.Text, nullable=False, unique=True),
    sa.Column("created", sa.DateTime, nullable=False),
)
_MEMBERS = sa.Table(
    "members",
    _TABLES,
    sa.Column("schema", sa.ForeignKey(_LIBRARIES.c.schema, ondelete="CASCADE"), primary_key=True),
    sa.Column("person", sa.Text, primary_key=True, index=True),
    sa.Column("role", sa.Text, nullable=False),
)
_PASSES_BY = sa.text(
    "SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"
)
# Under row-level security, an index is asked before the policy only by what tells nothing.
_MATCH = "ts_match_vq(tsvector, tsquery)"
_USES_THE_INDEX = sa.text(f"SELECT proleakproof FROM pg_proc WHERE oid = '{_MATCH}'::regprocedure")
_ORDER = ", ".join(f"'{role}'" for role in ROLES)
_MADE = (
    # Whether whoever acts may do in a library what takes a role.
    f"CREATE FUNCTION {REGISTRY}.may(library text, needed text) RETURNS boolean LANGUAGE sql "
    f"STABLE SET search_path = pg_catalog AS $$ SELECT coalesce(current_setting('{SETTING}', true) "
    f"= 'library:' || library, false) OR EXISTS (SELECT FROM {REGISTRY}.members AS one WHERE "
    f"one.schema = library AND one.person = current_setting('{SETTING}', true) AND "
    f"array_position(ARRAY[{_ORDER}], one.role) >= array_position(ARRAY[{_ORDER}], needed)) $$",
    *(
        f"ALTER TABLE {REGISTRY}.{table} {rule} ROW LEVEL SECURITY"
        for table in ("libraries", "members")
        for rule in ("ENABLE", "FORCE")
    ),
    *(
        f"CREATE POLICY kept ON {REGISTRY}.{table} USING (current_setting('{SETTING}', true) = "
        f"'{_KEEPER}')"
        for table in ("libraries", "members")
    ),
    f"CREATE POLICY own ON {REGISTRY}.members FOR SELECT USING (person = "
    f"current_setting('{SETTING}', true))",
    f"CREATE POLICY own ON {REGISTRY}.libraries FOR SELECT USING (current_setting('{SETTING}', "
    f"true) = 'library:' || schema OR schema IN (SELECT schema FROM {REGISTRY}.members))",
)


@dataclass(frozen=True, slots=True)
class Owned:
    """A library of the database; ``members`` are roles by person."""

    name: str
    schema: str
    created: datetime
    members: Mapping[str, str] = field(default_factory=dict)


class _Registry(Database):
    def __init__(self, url: str, acts_as: str) -> None:
        super().__init__(url, "")
        self.schema, self.acts_as = REGISTRY, acts_as


def settings_of(settings: Settings, name: str) -> Settings:
    """Those of a library, by the settings of the service, below whose folder its own lies."""
    folder = settings.library.expanduser() / _FOLDER / name
    return settings.model_copy(update={"library": folder})


class Owners:
    """Whose the libraries of a database are. ``keeps``: it may change that, and sees them all.

    Raises:
        SettingsError: the address is none, or what talks to PostgreSQL is not installed.
    """

    def __init__(self, url: str, *, keeps: bool = False) -> None:
        self._url = url
        self._place = _Registry(url, _KEEPER if keeps else "")
        self._engine = self._place.engine(pool_size=2)
        acting.hear(self._engine)

    @staticmethod
    def has(settings: Settings, name: str) -> bool:
        """Whether the database of the settings has a library of this name.

        Raises:
            LibraryError: the database does not answer.
        """
        if settings.database is None or not _NAME.fullmatch(name):
            return False
        owners = Owners(settings.database.get_secret_value(), keeps=True)
        try:
            return owners.is_there() and any(one.name == name for one in owners.all())
        finally:
            owners.close()

    @staticmethod
    def weaknesses(settings: Settings) -> list[str]:
        """Where row-level security is not what it might be, and what to do about it.

        Raises:
            LibraryError: the database does not answer.
        """
        if (database := database_of(settings)) is None:
            return []
        engine, found = database.engine(), []
        try:
            with engine.connect() as db:
                if db.scalar(sa.select(sa.func.to_regclass(f"{REGISTRY}.members"))) is None:
                    return []
                if role := db.scalar(_PASSES_BY):
                    found.append(
                        f"{database}: {role} passes by row-level security; name a role in "
                        "IBID_DATABASE that is NOSUPERUSER and NOBYPASSRLS, and owns the tables"
                    )
                if bare := acting.bare(db, database.schema):
                    found.append(
                        f"{database}: without row-level security: {', '.join(bare)}; open it once "
                        "with this Ibid"
                    )
                if not db.scalar(_USES_THE_INDEX):
                    found.append(
                        f"{database}: words are looked for without their index; have a superuser "
                        f"run: ALTER FUNCTION {_MATCH} LEAKPROOF"
                    )
        finally:
            engine.dispose()
        return found

    def close(self) -> None:
        """Give back what it holds."""
        self._engine.dispose()

    def is_there(self) -> bool:
        """Whether there is a registry: without one, whoever has the address has every library."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(sa.func.to_regclass(f"{REGISTRY}.members"))) is not None

    def role_of(self, person: str, name: str) -> str:
        """What somebody may do in a library; empty: it is not there for them."""
        return self.libraries_of(person).get(name, "")

    def libraries_of(self, person: str) -> dict[str, str]:
        """Somebody's role in each library that is theirs, by its name.

        Raises:
            LibraryError: PostgreSQL does not answer.
        """
        own = sa.select(_LIBRARIES.c.name, _MEMBERS.c.role).join(_MEMBERS)
        own = own.where(_MEMBERS.c.person == person).order_by(_LIBRARIES.c.name)
        with acting_for(person), self._engine.connect() as db:
            return {row.name: row.role for row in db.execute(own)}

    def articles_of(self, person: str) -> dict[str, int]:
        """How many articles each library has that is somebody's; of one never opened, nothing.

        Raises:
            LibraryError: PostgreSQL does not answer.
        """
        own = sa.select(_LIBRARIES.c.name, _LIBRARIES.c.schema).join(_MEMBERS)
        own = own.where(_MEMBERS.c.person == person)
        own = own.where(sa.func.to_regclass(_LIBRARIES.c.schema + ".articles").is_not(None))
        with acting_for(person), self._engine.connect() as db:
            counts = [
                sa.select(sa.literal(name), sa.func.count()).select_from(
                    sa.table("articles", schema=schema)
                )
                for name, schema in db.execute(own)
            ]
            found = db.execute(sa.union_all(*counts)).all() if counts else []
            return {str(row[0]): int(row[1]) for row in found}

    def all(self) -> list[Owned]:
        """Every library, by name."""
        with self._engine.connect() as db:
            found = db.execute(sa.select(_LIBRARIES).order_by(_LIBRARIES.c.name)).all()
            members = db.execute(sa.select(_MEMBERS).order_by(_MEMBERS.c.person)).all()
        shared: dict[str, dict[str, str]] = {}
        for schema, person, role in members:
            shared.setdefault(schema, {})[person] = role
        return [
            Owned(row.name, row.schema, row.created, shared.get(row.schema, {})) for row in found
        ]

    def create(self, name: str, owner: str) -> Owned:
        """Make a library, which nobody but its owner sees.

        What the database has already of this name becomes this library, guarded from now on. Else
        its tables are made, and guarded, by who first opens it.

        Raises:
            LibraryError: the name is none, there is one of that name, or no person has this name.
        """
        _check(_NAME, name, "a library's name has small letters, digits and - and at most 40")
        _check_person(owner)
        self._prepare()
        database = Database(self._url, name)
        now = datetime.now(UTC).replace(tzinfo=None)
        made = Owned(name, database.schema, now, {owner: "owner"})
        with self._engine.begin() as db:
            row = {"name": name, "schema": made.schema, "created": now}
            if not dialects.add_new(db, _LIBRARIES, row):
                raise LibraryError(f"there is a library {name}; ibid library list has them all")
            _put(db, made.schema, owner, "owner")
            was_there = db.scalar(sa.select(sa.func.to_regnamespace(made.schema)))
        if was_there is not None:
            database.guard()
        return made

    def share(self, name: str, person: str, role: str) -> None:
        """Give somebody a role in a library, whatever they had; it counts at once.

        Raises:
            LibraryError: there is no such library, no such role, or it would have no owner.
        """
        _check_person(person)
        if role not in ROLES:
            raise LibraryError(f"{role}: no role; there are {', '.join(ROLES)}")
        with self._changing(name) as (db, schema):
            _put(db, schema, person, role)

    def unshare(self, name: str, person: str) -> None:
        """Take a library from somebody; it counts at once.

        Raises:
            LibraryError: there is no such library, it is not theirs, or it would have no owner.
        """
        with self._changing(name) as (db, schema):
            theirs = sa.and_(_MEMBERS.c.schema == schema, _MEMBERS.c.person == person)
            if not db.execute(sa.delete(_MEMBERS).where(theirs)).rowcount:
                raise LibraryError(f"{name} is not shared with {person}; ibid library list tells")

    def remove(self, settings: Settings, name: str) -> None:
        """Remove a library with all that is in it; ``settings`` are the service's.

        Raises:
            LibraryError: there is no such library, or it is where users and keys are kept.
            LibraryInUse: somebody has it open.
        """
        database, there = Database(self._url, name), settings_of(settings, name)
        home = database_of(settings)
        with database.owned("ibid library remove"), self._changing(name, leaves=True) as (db, one):
            if home is not None and home.schema == one:
                raise LibraryError(
                    f"{name} is also where users and keys are kept; to remove it, have them "
                    "elsewhere first: name a folder that is called otherwise in IBID_LIBRARY"
                )
            with catalogs.reading(there) as catalog:
                if catalog is not None:
                    place_of(there, catalog, there.library).discard()
            db.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{one}" CASCADE')
            db.execute(sa.delete(_LIBRARIES).where(_LIBRARIES.c.schema == one))
        shutil.rmtree(there.library, ignore_errors=True)

    @contextmanager
    def _changing(self, name: str, *, leaves: bool = False) -> Iterator[tuple[sa.Connection, str]]:
        """A library, which nobody else changes meanwhile, and which keeps an owner."""
        if not self.is_there():
            raise _unknown(name)
        with self._engine.begin() as db:
            known = sa.select(_LIBRARIES.c.schema).where(_LIBRARIES.c.name == name)
            if (schema := db.scalar(known.with_for_update())) is None:
                raise _unknown(name)
            yield db, schema
            owning = sa.select(sa.func.count()).select_from(_MEMBERS)
            owning = owning.where(_MEMBERS.c.schema == schema, _MEMBERS.c.role == "owner")
            if not leaves and not db.scalar(owning):
                raise LibraryError(f"{name} would have no owner; share it with another one first")

    def _prepare(self) -> None:
        if self.is_there():
            return
        with self._engine.begin() as db:
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(REGISTRY))))
            if db.scalar(sa.select(sa.func.to_regclass(f"{REGISTRY}.members"))) is None:
                db.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {REGISTRY}")
                _TABLES.create_all(db, checkfirst=False)
                for statement in _MADE:
                    db.exec_driver_sql(statement)


def _put(db: sa.Connection, schema: str, person: str, role: str) -> None:
    dialects.replace(db, _MEMBERS, {"schema": schema, "person": person, "role": role})


def _unknown(name: str) -> LibraryError:
    return LibraryError(f"no library {name}; make it: ibid library create {name} PERSON")


def _check_person(person: str) -> None:
    _check(_PERSON, person, "a person is a user's name, or key: and that of a key")


def _check(form: re.Pattern[str], given: str, rule: str) -> None:
    if not form.fullmatch(given):
        raise LibraryError(f"{given!r}: {rule}; choose another")
