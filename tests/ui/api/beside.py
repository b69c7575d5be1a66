"""A running Ibid in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("served.py")


@dataclass
class Running:
    """A running Ibid over ``folder / "library"``."""

    folder: Path
    url: str
    process: subprocess.Popen[str]

    @property
    def library(self) -> Path:
        return self.folder / "library"


@contextmanager
def started(folder: Path, *options: object) -> Iterator[Running]:
    """A running Ibid over two short articles in a folder, there or made."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), *map(str, options)],
        cwd="/",
        env={
            **{name: one for name, one in os.environ.items() if not name.startswith("IBID_")},
            "IBID_EMBEDDER": "tiny",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url, f"it ended at once, with {process.wait(30)}"
        yield Running(folder, url, process)
    finally:
        process.terminate()
        process.wait(30)
