"""Who may ask what other programs ask. The real middleware before an application that tells."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, StreamingResponse

from rag.limits import ApiLimits
from ui import asked, keys, users
from ui.api.v1 import caller
from ui.keys import Keys
from ui.window.page import visitor
from ui.window.server.auth import Doorkeeper, Sessions
from ui.window.server.keyed import Keyed
from ui.window.server.origins import Origins

HERE = "http://127.0.0.1:7860"
PASSWORD = "correct horse battery"
JSON = {"Content-Type": "application/json"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def tells(scope: Any, receive: Any, send: Any) -> None:
    """Tells who it takes the request to be from."""
    who = caller.caller_in(scope)
    said = {
        "name": who.name, "role": who.role, "collections": who.collections,
        "owner": scope[visitor.OWNER],
    }  # fmt: skip
    await JSONResponse(said)(scope, receive, send)


class Served:
    """What is served from a folder, with its keys."""

    def __init__(
        self,
        folder: Path,
        app: Any = tells,
        is_open: bool = True,
        people: bool = False,
        **limits: Any,
    ) -> None:
        self.file = folder / keys.KEYS
        self.clock = Clock()
        self.doors = Sessions(folder / users.USERS) if people else None
        told = ApiLimits(**limits)
        inner: Any = visitor.Visitors(app)
        if self.doors:
            inner = Doorkeeper(inner, self.doors)
        keyed = Keyed(inner, Keys(folder), self.doors, is_open, told, self.clock)
        self.app = Origins(keyed, told.origins)

    async def ask(
        self,
        key: str | None = None,
        path: str = "/v1/articles",
        method: str = "GET",
        address: str = "127.0.0.1",
        headers: dict[str, str] | None = None,
        **sent: Any,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(address, 5))
        given = {**(headers or {}), **({"Authorization": f"Bearer {key}"} if key else {})}
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.request(method, path, headers=given, **sent)


def is_problem(answer: httpx.Response, status: int) -> bool:
    said = answer.json()
    return (
        answer.status_code == status == said["status"]
        and answer.headers["content-type"] == "application/problem+json"
        and bool(said["title"] and said["detail"])
    )


@pytest.mark.parametrize(
    ("scope", "role"), [("read", "reader"), ("write", "editor"), ("admin", "owner")]
)
async def test_a_key_is_somebody_with_the_role_of_its_scope(
    tmp_path: Path, scope: keys.Scope, role: str
) -> None:
    secret = keys.add(tmp_path / keys.KEYS, "bot", scope, ["Harbour"])
    for served in (Served(tmp_path), Served(tmp_path, is_open=False)):
        for answer in (
            await served.ask(secret),
            await served.ask(headers={"X-API-Key": secret}),
            await served.ask(headers={"Authorization": f"bearer  {secret}"}),
            await served.ask(secret, path="/mcp"),
            await served.ask(secret, headers={"X-API-Key": "anything"}),
        ):
            assert answer.json() == {
                "name": "bot", "role": role, "collections": ["Harbour"], "owner": "key:bot",
            }  # fmt: skip
            assert "set-cookie" not in answer.headers


async def test_without_a_key_nobody_is_let_in_where_one_is_needed(tmp_path: Path) -> None:
    keys.add(tmp_path / keys.KEYS, "bot", "read")
    served = Served(tmp_path, is_open=False)
    for path in ("/v1/articles", "/v1/none", "/mcp", "/mcp/x", "/metrics", "/v1"):
        answer = await served.ask(path=path)
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="ibid"'
    for headers in ({"Authorization": "Basic eDp5"}, {"Cookie": "ibid_session=x"}):
        assert is_problem(await served.ask(headers=headers), 401)


async def test_where_nobody_signs_in_a_program_needs_no_key_and_a_sent_one_is_right(
    tmp_path: Path,
) -> None:
    secret = keys.add(tmp_path / keys.KEYS, "bot", "read")
    served = Served(tmp_path)
    for anything in (None, "anything", "sk-1234", "not-needed"):
        assert (await served.ask(anything)).json()["role"] == users.FIRST
    for wrong in ("ibid_", "ibid_x", secret[:-1], secret + "x"):
        answer = await served.ask(wrong)
        assert is_problem(answer, 401)
    assert (await served.ask(secret)).json()["role"] == "reader"


async def test_a_key_that_is_removed_rotated_or_over_stops_at_once(tmp_path: Path) -> None:
    served = Served(tmp_path, is_open=False)
    secret = keys.add(served.file, "bot", "read")
    assert (await served.ask(secret)).status_code == 200
    newer = keys.rotate(served.file, "bot")
    assert (await served.ask(secret)).status_code == 401
    assert (await served.ask(newer)).status_code == 200
    said = json.loads(served.file.read_text())
    said["bot"]["expires"] = str(date.today() - timedelta(days=1))
    served.file.write_text(json.dumps(said))
    over = await served.ask(newer)
    assert is_problem(over, 401) and "was good until" in over.json()["detail"]
    keys.remove(served.file, "bot")
    assert (await served.ask(newer)).status_code == 401
    served.file.write_text("{")
    assert (await served.ask(newer)).status_code == 401


async def test_no_refusal_tells_a_key_and_a_mistyped_one_is_told_as_that(tmp_path: Path) -> None:
    served = Served(tmp_path, is_open=False)
    secret = keys.add(served.file, "bot", "read")
    cut = await served.ask(secret[:-3])
    assert "cut short or mistyped" in cut.json()["detail"] and secret[:-3] not in cut.text
    keys.remove(served.file, "bot")
    unknown = await served.ask(secret)
    assert "not known" in unknown.json()["detail"] and secret not in unknown.text
    assert 'error="invalid_token"' in unknown.headers["www-authenticate"]


async def test_two_keys_are_none(tmp_path: Path) -> None:
    served = Served(tmp_path)
    one, two = (keys.add(served.file, name, "read") for name in ("one", "two"))
    assert is_problem(await served.ask(one, headers={"X-API-Key": two}), 401)
    assert (await served.ask(one, headers={"X-API-Key": one})).status_code == 200


async def test_wrong_keys_are_slowed_by_address_and_a_right_one_never_waits(
    tmp_path: Path,
) -> None:
    served = Served(tmp_path, is_open=False)
    secret = keys.add(served.file, "bot", "read")
    told = [(await served.ask("ibid_x", address="192.0.2.7")).status_code for _ in range(12)]
    assert told == [401] * 10 + [429] * 2
    refused = await served.ask("ibid_x", address="192.0.2.7")
    assert is_problem(refused, 429) and int(refused.headers["retry-after"]) >= 1
    assert (await served.ask(secret, address="192.0.2.7")).status_code == 200
    assert (await served.ask("ibid_x", address="192.0.2.8")).status_code == 401
    served.clock.now += 3600
    assert (await served.ask("ibid_x", address="192.0.2.7")).status_code == 401


async def signed_in(served: Served, name: str) -> dict[str, str]:
    assert served.doors
    token = await served.doors.sign_in(name, PASSWORD, "127.0.0.1")
    return {"Cookie": f"ibid_session={token}"}


async def test_whoever_has_signed_in_may_ask_as_in_the_window_and_nobody_elses_page(
    tmp_path: Path,
) -> None:
    for name, role in (("ann", "owner"), ("rob", "reader")):
        users.add(tmp_path / users.USERS, name, PASSWORD, role)  # type: ignore[arg-type]
    served = Served(tmp_path, people=True)
    cookie = await signed_in(served, "rob")
    assert is_problem(await served.ask(), 401)
    answer = await served.ask(headers=cookie)
    assert answer.json() == {
        "name": "rob", "role": "reader", "collections": [], "owner": "user:rob"
    }  # fmt: skip
    for header in ({"Origin": "http://127.0.0.1:3000"}, {"Sec-Fetch-Site": "same-site"}):
        assert is_problem(await served.ask(headers=cookie | header), 403)
    form = await served.ask(headers=cookie, method="POST", data={"a": "b"})
    assert is_problem(form, 415)
    # A key counts before a session, and a wrong one is not made good by it.
    secret = keys.add(served.file, "bot", "write")
    assert (await served.ask(secret, headers=cookie)).json()["name"] == "bot"
    assert is_problem(await served.ask("ibid_x", headers=cookie), 401)
    users.remove(tmp_path / users.USERS, "rob")
    assert is_problem(await served.ask(headers=cookie), 401)


async def test_a_site_that_may_ask_cannot_do_so_as_whoever_has_signed_in(tmp_path: Path) -> None:
    users.add(tmp_path / users.USERS, "ann", PASSWORD)
    served = Served(tmp_path, people=True, origins=("http://localhost:3000",))
    cookie = await signed_in(served, "ann")
    origin = {"Origin": "http://localhost:3000"}
    assert is_problem(await served.ask(headers=cookie | origin), 401)
    secret = keys.add(served.file, "bot", "read")
    answer = await served.ask(secret, headers=origin)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin["Origin"]
    assert "access-control-allow-credentials" not in answer.headers


ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_no_other_sites_page_asks_anything_not_even_to_read(
    tmp_path: Path, headers: dict[str, str], method: str
) -> None:
    secret = keys.add(tmp_path / keys.KEYS, "bot", "read")
    served = Served(tmp_path)
    for key in (None, secret):
        answer = await served.ask(key, method=method, headers=headers | JSON)
        assert answer.status_code == 403
        assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("headers", [{}, {"Origin": HERE}, {"Sec-Fetch-Site": "same-origin"}])
async def test_programs_and_the_windows_own_page_do(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    answer = await Served(tmp_path).ask(method="POST", headers=headers | JSON, content=b"{}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "text/plain;charset=utf-8", "application/x-www-form-urlencoded",
     "multipart/form-data; boundary=x", "", "TEXT/PLAIN"],
)  # fmt: skip
async def test_what_any_form_could_send_is_taken_with_a_key_only(tmp_path: Path, kind: str) -> None:
    served = Served(tmp_path)
    secret = keys.add(served.file, "bot", "read")
    sent: Any = {"content": b"{}", "headers": {"Content-Type": kind}, "method": "POST"}
    sent["path"] = "/v1/search"
    assert is_problem(await served.ask(**sent), 415)
    assert (await served.ask(secret, **sent)).status_code == 200


async def test_files_are_taken_without_a_key_where_articles_are_sent_but_from_no_other_site(
    tmp_path: Path,
) -> None:
    served = Served(tmp_path)
    sent: Any = {"method": "POST", "files": {"files": b"Owls hunt at night."}}
    assert (await served.ask(path="/v1/articles/upload", **sent)).status_code == 200
    assert is_problem(await served.ask(path="/v1/search", **sent), 415)
    for headers in ELSEWHERE:
        answer = await served.ask(path="/v1/articles/upload", headers=headers, **sent)
        assert answer.status_code == 403


async def test_without_a_site_that_may_there_is_no_cors_and_with_one_it_is_that_ones(
    tmp_path: Path,
) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    wiki = {"Origin": "https://wiki.example"}
    none = await Served(tmp_path).ask(method="OPTIONS", headers=wiki | asks)
    assert none.status_code == 403
    served = Served(tmp_path, is_open=False, origins=("https://Wiki.example/",))
    before = await served.ask(method="OPTIONS", headers=wiki | asks)
    assert before.status_code == 200  # nobody has a key yet, when a browser asks before it asks
    assert before.headers["access-control-allow-origin"] == "https://wiki.example"
    assert "POST" in before.headers["access-control-allow-methods"]
    evil = await served.ask(method="OPTIONS", headers={"Origin": "https://evil.example"} | asks)
    assert evil.status_code == 403
    refused = await served.ask(headers=wiki)
    assert is_problem(refused, 401)
    assert refused.headers["access-control-allow-origin"] == "https://wiki.example"


@pytest.mark.parametrize(
    "site", ["*", "null", "wiki.example", "https://", "ftp://x", "https://x/y", "https://*.x"]
)
def test_what_is_no_site_is_told(site: str) -> None:
    with pytest.raises(ValueError, match="is no site"):
        ApiLimits(origins=(site,))


async def test_a_key_may_send_so_many_a_minute_and_is_told_how_many_are_left(
    tmp_path: Path,
) -> None:
    served = Served(tmp_path, is_open=False, rate=4)
    secret = keys.add(served.file, "bot", "read", rate=3)
    other = keys.add(served.file, "other", "read")
    told = [await served.ask(secret) for _ in range(5)]
    assert [answer.status_code for answer in told] == [200] * 3 + [429] * 2
    assert told[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
    assert told[0].headers["ratelimit"] == '"minute";r=2;t=20'
    assert is_problem(told[3], 429)
    assert told[3].headers["retry-after"] == "20" and '"minute";r=0' in told[3].headers["ratelimit"]
    assert [(await served.ask(other)).status_code for _ in range(5)] == [200] * 4 + [429]
    served.clock.now += 20
    assert [(await served.ask(secret)).status_code for _ in range(2)] == [200, 429]
    served.clock.now += 6000
    assert [(await served.ask(secret)).status_code for _ in range(4)] == [200] * 3 + [429]


async def test_where_nobody_signs_in_other_machines_are_counted_and_this_one_is_not(
    tmp_path: Path,
) -> None:
    served = Served(tmp_path, rate=2)
    far = [(await served.ask(address="2001:db8::1")).status_code for _ in range(2)]
    far += [(await served.ask(address="2001:db8::2")).status_code]  # of the same network
    assert far == [200, 200, 429]
    assert (await served.ask(address="192.0.2.1")).status_code == 200
    near = [(await served.ask()) for _ in range(5)]
    assert {answer.status_code for answer in near} == {200}
    assert "ratelimit" not in near[0].headers


async def test_a_stream_ends_with_its_key(tmp_path: Path) -> None:
    removed = False

    async def lines() -> AsyncIterator[bytes]:
        nonlocal removed
        yield b"first\n"
        keys.remove(served.file, "bot")
        removed = True
        served.clock.now += 1.5
        yield b"second\n"
        yield b"third\n"

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await StreamingResponse(lines())(scope, receive, send)

    served = Served(tmp_path, stream, is_open=False)
    secret = keys.add(served.file, "bot", "read")
    answer = await served.ask(secret)
    assert removed and answer.text == "first\n"


async def test_other_ways_pass_as_they_are(tmp_path: Path) -> None:
    served = Served(tmp_path, is_open=False)
    for path in ("/", "/v10", "/v1x/y", "/config", "/mcpx"):
        assert (await served.ask("ibid_x", path=path)).json()["role"] == users.FIRST


async def test_the_request_knows_by_whom_it_is_for_logs(tmp_path: Path) -> None:
    served = Served(tmp_path)
    secret = keys.add(served.file, "bot", "read")
    for key, by in ((secret, "key:bot"), (None, "")):
        request = asked.Asked("1")
        with asked.working_on(request):
            await served.ask(key)
        assert request.by == by
