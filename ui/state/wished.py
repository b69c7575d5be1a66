"""What readers want otherwise, in a table that all processes over one library share."""

from __future__ import annotations

import json
import time
from typing import Any

import sqlalchemy as sa

from rag.index import dialects
from rag.index.acting import acting_for
from ui.state.tables import wishes

_MOST_READERS = 20_000


class WishesTable:
    """As `ui.wishes.Readers`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self, reader: str) -> dict[str, Any]:
        """As `ui.wishes.Readers` has it."""
        with self._engine.connect() as db:
            body = db.scalar(sa.select(wishes.c.body).where(wishes.c.reader == reader))
        found = json.loads(body) if body else {}
        return found if isinstance(found, dict) else {}

    def put(self, reader: str, kept: dict[str, Any]) -> None:
        """As `ui.wishes.Readers` has it."""
        old = sa.select(wishes.c.reader).order_by(wishes.c.changed.desc()).offset(_MOST_READERS)
        row = {"reader": reader, "body": json.dumps(kept), "changed": time.time()}
        with self._engine.begin() as db:
            dialects.replace(db, wishes, row)
        with acting_for(""), self._engine.begin() as db:  # whosever they are
            db.execute(sa.delete(wishes).where(wishes.c.reader.in_(old)))
