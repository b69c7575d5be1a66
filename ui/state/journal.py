"""Lines in a table that all processes over one library add to."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ui.state.tables import lines

_AT_ONCE = 500
_SWEPT = 1_000  # so often, by their numbers, the oldest are let go


class LinesTable:
    """As `ui.state.lines.Lines`, of one ``kind``; beyond about so many bytes the oldest go."""

    def __init__(self, engine: sa.Engine, kind: str, most_bytes: int) -> None:
        self._engine = engine
        self._kind = kind
        self._most_bytes = most_bytes

    def add(self, line: bytes) -> None:
        """As `ui.state.lines.Lines` has it."""
        made = sa.insert(lines).values(kind=self._kind, said=line.decode())
        with self._engine.begin() as db:
            number = db.scalar(made.returning(lines.c.number)) or 0
            if number % _SWEPT == 0:
                db.execute(sa.delete(lines).where(lines.c.number.in_(self._too_old())))

    def newest(self) -> Iterator[bytes]:
        """As `ui.state.lines.Lines` has it."""
        query = sa.select(lines.c.said).where(lines.c.kind == self._kind)
        with self._engine.connect().execution_options(yield_per=_AT_ONCE) as db:
            for said in db.scalars(query.order_by(lines.c.number.desc())):
                yield said.encode()

    def _too_old(self) -> sa.Select[tuple[int]]:
        """Those before which so many bytes have come since."""
        since = sa.func.sum(sa.func.octet_length(lines.c.said)).over(order_by=lines.c.number.desc())
        ranked = sa.select(lines.c.number, since.label("since")).where(lines.c.kind == self._kind)
        found = ranked.subquery()
        return sa.select(found.c.number).where(found.c.since > self._most_bytes)
