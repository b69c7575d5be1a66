"""Serving, as far as it can be seen without a browser."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary
from starlette.routing import Mount

from rag.errors import IbidError
from ui import users
from ui.window.server.serve import application, serve


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(ScriptedAssistant(tmp_path / "go"), ScriptedLibrary(empty=False))


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_busy_port_is_named_with_the_way_out(
    engine: ScriptedEngine, tmp_path: Path, busy_port: int
) -> None:
    with pytest.raises(IbidError, match=rf"port {busy_port} .*--port"):
        serve(engine, tmp_path, port=busy_port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_told_in_one_line(
    engine: ScriptedEngine, tmp_path: Path, port: int
) -> None:
    with pytest.raises(IbidError, match="--port") as raised:
        serve(engine, tmp_path, port=port)
    assert "\n" not in str(raised.value)


def test_a_host_that_cannot_be_is_told_in_one_line(engine: ScriptedEngine, tmp_path: Path) -> None:
    with pytest.raises(IbidError, match="cannot listen"):
        serve(engine, tmp_path, host="no such host", open_to_all=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "ibid.example", ""])
def test_other_machines_are_not_let_in_by_accident(
    engine: ScriptedEngine, tmp_path: Path, host: str
) -> None:
    with pytest.raises(IbidError, match=r"--auth user .*--no-auth"):
        serve(engine, tmp_path, host=host, port=0)


def test_a_file_of_users_with_nobody_in_it_is_told(engine: ScriptedEngine, tmp_path: Path) -> None:
    with pytest.raises(IbidError, match="ibid user add NAME"):
        serve(engine, tmp_path, port=0, users=tmp_path / "users")


# Every way into the window. What is new has to be put here, and so thought about.
OPEN = {
    "GET /healthz",
    "GET /metrics",
    "GET /apple-touch-icon.png",
    "GET /language/{language}",
    "GET /conversations/{name}.{kind}",
    "GET /answers/{link}.{kind}",
    "GET /runs/{name}.{kind}",
    "GET /scripts/{version}/window.js",
    "GET /runs/{name}/against/{other}.html",
    "GET /pictures/{article_id}/{digest}/{number}",
    "GET /pages/{article_id}/{digest}/{number}",
    "GET /pages/{article_id}/{digest}/{number}/words",
    "POST /api/search",
    "POST /api/ask",
    "POST /api/add",
    "POST /api/import",
    "POST /api/remove",
    "POST /api/generate",
    "POST /api/edit",
    "POST /api/merge",
    "POST /api/sources",
    "POST /api/sync",
    "POST /api/unfollow",
    "POST /api/collections",
    "POST /api/eval",
    "POST /api/stop",
    "mount ",
    "mount /de",
    "POST /v1/ask",
    "POST /v1/search",
    "POST /v1/chat/completions",
    "GET /v1/models",
    "GET /v1/models/{model}",
    "GET /v1/articles",
    "POST /v1/articles",
    "POST /v1/articles/upload",
    "POST /v1/articles/sync",
    "GET /v1/articles/{article_id}",
    "PATCH /v1/articles/{article_id}",
    "DELETE /v1/articles/{article_id}",
    "GET /v1/collections",
    "POST /v1/collections",
    "PATCH /v1/collections/{name}",
    "DELETE /v1/collections/{name}",
    "POST /v1/collections/{name}/articles",
    "DELETE /v1/collections/{name}/articles/{article_id}",
    "GET /v1/places",
    "POST /v1/places",
    "DELETE /v1/places/{place_id}",
    "GET /v1/jobs",
    "GET /v1/jobs/{job_id}",
    "DELETE /v1/jobs/{job_id}",
    "POST /v1/feedback",
    "GET /v1/feedback",
}
WITH_USERS = {"GET /sign-in", "POST /sign-in", "POST /sign-out"}


def ways_in(web: Any) -> set[str]:
    told = {
        f"{method.upper()} {path}"
        for path, ways in web.openapi()["paths"].items()
        for method in ways
    }
    return told | {f"mount {route.path}" for route in web.routes if isinstance(route, Mount)}


def test_only_what_is_meant_to_be_public_is_public(engine: ScriptedEngine, tmp_path: Path) -> None:
    web = application(engine, tmp_path)
    assert ways_in(web) == OPEN
    with TestClient(web, base_url="http://127.0.0.1") as client:
        for home in ("", "/de"):
            info = client.get(f"{home}/gradio_api/info").json()
            assert info == {"named_endpoints": {}, "unnamed_endpoints": {}}
            for path in ("monitoring", "monitoring/summary", "gradio_api/runs", "docs"):
                assert client.get(f"{home}/{path}").status_code in (403, 404), path


def test_what_another_site_sends_is_not_taken(engine: ScriptedEngine, tmp_path: Path) -> None:
    web = application(engine, tmp_path)
    with TestClient(web, base_url="http://127.0.0.1:7860") as client:
        for origin, expected in {
            "http://127.0.0.1:7860": 422,
            "http://127.0.0.1:7861": 403,
            "https://evil.example": 403,
            "null": 403,
        }.items():
            answer = client.post(
                "/gradio_api/upload", headers={"Origin": origin}, content=b"not a form"
            )
            assert (answer.status_code == 403) == (expected == 403), origin


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_a_name_that_leads_here_is_not_served_on_either_kind_of_address(
    engine: ScriptedEngine, tmp_path: Path, host: str
) -> None:
    with TestClient(application(engine, tmp_path, host), base_url="http://[::1]:7860") as client:
        assert client.get("/healthz").status_code == 200
        for name in ("evil.example", "evil.example:7860", "[::2]:7860", "192.168.0.7"):
            for path in ("/healthz", "/config", "/gradio_api/info"):
                assert client.get(path, headers={"Host": name}).status_code == 400


def test_whoever_lies_about_their_address_is_slowed_down_all_the_same(
    engine: ScriptedEngine, tmp_path: Path
) -> None:
    file = tmp_path / "users"
    users.add(file, "ann", "correct horse battery")
    web = application(engine, tmp_path, users=file)
    with TestClient(web, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        told = [
            client.post(
                "/sign-in",
                data={"name": "ann", "password": "wrong"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            ).status_code
            for number in range(12)  # the waits double: one is longer than any machine is slow
        ]
        assert told[:5] == [401] * 5 and 429 in told[5:]


def test_with_users_every_way_in_but_the_form_is_shut(
    engine: ScriptedEngine, tmp_path: Path
) -> None:
    file = tmp_path / "users"
    users.add(file, "ann", "correct horse battery")
    web = application(engine, tmp_path, users=file)
    assert ways_in(web) == OPEN | WITH_USERS
    with TestClient(web, base_url="http://127.0.0.1", follow_redirects=False) as client:
        for path in ("/config", "/de/config", "/gradio_api/info", "/assets/x.js", "/theme.css"):
            assert client.get(path).status_code == 401, path
        for path in ("/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/run/predict"):
            assert client.post(path).status_code == 401, path
        client.post("/sign-in", data={"name": "ann", "password": "correct horse battery"})
        assert client.get("/config").status_code == 200
