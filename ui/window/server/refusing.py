"""What a program is told that may ask again later. No Gradio here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Scope

from ui.api.v1 import problems


def later(
    kind: str, scope: Scope, detail: str, seconds: float, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem of this kind, with the seconds after which to ask again."""
    wait = max(1, math.ceil(seconds))
    more = {"Retry-After": str(wait), **(headers or {})}
    return problems.of_kind(kind, scope, f"{detail} Ask again in {wait} s.", headers=more)
