"""All the ways in for other programs; each module here has those of one thing."""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.v1 import articles, asking, chat, collections, docs, feedback, places, working
from ui.api.v1.answering import Engine
from ui.api.v1.holdings import Holdings
from ui.api.v1.recent import RecentAnswers


def routes(engine: Engine, holdings: Holdings) -> list[APIRouter]:
    """The ways below ``/v1/``.

    Who may take which is decided before, by `ui.window.server.routes` and the caller's role.
    """
    answers = RecentAnswers(engine.settings.api, holdings.given)
    documented = [
        *asking.routes(engine, answers),
        *chat.routes(engine, answers),
        *articles.routes(holdings),
        *collections.routes(holdings),
        *places.routes(holdings),
        *working.routes(holdings),
        *feedback.routes(holdings, answers),
    ]
    return [*documented, *docs.routes(documented)]
