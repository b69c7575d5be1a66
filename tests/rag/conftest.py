"""A library in a folder of its own, with real SQLite, real Chroma and the tiny embedder.

Tests marked ``engines`` are run over each engine that may keep a catalog; all others over SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from tiny import TinyEmbedder

from rag.index import catalogs
from rag.index.catalog import SqlCatalog
from rag.index.library import Library, opened
from rag.settings import Settings


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked so once over each engine; the mark nearest to a test tells which."""
    marked = metafunc.definition.get_closest_marker("engines")
    if marked and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", marked.args, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of the database that keeps the catalog, empty before; None is SQLite."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    yield server.address
    server.empty()


@pytest.fixture
def settings(tmp_path: Path, database: str | None) -> Settings:
    return Settings(
        library=tmp_path / "library", database=database, chunk_chars=200, chunk_overlap=40
    )


@pytest.fixture
def embedder() -> TinyEmbedder:
    return TinyEmbedder()


@pytest.fixture
def library(settings: Settings, embedder: TinyEmbedder) -> Iterator[Library]:
    with opened(settings, embedder) as own:
        yield own


@pytest.fixture
def catalog(settings: Settings) -> Iterator[SqlCatalog]:
    settings.library.mkdir()
    with catalogs.opened(catalogs.of(settings)) as own:
        yield own
