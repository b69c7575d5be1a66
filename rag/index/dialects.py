"""What SQLite and PostgreSQL say in different words; the catalog's other SQL is one for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

POSTGRES = "postgresql"
"""The name of the dialect."""
_Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def replace(db: sa.Connection, table: sa.Table, row: _Rows) -> None:
    """Write rows in the place of those with their keys."""
    if row:
        db.execute(_replacing(table, _insert(db, table)), row)


def replace_from(
    db: sa.Connection, table: sa.Table, columns: Sequence[str], rows: sa.Select[Any]
) -> None:
    """Write what a query finds in the place of those with their keys."""
    db.execute(_replacing(table, _insert(db, table).from_select(columns, rows)))


def add_new(db: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Write a row, unless there is one that it must differ from; whether it was written."""
    new = _insert(db, table).values(**row).on_conflict_do_nothing()
    # How many rows were written, PostgreSQL's driver does not say where their ids are asked for.
    return db.execute(new.returning(*table.primary_key)).first() is not None


def add_new_from(
    db: sa.Connection, table: sa.Table, columns: Sequence[str], rows: sa.Select[Any]
) -> None:
    """Write what a query finds, but for what is there."""
    db.execute(_insert(db, table).from_select(columns, rows).on_conflict_do_nothing())


def _replacing(table: sa.Table, new: Any) -> Any:
    keys = [column.name for column in table.primary_key]
    others = {one.name: new.excluded[one.name] for one in table.c if not one.primary_key}
    return new.on_conflict_do_update(index_elements=keys, set_=others)


def _insert(db: sa.Connection, table: sa.Table) -> Any:
    kind: Any = postgresql if db.dialect.name == POSTGRES else sqlite
    return kind.insert(table)


class listed(FunctionElement[str]):  # named as a function of SQL is
    """The values of a list in JSON, a row each, as ``value``."""

    name = "listed"
    inherit_cache = True


@compiles(listed, "sqlite")
def _listed_by_sqlite(element: listed, compiler: Any, **how: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(listed, POSTGRES)
def _listed_by_postgres(element: listed, compiler: Any, **how: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **how)} AS json))"
