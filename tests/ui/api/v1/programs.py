"""The public API over a tiny library, in the process of the tests: only the models are doubles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from doubles import ScriptedModel, WordReader, WordScorer, weighing
from fastapi import FastAPI
from fastapi.testclient import TestClient
from langchain_core.language_models import BaseChatModel
from starlette.types import Receive, Scope, Send

from rag.assistant import Assistant
from rag.index.library import Library
from ui.ahead import Ahead
from ui.api.v1 import asking, chat, problems
from ui.api.v1.recent import RecentAnswers
from ui.state.given import GivenHere
from ui.wishes import Wishes

SEATS = "How many seats has the boat?"
HERE = "http://127.0.0.1"


class Engine:
    """What its model says is ``said``; without, it quotes.

    ``wished`` is how the last answer was wanted.
    """

    error: str | None = None
    fetching: Any = None
    is_loading = False
    is_absent = False

    def __init__(
        self, library: Library, *said: str, model: BaseChatModel | None = None, **settings: Any
    ) -> None:
        self.library = library
        self.settings = library.settings.model_copy(update=settings)
        self.ahead = Ahead()
        self.model = ScriptedModel(*said) if said else model
        self.wished = Wishes()

    def assistant_for(self, wishes: Wishes) -> Assistant | None:
        """What answers so."""
        self.wished = wishes
        if self.is_loading or self.is_absent:
            return None
        settings = wishes.applied(self.settings)
        model = self.model if settings.answers != "quotes" else None
        return Assistant(
            self.library,
            WordScorer(),
            WordReader(),
            model,
            "scripted",
            weights=weighing(),
            settings=settings,
        )

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        """The same over a library."""
        return Assistant(own, WordScorer(), WordReader(), None)


Around = Callable[[Scope], None]


def application(engine: Engine, note: Around = lambda scope: None) -> FastAPI:
    """The ways below ``/v1`` alone; ``note`` writes into the scope of each request who asks."""
    web = FastAPI()
    problems.install(web)
    answers = RecentAnswers(engine.settings.api, GivenHere())
    for router in (*asking.routes(engine, answers), *chat.routes(engine, answers)):
        web.include_router(router)

    class Noted:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            note(scope)
            await self.app(scope, receive, send)

    web.add_middleware(Noted)
    web.add_middleware(problems.Problems)
    return web


def client_of(engine: Engine, note: Around = lambda scope: None) -> TestClient:
    """Who asks it; a fault of the server is an answer like any other."""
    web = application(engine, note)
    return TestClient(web, base_url=HERE, raise_server_exceptions=False)


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as their names and values; comments are left out."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if lines:
            data = lines["data"]
            found.append((lines.get("event", ""), None if data == "[DONE]" else json.loads(data)))
    return found
