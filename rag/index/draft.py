"""The file of what a library is to be made of by another embedder, or with other chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import sqlalchemy as sa

from rag.errors import LibraryError
from rag.index import rows
from rag.index.chunking import chunk, in_context
from rag.index.database import connect
from rag.index.preparing import AT_ONCE, vectors_of
from rag.protocols import Embedder
from rag.schema import Article, ArticleInfo, Chunk
from rag.settings import Settings

DRAFT = "rebuild.sqlite3"
"""The name of the file in a library's folder."""

_T = TypeVar("_T")
_tables = sa.MetaData()
_FACTS = sa.Table(
    "facts",
    _tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
# By what was embedded: a chunk that is told in the same words twice is embedded once.
_VECTORS = sa.Table(
    "vectors",
    _tables,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
# An article of which every chunk has its vector.
_ARTICLES = sa.Table(
    "articles",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)
_CHUNKS = sa.Table(
    "chunks",
    _tables,
    sa.Column("article_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
)

_MADE_BY = sa.select(_FACTS.c.value).where(_FACTS.c.name == "fingerprint")


class Draft:
    """The file. ``fingerprint``: what the chunks and vectors are made by; others in it are gone."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._engine = connect(folder / DRAFT)
        _tables.create_all(self._engine)
        with self._engine.begin() as db:
            if db.scalar(_MADE_BY) != fingerprint:
                for table in _tables.sorted_tables:
                    db.execute(sa.delete(table))
                db.execute(sa.insert(_FACTS).values(name="fingerprint", value=fingerprint))

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def remove(self) -> None:
        """Delete the file: it is taken up."""
        self.close()
        remove(self._folder)

    def lacking(self, infos: Iterable[ArticleInfo]) -> list[ArticleInfo]:
        """Those that are not done yet, or have changed since."""
        with self._engine.connect() as db:
            done = {row.id: (row.title, row.digest) for row in db.execute(sa.select(_ARTICLES))}
        return [info for info in infos if done.get(info.id) != (info.title, info.digest)]

    def fill(
        self,
        article: Article,
        settings: Settings,
        embedder: Embedder,
        on_chunks: Callable[[int, int, int], None],
    ) -> None:
        """Make the chunks of an article, and the vectors that there are not yet.

        ``on_chunks`` is told how many are kept of how many, and how many more that are.
        """
        chunks = chunk(article, settings.chunk_chars, settings.chunk_overlap)
        keys = [_key(article.title, piece.text) for piece in chunks]
        known = self._known(keys)
        lacks = {key: piece for key, piece in zip(keys, chunks, strict=True) if key not in known}
        done = len(chunks) - len(lacks)
        for some in some_of(lacks.items(), AT_ONCE):
            vectors = vectors_of(embedder, article.title, [piece for _, piece in some])
            stored = [
                {"key": key, "vector": rows.stored(vector)}
                for (key, _), vector in zip(some, vectors, strict=True)
            ]
            with self._engine.begin() as db:
                db.execute(sa.insert(_VECTORS), stored)
            done += len(some)
            on_chunks(done, len(chunks), len(some))
        with self._engine.begin() as db:
            self._put(db, article, chunks, keys)

    def _known(self, keys: Sequence[bytes]) -> set[bytes]:
        known: set[bytes] = set()
        with self._engine.connect() as db:
            for some in some_of(keys, 500):
                query = sa.select(_VECTORS.c.key).where(_VECTORS.c.key.in_(some))
                known.update(db.scalars(query))
        return known

    def _put(
        self, db: sa.Connection, article: Article, chunks: list[Chunk], keys: list[bytes]
    ) -> None:
        db.execute(sa.delete(_ARTICLES).where(_ARTICLES.c.id == article.id))
        db.execute(sa.delete(_CHUNKS).where(_CHUNKS.c.article_id == article.id))
        facts = {"id": article.id, "title": article.title, "digest": article.digest}
        db.execute(sa.insert(_ARTICLES).values(**facts))
        if chunks:
            db.execute(
                sa.insert(_CHUNKS),
                [
                    {"article_id": article.id, "number": number, "id": piece.id,
                     "start": piece.start, "end": piece.end, "key": key}
                    for number, (piece, key) in enumerate(zip(chunks, keys, strict=True))
                ],
            )  # fmt: skip

    def pieces(self, article: Article) -> list[tuple[Chunk, np.ndarray]]:
        """The chunks of an article that is done, with their vectors."""
        found = sa.select(_CHUNKS, _VECTORS.c.vector).join(
            _VECTORS, _VECTORS.c.key == _CHUNKS.c.key
        )
        found = found.where(_CHUNKS.c.article_id == article.id).order_by(_CHUNKS.c.number)
        with self._engine.connect() as db:
            return [
                (
                    Chunk(
                        row.id, article.id, row.start, row.end, article.text[row.start : row.end]
                    ),
                    rows.vector(row.vector),
                )
                for row in db.execute(found)
            ]


def remove(folder: Path) -> None:
    """Delete the file, if there is one."""
    for end in ("", "-wal", "-shm"):
        (folder / f"{DRAFT}{end}").unlink(missing_ok=True)


def progress(folder: Path, infos: Sequence[ArticleInfo], made_by: str = "") -> int | None:
    """How many of the articles a rebuild that was cut short has done; None if there is none.

    ``made_by``: only of one with this fingerprint.
    """
    if not (folder / DRAFT).is_file():
        return None
    with suppress(LibraryError):
        engine = connect(folder / DRAFT, read_only=True)
        try:
            with engine.connect() as db:
                found = db.scalar(_MADE_BY)
                done: Any = db.execute(sa.select(_ARTICLES)).all()
        finally:
            engine.dispose()
        if not made_by or found == made_by:
            held = {(row.id, row.title, row.digest) for row in done}
            return sum((info.id, info.title, info.digest) in held for info in infos)
    return None


def _key(title: str, text: str) -> bytes:
    return hashlib.sha256(in_context(title, text).encode(errors="surrogatepass")).digest()


def _chunk(row: Any, article: Article) -> Chunk:
    return Chunk(row.id, article.id, row.start, row.end, article.text[row.start : row.end])


def some_of(items: Iterable[_T], most: int) -> Iterator[tuple[_T, ...]]:
    """The items in order, at most so many at a time."""
    left = iter(items)
    while some := tuple(islice(left, most)):
        yield some
