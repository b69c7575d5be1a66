"""``/readyz``: whether questions may come, told to anybody, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from doubles import tiny_library
from fastapi.testclient import TestClient
from postgres_server import PostgresServer
from pydantic import SecretStr
from served import Engine

from rag.errors import IndexAway, LibraryError
from rag.index.postgres import Database
from rag.limits import WindowLimits
from rag.settings import Settings
from ui import keys, users
from ui.state.places import InDatabase
from ui.turns import Turns
from ui.window.server import headless
from ui.window.server.readiness import Readiness

PASSWORD = "correct horse battery"


class OverDatabase(Engine):
    """An engine whose settings name a database for what is beside the articles."""

    def __init__(self, library: Any, folder: Path, address: str) -> None:
        super().__init__(library, folder)
        self.settings: Settings = library.settings.model_copy(
            update={"database": SecretStr(address)}
        )


@contextmanager
def replica(folder: Path, address: str = "", **given: Any) -> Iterator[Any]:
    """A service without a window, whose state is in the database at an address."""
    folder.mkdir()
    with tiny_library(folder) as library:
        engine = OverDatabase(library, folder, address) if address else Engine(library, folder)
        yield headless.application(engine, library.folder, **given), engine


def client(web: Any) -> TestClient:
    return TestClient(web, base_url="http://127.0.0.1")


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    yield postgres.address
    postgres.empty()


def test_it_is_ready_when_its_models_are_loaded_and_says_so_to_whoever_asks(
    tmp_path: Path,
) -> None:
    file = tmp_path / "users"
    users.add(file, "ann", PASSWORD)
    with replica(tmp_path / "it", users=file) as (web, engine), client(web) as asking:
        answer = asking.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "search": "all"})
        assert answer.headers["cache-control"] == "no-store"
        (tmp_path / "it" / "loading").touch()
        answer = asking.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["missing"] == ["models"]
        assert asking.get("/healthz").status_code == 200
        assert not any(name in answer.text for name in (str(tmp_path), "ann", "tiny"))
        engine.library.away = IndexAway("it does not answer")
        (tmp_path / "it" / "loading").unlink()
        assert asking.get("/readyz").json() == {"ready": True, "search": "words"}
        engine.library.away = None


def test_one_that_ends_is_not_ready_and_takes_no_question(tmp_path: Path) -> None:
    with replica(tmp_path / "it") as (web, _), client(web) as asking:
        web.state.turns.close()
        answer = asking.get("/readyz")
        assert (answer.status_code, answer.json()["missing"]) == (503, ["ending"])
        refused = asking.post("/v1/ask", json={"question": "How many seats?"})
        assert refused.status_code == 503
        assert "ending" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert asking.get("/v1/articles").status_code == 200


async def test_a_database_that_does_not_answer_is_looked_for_once_a_second(tmp_path: Path) -> None:
    looked, now = [], [0.0]
    answers = False

    def check() -> None:
        looked.append(now[0])
        if not answers:
            raise LibraryError("gone")

    with tiny_library(tmp_path) as library:
        turns = Turns(WindowLimits())
        ready = Readiness(Engine(library, tmp_path), turns, check, lambda: now[0])
        for _ in range(5):
            assert await ready.missing() == ["database"]
        assert looked == [0.0]
        answers, now[0] = True, 1.0
        assert await ready.missing() == []
        assert looked == [0.0, 1.0]


def test_while_postgresql_is_away_nobody_is_let_in_and_it_goes_on_when_it_is_back(
    tmp_path: Path,
) -> None:
    server = PostgresServer()
    try:
        with replica(tmp_path / "it", server.address) as (web, engine), client(web) as asking:
            kept = web.state.kept
            assert isinstance(kept, InDatabase)
            secret = keys.add(kept.key_place, "bot", "read")
            bearer = {"Authorization": f"Bearer {secret}"}
            assert asking.get("/v1/articles", headers=bearer).status_code == 200
            server.halt()
            refused = asking.get("/v1/articles", headers=bearer)
            assert (refused.status_code, refused.json()["title"]) == (503, "Not ready yet")
            assert "database" in refused.json()["detail"]
            assert str(server.address) not in refused.text
            assert asking.get("/healthz").status_code == 200
            server.start()
            assert asking.get("/v1/articles", headers=bearer).status_code == 200
            assert engine.settings.database
    finally:
        server.stop()


def test_who_signs_in_on_one_replica_is_served_by_the_other_and_nobody_else_is(
    tmp_path: Path, database: str
) -> None:
    with closing(InDatabase(Database(database, "library"), 1_000)) as kept:
        people = kept.users
        users.add(people, "ann", PASSWORD, "owner")
        with (
            replica(tmp_path / "a", database, users=people) as (a, _),
            replica(tmp_path / "b", database, users=people) as (b, _),
            client(a) as at_a,
            client(b) as at_b,
            client(b) as strange,
        ):
            form = {"name": "ann", "password": PASSWORD}
            given = at_a.post("/sign-in", data=form, follow_redirects=False)
            assert given.status_code == 303
            at_b.cookies = at_a.cookies
            assert at_b.get("/v1/feedback").status_code == 200
            users.appoint(people, "ann", "reader")
            assert at_b.get("/v1/feedback").status_code == 403
            assert strange.get("/v1/articles").status_code == 401
            at_b.post("/sign-out")
            assert at_a.get("/v1/articles").status_code == 401


def test_a_key_and_its_rate_are_one_for_all_replicas(tmp_path: Path, database: str) -> None:
    with (
        replica(tmp_path / "a", database) as (a, _),
        replica(tmp_path / "b", database) as (b, _),
        client(a) as at_a,
        client(b) as at_b,
    ):
        secret = keys.add(a.state.kept.key_place, "bot", "admin", rate=4)
        bearer = {"Authorization": f"Bearer {secret}"}
        asked = at_a.post("/v1/ask", json={"question": "How many seats?"}, headers=bearer).json()
        given = {"answer_id": asked["id"], "verdict": "down", "comment": "It was June."}
        assert at_a.post("/v1/feedback", json=given, headers=bearer).status_code == 201
        (told,) = at_b.get("/v1/feedback", headers=bearer).json()["feedback"]
        assert (told["by"], told["comment"]) == ("key:bot", "It was June.")
        codes = [one.get("/v1/models", headers=bearer).status_code for one in (at_a, at_b) * 15]
        assert (
            codes[-1] == 429
        )  # in the minutes that this may take on a busy machine, it fills by less
        keys.remove(b.state.kept.key_place, "bot")
        assert at_a.get("/v1/models", headers=bearer).status_code == 401
