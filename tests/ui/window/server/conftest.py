"""Libraries and whose they are, in a PostgreSQL server of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import PostgresServer

from rag.index.owners import Owners


@pytest.fixture
def owners(postgres: PostgresServer) -> Iterator[Owners]:
    """None is there before, and none stays."""
    made = Owners(postgres.address, keeps=True)
    yield made
    made.close()
    postgres.empty()
