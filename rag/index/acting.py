"""For whom a database is asked just now, and the policies by which it shows them what is theirs.

Whoever is named in the setting ``ibid.person`` of a transaction sees the rows of the libraries that
are theirs, by row-level security: what forgets to say whose it wants finds nothing of others. What
is asked within `acting_for` of connections that `hear` it is asked so; all else is asked by the
library itself, in whose schema a connection is, and that sees no other library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa

from rag.index import beside, tsvector
from rag.index.tables import TABLES

REGISTRY = "ibid"
"""The schema in which the libraries stand, and whose they are."""
SETTING = "ibid.person"
_PERSON = f"current_setting('{SETTING}', true)"
_ACTING: ContextVar[str] = ContextVar("acting", default="")
# These are read by whoever may read the library.
_OF_ALL = frozenset({*TABLES.tables, *tsvector.TABLES.tables, beside.ORIGINALS.name})
# Of any other table, whose row it is stands in a column of this name; a row that has none and
# belongs to one that has is whose that is. What is nobody's, as the keys are, no person sees.
_OWNER = "owner"
# What a person says of an answer is also for the owners of the library.
_ALSO_FOR_OWNERS = ("feedback",)


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


def itself(schema: str) -> str:
    """The name under which a library acts; no person has a name like it."""
    return f"library:{schema}"


def hear(engine: sa.Engine) -> None:
    """Have each transaction of these connections be that of whoever acts then."""
    said = sa.select(sa.func.set_config(SETTING, sa.bindparam("person"), True))

    def begun(db: sa.Connection) -> None:
        if person := _ACTING.get():
            db.execute(said, {"person": person})

    sa.event.listen(engine, "begin", begun)


def guard(db: sa.Connection, schema: str) -> None:
    """Put a policy on each table of a library that has none, if whose it is stands in the registry.

    The tables' own maker is under it as well.
    """
    for table in bare(db, schema):
        name = f'"{schema}"."{table}"'
        for rule in ("ENABLE", "FORCE"):
            db.exec_driver_sql(f"ALTER TABLE {name} {rule} ROW LEVEL SECURITY")
        for policy, what in _policies(db, schema, table):
            db.exec_driver_sql(f"CREATE POLICY {policy} ON {name} {what}")


def bare(db: sa.Connection, schema: str) -> list[str]:
    """The tables without row-level security of a library that somebody owns."""
    known = db.scalar(sa.select(sa.func.to_regclass(f"{REGISTRY}.libraries")))
    if known is None or not db.scalar(_IS_KNOWN, {"schema": schema}):
        return []
    return unguarded(db, schema)


def unguarded(db: sa.Connection, schema: str) -> list[str]:
    """The tables of a library without row-level security."""
    return list(db.scalars(_UNGUARDED, {"schema": schema}))


def _policies(db: sa.Connection, schema: str, table: str) -> Iterator[tuple[str, str]]:
    """Name and terms of each."""
    # Within a SELECT, it is asked once for a statement, and not once for a row.
    reads, changes, owns = (
        f"(SELECT {REGISTRY}.may('{schema}', '{role}'))" for role in ("reader", "editor", "owner")
    )
    is_itself = f"(SELECT {_PERSON}) = '{itself(schema)}'"
    if table in _OF_ALL:
        yield "seen", f"FOR SELECT USING ({reads})"
        yield "changed", f"USING ({changes})"
    elif (whose := _whose(db, schema, table)) is None:
        yield "kept", f"USING ({is_itself})"
    else:
        yield "own", f"USING ({is_itself} OR ({reads} AND {whose}))"
    if table in _ALSO_FOR_OWNERS:
        yield "seen", f"FOR SELECT USING ({owns})"


def _whose(db: sa.Connection, schema: str, table: str, seen: tuple[str, ...] = ()) -> str | None:
    """What is true of the rows of whoever acts; None where rows are nobody's."""
    look = sa.inspect(db)
    if any(column["name"] == _OWNER for column in look.get_columns(table, schema)):
        return f"{_OWNER} = (SELECT {_PERSON})"
    seen = (*seen, table)
    for key in look.get_foreign_keys(table, schema):
        parent = key["referred_table"]
        if parent not in seen and _whose(db, schema, parent, seen) is not None:
            pairs = zip(key["constrained_columns"], key["referred_columns"], strict=True)
            same = " AND ".join(f'parent."{theirs}" = "{table}"."{ours}"' for ours, theirs in pairs)
            return f'EXISTS (SELECT FROM "{schema}"."{parent}" AS parent WHERE {same})'
    return None


_IS_KNOWN = sa.text(f"SELECT EXISTS (SELECT FROM {REGISTRY}.libraries WHERE schema = :schema)")
_UNGUARDED = sa.text(
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(:schema)) "
    "AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
)
