"""The source of truth: articles, chunks, their vectors and the lexical index, in one SQLite file.

Everything that changes together is written in one transaction. The vector index is derived from
what stands here: a chunk with ``indexed = 0`` and a row of ``dropped`` are what it still owes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.duplicates import OtherSource, Removed
from rag.errors import LibraryReadOnly, UnknownArticle
from rag.index import (
    beside,
    collecting,
    contents,
    dialects,
    embeddings,
    labels,
    lexical,
    offers,
    queries,
    repairing,
    rows,
    twins,
)
from rag.index.contents import INFO
from rag.index.database import check_version, connect, prepare
from rag.index.following import Follows
from rag.index.tables import ARTICLES, CHUNKS, DROPPED, PROPERTIES
from rag.schema import Article, ArticleInfo, Chunk, Filter
from rag.stores import Catalog
from rag.tuning import RetrievalTuning

CATALOG = "catalog.sqlite3"
"""The name of the file in a library's folder."""
_DEFAULT = RetrievalTuning()


class SqlCatalog(
    contents.Contents,
    embeddings.Embeddings,
    labels.LabelStore,
    collecting.Collections,
    offers.Offers,
    Follows,
    repairing.Repairs,
    twins.Twins,
):
    """One library's tables, whoever keeps them. Safe to use from several threads.

    ``file`` is where they are, if that is a file of this machine.
    """

    file: Path | None = None

    def close(self) -> None:
        """Give back what it holds."""
        self._engine.dispose()

    def writing(self, *, wait: bool = True) -> AbstractContextManager[None]:
        """As `rag.stores.Catalog` has it."""
        return nullcontext()

    def alone(self) -> AbstractContextManager[None]:
        """As `rag.stores.Catalog` has it."""
        return nullcontext()

    def damage(self) -> str:
        """What whoever keeps the tables finds wrong with them; empty when all is whole."""
        return ""

    # Facts about the library itself

    def metadata(self, name: str) -> str | None:
        """What is remembered under a name, such as the fingerprint of the embedder."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(PROPERTIES.c.value).where(PROPERTIES.c.name == name))

    def set_metadata(self, **values: str) -> None:
        """Keep what is known of the library, replacing older values of the same name."""
        with self._engine.begin() as db:
            for name, value in values.items():
                dialects.replace(db, PROPERTIES, {"name": name, "value": value})

    def revision(self) -> int:
        """As `rag.stores.Catalog` has it."""
        return int(self.metadata("revision") or 0)

    # Articles

    def articles(self) -> list[ArticleInfo]:
        """All articles, the latest added first."""
        query = sa.select(*INFO).order_by(ARTICLES.c.added.desc(), ARTICLES.c.id)
        with self._engine.connect() as db:
            return [rows.info(row) for row in db.execute(query)]

    def article(self, article_id: str) -> Article:
        """One article with its text.

        Raises:
            UnknownArticle: there is none of that id.
        """
        query = sa.select(*INFO, ARTICLES.c.text).where(
            ARTICLES.c.id == queries.sayable(article_id)
        )
        with self._engine.connect() as db:
            row: Any = db.execute(query).one_or_none()
        if row is None:
            raise UnknownArticle(f"no article {article_id}; ibid list shows what there is")
        return Article(**rows.known(row), text=row.text)

    def text(self, article_id: str, start: int, end: int, digest: str = "") -> str:
        """The words of an article from one offset to another; empty if there is no such article.

        ``start`` and ``end`` count code points, as SQLite does too. ``digest``: empty as well if
        the article is not, or no longer, the one of this digest.
        """
        words = sa.select(sa.func.substr(ARTICLES.c.text, start + 1, end - start))
        words = words.where(ARTICLES.c.id == article_id)
        with self._engine.connect() as db:
            return db.scalar(words.where(ARTICLES.c.digest == digest) if digest else words) or ""

    def ids(self, prefix: str) -> list[str]:
        """The article ids that begin with ``prefix``."""
        start = ARTICLES.c.id.startswith(queries.sayable(prefix), autoescape=True)
        query = sa.select(ARTICLES.c.id).where(start).order_by(ARTICLES.c.id)
        with self._engine.connect() as db:
            return list(db.scalars(query))

    def infos(self, article_ids: Iterable[str]) -> dict[str, ArticleInfo]:
        """What is known of each of these articles, by id."""
        query = sa.select(*INFO).where(queries.among(ARTICLES.c.id, set(article_ids)))
        query = query.order_by(ARTICLES.c.id)
        with self._engine.connect() as db:
            return {row.id: rows.info(row) for row in db.execute(query)}

    def digest_of(self, article_id: str) -> str | None:
        """The digest under which an article is stored, or None."""
        query = sa.select(ARTICLES.c.digest).where(ARTICLES.c.id == article_id)
        with self._engine.connect() as db:
            return db.scalar(query)

    def with_digest(self, digest: str) -> ArticleInfo | None:
        """An article with exactly this text and front matter, from whatever source."""
        query = sa.select(*INFO).where(ARTICLES.c.digest == digest).limit(1)
        with self._engine.connect() as db:
            row = db.execute(query).one_or_none()
        return rows.info(row) if row else None

    def with_source(self, source: str) -> ArticleInfo | None:
        """The article that was had there."""
        query = sa.select(*INFO).where(ARTICLES.c.source == queries.sayable(source))
        with self._engine.connect() as db:
            row = db.execute(query).one_or_none()
        return rows.info(row) if row else None

    def paths(self) -> dict[str, str]:
        """The id of each article that was read from a file of this machine, by its path."""
        query = sa.select(ARTICLES.c.source, ARTICLES.c.id)
        with self._engine.connect() as db:
            return {
                row.source: row.id
                for row in db.execute(query.where(ARTICLES.c.source.startswith("/")))
            }

    def put(
        self,
        article: Article,
        chunks: Sequence[Chunk],
        vectors: Sequence[Any],
        *,
        added: datetime | None = None,
        edited: dict[str, Any] | None = None,
        collections: Sequence[str] = (),
        also: Sequence[OtherSource] = (),
    ) -> None:
        """Store an article with its chunks, in place of those of its id and of its source.

        ``vectors`` holds one vector a chunk, in the same order. ``added``: now, unless given.
        ``edited``: what a person wrote over the facts that were read; kept unless given. It stays
        in its collections, and comes into these as far as they are there; the same of ``also``,
        where else it was had.
        """
        row = {name: getattr(article, name) for name in (*rows.FACTS, "text")}
        when = added or datetime.now(UTC)
        with self._engine.begin() as db:
            if edited is None:
                edited = _edited(db, article.id)
            here = sa.select(ARTICLES.c.id).where(ARTICLES.c.source == article.source)
            others = [id_ for id_ in db.scalars(here) if id_ != article.id]
            _drop(db, [article.id, *others])
            _forget(db, others)
            twins.record(db, article, also)
            db.execute(sa.insert(ARTICLES).values(**row, added=when, edited=rows.written(edited)))
            collecting.put_back(db, article.id, collections)
            if not chunks:
                return
            embeddings.add(db, zip(chunks, vectors, strict=True), indexed=False)
            lexical.of(db).add(db, article.id)
            embeddings.add_sums(db, CHUNKS.c.article_id == article.id)
            back = sa.select(CHUNKS.c.id).where(CHUNKS.c.article_id == article.id)
            db.execute(sa.delete(DROPPED).where(DROPPED.c.chunk_id.in_(back)))

    def describe(
        self, article_id: str, edited: dict[str, Any], by_hand: dict[str, Any] | None = None
    ) -> None:
        """Write these facts over an article's, and remember that a person did; not the title.

        ``by_hand``: all that a person wrote over it, if not these beside those before. A title is
        embedded with every chunk and indexed: see `rag.index.library.Library.edit`.
        """
        with self._engine.begin() as db:
            change = sa.update(ARTICLES).where(ARTICLES.c.id == article_id)
            known = _edited(db, article_id) | edited if by_hand is None else by_hand
            db.execute(change.values(**edited, edited=rows.written(known)))
            labels.unlabel(db, CHUNKS.c.article_id == article_id)

    def edited(self, article_id: str) -> dict[str, Any]:
        """The facts that a person wrote over what was read, by name."""
        with self._engine.connect() as db:
            return _edited(db, article_id)

    def added(self, article_id: str) -> datetime | None:
        """When an article came, or None."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(ARTICLES.c.added).where(ARTICLES.c.id == article_id))

    def take(self, article_ids: Iterable[str]) -> list[Removed]:
        """Forget these articles, and return all that is needed to put them back."""
        with self._engine.begin() as db:
            return [one for id_ in article_ids if (one := _taken(db, id_)) is not None]

    def merge(self, kept: str, other: str) -> Removed:
        """Take an article out; another has its sources and collections since.

        Raises:
            UnknownArticle: there is none of the second id.
        """
        with self._engine.begin() as db:
            if (taken := _taken(db, other)) is None:
                raise UnknownArticle(f"no article {other}; ibid list shows what there is")
            return twins.take_up(db, kept, taken)

    def remove(self, article_ids: Iterable[str]) -> None:
        """Forget these articles and all that was made of them."""
        gone = list(article_ids)
        with self._engine.begin() as db:
            beside.forget(db, gone)
            _drop(db, gone)
            _forget(db, gone)

    # Chunks

    def count(self) -> tuple[int, int]:
        """How many articles and how many chunks there are."""
        articles, chunks = (
            sa.select(sa.func.count()).select_from(table).scalar_subquery()
            for table in (ARTICLES, CHUNKS)
        )
        with self._engine.connect() as db:
            both = db.execute(sa.select(articles, chunks)).one()
        return both[0], both[1]

    def search(
        self,
        question: str,
        limit: int,
        only: Filter | None = None,
        tuning: RetrievalTuning = _DEFAULT,
    ) -> list[tuple[str, float]]:
        """The chunks that share words with the question, best first, with their BM25 score.

        Any text is a valid question: only its words reach the index, each as a quoted string.
        Words of the article's title count a little; common English words do not, unless alone.
        """
        words = queries.asked(question)
        if not words:
            return []
        within = None
        if only:
            within = sa.select(CHUNKS.c.row).join(ARTICLES).where(*queries.conditions(only))
        with self._engine.connect() as db:
            return self._lexical.ranked(db, words, limit, tuning.title_weight, within)


