"""Who may take which way into the window, and that nobody takes another's. A real application."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary
from starlette.responses import JSONResponse
from starlette.routing import Match, Mount

from rag.limits import WindowLimits
from ui import keys, strings, users
from ui.users import ROLES
from ui.window.page import visitor
from ui.window.server.gate import Gate
from ui.window.server.routes import ROUTES, Route, is_of_programs, route, table
from ui.window.server.serve import application

HERE = "http://127.0.0.1"
PASSWORD = "correct horse battery"
PEOPLE = {"ann": "owner", "eve": "editor", "rob": "reader", "ray": "reader"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder: Path = tmp_path_factory.mktemp("library")
    engine = ScriptedEngine(ScriptedAssistant(folder / "go"), ScriptedLibrary(empty=False))
    for name, role in PEOPLE.items():
        users.add(folder / users.USERS, name, PASSWORD, next(r for r in ROLES if r == role))
    return application(engine, folder, users=folder / users.USERS)


@pytest.fixture(scope="module")
def people(web: FastAPI) -> Iterator[dict[str, TestClient]]:
    """Everybody, signed in; "" has not."""
    signed_in = {}
    with TestClient(web, base_url=HERE) as running:
        for name in ("", *PEOPLE):
            one = TestClient(
                web, base_url=HERE, follow_redirects=False, raise_server_exceptions=False
            )
            one.portal = running.portal
            if name:
                told = one.post("/sign-in", data={"name": name, "password": PASSWORD})
                assert told.status_code == 303
            signed_in[name] = one
        yield signed_in


def windows(web: FastAPI) -> list[Any]:
    return [way.app for way in web.routes if isinstance(way, Mount)]


def offered(web: FastAPI) -> dict[str, tuple[int, str]]:
    """What scripts may call: the component and the role of each."""
    blocks = windows(web)[-1].get_blocks()
    found = {}
    for number, block in blocks.blocks.items():
        for name, value in vars(block).items():
            if getattr(value, "_is_server_fn", False):
                found[f"{block.elem_id}.{name}"] = (number, getattr(value, "needed", "reader"))
    return found


READER = {
    "library.look", "library.overview", "library.collections", "library.poll", "library.read",
    "reader.get_article", "reader.is_linked", "reader.link_answer", "reader.unlink_answer",
    "drawer.list_conversations", "drawer.rename_conversation", "drawer.remove_conversation",
    "drawer.restore_conversation", "fetching.look_fetching", "filters.list_choices",
    "settings.look_settings", "settings.list_models", "settings.pick_model",
    "settings.change_settings", "settings.reset_settings",
}  # fmt: skip
EDITOR = {
    "library.add_file", "library.add_links", "library.cancel", "library.clear", "library.edit",
    "library.refuse", "library.remove", "library.put_back", "library.put_back_older",
    "library.merge", "library.take_place", "library.collect", "library.rename_collection",
    "library.delete_collection", "library.remake_collection", "library.unedit",
}  # fmt: skip
OWNER = {
    "evaluation.look", "evaluation.poll", "evaluation.begin", "evaluation.cancel",
    "evaluation.add_set", "evaluation.cases", "evaluation.case", "evaluation.candidates",
    "evaluation.candidate", "evaluation.decide", "evaluation.feedback", "evaluation.keep_case",
    "evaluation.go_on", "evaluation.propose", "evaluation.take_over",
    "fetching.start_fetching", "fetching.stop_fetching",
}  # fmt: skip
# What Gradio starts when people do something on the page; every role does.
EVENTS = {
    "", "check", "ask", "ask_example", "ask_brought", "ask_again", "edit_question",
    "leave_question", "watch", "look", "suggest", "judge", "halt", "clear",
    "arrive", "choose", "change", "note", "limit_articles", "widen",
}  # fmt: skip


def test_every_function_and_event_is_known_with_its_role(web: FastAPI) -> None:
    by_role: dict[str, set[str]] = {role: set() for role in ROLES}
    for name, (_, role) in offered(web).items():
        by_role[role].add(name)
    assert by_role == {"reader": READER, "editor": EDITOR, "owner": OWNER}
    events = windows(web)[-1].get_blocks().fns.values()
    assert {getattr(one.fn, "__name__", "") for one in events} == EVENTS


def called(client: TestClient, web: FastAPI, name: str, given: Any = None) -> Any:
    number, _ = offered(web)[name]
    return client.post(
        "/gradio_api/component_server/",
        json={"data": given or {}, "component_id": number, "fn_name": name.partition(".")[2],
              "session_hash": "page1"},
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(READER | EDITOR | OWNER))
def test_each_function_is_called_by_whoever_has_its_role_and_nobody_else(
    web: FastAPI, people: dict[str, TestClient], name: str
) -> None:
    _, needed = offered(web)[name]
    refusal = {"problem": strings.NOT_ALLOWED}
    for person, role in PEOPLE.items():
        answer = called(people[person], web, name)
        assert answer.status_code == 200, (person, answer.text)
        assert (answer.json() == refusal) is not users.may(role, users.ROLES[ROLES.index(needed)])
    assert called(people[""], web, name).status_code == 401


# One request for each way in, and the role that it takes; None: nobody has to sign in.
WAYS = {
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /language/en": None,
    "GET /sign-in": None,
    "POST /sign-in": None,
    "POST /sign-out": "reader",
    "GET /": "reader",
    "GET /de/": "reader",
    "GET /config": "reader",
    "GET /theme.css": "reader",
    "GET /assets/x.js": "reader",
    "GET /gradio_api/info": "reader",
    "GET /scripts/0/window.js": "reader",
    "GET /conversations/0.md": "reader",
    "GET /answers/0.md": "reader",
    "GET /pictures/a1f0/01234567/0": "reader",
    "GET /pages/a1f0/01234567/1/words": "reader",
    "POST /gradio_api/queue/join": "reader",
    "POST /de/gradio_api/run/predict": "reader",
    "POST /gradio_api/component_server/": "reader",
    "POST /gradio_api/cancel": "reader",
    "POST /gradio_api/reset": "reader",
    "POST /gradio_api/upload": "editor",
    "POST /de/gradio_api/upload": "editor",
    "GET /apple-touch-icon.png": None,
    "GET /runs/x.html": "owner",
    "GET /runs/x/against/y.html": "owner",
    "POST /v1/ask": "reader",
    "POST /v1/search": "reader",
    "POST /v1/chat/completions": "reader",
    "GET /v1/models": "reader",
    "GET /v1/models/ibid": "reader",
    "GET /v1/articles": "reader",
    "POST /v1/articles": "editor",
    "POST /v1/articles/upload": "editor",
    "POST /v1/articles/sync": "editor",
    "GET /v1/articles/a1f0": "reader",
    "PATCH /v1/articles/a1f0": "editor",
    "DELETE /v1/articles/a1f0": "editor",
    "GET /v1/collections": "reader",
    "POST /v1/collections": "editor",
    "PATCH /v1/collections/x": "editor",
    "DELETE /v1/collections/x": "editor",
    "POST /v1/collections/x/articles": "editor",
    "DELETE /v1/collections/x/articles/a1f0": "editor",
    "GET /v1/places": "editor",
    "POST /v1/places": "editor",
    "DELETE /v1/places/0f3a": "editor",
    "GET /v1/jobs": "reader",
    "GET /v1/jobs/x": "reader",
    "DELETE /v1/jobs/x": "editor",
    "POST /v1/feedback": "reader",
    "GET /v1/feedback": "owner",
    "GET /v1/openapi.json": None,
    "GET /v1/docs": None,
    "GET /mcp": "reader",
    "POST /mcp": "reader",
    "DELETE /mcp": "reader",
    "GET /metrics": "owner",
}
OF_PROGRAMS = {way: role for way, role in WAYS.items() if is_of_programs(way.split()[1])}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_is_open_to_its_role_and_nobody_else(
    people: dict[str, TestClient], way: str
) -> None:
    method, path = way.split()
    needed = WAYS[way]
    if way == "POST /sign-out":
        return
    answer = people[""].request(method, path)
    is_turned_away = (
        answer.text == strings.SIGN_IN_AGAIN
        or "/sign-in?" in answer.headers.get("location", "")
        or (is_of_programs(path) and answer.status_code == 401)
    )
    assert is_turned_away is (needed is not None)
    for person, role in PEOPLE.items():
        status = people[person].request(method, path).status_code
        may = needed is None or users.may(role, next(r for r in ROLES if r == needed))
        assert (status == 403) is not may, (person, status)


@pytest.fixture(scope="module")
def secrets(web: FastAPI) -> dict[str, str]:
    """A key of each scope, and some that are none any more."""
    [keyed] = (one.kwargs["known"].file for one in web.user_middleware if "known" in one.kwargs)
    made: dict[str, str] = {scope: keys.add(keyed, scope, scope) for scope in keys.SCOPES}
    made["of a collection"] = keys.add(keyed, "within", "admin", ["Harbour"])
    made["revoked"] = keys.add(keyed, "gone", "admin")
    keys.remove(keyed, "gone")
    made["expired"] = keys.add(keyed, "old", "admin", expires=date.today())
    said = json.loads(keyed.read_text())
    said["old"]["expires"] = "2020-01-01"
    keyed.write_text(json.dumps(said))
    made |= {"cut short": made["admin"][:-1], "of another kind": "sk-1234", "a hash": "ibid_"}
    return made


def by_key(people: dict[str, TestClient], way: str, secret: str) -> httpx.Response:
    method, path = way.split()
    return people[""].request(method, path, headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize("way", OF_PROGRAMS)
def test_each_way_of_programs_is_open_to_keys_of_its_scope_and_to_no_other(
    people: dict[str, TestClient], secrets: dict[str, str], way: str
) -> None:
    needed = WAYS[way]
    for scope, role in keys.ROLES.items():
        status = by_key(people, way, secrets[scope]).status_code
        assert status != 401, scope
        may = needed is None or users.may(role, next(r for r in ROLES if r == needed))
        assert (status == 403) is not may, (scope, status)
    assert by_key(people, way, secrets["of a collection"]).status_code != 401
    for name in ("revoked", "expired", "cut short", "of another kind", "a hash"):
        answer = by_key(people, way, secrets[name])
        assert answer.status_code in (401, 429), name
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("way", [way for way in WAYS if way not in OF_PROGRAMS and WAYS[way]])
def test_a_key_opens_nothing_of_the_window(
    people: dict[str, TestClient], secrets: dict[str, str], way: str
) -> None:
    answer = by_key(people, way, secrets["admin"])
    assert answer.status_code == 401 or "/sign-in?" in answer.headers.get("location", "")


def test_a_key_is_no_token_of_the_owners_commands(
    people: dict[str, TestClient], secrets: dict[str, str]
) -> None:
    for command in ("ask", "add", "remove", "stop", "eval"):
        assert by_key(people, f"POST /api/{command}", secrets["admin"]).status_code in (401, 404)


# The table of all ways in.


def examples(pattern: str) -> dict[tuple[int, ...], list[str]]:
    """Paths that a way's pattern fits: all that it may stand for, by the branches taken."""

    def of(parts: Any) -> list[tuple[tuple[int, ...], str]]:
        found: list[tuple[tuple[int, ...], str]] = [((), "")]
        for kind, given in parts:
            found = [
                (taken + more, told + text)
                for taken, told in found
                for more, text in one(str(kind), given)
            ]
        return found

    def one(kind: str, given: Any) -> list[tuple[tuple[int, ...], str]]:
        if kind == "LITERAL":
            return [((), chr(given))]
        if kind == "BRANCH":
            return [
                ((number, *taken), told)
                for number, branch in enumerate(given[1])
                for taken, told in of(branch)
            ]
        if kind == "SUBPATTERN":
            return of(given[3])
        if kind == "MAX_REPEAT":
            least, most, inner = given
            some = [(taken, told) for taken, told in of(inner)]
            return some if least else [((), ""), *some] if most == 1 else some
        if kind == "IN":  # digits, hexadecimal digits
            return [((), "0")]
        assert kind in ("ANY", "NOT_LITERAL"), kind
        return [((), "x")]

    by_branch: dict[tuple[int, ...], list[str]] = {}
    for taken, told in of(_parser.parse(pattern)):
        by_branch.setdefault(taken, []).append(told)
    return by_branch


