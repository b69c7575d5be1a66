"""Serving the window's modules."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from ui.window.page import scripts

# The address changes with what is in it. Whoever has not signed in gets nothing: hence private.
_HEADERS = {"Cache-Control": "private, max-age=31536000, immutable"}


def routes() -> APIRouter:
    """``/scripts/<digest>/<path>``: a module of this version; of any other there is none."""
    router = APIRouter()

    @router.get("/scripts/{version}/{name:path}")
    async def module(version: str, name: str) -> Response:
        code = scripts.modules().get(name) if version == scripts.digest() else None
        if code is None:
            return Response(status_code=404)
        return Response(code, media_type="text/javascript", headers=_HEADERS)

    return router
