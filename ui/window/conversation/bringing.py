"""Conversations of a library's file, brought into a database; nothing that is there is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from rag.index import dialects
from rag.index.database import connect
from ui.state import making
from ui.window.conversation import tables


@dataclass
class Brought:
    """How many conversations and opinions came, how many were there; by owner, how many stayed."""

    conversations: int = 0
    feedback: int = 0
    there: int = 0
    left: Counter[str] = field(default_factory=Counter)


def bring(file: Path, there: sa.Engine, whose: Callable[[str], str]) -> Brought:
    """Bring what is in a catalog's file, which may be in use meanwhile, and is not changed.

    ``whose`` tells whose something is there, by its owner here; empty: it stays here.

    Raises:
        LibraryError: the file is damaged, or the database does not answer.
    """
    told = Brought()
    if not file.is_file():
        return told
    making.make(there, tables.tables)
    here = connect(file, read_only=True)
    try:
        with here.connect() as db:
            if sa.inspect(db).has_table(tables.conversations.name):
                _conversations(db, there, whose, told)
            if sa.inspect(db).has_table(tables.feedback.name):
                _feedback(db, there, whose, told)
    finally:
        here.dispose()
    return told


def _conversations(
    here: sa.Connection, there: sa.Engine, whose: Callable[[str], str], told: Brought
) -> None:
    kept = sa.select(tables.conversations).where(tables.conversations.c.deleted.is_(None))
    has_links = sa.inspect(here).has_table(tables.links.name)
    for row in here.execute(kept.order_by(tables.conversations.c.created)).mappings().all():
        owner = whose(row["owner"])
        if not owner:
            told.left[row["owner"]] += 1
            continue
        of = {"conversation_id": row["id"]}
        with there.begin() as db:
            if not dialects.add_new(db, tables.conversations, {**row, "owner": owner}):
                told.there += 1
                continue
            for table in (tables.exchanges, *((tables.links,) if has_links else ())):
                for one in here.execute(sa.select(table).filter_by(**of)).mappings().all():
                    dialects.add_new(db, table, dict(one))
        told.conversations += 1


def _feedback(
    here: sa.Connection, there: sa.Engine, whose: Callable[[str], str], told: Brought
) -> None:
    for row in here.execute(sa.select(tables.feedback)).mappings().all():
        if owner := whose(row["owner"]):
            with there.begin() as db:
                told.feedback += dialects.add_new(db, tables.feedback, {**row, "owner": owner})
