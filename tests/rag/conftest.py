"""A library in a folder of its own, with real SQLite, real Chroma and the tiny embedder.

Tests marked ``engines`` are run over each that is named, all others with SQLite and embedded
Chroma. Where none is named they are the contract: whatever keeps a library, it does the same.
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

KEPT_BY = {  # what keeps the catalog, and what the vectors
    "sqlite": (None, None),
    "postgres": ("postgres", None),
    "served": (None, "chroma_server"),
    "shared": ("postgres", "chroma_server"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked so once over each engine; the mark nearest to a test tells which."""
    marked = metafunc.definition.get_closest_marker("engines")
    if marked and "engine" in metafunc.fixturenames:
        everywhere = ("sqlite", "served", "shared")
        metafunc.parametrize("engine", marked.args or everywhere, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """What keeps the library: one of `KEPT_BY`."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of the database that keeps the catalog, empty before; None is SQLite."""
    if (name := KEPT_BY[engine][0]) is None:
        yield None
        return
    server: PostgresServer = request.getfixturevalue(name)
    yield server.address
    server.empty()


@pytest.fixture
def chroma(engine: str, request: pytest.FixtureRequest) -> str | None:
    """The address of the server that keeps the vectors; None is a folder."""
    name = KEPT_BY[engine][1]
    return request.getfixturevalue(name).address if name else None


@pytest.fixture
def settings(tmp_path: Path, database: str | None, chroma: str | None) -> Settings:
    return Settings(
        library=tmp_path / "library",
        database=database,
        chroma=chroma,
        chroma_pause=0.0,
        chunk_chars=200,
        chunk_overlap=40,
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
