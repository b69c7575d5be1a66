"""Every request has an id, and a line of the log that tells nothing it should not."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from ui import asked, keys, logs
from ui.window.server.headers import Guarded
from ui.window.server.tracked import Tracked

HERE = "http://127.0.0.1:7860"
SECRET = keys.PREFIX + "a1B2" * 12


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What `logs.as_json` has written; all is as it was afterwards."""
    root, loggers = logging.getLogger(), [logging.getLogger(one) for one in ("ibid", logs.REQUESTS)]
    before, levels = root.handlers[:], [one.level for one in (root, *loggers)]
    stream = io.StringIO()
    root.handlers.clear()  # pytest's own, which are not to be closed
    logs.as_json(stream)
    yield stream
    root.handlers[:] = before
    for one, level in zip((root, *loggers), levels, strict=True):
        one.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def got(app: Any, path: str = "/healthz", method: str = "GET", **headers: str) -> Any:
    transport = httpx.ASGITransport(Tracked(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, path, headers=sent)


@pytest.mark.parametrize("sent", ["a", "7f-2.B_c:9", "x" * 64])
async def test_a_sane_id_is_taken_and_sent_back(sent: str) -> None:
    assert (await got(PlainTextResponse("hi"), x_request_id=sent)).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a;b", 'a"b', "ü", "a\tb", "<a>"])
async def test_any_other_is_not_and_a_new_one_is_made(sent: str) -> None:
    app = Tracked(PlainTextResponse("hi"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        answer = await client.get("/", headers={"X-Request-ID": sent.encode("latin-1")})  # type: ignore[dict-item]
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_what_is_refused_has_an_id_too_and_each_its_own() -> None:
    app = Guarded(PlainTextResponse("hi"))
    refused = await got(app, "/config", "POST", origin="https://evil.example")
    assert refused.status_code == 403
    other = await got(app)
    assert len({one.headers["x-request-id"] for one in (refused, other)}) == 2


async def test_the_work_of_a_request_knows_it_and_not_that_of_another() -> None:
    known: dict[str, str] = {}

    async def works(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        assert scope[asked.SCOPE] == path[1:]
        await asyncio.sleep(0.01)

        def elsewhere() -> str:
            request = asked.now()
            return request.id if request else ""

        known[path] = await asyncio.to_thread(elsewhere)
        await PlainTextResponse("hi")(scope, receive, send)

    await asyncio.gather(*(got(works, f"/{name}", x_request_id=name) for name in "abcdef"))
    assert known == {f"/{name}": name for name in "abcdef"}
    assert asked.now() is None


async def test_a_line_tells_the_request_and_not_what_was_asked(written: io.StringIO) -> None:
    async def works(scope: Any, receive: Any, send: Any) -> None:
        request = asked.now()
        assert request
        request.by = "key:bot"
        await PlainTextResponse("hi", 418)(scope, receive, send)

    answer = await got(
        works,
        f"/conversations/my%20secret%20plan?key={SECRET}",
        authorization=f"Bearer {SECRET}",
        x_request_id="r7",
    )
    assert answer.status_code == 418
    [said] = lines(written)
    assert said.pop("ms") >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", said.pop("time"))
    assert said == {
        "level": "info", "logger": logs.REQUESTS,
        "message": "GET /(conversations|answers)/{} 418", "request": "r7", "method": "GET",
        "route": "/(conversations|answers)/{}", "status": 418, "way": "window",
        "caller": "key:bot",
    }  # fmt: skip
    assert "secret" not in written.getvalue() and SECRET not in written.getvalue()


async def test_what_is_no_way_in_is_told_without_its_address(written: io.StringIO) -> None:
    await got(PlainTextResponse("no", 404), "/my-secret-plan", "BREW")
    [said] = lines(written)
    assert (said["message"], said["method"], said["route"]) == ("no way in 404", "", "")


async def test_a_fault_is_told_by_its_kind_and_place_and_not_by_its_words(
    written: io.StringIO,
) -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        try:
            raise ValueError("What is my secret plan?")
        except ValueError:
            logging.getLogger("ibid.x").exception("answering failed")
        raise RuntimeError(SECRET)

    assert (await got(fails, x_request_id="r9")).status_code == 500
    fault, request = lines(written)
    assert (fault["request"], fault["error"], fault["level"]) == ("r9", "ValueError", "error")
    assert any("test_tracked.py" in place and "fails" in place for place in fault["where"])
    assert (request["status"], request["request"]) == (500, "r9")
    assert "secret" not in written.getvalue() and SECRET not in written.getvalue()


def test_nothing_ends_a_line_of_the_log_and_no_key_is_in_it(written: io.StringIO) -> None:
    log = logging.getLogger("other")
    log.warning('x"}\n{"level": "info"} \u2028 \x1b[2J %s', SECRET)
    [said] = lines(written)
    text = written.getvalue()
    assert text.count("\n") == 1 and text.isascii() and "\x1b" not in text
    assert SECRET not in text and said["message"].endswith("ibid_…")
    assert "request" not in said