def leads(routes: Any, method: str, path: str) -> bool:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return any(
        one.matches(dict(scope))[0] is Match.FULL for one in routes if not isinstance(one, Mount)
    )


@pytest.mark.parametrize("way", ROUTES, ids=lambda way: f"{way.methods} {way.template}")
def test_no_line_of_the_table_leads_nowhere(web: FastAPI, way: Route) -> None:
    # The window in the default language is the last of the mounted ones.
    routes = [*web.routes, *windows(web)[-1].routes]
    for method in way.methods.split():
        for paths in examples(way.path).values():
            forms = ("{}", "{}/", "{}.md", "{}.html")
            tried = [form.format(path.rstrip("/")) for path in paths for form in forms]
            assert any(leads(routes, method, path or "/") for path in tried), (method, paths)


def sampled(path: str) -> str:
    """A path as a route has it, with something in the place of each name."""
    known = {"number": "1", "kind": "md", "version": "0", "link": "x"}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: known.get(name.group(1), "x"), path)


def test_no_route_of_the_application_is_missing_from_the_table(web: FastAPI) -> None:
    own = [one for one in all_routes(web.routes) if not isinstance(one, Mount)]
    assert len(own) > 40
    for one in own:
        for method in one.methods or ():
            found = route(method, sampled(one.path))
            assert found is not None, f"{method} {one.path} is no way in; put it into the table"


