"""A shared library over a tiny embedder: a PostgreSQL server keeps one, and Chroma the other."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from commands import without_settings
from postgres_server import PostgresServer
from queued import Handed, Process, Workers
from tiny import TinyEmbedder

from rag.index.library import Library, opened
from rag.settings import Settings, load
from ui.queue.errands import Readers

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("queued.py")


@pytest.fixture(autouse=True)
def _a_machine_without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_settings(monkeypatch, tmp_path)


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    postgres: PostgresServer,
    chroma_server: ChromaServer,
) -> Settings:
    """Those of a shared library of its own, in the environment; nothing waits for long in it."""
    given = {
        "LIBRARY": tmp_path / f"news{uuid.uuid4().hex[:8]}",
        "DATABASE": postgres.address,
        "CHROMA": chroma_server.address,
        "EMBEDDER": "tiny",
        "QUEUE__LEASE_S": 20.0,
        "QUEUE__LOOK_S": 0.3,
        "QUEUE__WAIT_S": 0.1,
        "QUEUE__LONGEST_WAIT_S": 0.2,
        "QUEUE__TRIES": 2,
        "READING__INTRANET": '["127.0.0.1"]',
    }
    for name, value in given.items():
        monkeypatch.setenv(f"IBID_{name}", str(value))
    return load()


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with opened(settings, TinyEmbedder(), purpose="a test") as own:
        yield own


@pytest.fixture
def handed(settings: Settings) -> Iterator[Handed]:
    made = Handed(settings)
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def working() -> Iterator[Workers]:
    """Starts workers in this process."""
    with closing(
        Readers(load().reading.model_copy(update={"intranet": ("127.0.0.1",)}))
    ) as readers:
        yield Workers(readers)


@pytest.fixture
def process(library: Library, tmp_path: Path) -> Iterator[Process]:
    """A worker that is a process of its own, and waits at texts with "eleven" in them."""
    lines = tmp_path / "lines"
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    made = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(lines), "eleven"], env={**os.environ, "PYTHONPATH": path}
    )
    yield Process(made, lines)
    made.kill()
    made.wait()
