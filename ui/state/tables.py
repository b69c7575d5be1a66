"""The tables of what all processes over one library share, beside the catalog's in its schema."""

from __future__ import annotations

import sqlalchemy as sa

tables = sa.MetaData()
users = sa.Table(
    "users",
    tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("hashed", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
)
keys = sa.Table(
    "keys",
    tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("hashed", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("last_used", sa.Text),
)
# Nobody can come in with what stands here: of a token and of a browser's secret it is the digest.
sessions = sa.Table(
    "sessions",
    tables,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("hashed", sa.Text, nullable=False),
    sa.Column("until", sa.Float(53), nullable=False),
)
browsers = sa.Table(
    "browsers",
    tables,
    sa.Column("browser", sa.Text, primary_key=True),
    sa.Column("seen", sa.Float(53), nullable=False, index=True),
)
attempts = sa.Table(
    "attempts",
    tables,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("last", sa.Float(53), nullable=False, index=True),
    sa.Column("until", sa.Float(53), nullable=False),
)
# What is lost of these in a crash is a minute's; it is not worth a log that is written first.
rates = sa.Table(
    "rates",
    tables,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("left", sa.Float(53), nullable=False),
    sa.Column("since", sa.Float(53), nullable=False, index=True),
    sa.Column("is_allowed", sa.Boolean, nullable=False),
    prefixes=["UNLOGGED"],
)
wishes = sa.Table(
    "wishes",
    tables,
    sa.Column("reader", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("changed", sa.Float(53), nullable=False, index=True),
)
answers = sa.Table(
    "answers",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("until", sa.Float(53), nullable=False, index=True),
)
lines = sa.Table(
    "lines",
    tables,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Index("lines_by_kind", "kind", "number"),
)
secrets = sa.Table(
    "secrets",
    tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
