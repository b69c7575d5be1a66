"""Promises of ``ibid mcp``, the command that a client starts, about its input and output."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from beside import Running
from clients import READING, ROOT, appears, client, failure, names, over_stdio, talking, text
from mcp import Client
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryInUse
from rag.index import ownership
from rag.index.library import opened
from rag.settings import load
from ui.mcp.calling import Call, worked
from ui.mcp.reach import OfSettings

BEGIN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
CALL = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "list_articles", "arguments": {}},
}


@contextmanager
def begun(library: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command, with its pipes."""
    start = over_stdio(library, *options)
    process = subprocess.Popen(
        [start.command, *start.args],
        env=start.env,
        cwd=start.cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def said(process: subprocess.Popen[bytes], message: Any) -> Any:
    """What comes in answer to a message."""
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def test_read_only_has_no_tool_that_changes_anything(running: Running) -> None:
    with talking(client(running, "stdio legacy", "--read-only")) as there:
        assert names(there.list_tools().tools) == READING
        assert not there.call_tool("search", {"query": "ferry"}).is_error


def test_a_file_of_this_machine_is_added_by_its_path(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "quay.txt"
    file.write_text("The quay at Skarn was mended in 2011.", "utf-8")
    with talking(client(running, "stdio auto")) as there:
        added = there.call_tool("add_article", {"path": str(file)}).structured_content
        (article,) = added["articles"]
        assert article["source"] == str(file) and article["outcome"] == "added"
        for path in ("quay.txt", str(tmp_path), f"{file}x"):
            assert "no such file" in failure(there.call_tool("add_article", {"path": path}))
        assert not there.call_tool("remove_article", {"id": article["id"]}).is_error
    assert file.exists()  # it is not ours


def test_a_library_that_is_not_there_yet_has_no_articles(tmp_path: Path) -> None:
    with talking(Client(over_stdio(tmp_path / "none"), mode="auto")) as there:
        assert text(there.call_tool("list_articles", {})) == "No such articles."
        assert there.list_resources().resources == []
        assert "no article" in failure(there.call_tool("read_article", {"id": "abc"}))
    assert not (tmp_path / "none").exists()


def test_nothing_but_the_protocol_is_written(tmp_path: Path) -> None:
    with begun(tmp_path / "none") as process:
        assert said(process, BEGIN)["result"]["serverInfo"]["name"] == "ibid"
        assert process.stdin
        for noise in (b"\n", b"no json\n", b'{"jsonrpc": "1.0"}\n', b"\xff\xfe\n", b"[]\n"):
            process.stdin.write(noise)
        assert said(process, CALL)["id"] == 2
        out, _ = process.communicate(timeout=120)
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in out.splitlines())


def test_it_ends_with_its_input(tmp_path: Path) -> None:
    with begun(tmp_path / "none") as process:
        said(process, BEGIN)
        assert process.stdin
        process.stdin.close()
        assert process.wait(120) == 0


def test_it_ends_with_its_input_though_a_call_is_not_answered(running: Running) -> None:
    asked, cancelled = running.folder / "asked", running.folder / "cancelled"
    for one in (asked, cancelled):
        one.unlink(missing_ok=True)
    with begun(running.library) as process:
        said(process, BEGIN)
        assert process.stdin
        given = {"name": "ask", "arguments": {"question": "Does it hang?"}}
        process.stdin.write(json.dumps({**CALL, "params": given}).encode() + b"\n")
        process.stdin.flush()
        appears(asked)
        process.stdin.close()
        assert process.wait(120) == 0
    appears(cancelled)  # nobody else may be kept from the model


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_whatever_it_waits_for(tmp_path: Path, end: signal.Signals) -> None:
    with begun(tmp_path / "none") as process:
        said(process, BEGIN)
        process.send_signal(end)
        assert process.wait(120) == 128 + end


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[OfSettings]:
    """How a library is reached that another process owns, which cannot be asked."""
    settings = load(library=tmp_path / "library", embedder="tiny")
    with opened(settings, TinyEmbedder(), purpose="something else") as own:
        own.add([make_article("The quay at Skarn was mended in 2011.", title="Quay")])
        yield OfSettings(settings, patience_s=0.2)


def test_what_another_process_owns_can_be_listed_and_read(owned: OfSettings) -> None:
    with owned.catalog() as catalog:
        assert [info.title for info in catalog.articles()] == ["Quay"]


async def test_what_another_process_does_not_give_back_is_told_so(owned: OfSettings) -> None:
    async def report(done: float, of: float | None, words: str) -> None:
        raise AssertionError("there is nothing to tell")

    with pytest.raises(LibraryInUse, match=r"in use by process .* \(something else\)"):
        await worked(lambda call: owned.search(call, "quay", 1, None), report)


async def test_work_is_called_off_with_whoever_waits_for_it() -> None:
    begun, over = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(call: Call) -> None:
        loop.call_soon_threadsafe(begun.set)
        while not call.is_gone:
            time.sleep(0.01)
        call.on_close(lambda: loop.call_soon_threadsafe(over.set))
        call.check()

    async def report(done: float, of: float | None, words: str) -> None:
        pass

    waiting = asyncio.create_task(worked(work, report))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(over.wait(), 60)


@pytest.mark.model
def test_with_real_models_it_owns_the_library_only_while_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IBID_EMBEDDER")
    library = tmp_path / "library"
    start = over_stdio(library, "--quotes-only")
    start.env = {name: one for name, one in (start.env or {}).items() if name == "PYTHONPATH"}
    with talking(Client(start, mode="auto")) as there:
        for file in sorted((ROOT / "seeds").glob("*.md"))[:2]:
            assert not there.call_tool("add_article", {"path": str(file)}).is_error
        assert not ownership.is_owned(library)
        (first, _) = there.call_tool("list_articles", {}).structured_content["articles"]
        told = there.call_tool("ask", {"question": f"What is told of {first['title']}?"})
        assert not told.is_error, text(told)
        assert told.structured_content["status"] in ("quoted", "hedged")
        for one in told.structured_content["citations"]:
            span = {"id": one["article"]["id"], "start": one["start"], "end": one["end"]}
            read = there.call_tool("read_article", span).structured_content
            assert read["text"] == one["quote"]
        assert not ownership.is_owned(library)
