"""A Chroma server of its own process, on a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE_S = 60


class ChromaServer:
    """`chroma run` over a folder; what it keeps outlives a restart."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        program = Path(sys.executable).with_name("chroma")
        asked = ["--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        none = subprocess.DEVNULL
        self._process = subprocess.Popen([str(program), "run", *asked], stdout=none, stderr=none)
        ends = time.monotonic() + _PATIENCE_S
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("chroma run does not listen")

    def stop(self) -> None:
        """End it, as a kill does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
