"""All the ways in for other programs; each module here has those of one thing."""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.v1 import articles, asking, chat, collections, docs, feedback, working
from ui.api.v1.answering import Engine
from ui.api.v1.holdings import Holdings


def routes(engine: Engine, holdings: Holdings) -> list[APIRouter]:
    """The ways below ``/v1/``.

    Who may take which is decided before, by `ui.window.server.routes` and the caller's role.
    """
    documented = [
        *asking.routes(engine),
        *chat.routes(engine),
        *articles.routes(holdings),
        *collections.routes(holdings),
        *working.routes(holdings),
        *feedback.routes(holdings),
    ]
    return [*documented, *docs.routes(documented)]
