"""The tables as they were before alembic told of them: some may be there, and stay as they are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make what is not there."""
    _people()
    _counts()
    _conversations()
    for table, column in (
        ("browsers", "seen"), ("attempts", "last"), ("rates", "since"), ("wishes", "changed"),
        ("answers", "until"), ("conversations", "owner"), ("conversations", "deleted"),
        ("links", "conversation_id"),
    ):  # fmt: skip
        op.create_index(f"ix_{table}_{column}", table, [column], if_not_exists=True)
    op.create_index("lines_by_kind", "lines", ["kind", "number"], if_not_exists=True)


def _people() -> None:
    _make("users", _key("name"), _text("hashed"), sa.Column("role", sa.Text))
    hashed = sa.Column("hashed", sa.Text, nullable=False, unique=True)
    _make("keys", _key("name"), hashed, _text("body"), sa.Column("last_used", sa.Text))
    _make("sessions", _key("token"), _text("user"), _text("hashed"), _second("until"))
    _make("browsers", _key("browser"), _second("seen"))
    _make("wishes", _key("reader"), _text("body"), _second("changed"))
    value = sa.Column("value", sa.LargeBinary, nullable=False)
    _make("secrets", _key("name"), value)


def _counts() -> None:
    _make("attempts", _key("key"), _number("wrong"), _second("last"), _second("until"))
    is_allowed = sa.Column("is_allowed", sa.Boolean, nullable=False)
    unlogged = {"prefixes": ["UNLOGGED"]}
    _make("rates", _key("who"), _second("left"), _second("since"), is_allowed, **unlogged)
    _make("answers", _key("id"), _text("owner"), _text("body"), _second("until"))
    number = sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True)
    _make("lines", number, _text("kind"), _text("said"))


def _conversations() -> None:
    whose = (_text("owner"), _text("title"), _moment("created"), _moment("updated"))
    _make("conversations", _key("id"), *whose, sa.Column("deleted", sa.DateTime))
    of = sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.id"), primary_key=True)
    _make("exchanges", of, _place(), _text("words"), *_written())
    said = (_text("owner"), _text("verdict"), _text("reason"), _moment("given"))
    _make("feedback", _key("conversation_id"), _place(), *said, *_written())
    spot = (_text("conversation_id"), _number("place"), _moment("made"))
    _make("links", _key("id"), *spot, *_written())


def _make(name: str, *columns: sa.Column[Any], **how: Any) -> None:
    op.create_table(name, *columns, if_not_exists=True, **how)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _place() -> sa.Column[int]:
    return sa.Column("place", sa.Integer, primary_key=True)


def _written() -> tuple[sa.Column[int], sa.Column[str]]:
    return _number("format"), _text("body")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _second(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(53), nullable=False)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime, nullable=False)
