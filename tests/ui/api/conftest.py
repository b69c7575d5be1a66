"""A running Ibid, and the command line to ask it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from beside import Running, started
from commands import Ibid, in_this_process, without_settings


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that all tests of a module ask."""
    with started(tmp_path_factory.mktemp("running")) as it:
        yield it


@pytest.fixture(autouse=True)
def _a_machine_without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nobody is there


@pytest.fixture
def ibid(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, running: Running
) -> Ibid:
    """Run a command in this process, on the library of the running Ibid unless told otherwise."""
    monkeypatch.setenv("IBID_LIBRARY", str(running.library))
    return in_this_process(capsys)
