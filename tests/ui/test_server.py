"""Serving, as far as it can be seen without a browser."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary

from rag.errors import IbidError
from ui.window.server import serve


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
        serve(engine, tmp_path, host="no such host")
