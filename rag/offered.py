"""A question that may be offered: it was asked before anybody was shown it, and it was answered."""

from __future__ import annotations

from typing import NamedTuple


class Offered(NamedTuple):
    """A question, and from where to where in its article the words stand that answered it.

    ``stands_alone``: it says what it is about; else it makes sense beside its article only.
    """

    text: str
    start: int
    end: int
    stands_alone: bool
