"""Where all that is asked for is: below a library's own path, where one service has several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ROOT: ContextVar[str] = ContextVar("root", default="")


@contextmanager
def below(root: str) -> Iterator[None]:
    """Tell each path as one below this one, in this context."""
    before = _ROOT.set(root)
    try:
        yield
    finally:
        _ROOT.reset(before)


def at(path: str) -> str:
    """A path of a library's service as whoever asks has to write it."""
    return f"{_ROOT.get()}{path}"
