"""Copies of PDFs in the database of a library: every process that has it open shows their pages."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from rag.errors import ArticleError, LibraryError
from rag.index import acting
from rag.index.beside import ORIGINALS
from rag.index.originals import MOST_BYTES, Copy, Originals, content_of
from rag.index.postgres import Database
from rag.index.tables import ARTICLES
from rag.schema import ArticleInfo

_COPY = ORIGINALS.c
_SPARED = sa.text("kept < now() - interval '1 hour'")  # another process adds its article just now


@dataclass(frozen=True, slots=True)
class _Kept:
    """A copy that is read when it is asked for."""

    table: OriginalsTable
    digest: str

    def read_bytes(self) -> bytes:
        return self.table.content(self.digest)


class OriginalsTable:
    """As `rag.index.originals.Copies`, for every process that has the library open.

    A copy that an older Ibid left in the ``folder`` of this machine is shown from there.
    """

    def __init__(self, database: Database, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._engine = database.engine("ibid: copies", poolclass=sa.NullPool)
        acting.hear(self._engine)
        self._older = Originals(folder)
        self._most_bytes = most_bytes

    def keep(self, digest: str, file: Path, member: str = "") -> None:
        """As `rag.index.originals.Copies` has it."""
        with suppress(OSError, ArticleError, LibraryError):
            row = {"digest": digest, "content": content_of(file, member), "kept": sa.func.now()}
            with self._engine.begin() as db:
                db.execute(sa.delete(ORIGINALS).where(_COPY.digest == digest))
                db.execute(sa.insert(ORIGINALS).values(row))
                db.execute(sa.delete(ORIGINALS).where(_COPY.digest.in_(self._too_old())))

    def has(self, digest: str) -> bool:
        """As `rag.index.originals.Copies` has it, of the database. Raises LibraryError."""
        query = sa.select(_COPY.digest).where(_COPY.digest == digest)
        with self._engine.connect() as db:
            return db.scalar(query) is not None

    def of(self, article: ArticleInfo) -> Copy | None:
        """As `rag.index.originals.Copies` has it. Raises LibraryError."""
        is_here = self.has(article.digest)
        return _Kept(self, article.digest) if is_here else self._older.of(article)

    def content(self, digest: str) -> bytes:
        """The bytes of one. Raises LibraryError: it has gone."""
        with self._engine.connect() as db:
            found = db.scalar(sa.select(_COPY.content).where(_COPY.digest == digest))
        if found is None:
            raise LibraryError("the copy of this PDF has gone; add the article again")
        return bytes(found)

    def forget(self, digests: Collection[str]) -> None:
        """As `rag.index.originals.Copies` has it."""
        self._older.forget(digests)
        with self._engine.begin() as db:
            db.execute(sa.delete(ORIGINALS).where(_COPY.digest.in_(digests)))

    def sweep(self, digests: Collection[str]) -> None:
        """As `rag.index.originals.Copies` has it: of what is there now, whoever added it."""
        self._older.sweep(digests)
        known = sa.select(ARTICLES.c.digest)
        with self._engine.begin() as db:
            db.execute(sa.delete(ORIGINALS).where(_COPY.digest.not_in(known), _SPARED))

    def _too_old(self) -> sa.Select[tuple[str]]:
        """Those after which so many bytes have come since."""
        size = sa.func.octet_length(_COPY.content)
        since = sa.func.sum(size).over(order_by=(_COPY.kept.desc(), _COPY.digest)).label("since")
        found = sa.select(_COPY.digest, since).subquery()
        return sa.select(found.c.digest).where(found.c.since > self._most_bytes)
