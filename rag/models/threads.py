"""How many threads a model may take, and what is loaded in one beside all else."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

_Done = TypeVar("_Done")


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


def within(seconds: float, call: Callable[[], _Done]) -> _Done:
    """What a call returns, or raises; one that takes longer is left to a thread of its own.

    Raises:
        TimeoutError: it takes longer.
    """
    future: Future[_Done] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="asking").start()
    return future.result(seconds)
