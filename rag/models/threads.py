"""How many threads a model may take."""

from __future__ import annotations

import os


def cores() -> int:
    """How many cores this process may use. Only Linux tells, elsewhere they are all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 2
