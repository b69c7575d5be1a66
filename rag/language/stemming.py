"""Snowball's stemmers, each made once in a thread: one keeps the word that it is at in itself."""

from __future__ import annotations

import threading
from typing import Any

_own = threading.local()


def stemmer(algorithm: str) -> Any:
    """The thread's own stemmer of an algorithm, as "german"; ``stemWord`` is what it does."""
    stemmers = _own.__dict__.setdefault("stemmers", {})
    if algorithm not in stemmers:
        import snowballstemmer

        stemmers[algorithm] = snowballstemmer.stemmer(algorithm)
    return stemmers[algorithm]
