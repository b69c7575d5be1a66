"""What was thought of answers, by readers of the window and by callers of the API alike.

Each is kept with its answer as it was given, so that it can become a case of a Q&A set whatever
becomes of the conversation. No Gradio here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import LibraryReadOnly
from rag.index.acting import acting_for
from rag.index.database import connect
from ui.state import making
from ui.window.conversation import tables
from ui.window.conversation.exchange_json import FORMAT, dump, load
from ui.window.conversation.types import Exchange, Verdict

OF_PROGRAMS = ("ans_", "chatcmpl-")
"""How the ids of answers begin that the API gave; those of conversations are hexadecimal."""
MOST = 20_000
LONGEST_REASON = 2000


class TooMuchFeedback(LibraryReadOnly):
    """There is so much already that no more is kept."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of an answer: the exchange as it was then, thumb up or down.

    ``conversation_id`` is the answer's own where the API gave it, in place 0. ``owner`` is whose
    it is: ``browser:SECRET``, ``user:NAME``, ``key:NAME``, or empty.
    """

    conversation_id: str
    place: int
    exchange: Exchange
    verdict: Verdict
    reason: str
    given: datetime
    owner: str = ""

    @property
    def of_program(self) -> bool:
        """Whether the API gave the answer."""
        return self.conversation_id.startswith(OF_PROGRAMS)

    @property
    def by(self) -> str:
        """Whose it is, for others to read: a browser's secret is nobody's name."""
        return "" if self.owner.startswith("browser:") else self.owner


class Feedbacks:
    """All feedback in one library's SQLite file, or by a database's engine.

    Safe to use from several threads. A file is opened when it is first needed; ``read_only`` makes
    none and changes nothing.
    No more than ``most`` are kept.

    Raises:
        LibraryReadOnly: by `keep`, where nothing can be kept.
        LibraryError: the file is damaged.
    """

    def __init__(
        self, where: Path | sa.Engine, *, read_only: bool = False, most: int = MOST
    ) -> None:
        self._where, self._read_only, self._most = where, read_only, most
        self._engine: sa.Engine | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        """Give the file back."""
        if self._engine is not None:
            self._engine.dispose()

    def keep(self, one: Feedback) -> None:
        """Keep it in the place of what was thought of the same answer before.

        Raises:
            TooMuchFeedback: there is too much of it already.
        """
        engine = self._opened()
        with acting_for(""), engine.connect() as db:  # whosever they are
            count = db.execute(sa.select(sa.func.count()).select_from(tables.feedback)).scalar_one()
        if count >= self._most:
            raise TooMuchFeedback(f"{count:,} opinions are kept, and no more can be")
        with engine.begin() as db:
            put(db, one, FORMAT, dump(one.exchange))

    def all(self, verdict: Verdict | None = None) -> list[Feedback]:
        """What everybody thought, the latest first; of one verdict if that is given."""
        if self._read_only and isinstance(self._where, Path) and not self._where.is_file():
            return []
        with self._opened().connect() as db:
            if not sa.inspect(db).has_table(tables.feedback.name):
                return []
            return found(db, verdict=verdict)

    def _opened(self) -> sa.Engine:
        with self._opening:
            if self._engine is None:
                engine = self._where
                if isinstance(engine, Path):
                    engine = connect(engine, read_only=self._read_only)
                    if not self._read_only:
                        tables.feedback.create(engine, checkfirst=True)
                elif not self._read_only:
                    making.make(engine, tables.tables)
                self._engine = engine
            return self._engine


def put(db: sa.Connection, one: Feedback, written_in: int, body: str) -> None:
    """Write it down, its exchange as it was dumped in a format."""
    spot = {"conversation_id": one.conversation_id, "place": one.place}
    db.execute(sa.delete(tables.feedback).filter_by(**spot))
    row = {
        **spot,
        "owner": one.owner,
        "verdict": one.verdict,
        "reason": one.reason,
        "given": one.given,
        "format": written_in,
        "body": body,
    }
    db.execute(sa.insert(tables.feedback).values(row))


def found(
    db: sa.Connection, owner: str | None = None, verdict: Verdict | None = None
) -> list[Feedback]:
    """What is kept, the latest first: everybody's, or an owner's and that of programs' answers."""
    table = tables.feedback.c
    query = sa.select(tables.feedback)
    if owner is not None:
        programs = [table.conversation_id.startswith(one, autoescape=True) for one in OF_PROGRAMS]
        query = query.where(sa.or_(table.owner == owner, *programs))
    if verdict:
        query = query.where(table.verdict == verdict)
    rows: Any = db.execute(query.order_by(table.given.desc(), table.conversation_id)).all()
    return [
        Feedback(
            row.conversation_id,
            row.place,
            load(row.body, row.format),
            row.verdict,
            row.reason,
            row.given,
            row.owner,
        )
        for row in rows
    ]
