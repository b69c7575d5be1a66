"""Promises of the API over a shared library: workers do the work, any replica tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from queued import Handed, Workers, assert_whole_there
from starlette.testclient import TestClient

from rag.index.library import Library
from ui import keys
from ui.ahead import Ahead
from ui.api.v1.jobs import Jobs
from ui.api.v1.working import JobDocument
from ui.state import places
from ui.window.server import headless

FERRY = "The ferry to the island of Ven carries 240 people and eleven cars in each direction."


class Engine:
    """What a replica runs on, ready at once; nobody asks it anything here."""

    error = assistant = fetching = None
    is_loading = False

    def __init__(self, library: Library) -> None:
        self.library, self.settings, self.ahead = library, library.settings, Ahead()

    def status(self) -> str:
        return ""

    def assistant_for(self, wishes: object) -> None:
        return None


@contextmanager
def replica(library: Library) -> Iterator[TestClient]:
    """A service over the library, as one of several is."""
    engine: Any = Engine(library)
    with TestClient(
        headless.application(engine, library.folder), base_url="http://127.0.0.1"
    ) as client:
        yield client


@pytest.fixture
def asked(library: Library) -> Iterator[TestClient]:
    with replica(library) as client:
        yield client


def bearer(library: Library, name: str, *collections: str) -> dict[str, str]:
    with closing(places.of(library.settings)) as state:
        secret = keys.add(state.key_place, name, "write", collections)
    return {"Authorization": f"Bearer {secret}"}


def test_what_is_sent_waits_for_a_worker_and_outlives_the_replica_that_took_it(
    library: Library, handed: Handed, working: Workers
) -> None:
    with replica(library) as first:
        sent = first.post("/v1/articles", json={"text": FERRY, "title": "A ferry"})
        assert sent.status_code == 202
        told = sent.json()
        assert (told["state"], told["progress"]["total"]) == ("waiting", 1)
        assert told["note"] == "no worker is running; start one: ibid worker"
    with replica(library) as second, working(library):
        assert set(told) == set(JobDocument.model_fields)
        handed.until(told["id"])
        told = second.get(told["link"]).json()
        assert second.get("/v1/jobs").json()["jobs"] == [told]
        found = second.get("/v1/articles").json()["articles"]
    assert (told["state"], told["note"], told["problem"]) == ("done", None, None)
    [added] = told["result"]["added"]
    assert (added["title"], added["outcome"]) == ("A ferry", "added")
    assert [one["id"] for one in found] == [added["article_id"]]
    assert_whole_there(library)


def test_who_waits_is_answered_when_it_has_ended_and_told_what_was_damaged(
    asked: TestClient, library: Library, working: Workers
) -> None:
    files = [("files", ("a.pdf", b"%PDF-1.7 and no more")), ("files", ("b.md", FERRY.encode()))]
    with working(library):
        both = asked.post("/v1/articles/upload?wait=true", files=files)
        alone = asked.post("/v1/articles/upload?wait=true", files=files[:1])
        again = asked.post("/v1/articles/sync?wait=true", json={})
    assert (both.status_code, both.json()["state"]) == (200, "done")  # as in one process
    assert [one["name"] for one in both.json()["result"]["failed"]] == ["a.pdf"]
    assert alone.status_code == 422 and alone.json()["type"].endswith("#article")
    assert "/tmp" not in both.text + alone.text
    assert (again.status_code, again.json()["state"]) == (200, "done")


def test_a_place_that_is_to_be_followed_is_looked_at_by_a_worker(
    asked: TestClient, library: Library, working: Workers
) -> None:
    given = {"kind": "feed", "url": "http://127.0.0.1:9/rss", "collection": "News"}
    with working(library):
        told = asked.post("/v1/places?wait=true", json=given).json()
    assert told["state"] == "done" and told["kind"] == "sync"
    assert [one["name"] for one in told["result"]["failed"]] == ["http://127.0.0.1:9/rss"]
    assert not library.catalog.followed()


def test_nobody_sees_or_calls_off_the_job_of_another(asked: TestClient, library: Library) -> None:
    ann, bob = bearer(library, "ann"), bearer(library, "bob")
    link = asked.post("/v1/articles", json={"text": FERRY}, headers=ann).json()["link"]
    assert asked.get(link, headers=bob).status_code == 404
    assert asked.delete(link, headers=bob).status_code == 404
    assert asked.get("/v1/jobs", headers=bob).json()["jobs"] == []
    assert asked.get(link[:-1], headers=ann).status_code == 404  # nor by a part of its id
    assert asked.delete(link, headers=ann).json()["state"] == "cancelled"


def test_a_key_of_some_collections_changes_nothing_outside_of_them(
    asked: TestClient, library: Library, working: Workers
) -> None:
    library.create_collection("Mine")
    mine = bearer(library, "ann", "Mine")
    with working(library):
        asked.post("/v1/articles?wait=true", json={"text": FERRY, "source": "f"})
        told = asked.post(
            "/v1/articles?wait=true", json={"text": "Else.", "source": "f"}, headers=mine
        )
        new = asked.post(
            "/v1/articles?wait=true", json={"text": "New.", "source": "n"}, headers=mine
        )
    assert told.status_code == 422 and "outside of your collections" in told.json()["detail"]
    assert new.status_code == 200
    [kept] = [one for one in library.articles() if one.source == "f.txt"]
    assert library.article(kept.id).text.strip() == FERRY


def test_of_one_caller_so_many_wait_and_no_more(
    asked: TestClient, handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed.store.put([handed.wanted((f"{n}.md", FERRY)) for n in range(100)])
    refused = asked.post("/v1/articles", json={"text": FERRY})
    assert refused.status_code == 429 and refused.headers["Retry-After"]
    assert handed.bytes_kept() == 100


def test_a_library_of_one_owner_has_its_jobs_done_in_the_process(library: Library) -> None:
    from ui.window.server.common import Common

    engine: Any = Engine(library)
    engine.settings = library.settings.model_copy(update={"chroma": None})
    common = Common(engine, library.folder, engine.settings.window, "test")
    assert isinstance(common.work(lambda: None), Jobs)
