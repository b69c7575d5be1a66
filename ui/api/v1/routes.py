"""All the ways in for other programs; each module here has those of one thing."""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.v1 import asking, chat
from ui.api.v1.answering import Engine


def routes(engine: Engine) -> list[APIRouter]:
    """The ways below ``/v1/``.

    Who may take which is decided before, by `ui.window.server.routes` and the caller's role.
    """
    return [asking.routes(engine), chat.routes(engine)]
