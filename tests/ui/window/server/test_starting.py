"""Promises of the first seconds: the address answers at once, and no request is lost."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary
from starlette.types import Receive, Scope, Send

from rag.errors import LibraryError
from rag.limits import WindowLimits
from ui.strings import english, german
from ui.window.server.process import Server, config
from ui.window.server.serve import gate, serve
from ui.window.server.starting import Starting

HERE = "http://127.0.0.1:7860"


class Building:
    """An application that takes as long as it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.may_end = threading.Event()
        self.error = error
        self.lived: list[str] = []

    @asynccontextmanager
    async def _live(self, web: FastAPI) -> AsyncIterator[None]:
        self.lived.append("begun")
        yield
        self.lived.append("ended")

    def __call__(self) -> FastAPI:
        assert self.may_end.wait(30)
        if self.error:
            raise self.error
        web = FastAPI(lifespan=self._live)
        web.get("/")(lambda: PlainTextResponse("the window"))
        web.post("/sign-in")(lambda: PlainTextResponse("taken"))
        return web


@asynccontextmanager
async def started(
    building: Building, on_ready: Callable[[], None] = lambda: None
) -> AsyncIterator[httpx.AsyncClient]:
    front = Starting(building, gate("127.0.0.1", WindowLimits(), has_doors=False), on_ready)
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    life = asyncio.create_task(front({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url=HERE) as client:
        yield client
    await to_app.put({"type": "lifespan.shutdown"})
    await asyncio.wait_for(life, 1)  # whether the window stands by then or not
    assert (await from_app.get())["type"] == "lifespan.shutdown.complete"


async def test_a_page_that_waits_is_served_until_the_window_stands() -> None:
    building, ready = Building(), asyncio.Event()
    async with started(building, ready.set) as client:
        page = await client.get("/?chat=1")
        assert english.STARTING in page.text and page.headers["cache-control"] == "no-store"
        assert "http://" not in page.text.replace("http://www.w3.org", "")
        spoken = await client.get("/", headers={"accept-language": "de"})
        assert german.STARTING in spoken.text and '<html lang="de">' in spoken.text
        building.may_end.set()
        await asyncio.wait_for(ready.wait(), 10)
        assert (await client.get("/")).text == "the window"
    assert building.lived == ["begun", "ended"]


async def test_a_request_that_comes_too_soon_waits_and_is_answered() -> None:
    building = Building()
    async with started(building) as client:
        early = asyncio.create_task(client.post("/sign-in"))
        await asyncio.wait([early], timeout=0.2)
        assert not early.done()
        building.may_end.set()
        assert (await asyncio.wait_for(early, 10)).text == "taken"


async def test_who_waits_for_a_window_that_cannot_be_built_is_told_to_come_again() -> None:
    building = Building(LibraryError("the database is away"))
    async with started(building) as client:
        early = asyncio.create_task(client.post("/sign-in"))
        await asyncio.wait([early], timeout=0.2)
        building.may_end.set()
        told = await asyncio.wait_for(early, 10)
    assert told.status_code == 503 and told.headers["retry-after"]
    assert told.headers["content-type"] == "application/problem+json"
    assert "starting" in told.json()["detail"] and "away" not in told.text


async def test_a_request_that_waits_as_the_server_ends_is_told_to_come_again() -> None:
    front = Starting(Building(), gate("127.0.0.1", WindowLimits(), has_doors=False))
    came = asyncio.Event()

    async def seen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            came.set()
        await front(scope, receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        at = f"http://127.0.0.1:{listener.getsockname()[1]}"
        made = config(seen, WindowLimits())
        server = Server(made, lambda: None, on_ending=front.give_up)
        life = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(base_url=at, trust_env=False) as client:
            early = asyncio.create_task(client.post("/sign-in"))
            await asyncio.wait_for(came.wait(), 30)
            server.stop()
            told = await asyncio.wait_for(early, 10)
        await asyncio.wait_for(life, 10)
    assert told.status_code == 503 and told.headers["retry-after"]


async def test_the_page_that_waits_stands_behind_the_gate() -> None:
    building = Building()
    async with started(building) as client:
        page = await client.get("/")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        rebound = await client.get("/", headers={"host": "evil.example"})
        assert rebound.status_code == 400 and english.STARTING not in rebound.text
        building.may_end.set()  # a thread waits for it


def test_a_window_that_cannot_be_built_is_told_by_what_served_it(tmp_path: Path) -> None:
    in_the_way = tmp_path / "library"
    in_the_way.write_text("no folder")
    engine = ScriptedEngine(ScriptedAssistant(tmp_path / "go"), ScriptedLibrary(empty=False))
    with pytest.raises(NotADirectoryError):
        serve(engine, in_the_way, port=0)
