"""Serving the window's modules, and its icon for a phone's home screen."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from ui.window.page import scripts

# The address changes with what is in it. Whoever has not signed in gets nothing: hence private.
_FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable"}


def routes() -> APIRouter:
    """``/scripts/<digest>/window.js``: the modules of this version; of any other there are none.

    And ``/apple-touch-icon.png``, which iOS asks for by that name, for it takes no SVG.
    """
    router = APIRouter()

    @router.get("/scripts/{version}/window.js")
    async def modules(version: str) -> Response:
        if version != scripts.digest():
            return Response(status_code=404)
        return Response(scripts.bundle(), media_type="text/javascript", headers=_FOR_GOOD)

    @router.get("/apple-touch-icon.png")
    async def touch_icon() -> Response:
        return Response(scripts.asset("touch-icon.png").read_bytes(), media_type="image/png")

    return router
