"""The same service without a window: what programs ask, and what the owner's commands do."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse, Response

from rag.limits import WindowLimits
from ui.api import routes as api
from ui.api.v1 import problems
from ui.api.v1.answering import Engine
from ui.users import Where
from ui.window.server import auth, language
from ui.window.server.common import Common
from ui.window.server.guarding import Rules


def application(
    engine: Engine,
    folder: Path,
    host: str = "127.0.0.1",
    users: Where | None = None,
    limits: WindowLimits | None = None,
    token: str = "",
    open_to_all: bool = False,
) -> FastAPI:
    """As `ui.window.server.serve.application`, but for the window. Gradio is not imported.

    Raises:
        LibraryError: the folder cannot be used.
    """
    limits = limits or WindowLimits()
    common = Common(engine, folder, limits, "serve")
    doors = auth.Sessions(users, kept=common.state) if users else None
    signing_in = [auth.routes(doors)] if doors else []
    for router in (_home(), language.routes(), *signing_in, api.routes(engine)):
        common.web.include_router(router)
    common.serve_programs()
    known = common.state.keys
    common.guard(Rules(host, doors, known, open_to_all=open_to_all, token=token))
    return common.web


def _home() -> APIRouter:
    """Whoever opens the address in a browser is shown the docs."""
    router = APIRouter()

    @router.get("/")
    def home() -> Response:
        return RedirectResponse(problems.DOCS, 303)

    return router
