"""The whole program, started as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]


@contextmanager
def chat(library: Path, *, wait: bool = True) -> Iterator[str]:
    """The address of ``ibid chat`` over a library; models may still load.

    Without ``wait`` it is had as soon as it is printed, when a page that waits may be there.
    """
    command = [sys.executable, "-m", "ui.cli.main", "chat", "--port", "0", "--starter", "seeds"]
    process = subprocess.Popen(
        [*command, "--library", str(library)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = next(line for line in process.stdout if "http://" in line)
        address = "http://" + line.split("http://")[1].split()[0]
        if wait:
            urlopen(f"{address}/healthz", timeout=120).close()
        yield address
    finally:
        process.terminate()
        process.wait(30)
