"""For whom a database is asked just now, and the policies by which it shows them what is theirs.

Whoever is named in the setting ``ibid.person`` of a transaction sees the rows of the libraries that
are theirs, by row-level security: what forgets to say whose it wants finds nothing of others. Of
what belongs to a person, as a conversation does, they see their own. What is asked within
`acting_for` of connections that `hear` it is asked so; all else is asked by the library itself, in
whose schema a connection is, and that sees no other library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar

import sqlalchemy as sa

from rag.index import beside, tsvector
from rag.index.tables import TABLES

REGISTRY = "ibid"
"""The schema in which the libraries stand, and whose they are."""
SETTING = "ibid.person"
_SHOWN = "ibid.shown"  # what somebody has a link to
_PERSON, _LINKED = (f"current_setting('{name}', true)" for name in (SETTING, _SHOWN))
_ACTING: ContextVar[str] = ContextVar("acting", default="")
_LINK: ContextVar[str] = ContextVar("link", default="")
# These are read by whoever may read the library.
_OF_ALL = frozenset({*TABLES.tables, *tsvector.TABLES.tables, beside.ORIGINALS.name})
# Of any other table, whose row it is stands in a column of one of these names; a row that has none
# and belongs to one that has is whose that is. What is nobody's, as the keys are, no person sees.
_OWNERS = ("owner", "reader")
# Of what belongs to another table's rows, though no foreign key says so: its column, and the table.
_BELONGS = {"conversation_id": "conversations"}
# What a person says of an answer is also for the owners of the library.
_ALSO_FOR_OWNERS = ("feedback",)
# A row of these is also for every reader who has its id: a link to an answer.
_SHARED_BY_ID = ("links",)
# How far the queue is with a person's job is also for that person.
_TOLD_BY = {"procrastinate_jobs": ("queue_work", "number")}
# The policies as they are made now; one that is another's is made anew.
_POLICIES = "ibid 2"


@contextmanager
def acting_for(person: str) -> Iterator[None]:
    """Whatever is asked of a database in this context is asked for a person.

    ``person``: ``user:`` or ``key:`` and a name; empty: nobody, and then the library itself.
    """
    before = _ACTING.set(person)
    try:
        yield
    finally:
        _ACTING.reset(before)


@contextmanager
def shown(link: str) -> Iterator[None]:
    """Whatever is asked of a database in this context is asked by somebody who has this link."""
    before = _LINK.set(link)
    try:
        yield
    finally:
        _LINK.reset(before)


def itself(schema: str) -> str:
    """The name under which a library acts; no person has a name like it."""
    return f"library:{schema}"


def hear(engine: sa.Engine) -> None:
    """Have each transaction of these connections be that of whoever acts then."""
    said = sa.select(
        sa.func.set_config(SETTING, sa.bindparam("person"), True),
        sa.func.set_config(_SHOWN, sa.bindparam("link"), True),
    )

    def begun(db: sa.Connection) -> None:
        if person := _ACTING.get():
            db.execute(said, {"person": person, "link": _LINK.get()})

    sa.event.listen(engine, "begin", begun)


def personal(engine: sa.Engine) -> sa.Engine:
    """The same connections, each transaction of which is that of whoever acts then."""
    made = engine.execution_options()
    hear(made)
    return made


def guard(db: sa.Connection, schema: str, *, of_service: bool = False) -> None:
    """Put its policies on each table of a library that has none, or has those of an earlier Ibid,
    if whose it is stands in the registry; or what a service keeps for itself ``of_service``.

    The tables' own maker is under them as well.
    """
    if not bare(db, schema, of_service=of_service):
        return
    db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"guard {schema}"))))
    wanting = bare(db, schema, of_service=of_service)  # another process may have done it meanwhile
    old = db.execute(_THERE, {"schema": schema, "tables": wanting}).all()
    made = [f'DROP POLICY "{policy}" ON "{schema}"."{table}"' for table, policy in old]
    tables = _Tables(db, schema)
    for table in wanting:
        name = f'"{schema}"."{table}"'
        made += [f"ALTER TABLE {name} {rule} ROW LEVEL SECURITY" for rule in ("ENABLE", "FORCE")]
        for policy, what in tables.policies(table):
            made += [
                f"CREATE POLICY {policy} ON {name} {what}",
                f"COMMENT ON POLICY {policy} ON {name} IS '{_POLICIES}'",
            ]
    with closing(db.connection.cursor()) as cursor:  # all at once, which none of SQLAlchemy's can
        cursor.execute("; ".join(made))


def bare(db: sa.Connection, schema: str, *, of_service: bool = False) -> list[str]:
    """The tables of a library that somebody owns which are without its policies of today."""
    registry = db.scalar(sa.select(sa.func.to_regclass(f"{REGISTRY}.libraries")))
    if registry is None or not (of_service or db.scalar(_IS_KNOWN, {"schema": schema})):
        return []
    outdated = db.scalars(_OUTDATED, {"schema": schema, "policies": _POLICIES})
    return sorted({*unguarded(db, schema), *outdated})


def unguarded(db: sa.Connection, schema: str) -> list[str]:
    """The tables of a library without row-level security."""
    return list(db.scalars(_UNGUARDED, {"schema": schema}))


class _Tables:
    """The tables of a library as they are, and the policies that they are to have."""

    def __init__(self, db: sa.Connection, schema: str) -> None:
        self._schema = schema
        self._columns: dict[str, set[str]] = {}
        for table, column in db.execute(_COLUMNS, {"schema": schema}):
            self._columns.setdefault(table, set()).add(column)
        # By its table and its number, whose rows each foreign key names, and by which columns.
        self._keys: dict[tuple[str, int], tuple[str, list[tuple[str, str]]]] = {}
        for table, key, parent, ours, theirs in db.execute(_KEYS, {"schema": schema}):
            self._keys.setdefault((table, key), (parent, []))[1].append((ours, theirs))

    def policies(self, table: str) -> Iterator[tuple[str, str]]:
        """Name and terms of each."""
        # Within a SELECT, it is asked once for a statement, and not once for a row.
        reads, changes, owns = (
            f"(SELECT {REGISTRY}.may('{self._schema}', '{role}'))"
            for role in ("reader", "editor", "owner")
        )
        is_itself = f"(SELECT {_PERSON}) = '{itself(self._schema)}'"
        if table in _OF_ALL:
            yield "seen", f"FOR SELECT USING ({reads})"
            yield "changed", f"USING ({changes})"
        elif (whose := self._whose(table)) is None:
            yield "kept", f"USING ({is_itself})"
        else:
            yield "own", f"USING ({is_itself} OR ({reads} AND {whose}))"
        if table in _ALSO_FOR_OWNERS:
            yield "seen", f"FOR SELECT USING ({owns})"
        if table in _SHARED_BY_ID:
            yield "shown", f"FOR SELECT USING ({reads} AND id = (SELECT {_LINKED}))"
        if table in _TOLD_BY:
            teller, column = _TOLD_BY[table]
            own = (
                f'SELECT FROM "{self._schema}"."{teller}" AS own WHERE own.{column} = "{table}".id'
            )
            yield "told", f"FOR SELECT USING ({reads} AND EXISTS ({own}))"

    def _whose(self, table: str, seen: tuple[str, ...] = ()) -> str | None:
        """What is true of the rows of whoever acts; None where rows are nobody's."""
        for owner in _OWNERS:
            if owner in self._columns[table]:
                return f"{owner} = (SELECT {_PERSON})"
        seen = (*seen, table)
        for parent, pairs in self._parents(table):
            if parent not in seen and self._whose(parent, seen) is not None:
                same = " AND ".join(
                    f'parent."{theirs}" = "{table}"."{ours}"' for ours, theirs in pairs
                )
                return f'EXISTS (SELECT FROM "{self._schema}"."{parent}" AS parent WHERE {same})'
        return None

    def _parents(self, table: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """What a table's rows belong to, and which of its columns are which of that table's."""
        yield from (found for (one, _), found in self._keys.items() if one == table)
        for ours, parent in _BELONGS.items():
            if ours in self._columns[table] and parent in self._columns:
                yield parent, [(ours, "id")]


_IS_KNOWN = sa.text(f"SELECT EXISTS (SELECT FROM {REGISTRY}.libraries WHERE schema = :schema)")
_UNGUARDED = sa.text(
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(:schema)) "
    "AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
)
_OUTDATED = sa.text(
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(:schema)) "
    "AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid "
    "AND obj_description(pg_policy.oid, 'pg_policy') = :policies)"
)
_THERE = sa.text(
    "SELECT tablename, policyname FROM pg_policies "
    "WHERE schemaname = :schema AND tablename = ANY(:tables)"
)
# Of all that SQLAlchemy reads of tables this is little, and asked whenever a library is opened.
_COLUMNS = sa.text(
    "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
    "WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relkind IN ('r', 'p') "
    "AND attnum > 0 AND NOT attisdropped"
)
_KEYS = sa.text(
    "SELECT child.relname, pg_constraint.oid::bigint, parent.relname, ours.attname, theirs.attname "
    "FROM pg_constraint JOIN pg_class AS child ON child.oid = conrelid "
    "JOIN pg_class AS parent ON parent.oid = confrelid "
    "CROSS JOIN LATERAL unnest(conkey, confkey) AS pair(own, other) "
    "JOIN pg_attribute AS ours ON ours.attrelid = conrelid AND ours.attnum = pair.own "
    "JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid AND theirs.attnum = pair.other "
    "WHERE contype = 'f' AND child.relnamespace = to_regnamespace(quote_ident(:schema)) "
    "AND parent.relnamespace = child.relnamespace ORDER BY pg_constraint.oid"
)
