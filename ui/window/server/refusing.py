"""What a program is told that is not served: a problem after RFC 9457. No Gradio here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

from ui import asked

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A refusal: ``title`` says what it is, ``detail`` what to do, ``more`` are further members."""
    request = asked.now()
    said = {
        "type": "about:blank",
        "status": status,
        "title": title or HTTPStatus(status).phrase,
        "detail": detail,
        **({"request_id": request.id} if request else {}),
        **more,
    }
    return JSONResponse(said, status, dict(headers or {}), media_type=MEDIA_TYPE)


def later(status: int, title: str, detail: str, seconds: float, **headers: str) -> Response:
    """A refusal of what may be asked again in so many seconds."""
    wait = max(1, math.ceil(seconds))
    return problem(
        status, title, f"{detail}; ask again in {wait} s", {"Retry-After": str(wait), **headers}
    )
