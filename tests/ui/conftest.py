"""A scripted window in a process of its own, and a browser page that watches what it asks for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import forked
import pytest
import sqlalchemy as sa
from forked import Forked
from postgres_server import PostgresServer

from rag.index.catalog import CATALOG
from rag.index.postgres import Database
from ui.state import making

HERE = Path(__file__).parent
START_LIMIT_S = 90


@dataclass
class Window:
    """A served window. ``go`` and ``loaded`` are the gates of scripted.py."""

    url: str
    process: Forked | subprocess.Popen[bytes]
    go: Path
    loaded: Path
    log: Path

    @property
    def cancelled(self) -> Path:
        """What the scripted assistant leaves when an answer is cancelled."""
        return self.go.with_name("cancelled")

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Windows:
    """Starts windows. One that is ``fresh`` is nobody else's.

    One that is ``apart`` is an interpreter of its own, as a user's is: of a forked one that is
    killed, a page does not see that its connection went.
    """

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._shared: dict[tuple[str, ...], Window] = {}
        self._fresh: list[Window] = []

    def __call__(
        self,
        *options: str,
        gated: bool = False,
        fresh: bool = False,
        apart: bool = False,
        script: str = "scripted.py",
        port: int = 0,
    ) -> Window:
        """One with these options, anew only where there is none yet or it is to be fresh."""
        key = (script, *options, str(gated))
        if not fresh and key in self._shared:
            return self._shared[key]
        folder = self._folders.mktemp("window")
        window = _start(folder, script, options, gated, port, apart=apart)
        if fresh:
            self._fresh.append(window)
        else:
            self._shared[key] = window
        return window

    def end_fresh(self) -> None:
        """End those that were fresh."""
        _end(self._fresh)
        self._fresh.clear()

    def end(self) -> None:
        """End all."""
        self.end_fresh()
        _end(self._shared.values())


@dataclass
class Watch:
    """What a page did."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def open_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """Start windows, each once for the same options; end them with the tests of a file."""
    windows = Windows(tmp_path_factory)
    yield windows
    windows.end()


@pytest.fixture(autouse=True)
def no_window_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test started for itself alone ends with it, and takes no time from the next."""
    yield
    if "open_window" in request.fixturenames:
        request.getfixturevalue("open_window").end_fresh()


@pytest.fixture(scope="module")
def window(open_window: Windows) -> Window:
    """A window that is ready, over three articles."""
    return open_window()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, quiet: no browser is ever downloaded."""
    quiet = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    return {
        **browser_type_launch_args,
        "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "args": quiet.split(),
    }


@pytest.fixture
def watched(page: Any) -> Iterator[Any]:
    """A page that in the end has asked no other host, raised no error and run no planted script."""
    watch = Watch()
    page.on("request", lambda request: watch.requests.append(request.url))
    page.on("pageerror", lambda error: watch.errors.append(f"{error}\n{error.stack}"))
    yield page
    planted = page.evaluate("window.__xss") if page.url.startswith("http") else None
    hosts = {
        urlsplit(url).hostname for url in watch.requests if not url.startswith(("data:", "blob:"))
    }
    assert hosts <= {"127.0.0.1"}
    assert watch.errors == []
    assert planted is None


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest) -> None:
    """Two cores may be shared with a build."""
    if request.node.get_closest_marker("browser"):
        from playwright.sync_api import expect

        expect.set_options(timeout=20_000)


def _end(windows: Iterable[Window]) -> None:
    for window in windows:
        window.process.terminate()
    for window in windows:
        try:
            window.process.wait(20)
        except subprocess.TimeoutExpired:
            window.process.kill()


def _start(
    folder: Path,
    script: str,
    options: tuple[str, ...],
    gated: bool,
    port: int = 0,
    *,
    apart: bool = False,
) -> Window:
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    go, loaded, log = folder / "go", folder / "loaded", folder / "log"
    given = ["--port", str(port), "--go", str(go), *options]
    if gated:
        given += ["--loaded", str(loaded)]
    environment = {**os.environ, "PYTHONPATH": forked.PATH}
    process: Forked | subprocess.Popen[bytes]
    if apart:
        command = [sys.executable, str(HERE / script), *given]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
    else:
        process = Forked(HERE / script, given, folder, log, environment)
    window = Window(f"http://127.0.0.1:{port}", process, go, loaded, log)
    deadline = time.monotonic() + START_LIMIT_S
    while not window.is_up():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the window did not open: {log.read_text()}")
        time.sleep(0.2)
    return window


@pytest.fixture(params=["file", "postgres"])
def kept_at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | sa.Engine]:
    """Where conversations are kept, beside either catalog."""
    if request.param == "file":
        yield tmp_path / CATALOG
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    engine = making.engine(Database(server.address, "library"), 5)
    yield engine
    engine.dispose()
    server.empty()
