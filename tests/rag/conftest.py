"""A library in a folder of its own, with real SQLite, real Chroma and the tiny embedder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import TinyEmbedder

from rag.index.library import Library, opened
from rag.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(library=tmp_path / "library", chunk_chars=200, chunk_overlap=40)


@pytest.fixture
def embedder() -> TinyEmbedder:
    return TinyEmbedder()


@pytest.fixture
def library(settings: Settings, embedder: TinyEmbedder) -> Iterator[Library]:
    with opened(settings, embedder) as own:
        yield own
