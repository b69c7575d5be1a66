"""Ctrl-C that lets what is in hand become whole."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ui.cli.shell import complain


@contextmanager
def stoppable(told: str) -> Iterator[Callable[[], bool]]:
    """Meanwhile Ctrl-C only tells this; what is given says whether it was pressed.

    A second one ends at once. Outside of the main thread, where no signal comes, nothing changes.
    """
    is_pressed = False

    def stop(*_: object) -> None:
        nonlocal is_pressed
        if is_pressed:
            raise KeyboardInterrupt
        is_pressed = True
        complain(f"{told}; Ctrl-C once more ends at once")

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:
        yield lambda: False
        return
    try:
        yield lambda: is_pressed
    finally:
        signal.signal(signal.SIGINT, before)