def all_routes(routes: Any) -> Iterator[Any]:
    for one in routes:
        if (router := getattr(one, "original_router", None)) is not None:
            yield from all_routes(router.routes)
        else:
            yield one


def test_what_of_gradio_is_not_in_the_table_is_not_there(
    web: FastAPI, people: dict[str, TestClient]
) -> None:
    shut = 0
    for one in windows(web)[-1].routes:
        for method in getattr(one, "methods", None) or ():
            path = sampled(one.path)
            if route(method, path) is None:
                shut += 1
                assert people["ann"].request(method, path).status_code == 404, path
    assert shut > 5


def test_the_table_names_every_way_with_who_may_take_it() -> None:
    lines = table()
    assert len(lines) == len(ROUTES)
    told = {(line.methods, line.path): (line.needed, line.for_programs) for line in lines}
    assert told["POST", "/v1/ask"] == ("reader", True)
    assert told["PATCH DELETE", "/v1/articles/{}"] == ("editor", True)
    assert told["GET", "/v1/feedback"] == ("owner", True)
    assert told["GET", "/healthz"] == told["GET", "/readyz"] == (None, False)
    assert told["GET", "/"] == ("reader", False)
    assert told["POST", "/api/stop"] == ("owner", False)
    assert all(not set(line.path) & set("\\^?*+") for line in lines)


