"""Serving the window's modules."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from ui.window.page import scripts

# The address changes with what is in it. Whoever has not signed in gets nothing: hence private.
_HEADERS = {"Cache-Control": "private, max-age=31536000, immutable"}


def routes() -> APIRouter:
    """``/scripts/<digest>/window.js``: the modules of this version; of any other there are none."""
    router = APIRouter()

    @router.get("/scripts/{version}/window.js")
    async def modules(version: str) -> Response:
        if version != scripts.digest():
            return Response(status_code=404)
        return Response(scripts.bundle(), media_type="text/javascript", headers=_HEADERS)

    return router
