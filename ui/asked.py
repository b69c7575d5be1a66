"""Which request is being worked on, and who it is from: for logs and the audit. No Gradio here.

It is known wherever the work goes on, in other threads too, as far as they were begun with the
context of the request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

Way = Literal["window", "api", "command"]
SCOPE = "ibid.request"  # where the scope of a request says its id
WHOLE = "ibid.asked"  # and where it has all of this
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(slots=True)
class Asked:
    """A request by its ``id``. ``by`` is told once it is known: "key:NAME", "user:NAME", "" else.

    What a browser is known by is a secret, and so never told here. ``route`` is the way in that it
    takes, in words.
    """

    id: str
    way: Way = "window"
    by: str = ""
    route: str = ""


_now: ContextVar[Asked | None] = ContextVar("asked", default=None)


def now() -> Asked | None:
    """The request that is worked on here; None if it is none's work."""
    return _now.get()


@contextmanager
def working_on(asked: Asked | None) -> Iterator[None]:
    """What is done within is done for this request."""
    before = _now.set(asked)
    try:
        yield
    finally:
        _now.reset(before)


def of(request: Any) -> Asked | None:
    """The request that a `starlette.requests.Request` is; where that tells none, the one here."""
    found: Asked | None = getattr(request, "scope", {}).get(WHOLE)
    return found or now()


def id_of(said: str) -> str:
    """The id that a request brings, if it is a sane one; else a new one."""
    return said if _SANE.fullmatch(said) else secrets.token_hex(16)
