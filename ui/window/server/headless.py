"""The same service without a window: what programs ask, and what the owner's commands do."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse, Response

from rag.limits import WindowLimits
from ui.api import routes as api
from ui.api.v1 import problems
from ui.api.v1 import routes as programs
from ui.api.v1.answering import Engine
from ui.api.v1.desk import Desk
from ui.api.v1.jobs import Jobs
from ui.window.server import auth, language
from ui.window.server.serve import UPLOADS, guard, living
from ui.window.server.uploads import Spool


def application(
    engine: Engine,
    folder: Path,
    host: str = "127.0.0.1",
    users: Path | None = None,
    limits: WindowLimits | None = None,
    token: str = "",
) -> FastAPI:
    """As `ui.window.server.serve.application`, but for the window. Gradio is not imported.

    Raises:
        LibraryError: the folder cannot be used.
    """
    from rag.index.pages import Pages

    limits = limits or WindowLimits()
    settings = getattr(engine.library, "settings", None)
    pages = Pages(folder, settings.reading if settings else None)
    spool = Spool(folder / UPLOADS, limits)
    work = Jobs(engine)

    async def end() -> None:
        work.end()

    web = FastAPI(openapi_url=None, lifespan=lambda _: living(engine, spool, pages, end))
    doors = auth.Sessions(users) if users else None
    problems.install(web)
    for router in (
        _home(),
        language.routes(),
        *([auth.routes(doors)] if doors else []),
        api.routes(engine),
        *programs.routes(engine, Desk(engine, work, spool, pages.keep, limits)),
    ):
        web.include_router(router)
    guard(web, (), spool, limits, host, doors, token, engine.settings.api)
    return web


def _home() -> APIRouter:
    """Whoever opens the address in a browser is shown the docs."""
    router = APIRouter()

    @router.get("/")
    def home() -> Response:
        return RedirectResponse(problems.DOCS, 303)

    return router
