"""What can still be read of a catalog that SQLite finds damaged, saved for a new library."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.duplicates import OtherSource, Removed
from rag.errors import LibraryError
from rag.index import collecting, database, rows, twins
from rag.index.portable.exporting import Writer, written
from rag.index.tables import ARTICLES
from rag.schema import Article

_LEAST_ARTICLE_BYTES = 200  # in the catalog, with its chunks and their vectors


def salvage(
    catalog_file: Path, file: Path, on_article: Callable[[int, int], None] = lambda done, of: None
) -> tuple[int, int]:
    """Write what can still be read of a damaged catalog into such a file, without its vectors.

    ``on_article`` is told how many places of how many were looked at.

    Returns:
        How many articles were saved, and how many places of the file could not be read.

    Raises:
        LibraryError: ``file`` is there already, cannot be written, or nothing could be read.
    """
    with written(file) as half, Writer(half) as writer:
        engine = database.connect(catalog_file, read_only=True)
        saved = lost = 0
        most = _last_row(engine, catalog_file)
        for number in range(1, most + 1):
            on_article(number, most)
            try:
                one = _read(engine, number)
            except (LibraryError, ValueError, TypeError, LookupError):
                lost += 1
                continue
            if one is not None:
                writer.put(one)
                saved += 1
        engine.dispose()
        if not saved:
            raise LibraryError(
                f"{catalog_file}: nothing can be read of it any more; restore it from a backup, or "
                "name another folder with --library and add the articles again"
            )
        writer.end("")
    return saved, lost


def _last_row(engine: sa.Engine, file: Path) -> int:
    with suppress(LibraryError), engine.connect() as db:
        return int(db.exec_driver_sql("SELECT max(rowid) FROM articles").scalar() or 0)
    return file.stat().st_size // _LEAST_ARTICLE_BYTES + 1


def _read(engine: sa.Engine, number: int) -> Removed | None:
    """The article of a row; None if there is none."""
    query = sa.select(ARTICLES).where(sa.literal_column("articles.rowid") == number)
    with engine.connect() as db:
        row: Any = db.execute(query).one_or_none()
    if row is None:
        return None
    edited = rows.edited(row.edited)
    within: tuple[str, ...] = ()
    also: tuple[OtherSource, ...] = ()
    with suppress(LibraryError), engine.connect() as db:
        within = collecting.names_of(db, row.id)
        also = twins.sources_of(db, row.id)
    article = Article(**rows.known(row), text=row.text)
    return Removed(article, row.added, edited, (), (), within, also)
