"""Promises of who may ask a running Ibid: its owner's commands on this machine, and nobody else."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from beside import started
from fastapi.testclient import TestClient
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary

from rag.index.ownership import owned
from rag.limits import WindowLimits
from ui import users
from ui.api import note
from ui.window.server.serve import application

TOKEN = "t" * 43
WAYS = (
    "search",
    "ask",
    "add",
    "import",
    "remove",
    "edit",
    "collections",
    "sources",
    "merge",
    "generate",
    "eval",
    "stop",
)
ASKED = {"work": "none"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return window(tmp_path_factory.mktemp("window"))


def window(folder: Path, **given: Any) -> Any:
    engine = ScriptedEngine(ScriptedAssistant(folder / "go"), ScriptedLibrary(empty=False))
    return application(engine, folder, **{"token": TOKEN} | given)


def status(
    web: Any,
    way: str = "stop",
    *,
    token: str | None = TOKEN,
    host: str = "127.0.0.1:7860",
    peer: str = "127.0.0.1",
    content: bytes | None = None,
    **headers: str,
) -> int:
    client = TestClient(web, client=(peer, 50_000), cookies={})
    sent: dict[str, Any] = {"Host": host, "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}".encode()
    body = json.dumps(ASKED).encode() if content is None else content
    return client.post(f"/api/{way}", content=body, headers=sent).status_code


def test_with_the_token_from_this_machine_the_way_is_open(web: Any) -> None:
    assert status(web) == 200
    assert status(web, peer="::1", host="[::1]:7860") == 200
    assert status(web, host="localhost:7860") == 200


@pytest.mark.parametrize("way", WAYS)
def test_without_the_token_no_way_is_open(web: Any, way: str) -> None:
    for token in (None, "", "wrong", TOKEN[:-1], TOKEN + "t", TOKEN.upper(), "ü" * 43):
        assert status(web, way, token=token) == 401, token
    assert status(web, way, token=None, Authorization=f"Basic {TOKEN}") == 401
    assert status(web, way, token=None, Cookie=f"token={TOKEN}") == 401


@pytest.mark.parametrize("way", WAYS)
def test_from_elsewhere_there_is_no_way_even_with_the_token(web: Any, way: str) -> None:
    for peer in ("192.168.1.2", "10.0.0.2", "2001:db8::1", "::ffff:192.168.1.2", "testclient", ""):
        assert status(web, way, peer=peer) == 404, peer


@pytest.mark.parametrize("way", WAYS)
def test_what_a_proxy_passes_on_finds_no_way_even_with_the_token(
    tmp_path_factory: pytest.TempPathFactory, web: Any, way: str
) -> None:
    passed = (
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_Proto": "https"},
        {"Forwarded": "for=127.0.0.1"},
        {"X_Real_IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
    )
    assert [status(web, way, **one) for one in passed] == [404] * len(passed)


def test_a_proxy_that_is_believed_passes_nobody_on_either(tmp_path: Path) -> None:
    limits = WindowLimits(proxies=("127.0.0.1", "10.0.0.2"), hosts=("ibid.example",))
    web = window(tmp_path, limits=limits)
    assert status(web) == 200
    assert status(web, X_Forwarded_For="127.0.0.1") == 404
    assert status(web, peer="10.0.0.2", X_Forwarded_For="127.0.0.1") == 404
    assert status(web, host="ibid.example") == 404


def test_a_name_that_leads_here_is_none(web: Any) -> None:
    for host in ("evil.example", "evil.example:7860", "192.168.0.7", "[::2]", "127.0.0.1.evil"):
        assert status(web, host=host) == 404, host


def test_no_page_of_a_browser_may_ask(web: Any) -> None:
    assert status(web, Origin="http://127.0.0.1:7860") == 404
    assert status(web, Sec_Fetch_Site="same-origin") == 404
    assert status(web, Origin="https://evil.example") == 403
    client = TestClient(web, client=("127.0.0.1", 1), base_url="http://127.0.0.1")
    for method in ("OPTIONS", "GET", "PUT", "DELETE"):
        answer = client.request(method, "/api/stop", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 404
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_window_without_a_token_has_no_such_way(tmp_path: Path) -> None:
    web = window(tmp_path, token="")
    for token in (None, "", TOKEN):
        assert status(web, token=token) == 404


def test_the_token_opens_nothing_but_its_own_ways(tmp_path: Path) -> None:
    people = tmp_path / "users"
    users.add(people, "ann", "correct horse battery")
    web = window(tmp_path, users=people)
    assert status(web) == 200  # nobody has to sign in for it
    assert status(web, token="wrong") == 401
    client = TestClient(web, client=("127.0.0.1", 1), base_url="http://127.0.0.1")
    for path in ("/config", "/runs/x.html", "/api/../config", "/apiary", "//api/stop", "/API/stop"):
        found = client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        assert found.status_code in (401, 404), path


def test_no_user_who_signed_in_may_take_these_ways(tmp_path: Path) -> None:
    people = tmp_path / "users"
    users.add(people, "ann", "correct horse battery", "owner")
    web = window(tmp_path, users=people)
    client = TestClient(
        web, client=("127.0.0.1", 1), base_url="http://127.0.0.1", follow_redirects=False
    )
    answer = client.post("/sign-in", data={"name": "ann", "password": "correct horse battery"})
    assert answer.status_code == 303
    assert client.post("/api/stop", json=ASKED).status_code == 401


def test_more_than_64_kb_is_not_taken(web: Any) -> None:
    assert status(web, content=b" " * 63_000 + json.dumps(ASKED).encode()) == 200
    assert status(web, content=b" " * 65_000 + json.dumps(ASKED).encode()) == 413
    assert status(web, content=b"no json") == 422
    assert status(web, token="wrong", content=b"no json") == 401


def test_the_note_is_for_its_owner_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    with started(tmp_path, "--host", "localhost") as running:
        file = running.library / note.NOTE
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        said = json.loads(file.read_text())
        assert said["pid"] == running.process.pid and len(said["token"]) >= 43
        found = note.running(running.library)
        assert found is not None and said["token"] not in repr(found)
        assert re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]):\d+", found.url)
    assert not file.exists()


def test_one_that_listens_to_all_is_asked_on_this_machine_and_once_killed_not_at_all(
    tmp_path: Path,
) -> None:
    with started(tmp_path, "--host", "0.0.0.0") as running:
        found = note.running(running.library)
        assert found is not None and found.url.startswith("http://127.0.0.1:")
        running.process.kill()
        running.process.wait(10)
        assert (running.library / note.NOTE).exists()
        assert note.running(running.library) is None


def test_a_note_counts_only_while_it_is_of_whoever_owns_the_library(tmp_path: Path) -> None:
    with owned(tmp_path, "ibid chat"):
        assert note.running(tmp_path) is None
        note.write(tmp_path, "127.0.0.1", 7860, TOKEN)
        assert note.running(tmp_path) is not None
        said = json.loads((tmp_path / note.NOTE).read_text())
        for wrong in (
            {"pid": os.getppid()},
            {"address": "192.168.1.2"},
            {"address": "ibid.example"},
            {"token": ""},
            {"port": "none"},
        ):
            (tmp_path / note.NOTE).write_text(json.dumps(said | wrong))
            assert note.running(tmp_path) is None, wrong
        for torn in ("", "{", "[]", "null", "\x00"):
            (tmp_path / note.NOTE).write_text(torn)
            assert note.running(tmp_path) is None, torn
        note.write(tmp_path, "127.0.0.1", 7860, TOKEN)
    assert note.running(tmp_path) is None  # nobody owns it any more
