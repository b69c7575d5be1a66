"""The queue's own tables as they were before alembic told of them: all of it is there."""

from __future__ import annotations

revision = "1"
down_revision = None


def upgrade() -> None:
    """Nothing is lacking."""
