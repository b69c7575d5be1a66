"""The door: who is let in, for how long, and how often they may try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from ui import strings, users
from ui.state.attempts import Attempts
from ui.window.page import visitor
from ui.window.server import auth

PASSWORD = "correct horse battery"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """With a hash that costs little to check: a file says with each what it costs."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    found = tmp_path / users.USERS
    found.write_text(f"ann:{hashed}\n")
    found.chmod(0o600)
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(file: Path, clock: Clock) -> FastAPI:
    doors = auth.Sessions(file, clock)
    web = FastAPI()

    @web.get("/healthz")
    def healthz() -> str:
        return "well"

    @web.get("/")
    @web.get("/de/")
    @web.get("/anything/else")
    def secret(request: Request) -> str:
        return f"secret of {visitor.owner(request)}"

    web.include_router(auth.routes(doors))
    web.add_middleware(visitor.Visitors)
    web.add_middleware(auth.Doorkeeper, doors=doors)
    return web


@pytest.fixture
def client(web: FastAPI) -> Iterator[TestClient]:
    with TestClient(web, follow_redirects=False) as client:
        yield client


def try_to_sign_in(client: TestClient, name: str = "ann", password: str = PASSWORD) -> int:
    return client.post("/sign-in", data={"name": name, "password": password}).status_code


@pytest.mark.parametrize(
    "path", ["/anything/else", "/gradio_api/info", "/sign-out", "/sign-in/../anything/else", "/x"]
)
def test_nothing_is_served_to_whoever_has_not_signed_in(client: TestClient, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        answer = client.request(method, path)
        assert answer.status_code == 401
        assert answer.text == (strings.SIGN_IN_AGAIN if method != "HEAD" else "")


def test_the_window_leads_to_the_form_and_back_to_where_one_wanted(client: TestClient) -> None:
    wanted = f"/de/?chat={'a' * 32}"
    sent = client.get(wanted)
    assert sent.status_code == 303
    there = sent.headers["location"]
    assert 'type="password"' in client.get(there).text
    back = client.post(there, data={"name": "ann", "password": PASSWORD})
    assert back.headers["location"] == wanted


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil", "x"])
def test_the_form_leads_nowhere_else(client: TestClient, elsewhere: str) -> None:
    answer = client.post(
        "/sign-in", params={"next": elsewhere}, data={"name": "ann", "password": PASSWORD}
    )
    assert answer.headers["location"] == "/"


def test_whoever_signs_in_is_known_until_they_sign_out(client: TestClient) -> None:
    assert try_to_sign_in(client) == 303
    assert "secret of user:ann" in client.get("/").text
    token = client.cookies[auth.SESSION]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    assert client.get("/").status_code == 303
    client.cookies.set(auth.SESSION, token)
    assert client.get("/").status_code == 303


def test_the_cookie_is_for_the_browser_alone(client: TestClient) -> None:
    client.get("/healthz")
    answer = client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    cookies = [line for line in answer.headers.get_list("set-cookie") if auth.SESSION in line]
    assert len(cookies) == 1
    assert "; HttpOnly; SameSite=Lax" in cookies[0]
    assert "Secure" not in cookies[0]
    secure = TestClient(client.app, base_url="https://ibid.example", follow_redirects=False)
    answer = secure.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    assert all("; Secure" in line for line in answer.headers.get_list("set-cookie"))


def test_a_session_ends_after_twelve_hours(client: TestClient, clock: Clock) -> None:
    try_to_sign_in(client)
    clock.time = auth.SESSION_S - 1
    assert client.get("/").status_code == 200
    clock.time = auth.SESSION_S
    assert client.get("/").status_code == 303


def test_a_user_who_is_removed_or_gets_another_password_is_out(
    client: TestClient, file: Path
) -> None:
    try_to_sign_in(client)
    users.add(file, "ann", "another password")
    assert client.get("/").status_code == 303
    assert try_to_sign_in(client, password="another password") == 303
    assert client.get("/").status_code == 200
    users.remove(file, "ann")
    assert client.get("/").status_code == 303


def test_a_wrong_password_is_told_in_words_and_nothing_typed_comes_back(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"name": "<b>ann", "password": "wrong <b>"})
    assert answer.status_code == 401
    assert strings.WRONG_PASSWORD in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"a" * 20_000, b"&" * 5000, b"name=ann"])
def test_a_body_that_is_no_form_signs_nobody_in(client: TestClient, body: bytes) -> None:
    assert client.post("/sign-in", content=body).status_code == 401


def test_after_five_wrong_tries_even_the_right_password_has_to_wait(client: TestClient) -> None:
    assert [try_to_sign_in(client, password="wrong") for _ in range(5)] == [401] * 5
    answer = client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    assert answer.status_code == 429
    assert strings.TOO_MANY_ATTEMPTS.format(seconds=1) in answer.text


