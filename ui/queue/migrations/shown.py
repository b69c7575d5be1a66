"""What a window was sent is found among all jobs by an index."""

from __future__ import annotations

from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Make the index."""
    op.execute("CREATE INDEX queue_work_shown ON queue_work (number) WHERE wanted ? 'window'")
