"""Several libraries behind one service: each is there for its own people, and for no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from housed import asked, house, key
from postgres_server import PostgresServer

from rag.index.owners import Owners
from rag.settings import Settings
from ui.window.server import many

ANN, BEN = "key:ann", "user:ben"
PASSWORD = "correct horse"


@pytest.fixture
def owners(postgres: PostgresServer) -> Iterator[Owners]:
    made = Owners(postgres.address, keeps=True)
    yield made
    made.close()
    postgres.empty()


@pytest.fixture
def at(
    owners: Owners, postgres: PostgresServer, chroma_server: ChromaServer, tmp_path: Path
) -> many.House:
    """A service with two libraries, news and notes; at most one is open."""
    owners.create("news", ANN)
    owners.create("notes", "key:zoe")
    settings = Settings(
        library=tmp_path / "home",
        database=postgres.address,
        chroma=chroma_server.address,
        api={"libraries": 1},
    )
    return house(settings, owners)


async def test_a_library_is_wholly_below_its_own_path_for_whom_it_is_there(at: many.House) -> None:
    ann, zoe = key(at, "ann"), key(at, "zoe")
    async with asked(at) as client:
        made = await client.post(
            "/l/news/v1/articles?wait=true", json={"text": "Herons wade at dusk."}, headers=ann
        )
        assert made.status_code == 200, made.text
        assert made.headers["location"].startswith("/l/news/v1/jobs/")
        assert (await client.get(made.headers["location"], headers=ann)).status_code == 200
        said = await client.post("/l/news/v1/ask", json={"question": "herons?"}, headers=ann)
        assert "Herons wade" in said.text
        assert '"/l/news/v1/articles/' in said.text
        listed = await client.get("/l/notes/v1/articles", headers=zoe)
        assert listed.json()["total"] == 0
        assert (await client.get("/l/news/v1/articles", headers=ann)).json()["total"] == 1
