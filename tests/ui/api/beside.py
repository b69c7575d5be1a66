"""A running Ibid in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import forked
from forked import ROOT, Forked

__all__ = ["ROOT", "Running", "started"]
SCRIPT = Path(__file__).with_name("served.py")

Process = Forked | subprocess.Popen[bytes]


@dataclass
class Running:
    """A running Ibid over ``folder / "library"``."""

    folder: Path
    url: str
    process: Process

    @property
    def library(self) -> Path:
        return self.folder / "library"


@contextmanager
def started(folder: Path, *options: object, anew: bool = False) -> Iterator[Running]:
    """A running Ibid over two short articles in a folder, there or made.

    ``anew`` has an interpreter of its own, in which nothing is imported that it does not import.
    """
    environment = {
        **{name: one for name, one in os.environ.items() if not name.startswith("IBID_")},
        "IBID_EMBEDDER": "tiny",
        "PYTHONPATH": forked.PATH,
    }
    output = folder / "output"
    arguments = [str(folder), *map(str, options)]
    process: Process
    if anew:
        with output.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, str(SCRIPT), *arguments],
                cwd="/",
                env=environment,
                stdout=written,
                stderr=subprocess.STDOUT,
            )
    else:
        process = Forked(SCRIPT, arguments, Path("/"), output, environment)
    try:
        yield Running(folder, _address(process, output), process)
    finally:
        process.terminate()
        process.wait(30)


def _address(process: Process, output: Path) -> str:
    """What it tells once it is ready."""
    while process.poll() is None:
        for line in output.read_text("utf-8").splitlines(True) if output.exists() else ():
            if line.startswith("http") and line.endswith("\n"):
                return line.strip()
        time.sleep(0.02)
    raise RuntimeError(f"it ended at once: {output.read_text('utf-8')}")
