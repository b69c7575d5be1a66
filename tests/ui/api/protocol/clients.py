"""The SDK's own client, over each way and each era of the protocol, at a running Ibid."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult

ROOT = Path(__file__).parents[4]
WAYS = ("stdio legacy", "stdio auto", "http legacy", "http auto")
READING = ["ask", "search", "read_article", "list_articles"]
CHANGING = ["add_article", "remove_article"]


def over_stdio(library: Path, *options: str) -> StdioServerParameters:
    """``ibid mcp``, as a client starts it."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "ui", "mcp", "--library", str(library), *options],
        env={
            "PYTHONPATH": os.pathsep.join(str(place) for place in (ROOT, ROOT / "tests")),
            "IBID_EMBEDDER": "tiny",
        },
        cwd=library.parent,
    )


def client(running: Any, way: str, *options: str) -> Client:
    """A client of a running Ibid by one of the ``WAYS``."""
    transport, mode = way.split()
    if transport == "http":
        return Client(f"{running.url}/mcp", mode=mode)
    return Client(over_stdio(running.library, *options), mode=mode)


def text(result: CallToolResult) -> str:
    """The words of a tool's answer."""
    (block,) = result.content
    return str(block.text)  # type: ignore[union-attr]


def failure(result: CallToolResult) -> str:
    """The words of a tool's error."""
    assert result.is_error and result.structured_content is None
    return text(result)


def names(tools: Sequence[Any]) -> list[str]:
    return [tool.name for tool in tools]


class Talk:
    """A client that is connected, in a loop of its own; its methods wait for what they return."""

    def __init__(self, client: Client, loop: asyncio.AbstractEventLoop) -> None:
        self.client = client
        self._loop = loop

    def begin(self, method: str, *given: Any, **named: Any) -> Future[Any]:
        """Have a method of the client called; cancelled, so is the call."""
        call = getattr(self.client, method)(*given, **named)
        return asyncio.run_coroutine_threadsafe(call, self._loop)

    def __getattr__(self, method: str) -> Any:
        return lambda *given, **named: self.begin(method, *given, **named).result(240)


@contextmanager
def talking(client: Client) -> Iterator[Talk]:
    """Connected meanwhile; a connection begins and ends in one task, and fixtures do not."""
    begun: Future[asyncio.AbstractEventLoop] = Future()
    over = threading.Event()

    async def live() -> None:
        try:
            async with client:
                begun.set_result(asyncio.get_running_loop())
                await asyncio.to_thread(over.wait)
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        yield Talk(client, begun.result(120))
    finally:
        over.set()
        thread.join(60)


def appears(file: Path) -> None:
    """Wait until a file is there."""
    ends = time.monotonic() + 120
    while not file.exists():
        assert time.monotonic() < ends, f"{file.name} never came"
        time.sleep(0.05)
