"""What goes between a command and the running Ibid: JSON, one document a line.

Each line has one name and its value. The last is ``done`` or ``error``; an empty line says only
that the work goes on. Answers go whole, as `rag.schema` has them, so that a command prints of an
answer from afar what it would print of its own.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter

from rag import errors
from rag.errors import IbidError

API = "/api/"
HEARTBEAT_S = 5.0
"""So often a line comes, whatever the work has to say."""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def plain(kind: Any, value: Any) -> Any:
    """A value of this type as plain JSON values."""
    return _adapter(kind).dump_python(value, mode="json")


def parsed(kind: Any, value: Any) -> Any:
    """A value of this type, from plain JSON values. Raises ValueError: they are none."""
    return _adapter(kind).validate_python(value, strict=False)


def line(name: str, value: Any) -> bytes:
    """One line."""
    return json.dumps({name: value}).encode() + b"\n"


def read(text: bytes) -> tuple[str, Any]:
    """The name and the value of a line. Raises ValueError: it is none."""
    said = json.loads(text)
    if not isinstance(said, dict) or len(said) != 1:
        raise ValueError("it makes no sense")
    [(name, value)] = said.items()
    if name == "error" and not isinstance(value, dict):
        raise ValueError("it makes no sense")
    return name, value


def failed(error: IbidError) -> bytes:
    """The last line of work that failed; the facts of an error are in its words."""
    told = {"type": type(error).__name__, "message": str(error), "kind": error.kind}
    return line("error", told)


def raised(told: dict[str, Any]) -> IbidError:
    """The error that a line tells of: of its class, where this is one that `rag.errors` has."""
    kind = getattr(errors, str(told.get("type")), IbidError)
    is_known = isinstance(kind, type) and issubclass(kind, IbidError)
    made = kind if is_known else IbidError
    return cast(IbidError, made(str(told.get("message")), told.get("kind") or ""))