def _edited(db: sa.Connection, article_id: str) -> dict[str, Any]:
    query = sa.select(ARTICLES.c.edited).where(ARTICLES.c.id == article_id)
    return rows.edited(db.scalar(query))


def _taken(db: sa.Connection, article_id: str) -> Removed | None:
    row: Any = db.execute(sa.select(ARTICLES).where(ARTICLES.c.id == article_id)).one_or_none()
    if row is None:
        return None
    chunks = sa.select(CHUNKS.c.vector, *embeddings.CHUNK).order_by(CHUNKS.c.start)
    pieces: Any = db.execute(chunks.where(CHUNKS.c.article_id == article_id)).all()
    taken = Removed(
        Article(**rows.known(row), text=row.text),
        row.added,
        _edited(db, article_id),
        tuple(Chunk(*piece[1:]) for piece in pieces),
        tuple(rows.vector(piece.vector) for piece in pieces),
        collecting.names_of(db, article_id),
        twins.sources_of(db, article_id),
    )
    _drop(db, [article_id])
    _forget(db, [article_id])
    return taken


def _forget(db: sa.Connection, article_ids: list[str]) -> None:
    """Forget what is kept of articles beside themselves, when they do not come back."""
    collecting.forget(db, article_ids)
    twins.forget(db, article_ids)


