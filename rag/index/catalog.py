"""The source of truth: articles, chunks, their vectors and the lexical index, in one SQLite file.

Everything that changes together is written in one transaction. The vector index is derived from
what stands here: a chunk with ``indexed = 0`` and a row of ``dropped`` are what it still owes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from rag.errors import LibraryError, UnknownArticle
from rag.language.lexicon import STOP_WORDS
from rag.schema import Article, ArticleInfo, Chunk, Filter

SCHEMA_VERSION = "2"

_tables = sa.MetaData()
_properties = sa.Table(
    "facts",
    _tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
_articles = sa.Table(
    "articles",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False, unique=True),
    sa.Column("publisher", sa.Text),
    sa.Column("published", sa.Date),
    sa.Column("language", sa.Text),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("added", sa.DateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("author", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("pages", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("edited", sa.JSON, nullable=False, server_default="{}"),
)
_chunks = sa.Table(
    "chunks",
    _tables,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("article_id", sa.ForeignKey("articles.id"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("indexed", sa.Boolean, nullable=False, default=False, index=True),
)
_dropped = sa.Table("dropped", _tables, sa.Column("chunk_id", sa.Text, primary_key=True))

# What made a library of each older version into one of the next.
_MIGRATIONS = {
    "1": (
        "ALTER TABLE articles ADD COLUMN author TEXT",
        "ALTER TABLE articles ADD COLUMN link TEXT",
        "ALTER TABLE articles ADD COLUMN pages JSON NOT NULL DEFAULT '[]'",
        "ALTER TABLE articles ADD COLUMN edited JSON NOT NULL DEFAULT '{}'",
        "UPDATE articles SET link = source WHERE source LIKE 'http://%' OR source LIKE 'https://%'",
        "UPDATE facts SET value = '2' WHERE name = 'schema'",
    )
}

_FACTS = [fact.name for fact in fields(ArticleInfo)]
_INFO = [_articles.c[name] for name in _FACTS]
_CHUNK = [_chunks.c[name] for name in Chunk.__slots__]
_WORD = re.compile(r"\w+")
_MOST_WORDS = 64
# How much a word in the title counts against one in the text; chosen on the seeds' questions.
TITLE_WEIGHT = 0.3
_LEXICAL_TABLES = (
    "CREATE VIEW IF NOT EXISTS titled AS SELECT chunks.row, articles.title, chunks.text, "
    "chunks.article_id FROM chunks JOIN articles ON articles.id = chunks.article_id",
    "CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5(title, text, content='titled', "
    "content_rowid='row', tokenize=\"porter unicode61 remove_diacritics 2\")",
)


def database(file: Path) -> sa.Engine:
    """A library's SQLite file, for whoever keeps tables of their own beside the catalog's.

    Whatever is done with it raises LibraryError, in one line, when the disk is full or the file
    damaged.
    """

    def explain(context: sa.ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, sa.exc.DatabaseError):
            raise LibraryError(
                f"{file}: {context.original_exception}; make room on the disk, restore the "
                "file from a backup, or name another folder with --library",
                "disk",
                why=context.original_exception,
            ) from None

    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "handle_error", explain)
    return engine


@dataclass(frozen=True, slots=True)
class Removed:
    """All that is needed to put a removed article back as it was."""

    article: Article
    added: datetime
    edited: dict[str, Any]
    chunks: tuple[Chunk, ...]
    vectors: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article as a list of the library tells of it. ``length`` is in characters."""

    info: ArticleInfo
    added: datetime
    length: int


