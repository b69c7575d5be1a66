"""So much may be sent and no more, by whatever way and however it is cut up."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from uvicorn.server import ServerState

from rag.limits import ApiLimits, WindowLimits
from ui.strings import english, german
from ui.window.server.connections import connection
from ui.window.server.limiting import Limited

HERE = "http://127.0.0.1"
KB = 1_000


def swallowing() -> FastAPI:
    """An application that makes its own sense of a body that breaks off."""
    web = FastAPI()

    @web.post("/{path:path}")
    async def take(request: Request) -> Any:
        try:
            return PlainTextResponse(str(len(await request.body())))
        except Exception:
            return PlainTextResponse("broken", 400)

    @web.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for _ in range(3):
                yield "word "
                await asyncio.sleep(0.2)

        return StreamingResponse(pieces())

    return web


async def sent(body: Any, path: str = "/ask", limits: WindowLimits | None = None, **headers: str
               ) -> httpx.Response:  # fmt: skip
    small = limits or WindowLimits(upload_mb=1)
    transport = httpx.ASGITransport(Limited(swallowing(), small))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.post(path, content=body, headers=told)


async def pieces(size: int, of: int = 10 * KB, pause: float = 0.0) -> AsyncIterator[bytes]:
    for _ in range(size // of):
        await asyncio.sleep(pause)
        yield b"x" * of
    yield b"x" * (size % of)


async def test_a_question_may_have_64_kb_and_not_a_byte_more() -> None:
    assert (await sent(b"x" * 64 * KB)).text == "64000"
    refused = await sent(b"x" * (64 * KB + 1))
    assert (refused.status_code, refused.text) == (413, english.TOO_MUCH.format(kb=64))
    assert refused.headers["connection"] == "close"
    spoken = await sent(b"x" * (64 * KB + 1), Accept_Language="de")
    assert refused.text != spoken.text == german.TOO_MUCH.format(kb=64)


async def test_a_program_may_send_a_whole_conversation_and_not_a_byte_more() -> None:
    most = ApiLimits().request_kb * KB
    assert most > 64 * KB
    for path in ("/v1/ask", "/v1/chat/completions"):
        assert (await sent(b"x" * most, path)).text == str(most)
        assert (await sent(b"x" * (most + 1), path)).status_code == 413
    assert (await sent(b"x" * most, "/v10")).status_code == 413, "it only looks alike"


async def test_pieces_are_counted_as_they_come_whatever_length_was_told() -> None:
    assert (await sent(pieces(64 * KB))).text == "64000"
    assert (await sent(pieces(64 * KB + 1))).status_code == 413
    assert (await sent(pieces(65 * KB), content_length="7")).status_code == 413
    assert (await sent(pieces(200_000 * KB))).status_code == 413
    for length in ("-1", "1e9", "9" * 5_000):
        assert (await sent(pieces(10), content_length=length)).status_code in (200, 413), length


async def test_the_page_of_gradio_is_told_in_its_own_form() -> None:
    refused = await sent(pieces(65 * KB), "/de/gradio_api/queue/join")
    assert refused.json() == {"detail": english.TOO_MUCH.format(kb=64)}


async def test_uploads_alone_may_have_more_and_have_an_end_too() -> None:
    for path in ("/gradio_api/upload", "/de/gradio_api/upload"):
        assert (await sent(pieces(1_000 * KB), path)).text == "1000000"
        assert (await sent(pieces(1_001 * KB), path)).status_code == 413
    for path in ("/x/gradio_api/upload", "/gradio_api/upload/", "/gradio_api/uploads"):
        assert (await sent(pieces(65 * KB), path)).status_code == 413


async def test_what_comes_too_slowly_is_refused() -> None:
    hasty = WindowLimits(request_s=0.5)
    began = time.monotonic()
    refused = await sent(pieces(60 * KB, KB, 0.1), limits=hasty)
    assert (refused.status_code, refused.text) == (408, english.TOO_SLOW)
    assert time.monotonic() - began < 4


async def test_an_answer_may_take_as_long_as_it_takes() -> None:
    app = Limited(swallowing(), WindowLimits(request_s=0.1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as client:
        assert (await client.get("/stream")).text == "word word word "


# A real server, for what lies below what an application sees.


def exchange(url: str, head: bytes, body: Iterable[bytes] = ()) -> int:
    """The status that a raw request is answered with; 0 if it was only hung up on."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as wire:
        with contextlib.suppress(OSError):  # the server may hang up before it has all
            wire.sendall(head)
            for piece in body:
                wire.sendall(piece)
        answer = http.client.HTTPResponse(wire)
        try:
            answer.begin()
        except (http.client.HTTPException, OSError):
            return 0
        return answer.status


def chunked(most: int, counted: list[int]) -> Iterator[bytes]:
    piece = b"%x\r\n" % (100 * KB) + b"x" * 100 * KB + b"\r\n"
    for _ in range(most // (100 * KB)):
        yield piece
        counted[0] += 100 * KB


ROUTES = (
    "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/component_server/",
    "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/upload", "/de/gradio_api/queue/join",
    "/sign-in", "/healthz", "/", "/nowhere",
)  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
def test_two_hundred_megabytes_are_taken_nowhere(window: Any, path: str) -> None:
    counted = [0]
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    told = exchange(window.url, f"{head}Content-Length: 200000000\r\n\r\n".encode())
    assert told == 413
    chunks = chunked(200_000 * KB, counted)
    told = exchange(window.url, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), chunks)
    assert told in (0, 400, 404, 405, 413)  # 0: the answer was lost with the connection
    assert counted[0] < 40_000 * KB
    assert window.is_up()


@pytest.mark.parametrize(
    "head",
    [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 3_000_000,
     b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Many: x\r\n" * 300_000,
     b"GET /" + b"x" * 3_000_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
)  # fmt: skip
def test_headers_have_an_end(window: Any, head: bytes) -> None:
    assert exchange(window.url, head) in (0, 400, 413, 431)
    assert window.is_up()


def test_there_are_no_web_sockets(window: Any) -> None:
    asked = (
        b"GET /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert exchange(window.url, asked) in (400, 404, 426)


async def until_closed(port: int, drips: Iterable[bytes]) -> float:
    """The seconds until a connection on which only so much is sent, bit by bit, is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()

    async def drip() -> None:
        for piece in drips:
            with contextlib.suppress(OSError):
                writer.write(piece)
            await asyncio.sleep(0.1)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(20):
        while await reader.read(1_000):
            pass
    dripping.cancel()
    writer.close()
    return time.monotonic() - began


async def test_a_connection_that_never_asks_or_for_too_long_is_closed() -> None:
    kind = connection(0.5)
    config = uvicorn.Config(swallowing(), http=kind, ws="none", timeout_keep_alive=30)
    config.load()
    running = await asyncio.get_running_loop().create_server(
        lambda: kind(config, ServerState(), {}), "127.0.0.1", 0
    )
    port = running.sockets[0].getsockname()[1]
    asked = b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    try:
        assert await until_closed(port, []) < 3
        assert await until_closed(port, [b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 100]) < 3
        # An answer that takes longer is not cut off, but the next request has to come in time.
        assert 0.6 < await until_closed(port, [asked, *[b""] * 9, *[b"GET"] * 50]) < 6
    finally:
        running.close()