def _drop(db: sa.Connection, article_ids: list[str]) -> None:
    lexical.of(db).drop(db, article_ids)
    gone = sa.select(CHUNKS.c.id).where(queries.among(CHUNKS.c.article_id, article_ids))
    dialects.add_new_from(db, DROPPED, ["chunk_id"], gone)
    embeddings.remove_sums(db, article_ids)
    offers.forget(db, article_ids)
    db.execute(sa.delete(CHUNKS).where(queries.among(CHUNKS.c.article_id, article_ids)))
    db.execute(sa.delete(ARTICLES).where(queries.among(ARTICLES.c.id, article_ids)))


class SqliteCatalog(SqlCatalog):
    """That of a SQLite file. ``read_only``: nothing is changed, not even beside the file.

    Raises:
        LibraryError: the file is damaged, or was written by a newer Ibid.
        LibraryReadOnly: it cannot be changed, though ``read_only`` was not asked for.
    """

    file: Path

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        self.file = file
        super().__init__(connect(file, read_only=read_only))
        (check_version if read_only else prepare)(self._engine)

    def damage(self) -> str:
        """What SQLite finds wrong with the file; empty when it is whole."""
        with self._engine.connect() as db:
            damage = db.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        return "" if damage == "ok" else " ".join(str(damage).split())


def full_id(catalog: Catalog, prefix: str) -> str:
    """The one article id of a catalog that begins with ``prefix``.

    Raises:
        UnknownArticle: none does, or several do.
    """
    ids = catalog.ids(prefix) if prefix else []
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise UnknownArticle(f"{prefix} fits {len(ids)} articles: {', '.join(ids[:4])}; say more")
    raise UnknownArticle(f"no article {prefix}; ibid list shows what there is")


@contextmanager
def opened(file: Path) -> Iterator[SqliteCatalog]:
    """A catalog that is closed again. Reading needs no lock, so a running Ibid may go on.

    One that cannot be changed, or whose disk is full, can still be read.
    """
    try:
        catalog = SqliteCatalog(file)
    except LibraryReadOnly:
        catalog = SqliteCatalog(file, read_only=True)
    try:
        yield catalog
    finally:
        catalog.close()
