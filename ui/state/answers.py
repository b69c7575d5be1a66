"""The answers that programs were given of late, in a table that all replicas share."""

from __future__ import annotations

import sqlalchemy as sa

from rag.index.acting import acting_for
from ui.state.tables import answers


class AnswersTable:
    """As `ui.state.given.AnswersGiven`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def put(self, name: str, owner: str, body: str, until: float, most: int) -> None:
        """As `ui.state.given.AnswersGiven` has it."""
        old = sa.select(answers.c.id).order_by(answers.c.until.desc()).offset(most)
        made = sa.insert(answers).values(id=name, owner=owner, body=body, until=until)
        with self._engine.begin() as db:
            db.execute(made)
        with acting_for(""), self._engine.begin() as db:  # whosever they are
            db.execute(sa.delete(answers).where(answers.c.id.in_(old)))

    def get(self, name: str, owner: str, now: float) -> str | None:
        """As `ui.state.given.AnswersGiven` has it."""
        mine = (answers.c.id == name, answers.c.owner == owner, answers.c.until >= now)
        with self._engine.connect() as db:
            return db.scalar(sa.select(answers.c.body).where(*mine))
