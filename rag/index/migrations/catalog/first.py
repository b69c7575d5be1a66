"""The catalog as it was before alembic told of it: all of it is there."""

from __future__ import annotations

revision = "1"
down_revision = None


def upgrade() -> None:
    """Nothing is lacking."""
