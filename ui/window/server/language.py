"""The window's smallest routes: a sign of life, and the choice of a language."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from ui import strings
from ui.roots import at
from ui.window.page import visitor

_YEAR_S = 365 * 24 * 3600


def routes(run: str = "") -> APIRouter:
    """``/healthz``, and ``/language/<language>``, which leads to the window in it.

    The first says also which ``run`` of the window it is: a page that another made starts anew.
    """
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, bool | str]:
        return {"ok": True, "run": run}

    @router.get("/language/{language}")
    def choose_language(language: str, request: Request) -> Response:
        chosen = language if language in strings.LANGUAGES else strings.DEFAULT
        query = f"?{request.url.query}" if request.url.query else ""
        response = RedirectResponse(at(visitor.home(chosen)) + query, 303)
        cookie = visitor.cookie(request.scope, visitor.LANGUAGE, chosen, _YEAR_S)
        response.headers.append("Set-Cookie", cookie)
        return response

    return router
