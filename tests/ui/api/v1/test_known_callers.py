"""A service over real articles: what a key may see, and what is put down of what it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelved import Served, serving
from starlette.testclient import TestClient

from rag.limits import WindowLimits
from ui import keys, users
from ui.audit import AUDIT

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), host="0.0.0.0") as it:
        yield it


def key(served: Served, name: str, scope: keys.Scope, *collections: str) -> TestClient:
    """Asks with a key; where other machines reach it, nobody does without."""
    secret = keys.add(served.library.folder / keys.KEYS, name, scope, collections)
    headers = {"Authorization": f"Bearer {secret}"}
    client = TestClient(served.web, base_url="http://127.0.0.1", headers=headers)
    client.portal = served.client.portal  # one loop for all
    return client


def put_down(served: Served, request: str) -> list[dict[str, Any]]:
    said = (served.library.folder / AUDIT).read_text("ascii").splitlines()
    return [line for line in map(json.loads, said) if line.get("request") == request]


def test_where_other_machines_reach_it_nobody_asks_without_a_key(served: Served) -> None:
    assert served.client.get("/v1/articles").status_code == 401
    assert served.client.get("/v1/docs").status_code == 200
    assert served.client.get("/healthz").status_code == 200
    bot = key(served, "bot", "read")
    answer = bot.get("/v1/articles")
    assert answer.json()["total"] == 2
    assert answer.headers["ratelimit-policy"] == '"minute";q=600;w=60'
    keys.remove(served.library.folder / keys.KEYS, "bot")
    assert bot.get("/v1/articles").status_code == 401


def test_a_key_of_a_collection_is_told_of_no_other_article_by_any_way(served: Served) -> None:
    served.library.collect("Boats", [served.ids()["A"]])
    served.library.collect("Bread", [served.ids()["The"]])
    theirs = served.ids()["The"]
    bot = key(served, "boats", "read", "Boats")
    said = [{"role": "user", "content": "When does the bakery open?"}]
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/v1/articles", None),
        ("GET", "/v1/articles?q=bread", None),
        ("GET", "/v1/models", None),
        ("GET", "/v1/collections", None),
        ("POST", "/v1/search", {"query": "When does the bakery open?", "k": 20}),
        ("POST", "/v1/ask", {"question": "When does the bakery open?"}),
        ("POST", "/v1/ask", {"question": "When does the bakery open?", "stream": True}),
        ("POST", "/v1/chat/completions", {"model": "ibid", "messages": said}),
    ]  # fmt: skip
    for method, path, body in asked:
        answer = bot.request(method, path, json=body)
        assert answer.status_code == 200, (path, answer.text)
        words = answer.text.replace("When does the bakery open?", "")
        assert theirs not in words and "bakery" not in words.lower(), path
    assert bot.get(f"/v1/articles/{theirs}").status_code == 404
    for method, path, body in (
        ("POST", "/v1/search", {"query": "bread?", "filter": {"collections": ["Bread"]}}),
        ("POST", "/v1/ask", {"question": "bread?", "filter": {"collections": ["Bread"]}}),
        ("POST", "/v1/ask", {"question": "bread?", "filter": {"collections": ["Nowhere"]}}),
        ("POST", "/v1/chat/completions", {"model": "ibid/Bread", "messages": said}),
    ):
        assert bot.request(method, path, json=body).status_code == 404, path


def test_what_a_key_changes_is_put_down_with_the_id_of_its_request(served: Served) -> None:
    bot = key(served, "writer", "write")
    sent = {"title": 'Owls"}\n{"act": "remove', "text": "Owls hunt at night."}
    added = bot.post("/v1/articles?wait=true", json=sent, headers={"X-Request-ID": "add-1"})
    assert added.headers["x-request-id"] == "add-1"
    [one] = put_down(served, "add-1")
    assert (one["act"], one["outcome"], one["by"], one["way"], one["route"]) == (
        "add", "done", "key:writer", "api", "POST /v1/articles[/upload]",
    )  # fmt: skip
    [article] = one["articles"]
    place = f"/v1/articles/{article}"
    bot.patch(place, json={"title": "Owls"}, headers={"X-Request-ID": "edit-1"})
    bot.delete(place, headers={"X-Request-ID": "remove-1"})
    told = [put_down(served, f"{act}-1")[0] for act in ("edit", "remove")]
    assert [(line["act"], line["articles"]) for line in told] == [
        ("edit", [article]), ("remove", [article]),
    ]  # fmt: skip
    text = (served.library.folder / AUDIT).read_text("ascii")
    assert "Owls" not in text and "hunt" not in text


def test_the_same_of_tools_of_the_model_context_protocol(served: Served) -> None:
    refused = served.client.post("/mcp", json={}, headers=JSON)
    assert refused.status_code == 401
    assert key(served, "tools", "read").post("/mcp", json={}).status_code != 401


def test_problems_tell_the_id_of_their_request(served: Served) -> None:
    bot = key(served, "lost", "read")
    answer = bot.get("/v1/articles/none", headers={"X-Request-ID": "lost-1"})
    assert answer.status_code == 404
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "lost-1"


def test_a_full_queue_is_told_with_when_to_come_again(tmp_path: Path) -> None:
    limits = WindowLimits(questions=1)
    with serving(tmp_path, limits=limits) as full:
        (queue,) = (
            one.kwargs["queue"] for one in full.web.user_middleware if "queue" in one.kwargs
        )
        with queue.place("somebody"):
            answer = full.client.post("/v1/ask", json={"question": "When does the ferry sail?"})
            assert full.client.get("/v1/articles").status_code == 200
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
        again = full.client.post("/v1/ask", json={"question": "When does the ferry sail?"})
        assert again.status_code == 200
        assert queue.inside == 0


def test_whoever_signs_in_asks_programs_ways_as_in_the_window(tmp_path: Path) -> None:
    people = tmp_path / "people"
    users.add(people, "ann", "correct horse battery")
    users.add(people, "rob", "correct horse battery", "reader")
    with serving(tmp_path, users=people) as closed:
        client = closed.client
        assert client.get("/v1/articles").status_code == 401
        client.post("/sign-in", data={"name": "rob", "password": "correct horse battery"})
        assert client.get("/v1/articles").json()["total"] == 2
        assert client.post("/v1/articles", json={"text": "x"}).status_code == 403
        users.remove(people, "rob")
        assert client.get("/v1/articles").status_code == 401
