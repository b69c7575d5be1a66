"""The same service without a window: what programs ask, and what the owner's commands do."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse, Response

from rag.limits import WindowLimits
from ui import keys
from ui.api import routes as api
from ui.api.v1 import problems
from ui.api.v1 import routes as programs
from ui.api.v1.answering import Engine
from ui.api.v1.desk import Desk
from ui.api.v1.jobs import Jobs
from ui.mcp import http as mcp
from ui.turns import Turns
from ui.window.server import auth, language
from ui.window.server.guarding import Rules, guard
from ui.window.server.later import Ending
from ui.window.server.serve import UNTOLD, UPLOADS, keep_account, living
from ui.window.server.uploads import Spool


def application(
    engine: Engine,
    folder: Path,
    host: str = "127.0.0.1",
    users: Path | None = None,
    limits: WindowLimits | None = None,
    token: str = "",
    open_to_all: bool = False,
) -> FastAPI:
    """As `ui.window.server.serve.application`, but for the window. Gradio is not imported.

    Raises:
        LibraryError: the folder cannot be used.
    """
    from rag.index.pages import Pages
    from ui.telemetry.looking import Telemetry

    limits = limits or WindowLimits()
    keep_account(engine, folder, "ibid serve")
    settings = getattr(engine.library, "settings", None)
    pages = Pages(folder, settings.reading if settings else None)
    spool = Spool(folder / UPLOADS, limits)
    work = Jobs(engine)

    others: list[Ending] = []

    async def end() -> None:
        for other in others:
            await other.end()
        work.end()

    seen = Telemetry(engine)
    lives = partial(living, engine, spool, pages, end, seen)
    web = FastAPI(openapi_url=None, lifespan=lambda _: lives(), telemetry=UNTOLD)
    doors = auth.Sessions(users) if users else None
    problems.install(web)
    for router in (
        _home(),
        language.routes(),
        *([auth.routes(doors)] if doors else []),
        api.routes(engine),
        *programs.routes(engine, Desk(engine, work, spool, pages.keep, limits)),
        seen.routes(),
    ):
        web.include_router(router)
    others.append(mcp.mount(web, engine, lambda: None))
    rules = Rules(host, doors, keys.Keys(folder), open_to_all=open_to_all, token=token)
    guard(web, limits, rules, engine.settings.api, Turns(limits))
    seen.look_at(web)
    return web


def _home() -> APIRouter:
    """Whoever opens the address in a browser is shown the docs."""
    router = APIRouter()

    @router.get("/")
    def home() -> Response:
        return RedirectResponse(problems.DOCS, 303)

    return router
