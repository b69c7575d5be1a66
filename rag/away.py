"""What could not be asked while a question was answered, so that its answer can say so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from rag.errors import IbidError


@dataclass(slots=True)
class Away:
    """Who did not answer for one question.

    ``is_unread``: no model has read the evidence, which was chosen by its words.
    """

    errors: list[IbidError] = field(default_factory=list)
    is_unread: bool = False


_log = logging.getLogger("ibid")
_now: ContextVar[Away | None] = ContextVar("away", default=None)


@contextmanager
def noted_in(away: Away | None) -> Iterator[None]:
    """What is noted meanwhile, in this thread or task, is noted there."""
    before = _now.set(away)
    try:
        yield
    finally:
        _now.reset(before)


def note(error: IbidError, *, is_unread: bool = False) -> None:
    """Note who did not answer; each kind of error once. Where there is no answer, it is logged."""
    if (away := _now.get()) is None:
        _log.error("%s", error)
        return
    if all(one.kind != error.kind for one in away.errors):
        away.errors.append(error)
    away.is_unread = away.is_unread or is_unread