def test_every_way_in_is_tried_above() -> None:
    tried = {id(route(*way.split())) for way in WAYS}
    streams = {id(one) for one in ROUTES if one.is_stream}
    assert {id(one) for one in ROUTES} - streams <= tried | {
        id(one)
        for one in ROUTES
        # Those of the owner's commands are tried in tests/ui/api.
        if "pwa_icon" in one.path or "theme" in one.path or one.path.startswith("/api/")
    }


@pytest.mark.parametrize(
    "way",
    ["GET /gradio_api/file=/etc/passwd", "GET /gradio_api/file/etc/passwd", "GET /monitoring",
     "POST /gradio_api/call/answer", "POST /gradio_api/api/predict", "GET /gradio_api/runs",
     "POST /gradio_api/run/answer", "POST /gradio_api/stream/x", "POST /gradio_api/stream/x/close",
     "GET /gradio_api/call/answer/x", "GET /gradio_api/proxy=http://127.0.0.1/", "GET /docs",
     "GET /openapi.json", "GET /gradio_api/openapi.json", "GET /gradio_api/deep_link",
     "POST /gradio_api/vibe-code/", "GET /gradio_api/token", "GET /login_check",
     "PUT /gradio_api/queue/join", "DELETE /healthz", "GET /de/de/config",
     "GET /de/healthz", "GET /gradio_api/queue/status", "POST /gradio_api/process_recording"],
)  # fmt: skip
def test_what_the_page_does_not_use_is_not_there(people: dict[str, TestClient], way: str) -> None:
    assert people["ann"].request(*way.split()).status_code == 404