class Catalog:
    """One library's tables. Safe to use from several threads.

    Raises:
        LibraryError: the file is damaged, or was written by a newer Ibid.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._engine = database(file)
        self._migrate()
        with self._engine.begin() as db:
            _tables.create_all(db)
            for statement in _LEXICAL_TABLES:
                db.exec_driver_sql(statement)
        written_by = (
            self.metadata("schema") or self._set_metadata({"schema": SCHEMA_VERSION})["schema"]
        )
        if written_by != SCHEMA_VERSION:
            raise LibraryError(f"{file}: written by another version of Ibid; update Ibid")

    def _migrate(self) -> None:
        """Bring a library of an older Ibid up to today, all of it or nothing."""
        while self._steps():
            with self._engine.connect() as db:
                # Locked before the second look, lest another process does the same.
                db.exec_driver_sql("BEGIN IMMEDIATE")
                for step in self._steps(db):
                    db.exec_driver_sql(step)
                db.commit()

    def _steps(self, db: sa.Connection | None = None) -> Sequence[str]:
        """What leads from the version of the file to the next; nothing if it is today's."""
        if db is None:
            with self._engine.connect() as looked:
                return self._steps(looked)
        if not sa.inspect(db).has_table("facts"):
            return ()
        version = sa.select(_properties.c.value).where(_properties.c.name == "schema")
        return _MIGRATIONS.get(db.scalar(version) or "", ())

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    def damage(self) -> str:
        """What SQLite finds wrong with the file; empty when it is whole."""
        with self._engine.connect() as db:
            found = db.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        return "" if found == "ok" else str(found)

    # Facts about the library itself

    def metadata(self, name: str) -> str | None:
        """What is remembered under a name, such as the fingerprint of the embedder."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(_properties.c.value).where(_properties.c.name == name))

    def _set_metadata(self, facts: dict[str, str]) -> dict[str, str]:
        with self._engine.begin() as db:
            for name, value in facts.items():
                db.execute(sa.delete(_properties).where(_properties.c.name == name))
                db.execute(sa.insert(_properties).values(name=name, value=value))
        return facts

    def set_metadata(self, **facts: str) -> None:
        """Keep facts about the library, replacing older ones of the same name."""
        self._set_metadata(facts)

    # Articles

    def articles(self) -> list[ArticleInfo]:
        """All articles, the latest added first."""
        query = sa.select(*_INFO).order_by(_articles.c.added.desc(), _articles.c.id)
        with self._engine.connect() as db:
            return [_info(row) for row in db.execute(query)]

    def listing(
        self,
        words: str = "",
        only: Filter | None = None,
        sort: str = "added",
        *,
        limit: int = 50,
    ) -> tuple[list[ListedArticle], int]:
        """The first ``limit`` articles that hold all the words, and how many do.

        A word may begin one of the text, or stand anywhere in the title, the names or the source.
        ``sort`` is ``added`` (latest first), ``published`` (latest first, undated last),
        ``title``, ``publisher`` or ``length`` (longest first).
        """
        asked = _conditions(only) if only else []
        asked += [_holds(word) for word in words.split()[:_MOST_WORDS]]
        length = sa.func.length(_articles.c.text)
        order = {
            "published": _articles.c.published.desc().nulls_last(),
            "title": sa.func.lower(_articles.c.title),
            "publisher": sa.func.lower(_articles.c.publisher).nulls_last(),
            "length": length.desc(),
        }.get(sort, _articles.c.added.desc())
        query = sa.select(*_INFO, _articles.c.added, length).where(*asked)
        count = sa.select(sa.func.count()).select_from(_articles).where(*asked)
        query = query.order_by(order, _articles.c.added.desc(), _articles.c.id).limit(limit)
        with self._engine.connect() as db:
            shelved = [ListedArticle(_info(row), *row[-2:]) for row in db.execute(query)]
            return shelved, db.scalar(count) or 0

    def publishers(self) -> list[str]:
        """Every publisher, by name."""
        name = _articles.c.publisher
        query = sa.select(name).where(name.is_not(None)).distinct().order_by(sa.func.lower(name))
        with self._engine.connect() as db:
            return list(db.scalars(query))

    def article(self, article_id: str) -> Article:
        """One article with its text.

        Raises:
            UnknownArticle: there is none of that id.
        """
        query = sa.select(*_INFO, _articles.c.text).where(_articles.c.id == _sayable(article_id))
        with self._engine.connect() as db:
            row: Any = db.execute(query).one_or_none()
        if row is None:
            raise UnknownArticle(f"no article {article_id}; ibid list shows what there is")
        return Article(**_known(row), text=row.text)

    def text(self, article_id: str, start: int, end: int) -> str:
        """The words of an article from one offset to another; empty if there is no such article.

        ``start`` and ``end`` count code points, as SQLite does too.
        """
        words = sa.func.substr(_articles.c.text, start + 1, end - start)
        with self._engine.connect() as db:
            return db.scalar(sa.select(words).where(_articles.c.id == article_id)) or ""

    def ids(self, prefix: str) -> list[str]:
        """The article ids that begin with ``prefix``."""
        start = _articles.c.id.startswith(_sayable(prefix), autoescape=True)
        query = sa.select(_articles.c.id).where(start).order_by(_articles.c.id)
        with self._engine.connect() as db:
            return list(db.scalars(query))

    def infos(self, article_ids: Iterable[str]) -> dict[str, ArticleInfo]:
        """What is known of each of these articles, by id."""
        query = sa.select(*_INFO).where(_articles.c.id.in_(set(article_ids)))
        with self._engine.connect() as db:
            return {row.id: _info(row) for row in db.execute(query)}

    def digest_of(self, article_id: str) -> str | None:
        """The digest under which an article is stored, or None."""
        query = sa.select(_articles.c.digest).where(_articles.c.id == article_id)
        with self._engine.connect() as db:
            return db.scalar(query)

    def with_digest(self, digest: str) -> ArticleInfo | None:
        """An article with exactly this text and front matter, from whatever source."""
        query = sa.select(*_INFO).where(_articles.c.digest == digest).limit(1)
        with self._engine.connect() as db:
            row = db.execute(query).one_or_none()
        return _info(row) if row else None

    def put(
        self,
        article: Article,
        chunks: Sequence[Chunk],
        vectors: Sequence[Any],
        *,
        added: datetime | None = None,
        edited: dict[str, Any] | None = None,
    ) -> None:
        """Store an article with its chunks, in place of an older one from the same source.

        ``vectors`` holds one vector a chunk, in the same order. ``added``: now, unless given.
        ``edited``: what a person wrote over the facts that were read; kept unless given.
        """
        row = {name: getattr(article, name) for name in (*_FACTS, "text")}
        when = added or datetime.now(UTC)
        with self._engine.begin() as db:
            if edited is None:
                edited = _edited(db, article.id)
            _drop(db, [article.id])
            db.execute(sa.insert(_articles).values(**row, added=when, edited=_written(edited)))
            if not chunks:
                return
            db.execute(
                sa.insert(_chunks),
                [
                    {
                        **{name: getattr(chunk, name) for name in Chunk.__slots__},
                        "vector": np.asarray(vector, dtype=np.float32).tobytes(),
                        "indexed": False,
                    }
                    for chunk, vector in zip(chunks, vectors, strict=True)
                ],
            )
            db.execute(
                sa.text(
                    "INSERT INTO lexical(rowid, title, text) "
                    "SELECT row, title, text FROM titled WHERE article_id = :id"
                ),
                {"id": article.id},
            )
            back = sa.select(_chunks.c.id).where(_chunks.c.article_id == article.id)
            db.execute(sa.delete(_dropped).where(_dropped.c.chunk_id.in_(back)))

    def describe(self, article_id: str, edited: dict[str, Any]) -> None:
        """Write these facts over an article's, and remember that a person did; not the title.

        A title is embedded with every chunk and indexed: see `rag.index.library.Library.edit`.
        """
        with self._engine.begin() as db:
            change = sa.update(_articles).where(_articles.c.id == article_id)
            kept = _edited(db, article_id) | edited
            db.execute(change.values(**edited, edited=_written(kept)))

    def edited(self, article_id: str) -> dict[str, Any]:
        """The facts that a person wrote over what was read, by name."""
        with self._engine.connect() as db:
            return _edited(db, article_id)

    def added(self, article_id: str) -> datetime | None:
        """When an article came, or None."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(_articles.c.added).where(_articles.c.id == article_id))

    def take(self, article_ids: Iterable[str]) -> list[Removed]:
        """Forget these articles, and return all that is needed to put them back."""
        taken = []
        chunks = sa.select(_chunks.c.vector, *_CHUNK).order_by(_chunks.c.start)
        with self._engine.begin() as db:
            for article_id in article_ids:
                row: Any = db.execute(
                    sa.select(_articles).where(_articles.c.id == article_id)
                ).one_or_none()
                if row is None:
                    continue
                held: Any = db.execute(chunks.where(_chunks.c.article_id == article_id)).all()
                taken.append(
                    Removed(
                        Article(**_known(row), text=row.text),
                        row.added,
                        _edited(db, article_id),
                        tuple(Chunk(*one[1:]) for one in held),
                        tuple(np.frombuffer(one.vector, np.float32) for one in held),
                    )
                )
                _drop(db, [article_id])
        return taken

    def remove(self, article_ids: Iterable[str]) -> None:
        """Forget these articles and all that was made of them."""
        with self._engine.begin() as db:
            _drop(db, list(article_ids))

    # Chunks

    def count(self) -> tuple[int, int]:
        """How many articles and how many chunks there are."""
        with self._engine.connect() as db:
            articles = db.scalar(sa.select(sa.func.count()).select_from(_articles)) or 0
            chunks = db.scalar(sa.select(sa.func.count()).select_from(_chunks)) or 0
        return articles, chunks

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """The chunks of these ids, by id; one that is no longer there is left out."""
        query = sa.select(*_CHUNK).where(_chunks.c.id.in_(chunk_ids))
        with self._engine.connect() as db:
            return {row.id: Chunk(*row) for row in db.execute(query)}

    def chunks_of(self, article_id: str) -> list[Chunk]:
        """The chunks of one article, in reading order."""
        query = sa.select(*_CHUNK).where(_chunks.c.article_id == article_id)
        with self._engine.connect() as db:
            return [Chunk(*row) for row in db.execute(query.order_by(_chunks.c.start))]

    def search(
        self, question: str, limit: int, only: Filter | None = None
    ) -> list[tuple[str, float]]:
        """The chunks that share words with the question, best first, with their BM25 score.

        Any text is a valid question: only its words reach FTS5, each as a quoted string. Words
        of the article's title count a little; common English words do not, unless alone.
        """
        query = _match(question)
        if not query:
            return []
        rank: sa.ColumnElement[float] = sa.literal_column(f"bm25(lexical, {TITLE_WEIGHT}, 1.0)")
        found: Any = (
            sa.select(sa.column("rowid").label("row"), rank.label("rank"))
            .select_from(sa.table("lexical"))
            .where(sa.text("lexical MATCH :words"))
        )
        if only:
            rows = sa.select(_chunks.c.row).join(_articles).where(*_conditions(only))
            found = found.where(sa.column("rowid").in_(rows))
        best = found.order_by(sa.text("rank")).limit(limit).subquery()
        # bm25() of FTS5 is better when smaller, and negative.
        rows = sa.select(_chunks.c.id, -best.c.rank).join(best, best.c.row == _chunks.c.row)
        with self._engine.connect() as db:
            ranked = db.execute(rows.order_by(best.c.rank), {"words": query})
            return [(chunk_id, score) for chunk_id, score in ranked]

    def matching(self, only: Filter) -> list[str]:
        """The ids of the articles that a filter admits."""
        with self._engine.connect() as db:
            return list(db.scalars(sa.select(_articles.c.id).where(*_conditions(only))))

    # What the vector index still owes

    def pending_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Chunks that are not in the vector index yet, with their vectors, in batches."""
        query = sa.select(_chunks.c.row, _chunks.c.vector, *_CHUNK).order_by(_chunks.c.row)
        query = query.where(_chunks.c.indexed.is_(False)).limit(batch)
        last = -1
        while True:
            with self._engine.connect() as db:
                rows: Any = db.execute(query.where(_chunks.c.row > last)).all()
            if not rows:
                return
            last = rows[-1].row
            yield [(Chunk(*row[2:]), np.frombuffer(row.vector, np.float32)) for row in rows]

    def mark_indexed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are in the vector index now."""
        with self._engine.begin() as db:
            db.execute(sa.update(_chunks).where(_chunks.c.id.in_(chunk_ids)).values(indexed=True))

    def pending_removals(self, batch: int = 1000) -> list[str]:
        """Ids of some chunks that are gone from here and may still be in the vector index."""
        with self._engine.connect() as db:
            return list(db.scalars(sa.select(_dropped.c.chunk_id).limit(batch)))

    def mark_removed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are gone from the vector index too."""
        with self._engine.begin() as db:
            db.execute(sa.delete(_dropped).where(_dropped.c.chunk_id.in_(chunk_ids)))

    def mark_all_pending(self) -> None:
        """The vector index starts from nothing: it owes every chunk."""
        with self._engine.begin() as db:
            db.execute(sa.update(_chunks).values(indexed=False))
            db.execute(sa.delete(_dropped))


def _known(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FACTS} | {"pages": tuple(row.pages)}


def _info(row: Any) -> ArticleInfo:
    return ArticleInfo(**_known(row))


def _edited(db: sa.Connection, article_id: str) -> dict[str, Any]:
    query = sa.select(_articles.c.edited).where(_articles.c.id == article_id)
    edited = dict(db.scalar(query) or {})
    if day := edited.get("published"):  # JSON knows no dates.
        edited["published"] = date.fromisoformat(day)
    return edited


def _written(edited: dict[str, Any]) -> dict[str, Any]:
    day = edited.get("published")
    return edited | {"published": day.isoformat()} if day else edited


def _holds(word: str) -> sa.ColumnElement[bool]:
    """Whether an article holds a word, or in its text one that begins so."""
    word = _sayable(word)
    places = [
        _articles.c[name].contains(word, autoescape=True)
        for name in ("title", "publisher", "author", "source")
    ]
    if parts := _WORD.findall(word):
        asked = " ".join(f'"{part}"' for part in parts) + "*"
        lexical = sa.table("lexical", sa.column("rowid"))
        rows = sa.select(lexical.c.rowid).where(
            sa.text("lexical MATCH :asked").bindparams(sa.bindparam("asked", asked, unique=True))
        )
        held = sa.select(_chunks.c.article_id).where(_chunks.c.row.in_(rows))
        places.append(_articles.c.id.in_(held))
    return sa.or_(*places)


def _match(question: str) -> str:
    """An FTS5 query for any of the question's words."""
    words = list(dict.fromkeys(_WORD.findall(question.lower())))
    content = [word for word in words if word not in STOP_WORDS] or words
    return " OR ".join(f'"{word}"' for word in content[:_MOST_WORDS])


