"""Its place makes what lies beside it importable from every test: ``from tiny import ...``."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from hypothesis import HealthCheck, settings
from postgres_server import PostgresServer

# A machine that others share may stand still for a moment, and no test here is about seconds.
settings.register_profile("ibid", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ibid")


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server that all tests of a process share, each under a name of its own."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that all tests of a process share."""
    server = PostgresServer()
    yield server
    server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last: no other event loop starts beside the one Playwright leaves."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# What the parts of ``make test`` ask for, and what a file must say to hold any of it.
_NAMED_BY = {"browser": "mark.browser", "model and not browser": "mark.model"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import what can hold no test that is asked for: to import all takes half a minute."""
    named = _NAMED_BY.get(config.option.markexpr)
    if named and collection_path.suffix == ".py" and collection_path.name.startswith("test_"):
        return named not in collection_path.read_text("utf-8") or None
    return None
