"""The trace that a request belongs to, by its W3C headers, for whatever is done for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import Scope

_HEADERS = ("traceparent", "tracestate")
_carried: ContextVar[Mapping[str, str] | None] = ContextVar("ibid-caller", default=None)


@contextmanager
def calling(scope: Scope) -> Iterator[None]:
    """While a request is answered."""
    headers = Headers(scope=scope)
    token = _carried.set({name: headers[name] for name in _HEADERS if name in headers})
    try:
        yield
    finally:
        _carried.reset(token)


def carried() -> Mapping[str, str]:
    """The headers of the request that is answered; none where it has none, or there is none."""
    return _carried.get() or {}
