"""How many threads a model may take, and what is loaded in one beside all else."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress


def cores() -> int:
    """How many cores this process may use. Only Linux tells, elsewhere they are all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 2


def soon(load: Callable[[], object]) -> None:
    """Begin to load what is loaded once; what goes wrong will do so again where it is needed."""

    def run() -> None:
        with suppress(Exception):
            load()

    threading.Thread(target=run, daemon=True, name="loading").start()