def _conditions(only: Filter) -> list[sa.ColumnElement[bool]]:
    """What a filter asks of an article. Names are compared without regard to case."""
    asked: list[sa.ColumnElement[bool]] = []
    for column, wanted in (
        (_articles.c.publisher, only.publishers),
        (_articles.c.language, only.languages),
    ):
        if wanted:
            asked.append(sa.func.lower(column).in_([name.lower() for name in wanted]))
    if only.sources:
        asked.append(
            sa.or_(*(_articles.c.source.startswith(s, autoescape=True) for s in only.sources))
        )
    if only.articles:
        asked.append(_articles.c.id.in_(only.articles))
    if only.since:
        asked.append(_articles.c.published >= only.since)
    if only.until:
        asked.append(_articles.c.published <= only.until)
    return asked


def _sayable(words: str) -> str:
    """The same words; half a surrogate pair, which no database can be asked for, as ``?``."""
    return words.encode(errors="replace").decode()


def _configure(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=5000")


def _drop(db: sa.Connection, article_ids: list[str]) -> None:
    ids: Any = sa.bindparam("ids", expanding=True)
    db.execute(
        sa.text(
            # FTS5 forgets a row only when it is told the words that stood there.
            "INSERT INTO lexical(lexical, rowid, title, text) "
            "SELECT 'delete', row, title, text FROM titled WHERE article_id IN :ids"
        ).bindparams(ids),
        {"ids": article_ids},
    )
    gone = sa.select(_chunks.c.id).where(_chunks.c.article_id.in_(article_ids))
    db.execute(sa.insert(_dropped).prefix_with("OR IGNORE").from_select(["chunk_id"], gone))
    db.execute(sa.delete(_chunks).where(_chunks.c.article_id.in_(article_ids)))
    db.execute(sa.delete(_articles).where(_articles.c.id.in_(article_ids)))


@contextmanager
def opened(file: Path) -> Iterator[Catalog]:
    """A catalog that is closed again. Reading needs no lock, so a running Ibid may go on."""
    catalog = Catalog(file)
    try:
        yield catalog
    finally:
        catalog.close()
