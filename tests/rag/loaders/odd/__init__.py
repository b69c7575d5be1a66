"""Documents with odd layouts, made here: each says a sentence that must be found and quoted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Odd(NamedTuple):
    """A file by its name, the sentence that must be found in it, and words that must not be."""

    file: str
    data: bytes
    said: str
    unsaid: tuple[str, ...] = ()


ODD: dict[str, Callable[[], Odd]] = {}


def odd(make: Callable[[], Odd]) -> Callable[[], Odd]:
    """Have a document made by the tests, under the names of its module and its maker."""
    ODD[f"{make.__module__.rpartition('.')[2]}-{make.__name__}"] = make
    return make
