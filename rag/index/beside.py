"""What a library in PostgreSQL keeps beside its articles: copies of PDFs, and the files of runs.

Of a library whose catalog is a file, they lie in its folder. Who asks for them is served by
`rag.index.originals`, and by `eval.runs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from rag.index import dialects, queries
from rag.index.tables import ARTICLES

if TYPE_CHECKING:
    from rag.index.postgres import Database

TABLES = sa.MetaData()
ORIGINALS = sa.Table(
    "originals",
    TABLES,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("kept", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
)
# A file of lines has one part a line, by its number; any other has one part, and the sum of it.
RUN_FILES = sa.Table(
    "run_files",
    TABLES,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("sum", sa.Text, nullable=False),
)


def _unpack(table: sa.Table, db: sa.Connection, **_: Any) -> None:
    """Have PostgreSQL not pack again what is packed already."""
    db.exec_driver_sql(f"ALTER TABLE {table.name} ALTER COLUMN content SET STORAGE EXTERNAL")


for _table in TABLES.tables.values():
    sa.event.listen(_table, "after_create", _unpack)


def forget(db: sa.Connection, article_ids: Collection[str]) -> None:
    """Delete the copies of articles that are there still, in the same transaction."""
    if db.dialect.name == dialects.POSTGRES:
        digests = sa.select(ARTICLES.c.digest).where(queries.among(ARTICLES.c.id, article_ids))
        db.execute(sa.delete(ORIGINALS).where(ORIGINALS.c.digest.in_(digests)))


class RunFile(NamedTuple):
    """A file of a run: how many bytes it has, and its sum; of a file of lines that is empty."""

    run: str
    name: str
    size: int
    sum: str


class RunFiles:
    """The files of a library's runs, in its database: by the library itself, whoever acts.

    Whatever is done with it raises LibraryError where the database does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine("ibid: runs", pool_size=1)

    def listed(self) -> list[RunFile]:
        """All of them, by their names."""
        one = RUN_FILES.c
        size = sa.func.sum(sa.func.octet_length(one.content))
        query = sa.select(one.run, one.name, sa.cast(size, sa.BigInteger), sa.func.max(one.sum))
        query = query.group_by(one.run, one.name).order_by(one.run, one.name)
        with self._engine.connect() as db:
            return [RunFile(*row) for row in db.execute(query)]

    def put(self, run: str, name: str, content: bytes) -> None:
        """Keep a file that is written as a whole, in the place of one of its name."""
        row = {"run": run, "name": name, "part": 0, "content": content, "sum": sum_of(content)}
        with self._engine.begin() as db:
            dialects.replace(db, RUN_FILES, row)

    def add(self, run: str, name: str, number: int, line: bytes) -> bool:
        """Add a line to a file of lines; False if there is one of its number."""
        row = {"run": run, "name": name, "part": number, "content": line, "sum": ""}
        with self._engine.begin() as db:
            return dialects.add_new(db, RUN_FILES, row)

    def numbers(self, run: str, name: str) -> set[int]:
        """The numbers of the lines that are there."""
        with self._engine.connect() as db:
            return {*db.scalars(sa.select(RUN_FILES.c.part).filter_by(run=run, name=name))}

    def read(self, run: str, name: str) -> bytes:
        """What is in a file; nothing if there is none."""
        query = sa.select(RUN_FILES.c.content).filter_by(run=run, name=name)
        with self._engine.connect() as db:
            return b"".join(map(bytes, db.scalars(query.order_by(RUN_FILES.c.part))))

    def close(self) -> None:
        """Give the connection back."""
        self._engine.dispose()


def sum_of(content: bytes) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(content).hexdigest()