def test_a_role_that_is_changed_counts_at_once(
    web: FastAPI, people: dict[str, TestClient], tmp_path: Path
) -> None:
    file = next(m for m in web.user_middleware if "doors" in m.kwargs).kwargs["doors"].where
    assert called(people["rob"], web, "library.cancel").json() != {}
    users.appoint(file, "rob", "editor")
    try:
        assert called(people["rob"], web, "library.cancel").json() == {}
    finally:
        users.appoint(file, "rob", "reader")
    assert called(people["rob"], web, "library.cancel").json() != {}


# Pages, events and streams belong to who made them.


def event_of(web: FastAPI, name: str) -> int:
    blocks = windows(web)[-1].get_blocks()
    return next(n for n, fn in blocks.fns.items() if getattr(fn.fn, "__name__", "") == name)


def ask(client: TestClient, web: FastAPI, question: str, page: str) -> None:
    answer = client.post("/gradio_api/run/predict", json={
        "data": [question, None, None, None, None], "fn_index": event_of(web, "ask"),
        "session_hash": page})  # fmt: skip
    assert answer.status_code == 200, answer.text


def happened(client: TestClient, web: FastAPI, event: str, page: str) -> str:
    """What a page shows after an event to which it brings nothing of its own."""
    number = event_of(web, event)
    inputs = windows(web)[-1].get_blocks().fns[number].inputs
    given = {"data": [None] * len(inputs), "fn_index": number, "session_hash": page}
    return client.post("/gradio_api/run/predict", json=given).text


def test_another_users_key_opens_nothing_of_the_running_conversation(
    web: FastAPI, people: dict[str, TestClient]
) -> None:
    ask(people["rob"], web, "What is my secret plan?", "sharedkey")
    assert "secret plan" not in happened(people["ray"], web, "halt", "sharedkey")
    assert "secret plan" not in happened(people["ann"], web, "halt", "sharedkey")
    assert "secret plan" in happened(people["rob"], web, "halt", "sharedkey")


def joined(client: TestClient, web: FastAPI, page: str) -> str:
    answer = client.post("/gradio_api/queue/join", json={
        "data": ["?", None], "fn_index": event_of(web, "check"), "session_hash": page})  # fmt: skip
    assert answer.status_code == 200, answer.text
    return str(answer.json()["event_id"])


def test_another_users_events_are_neither_read_nor_stopped(
    web: FastAPI, people: dict[str, TestClient]
) -> None:
    event = joined(people["rob"], web, "page9")
    for other in ("ray", "ann"):
        stolen = people[other].get("/gradio_api/queue/data", params={"session_hash": "page9"})
        assert event not in stolen.text
        stopped = people[other].post("/gradio_api/cancel", json={
            "event_id": event, "fn_index": 0, "session_hash": "page9"})  # fmt: skip
        assert stopped.status_code == 404
    read = people["rob"].get("/gradio_api/queue/data", params={"session_hash": "page9"})
    assert event in read.text and "process_completed" in read.text
    own = people["rob"].post("/gradio_api/cancel", json={
        "event_id": event, "fn_index": 0, "session_hash": "page9"})  # fmt: skip
    assert own.status_code == 200


def test_another_users_conversation_is_not_there(
    web: FastAPI, people: dict[str, TestClient]
) -> None:
    ask(people["rob"], web, "Where is the harbour?", "page5")
    happened(people["rob"], web, "halt", "page5")
    [name] = re.findall(
        r'"current":"([0-9a-f]{32})"', happened(people["rob"], web, "note", "page5")
    )
    assert people["rob"].get(f"/conversations/{name}.md").status_code == 200
    assert people["ray"].get(f"/conversations/{name}.md").status_code == 404
    assert people["ann"].get(f"/conversations/{name}.json").status_code == 404
    for act in ("rename_conversation", "remove_conversation", "restore_conversation"):
        given: Any = [name, "Mine"] if act.startswith("rename") else name
        told = called(people["ray"], web, f"drawer.{act}", given).json()
        assert told == {"problem": strings.NO_CONVERSATION}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"{", b"null", b"[" * 30_000, b'{"session_hash": 7}', b"\xff\xfe",
     b'{"session_hash": "../x", "data": []}', b'{"session_hash": "", "data": []}', b'{"data": []}'],
)  # fmt: skip
def test_what_names_no_page_is_refused(people: dict[str, TestClient], body: bytes) -> None:
    sent = {"Content-Type": "application/json"}
    for path in ("queue/join", "run/predict", "component_server/", "cancel"):
        answer = people["rob"].post(f"/gradio_api/{path}", content=body, headers=sent)
        assert answer.status_code == 400, path
    form = people["rob"].post("/gradio_api/component_server/", files={"a": b"x"})
    assert form.status_code == 415


