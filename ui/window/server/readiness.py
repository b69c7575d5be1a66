"""``/readyz``: whether a balancer may send questions here. No Gradio here.

Anybody may ask, often: it is looked up at most once a second, and names nothing of this machine.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from rag.errors import IbidError
from ui.api.v1 import refusals
from ui.api.v1.answering import Engine
from ui.api.v1.refusals import Missing
from ui.turns import Turns
from ui.wishes import NOTHING

log = logging.getLogger(__name__)

PATH = "/readyz"
_GOOD_S = 1.0
_PATIENCE_S = 2.0


class Readiness:
    """Whether all is there that an answer takes; ``check`` raises where the database is not."""

    def __init__(
        self,
        engine: Engine,
        turns: Turns,
        check: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._turns = turns
        self._check = check
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._looked: float | None = None
        self._has_database = False

    async def missing(self) -> list[Missing]:
        """What is missing; nothing when questions may come."""
        found: list[Missing] = []
        if self._turns.is_closed:
            found.append("ending")
        if self._engine.is_loading or self._engine.assistant_for(NOTHING) is None:
            found.append("models")
        if not await self._database():
            found.append("database")
        return found

    @property
    def search(self) -> Literal["all", "words"]:
        """Whether passages are found by their meaning too, as the last question had it."""
        away = getattr(self._engine.library, "away", None)
        return "words" if away is not None else "all"

    async def _database(self) -> bool:
        async with self._one_at_a_time:
            if self._looked is None or self._now() - self._looked >= _GOOD_S:
                self._has_database = await self._answers()
                self._looked = self._now()
            return self._has_database

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await asyncio.to_thread(self._check)
        except (TimeoutError, IbidError):
            log.warning("not ready: the database does not answer")
            return False
        return True


def routes(readiness: Readiness) -> APIRouter:
    """The way in."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def readyz(request: Request) -> Response:
        if found := await readiness.missing():
            return refusals.unready(request.scope, found)
        told = {"ready": True, "search": readiness.search}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return router