def test_a_password_that_is_right_in_the_end_is_not_held_against_anybody(
    client: TestClient,
) -> None:
    for _ in range(2):
        assert [try_to_sign_in(client, password="wrong") for _ in range(4)] == [401] * 4
        assert try_to_sign_in(client) == 303


def test_an_address_cannot_guess_at_many_names(client: TestClient) -> None:
    tries = [try_to_sign_in(client, name=f"user{number}") for number in range(21)]
    assert tries == [401] * 20 + [429]


def test_the_form_speaks_the_readers_language(client: TestClient) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": "de"}).text
    assert '<html lang="de">' in page
    assert "Passwort" in page


def test_a_file_of_users_that_breaks_lets_nobody_in(client: TestClient, file: Path) -> None:
    try_to_sign_in(client)
    file.write_text("broken")
    assert client.get("/").status_code == 303
    assert try_to_sign_in(client) == 401


def at(web: FastAPI, address: str) -> TestClient:
    """A browser somewhere else."""
    return TestClient(web, follow_redirects=False, client=(address, 50_000))


def test_wrong_passwords_slow_down_whoever_gives_them_more_and_more(
    client: TestClient, clock: Clock
) -> None:
    for _ in range(5):
        try_to_sign_in(client, password="wrong")
    for wait in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        answer = client.post("/sign-in", data={"name": "ann", "password": "wrong"})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(wait))
        clock.time += wait - 0.5
        assert try_to_sign_in(client) == 429
        clock.time += 1
        assert try_to_sign_in(client, password="wrong") == 401
    clock.time += 900
    assert try_to_sign_in(client) == 303


def test_wrong_passwords_from_elsewhere_never_lock_out_the_right_user(web: FastAPI) -> None:
    signed_in = at(web, "192.0.2.7")
    assert try_to_sign_in(signed_in) == 303
    for number in range(120):
        try_to_sign_in(at(web, f"198.51.100.{number % 24}"), password="wrong")
    assert signed_in.get("/").status_code == 200
    assert try_to_sign_in(at(web, "192.0.2.8")) == 303


def test_a_browser_that_has_signed_in_before_is_not_slowed_down_by_others_beside_it(
    web: FastAPI,
) -> None:
    mine, theirs = at(web, "192.0.2.7"), at(web, "192.0.2.7")
    mine.get("/sign-in")
    assert try_to_sign_in(mine) == 303
    mine.post("/sign-out")
    theirs.get("/sign-in")
    for number in range(40):
        try_to_sign_in(theirs, name=f"ann{number % 3 or ''}", password="wrong")
    assert try_to_sign_in(theirs) == 429
    assert try_to_sign_in(mine) == 303
    mine.post("/sign-out")
    assert [try_to_sign_in(mine, password="wrong") for _ in range(6)] == [401] * 5 + [429]


def test_the_many_addresses_of_one_ipv6_network_count_as_one(web: FastAPI) -> None:
    for number in range(1, 6):
        assert try_to_sign_in(at(web, f"2001:db8:0:1::{number}"), password="wrong") == 401
    assert try_to_sign_in(at(web, "2001:db8:0:1::99")) == 429
    assert try_to_sign_in(at(web, "2001:db8:0:2::1")) == 303


def test_what_is_remembered_of_attempts_has_an_end() -> None:
    now = [0.0]
    attempts = Attempts(5, 900, lambda: now[0])
    for number in range(30_000):
        attempts.count(number)
    assert len(attempts) <= 10_000
    for _ in range(2_000):
        now[0] += attempts.wait("ann")
        assert attempts.count("ann") == 0
    assert attempts.wait("ann") == attempts.count("ann") == 900


async def test_a_stream_that_is_open_ends_with_its_session(file: Path) -> None:
    doors, told = auth.Sessions(file), []
    token = await doors.sign_in("ann", PASSWORD, "192.0.2.7")

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for word in (b"one", b"two"):
            await send({"type": "http.response.body", "body": word, "more_body": True})
        users.remove(file, "ann")
        for word in (b"three", b"four"):
            await send({"type": "http.response.body", "body": word, "more_body": True})

    async def send(message: Any) -> None:
        told.append(message.get("body"))

    scope = {"type": "http", "path": "/gradio_api/queue/data", "method": "GET", "query_string": b"",
             "headers": [(b"cookie", f"{auth.SESSION}={token}".encode())]}  # fmt: skip
    await auth.Doorkeeper(stream, doors)(scope, None, send)  # type: ignore[arg-type]
    assert told == [None, b"one", b"two", b""]