# The queue.


class Queue:
    """An application that lets every request wait."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.01)
        self.scopes.append(scope)
        answer = JSONResponse({"event_id": f"event{len(self.scopes)}"})
        await answer(scope, receive, send)


def waiting(limits: WindowLimits | None = None) -> Callable[..., Any]:
    queue = Queue()
    gate = Gate(queue, limits or WindowLimits(), lambda: queue.scopes)

    async def join(who: str = "", address: str = "127.0.0.1") -> httpx.Response:
        async def known(scope: Any, receive: Any, send: Any) -> None:
            await gate({**scope, visitor.OWNER: who}, receive, send)

        transport = httpx.ASGITransport(known, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            given = {"data": [], "fn_index": 1, "session_hash": "page"}
            return await client.post("/gradio_api/queue/join", json=given)

    return join


async def test_one_browser_cannot_fill_the_queue() -> None:
    join = waiting(WindowLimits(waiting=6))
    told = await asyncio.gather(*(join("browser:one") for _ in range(40)))
    assert [answer.status_code for answer in told].count(200) == 6
    refused = next(answer for answer in told if answer.status_code != 200)
    assert refused.status_code == 429
    assert refused.json() == {"detail": strings.YOUR_QUEUE_FULL.format(limit=6)}
    assert (await join("browser:two")).status_code == 200
    nobody = await asyncio.gather(*(join("") for _ in range(20)))
    assert [answer.status_code for answer in nobody].count(200) == 6


async def test_nor_can_one_address_with_many_browsers() -> None:
    join = waiting()
    told = [await join(f"browser:{number}", "192.0.2.7") for number in range(40)]
    assert [answer.status_code for answer in told].count(200) == 16
    assert (await join("browser:x", "192.0.2.8")).status_code == 200


async def test_one_browser_may_have_so_many_streams_and_others_theirs() -> None:
    go = asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await JSONResponse({})(scope, receive, send)

    gate = Gate(stream, WindowLimits(streams=4), lambda: ())

    async def open_one(who: str) -> int:
        async def known(scope: Any, receive: Any, send: Any) -> None:
            await gate({**scope, visitor.OWNER: who}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(known), base_url=HERE) as client:
            return (await client.get("/gradio_api/heartbeat/page")).status_code

    opened = [asyncio.create_task(open_one("browser:one")) for _ in range(6)]
    other = asyncio.create_task(open_one("browser:two"))
    await asyncio.sleep(0.2)
    go.set()
    assert sorted(await asyncio.gather(*opened)) == [200] * 4 + [429] * 2
    assert await other == 200
    assert await open_one("browser:one") == 200


async def test_one_browser_cannot_push_out_the_pages_of_others() -> None:
    served = Queue()
    gate = Gate(served, WindowLimits(pages=5), lambda: ())

    async def used(who: str, page: int) -> int:
        async def known(scope: Any, receive: Any, send: Any) -> None:
            await gate({**scope, visitor.OWNER: who}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(known), base_url=HERE) as client:
            given = {"data": [], "session_hash": f"page{page}"}
            return (await client.post("/gradio_api/run/predict", json=given)).status_code

    assert [await used("browser:one", page) for page in range(7)] == [200] * 5 + [429] * 2
    assert await used("browser:one", 3) == 200
    assert await used("browser:two", 9) == 200


async def test_a_web_socket_is_shut() -> None:
    told = []

    async def send(message: Any) -> None:
        told.append(message["type"])

    gate = Gate(Queue(), WindowLimits(), lambda: ())
    await gate({"type": "websocket", "path": "/"}, None, send)  # type: ignore[arg-type]
    assert told == ["websocket.close"]
