"""The same service without a window: what programs ask, and what the owner's commands do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse, Response

from rag.limits import WindowLimits
from ui.api import routes as api
from ui.api.v1 import problems
from ui.api.v1.answering import Engine
from ui.roots import at
from ui.turns import Turns
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
    rules = Rules(host, doors, common.state.keys, open_to_all=open_to_all, token=token)
    return _served(common, engine, rules, [auth.routes(doors)] if doors else [])


def one_of_many(engine: Engine, folder: Path, rules: Rules, turns: Turns) -> FastAPI:
    """The same for whom the rules let in, of a service that has several libraries.

    Raises:
        LibraryError: the folder cannot be used.
    """
    common = Common(engine, folder, engine.settings.window, "serve", turns=turns)
    return _served(common, engine, rules)


def _served(
    common: Common, engine: Engine, rules: Rules, signing_in: Sequence[APIRouter] = ()
) -> FastAPI:
    for router in (_home(), language.routes(), *signing_in, api.routes(engine)):
        common.web.include_router(router)
    common.serve_programs()
    common.guard(rules)
    return common.web


def _home() -> APIRouter:
    """Whoever opens the address in a browser is shown the docs."""
    router = APIRouter()

    @router.get("/")
    def home() -> Response:
        return RedirectResponse(at(problems.DOCS), 303)

    return router
