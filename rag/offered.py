"""A question that may be offered: it was asked before anybody was shown it, and it was answered."""

from __future__ import annotations

from typing import Literal, NamedTuple

MakesSense = Literal["alone", "beside", "whole"]
"""A question says itself what it is about, or its article must, or it is of the whole article."""


class Offered(NamedTuple):
    """A question, and from where to where in its article the words stand that answered it."""

    text: str
    start: int
    end: int
    makes_sense: MakesSense
