"""The tables of a library, as they are in a SQLite file and in PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = "6"


class _InPostgres(sa.types.TypeDecorator[str]):
    """Text that is ordered and compared by its code points, as SQLite's is, on every server.

    PostgreSQL keeps no NUL and no half of a surrogate pair: what is asked for has neither.
    """

    impl = sa.Text(collation="C")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.encode(errors="replace").decode().replace("\0", "?")


_WORDS = sa.Text().with_variant(_InPostgres(), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = sa.MetaData()
PROPERTIES = sa.Table(
    "facts",
    TABLES,
    sa.Column("name", _WORDS, primary_key=True),
    sa.Column("value", _WORDS, nullable=False),
)
ARTICLES = sa.Table(
    "articles",
    TABLES,
    sa.Column("id", _WORDS, primary_key=True),
    sa.Column("title", _WORDS, nullable=False),
    sa.Column("source", _WORDS, nullable=False, unique=True),
    sa.Column("publisher", _WORDS),
    sa.Column("published", sa.Date),
    sa.Column("language", _WORDS),
    sa.Column("digest", _WORDS, nullable=False, index=True),
    sa.Column("added", sa.DateTime, nullable=False),
    sa.Column("text", _WORDS, nullable=False),
    sa.Column("author", _WORDS),
    sa.Column("link", _WORDS),
    sa.Column("pages", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("edited", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("stated_source", _WORDS),
    sa.Column("tags", sa.JSON, nullable=False, server_default="[]"),
)
_UNLABELLED = sa.text("NOT labelled")
CHUNKS = sa.Table(
    "chunks",
    TABLES,
    sa.Column("row", _NUMBER, primary_key=True),
    sa.Column("id", _WORDS, nullable=False, unique=True),
    sa.Column("article_id", sa.ForeignKey("articles.id"), nullable=False, index=True),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text", _WORDS, nullable=False),
    # What the lexical index reads in the place of the text; nothing where it reads the text.
    sa.Column("words", _WORDS),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("indexed", sa.Boolean, nullable=False, default=False, index=True),
    # Whether the vector index knows of its article what stands here.
    sa.Column("labelled", sa.Boolean, nullable=False, default=False, server_default="0"),
    sa.Index("unlabelled", "row", sqlite_where=_UNLABELLED, postgresql_where=_UNLABELLED),
)
# ``key`` is the name without regard to case: no two differ in that alone.
COLLECTIONS = sa.Table(
    "collections",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", _WORDS, nullable=False, unique=True),
    sa.Column("name", _WORDS, nullable=False),
    sqlite_autoincrement=True,  # of one that is gone, the index may not have heard yet
)
COLLECTED = sa.Table(
    "collected",
    TABLES,
    sa.Column("collection_id", sa.ForeignKey("collections.id"), primary_key=True),
    # No foreign key: an article that is changed is put anew, and stays where it was collected.
    sa.Column("article_id", _WORDS, primary_key=True, index=True),
)
DROPPED = sa.Table("dropped", TABLES, sa.Column("chunk_id", _WORDS, primary_key=True))
# What was asked of an article as it is, and answered; for a newer one there is none. Nothing says
# that the article must be there: an older Ibid, which knows no such table, may remove it.
OFFERED = sa.Table(
    "offered",
    TABLES,
    sa.Column("article_id", _WORDS, primary_key=True),
    sa.Column("digest", _WORDS, nullable=False),
    sa.Column("title", _WORDS, nullable=False),
    sa.Column("questions", sa.JSON, nullable=False),
)
# Where articles were added from, to look there again; and what was had from each such place.
_SEEN = ("link", "etag", "modified")
FOLLOWED = sa.Table(
    "followed",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", _WORDS, nullable=False),
    sa.Column("place", _WORDS, nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    sa.Column("collection", _WORDS, nullable=False),
    *(sa.Column(name, _WORDS, nullable=False) for name in _SEEN),
    sa.Column("looked", sa.DateTime),
    sa.UniqueConstraint("kind", "place"),
)
# No foreign key to the articles: what is not there any more was removed by a person.
HAD = sa.Table(
    "had",
    TABLES,
    sa.Column("followed_id", sa.ForeignKey("followed.id"), primary_key=True),
    sa.Column("source", _WORDS, primary_key=True),
    sa.Column("place", _WORDS, nullable=False, index=True),
    sa.Column("article_id", _WORDS, nullable=False, index=True),
    sa.Column("disk", _WORDS, nullable=False),
    *(sa.Column(name, _WORDS, nullable=False) for name in _SEEN),
)
# Where an article was had besides under its own source, and the digest of the text that was there:
# the article's, or that of one that was merged into it.
ALSO_AT = sa.Table(
    "also_at",
    TABLES,
    sa.Column("source", _WORDS, primary_key=True),
    sa.Column("article_id", _WORDS, nullable=False, index=True),
    sa.Column("body", _WORDS, nullable=False),
    sa.Column("added", sa.DateTime, nullable=False),
)
# What an article's text is known by: its digest, and what tells how alike it is to others.
SIGNATURES = sa.Table(
    "signatures",
    TABLES,
    sa.Column("article_id", _WORDS, primary_key=True),
    sa.Column("body", _WORDS, nullable=False, index=True),
    sa.Column("words", sa.Integer, nullable=False),
    sa.Column("form", _WORDS, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
# What was summed when a chunk's vector was stored. SQLite does not notice a byte that changed.
SUMS = sa.Table(
    "sums",
    TABLES,
    sa.Column("row", _NUMBER, primary_key=True),
    sa.Column("sum", _NUMBER, nullable=False),
)
