"""The conversations that were held and what was thought of them, beside the library's catalog.

Everything belongs to an owner, a user's name or a browser's secret, and nobody reads or changes
what belongs to another: to them it is not there. No Gradio here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from rag.errors import LibraryError, LibraryReadOnly
from rag.index import dialects
from rag.index.acting import acting_for
from rag.index.database import connect
from rag.language.visible import plain, plain_lines
from ui.state import making
from ui.window.conversation import feedback, tables
from ui.window.conversation.exchange_json import FORMAT, dump, load
from ui.window.conversation.feedback import LONGEST_REASON, Feedback
from ui.window.conversation.types import Exchange, Verdict, interrupted

LONGEST_TITLE = 80
# How long a conversation that was deleted can still be had back.
GRACE = timedelta(hours=1)


class UnknownConversation(LibraryError):
    """Its owner has no such conversation."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation as a list tells it. Times are UTC."""

    id: str
    title: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Conversation(Entry):
    """A conversation with all that was said."""

    exchanges: tuple[Exchange, ...]


class History:
    """The conversations of one library, in its file or by a database's engine.

    Safe to use from several threads. Where that cannot be written, they last as long as this
    object.

    Raises:
        LibraryError: the file is damaged, or the database does not answer.
    """

    def __init__(self, where: Path | sa.Engine) -> None:
        try:
            if isinstance(where, Path):
                where.parent.mkdir(parents=True, exist_ok=True)
                where = connect(where)
            self._open(where)
        except LibraryReadOnly:
            self._open(connect(None))

    def _open(self, engine: sa.Engine) -> None:
        self._engine = engine
        making.make(engine, tables.tables)
        self._purge()

    @property
    def engine(self) -> sa.Engine:
        """Where they are kept, for `ui.window.conversation.links`."""
        return self._engine

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def save(self, owner: str, conversation_id: str, exchanges: Sequence[Exchange]) -> bool:
        """Keep a conversation as it now is. Its first question is its title until it is renamed.

        Returns whether it is kept: of one that belongs to nobody or to somebody else, or that was
        deleted, nothing is.
        """
        if not owner:
            return False
        if not exchanges:
            return True
        now = datetime.now(UTC)
        rows = [
            {"place": place, "words": _words(exchange), "format": FORMAT, "body": dump(exchange)}
            for place, exchange in enumerate(exchanges)
        ]
        with self._engine.begin() as db:
            _alone(db, conversation_id)
            found: Any = db.execute(
                sa.select(tables.conversations).where(tables.conversations.c.id == conversation_id)
            ).one_or_none()
            if found is None:
                begun = {
                    "id": conversation_id,
                    "owner": owner,
                    "title": title_of(exchanges[0].question),
                    "created": now,
                    "updated": now,
                }
                # One that is somebody else's may not even be seen here.
                if not dialects.add_new(db, tables.conversations, begun):
                    return False
            elif found.owner != owner or found.deleted is not None:
                return False
            mine = tables.exchanges.c.conversation_id == conversation_id
            before = {
                row.place: row.body
                for row in db.execute(
                    sa.select(tables.exchanges.c.place, tables.exchanges.c.body).where(mine)
                )
            }
            after = {row["place"]: row["body"] for row in rows}
            if before == after:
                return True
            changed = [row for row in rows if before.get(row["place"]) != row["body"]]
            gone = [place for place in before if after.get(place) != before[place]]
            db.execute(sa.delete(tables.exchanges).where(mine, tables.exchanges.c.place.in_(gone)))
            if changed:
                db.execute(
                    sa.insert(tables.exchanges),
                    [{**row, "conversation_id": conversation_id} for row in changed],
                )
            db.execute(
                sa.update(tables.conversations)
                .where(tables.conversations.c.id == conversation_id)
                .values(updated=now)
            )
        return True

    def entries(self, owner: str, search: str = "", limit: int = 200) -> list[Entry]:
        """An owner's conversations in which every word of ``search`` occurs, the latest first."""
        columns = [tables.conversations.c[name] for name in Entry.__slots__]
        query = sa.select(*columns).where(
            tables.conversations.c.owner == owner, tables.conversations.c.deleted.is_(None)
        )
        for word in plain(search).casefold().split()[:8]:
            said = sa.select(tables.exchanges.c.conversation_id).where(
                tables.exchanges.c.words.contains(word, autoescape=True)
            )
            # SQLite folds the case of ASCII alone; the words are kept folded.
            named = sa.func.lower(tables.conversations.c.title).contains(word, autoescape=True)
            query = query.where(sa.or_(named, tables.conversations.c.id.in_(said)))
        query = query.order_by(tables.conversations.c.updated.desc(), tables.conversations.c.id)
        with self._engine.connect() as db:
            return [Entry(*row) for row in db.execute(query.limit(limit))]

    def conversation(self, owner: str, conversation_id: str) -> Conversation:
        """One conversation. An answer that was still to come is told to be interrupted.

        Raises:
            UnknownConversation: its owner has none of that id.
            LibraryError: it was written by a newer Ibid.
        """
        query = (
            sa.select(tables.exchanges.c.format, tables.exchanges.c.body)
            .where(tables.exchanges.c.conversation_id == conversation_id)
            .order_by(tables.exchanges.c.place)
        )
        with self._engine.connect() as db:
            entry = self._mine(db, owner, conversation_id)
            rows: Any = db.execute(query).all()
        exchanges = tuple(load(row.body, row.format) for row in rows)
        settled = tuple(map(interrupted, exchanges))
        return Conversation(entry.id, entry.title, entry.created, entry.updated, settled)

    def title(self, owner: str, conversation_id: str) -> str:
        """The title of a conversation; empty if its owner has none of that id."""
        query = sa.select(tables.conversations.c.title).filter_by(
            id=conversation_id, owner=owner, deleted=None
        )
        with self._engine.connect() as db:
            return db.execute(query).scalar() or ""

    def rename(self, owner: str, conversation_id: str, title: str) -> str:
        """Give a conversation another title; returns it as it was kept.

        Raises:
            UnknownConversation: its owner has none of that id.
        """
        kept = title_of(title)
        with self._engine.begin() as db:
            entry = self._mine(db, owner, conversation_id)
            if kept:
                db.execute(
                    sa.update(tables.conversations)
                    .where(tables.conversations.c.id == conversation_id)
                    .values(title=kept)
                )
        return kept or entry.title

    def remove(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation. For an hour `restore` brings it back; then it is gone for good.

        Raises:
            UnknownConversation: its owner has none of that id.
        """
        self._mark(owner, conversation_id, None, datetime.now(UTC))

    def restore(self, owner: str, conversation_id: str) -> None:
        """Have a conversation back that was deleted within the last hour.

        Raises:
            UnknownConversation: its owner has deleted none of that id, or too long ago.
        """
        self._mark(owner, conversation_id, "deleted", None)

    def _mark(
        self, owner: str, conversation_id: str, was: Literal["deleted"] | None, now: datetime | None
    ) -> None:
        column = tables.conversations.c.deleted
        with self._engine.begin() as db:
            done = db.execute(
                sa.update(tables.conversations)
                .where(
                    tables.conversations.c.id == conversation_id,
                    tables.conversations.c.owner == owner,
                    column.is_not(None) if was else column.is_(None),
                )
                .values(deleted=now)
            )
            if done.rowcount != 1:
                raise _unknown()
        self._purge()

    def record_feedback(
        self, owner: str, conversation_id: str, place: int, verdict: Verdict, reason: str = ""
    ) -> None:
        """Keep what was thought of the answer in this place, counted from 0.

        A later verdict takes the place of an earlier one. The exchange is kept with it as it is
        now, so that it can become a case of a Q&A set whatever becomes of the conversation.

        Raises:
            UnknownConversation: its owner has no such conversation, or nothing in that place.
        """
        spot = {"conversation_id": conversation_id, "place": place}
        with self._engine.begin() as db:
            self._mine(db, owner, conversation_id)
            row: Any = db.execute(
                sa.select(tables.exchanges.c.format, tables.exchanges.c.body).filter_by(**spot)
            ).one_or_none()
            if row is None:
                raise _unknown()
            given = Feedback(
                conversation_id,
                place,
                load(row.body, row.format),
                verdict,
                plain_lines(reason).strip()[:LONGEST_REASON],
                datetime.now(UTC),
                owner,
            )
            feedback.put(db, given, row.format, row.body)

    def withdraw_feedback(self, owner: str, conversation_id: str, place: int) -> None:
        """Forget what was thought of an answer."""
        with self._engine.begin() as db:
            db.execute(
                sa.delete(tables.feedback).filter_by(
                    conversation_id=conversation_id, place=place, owner=owner
                )
            )

    def feedback(self, owner: str, verdict: Verdict | None = None) -> list[Feedback]:
        """What an owner thought of answers, and what programs' callers did, the latest first."""
        with self._engine.connect() as db:
            return feedback.found(db, owner, verdict)

    def _purge(self) -> None:
        """Let go of what was deleted too long ago to be wanted back, whosever it was."""
        late = tables.conversations.c.deleted < datetime.now(UTC) - GRACE
        ids = sa.select(tables.conversations.c.id).where(late)
        with acting_for(""), self._engine.begin() as db:
            for further in (tables.exchanges, tables.links):
                db.execute(sa.delete(further).where(further.c.conversation_id.in_(ids)))
            db.execute(sa.delete(tables.conversations).where(late))

    def _mine(self, db: sa.Connection, owner: str, conversation_id: str) -> Entry:
        columns = [tables.conversations.c[name] for name in Entry.__slots__]
        row = db.execute(
            sa.select(*columns).where(
                tables.conversations.c.id == conversation_id,
                tables.conversations.c.owner == owner,
                tables.conversations.c.deleted.is_(None),
            )
        ).one_or_none()
        if row is None:
            raise _unknown()
        return Entry(*row)


def new_id() -> str:
    """The id of a conversation that begins: 32 hexadecimal digits that nobody guesses."""
    return secrets.token_hex(16)


def title_of(text: str) -> str:
    """A title made of a question: its first words."""
    line = plain(text)
    if len(line) <= LONGEST_TITLE:
        return line
    return line[: LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"


def _words(exchange: Exchange) -> str:
    said = exchange.answer.text if exchange.answer else ""
    return plain(f"{exchange.question} {said}").casefold()


def _alone(db: sa.Connection, conversation_id: str) -> None:
    """Nothing of a conversation may change between reading and writing, be it there or not."""
    if db.dialect.name == dialects.POSTGRES:
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(conversation_id))))
    else:
        db.exec_driver_sql("BEGIN IMMEDIATE")


def _unknown() -> UnknownConversation:
    return UnknownConversation("there is no such conversation; it may have been deleted")
