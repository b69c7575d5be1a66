"""Gives each question of a program a place in the one queue, or says when to come again.

No Gradio here.
"""

from __future__ import annotations

from contextlib import ExitStack

from starlette.types import ASGIApp, Receive, Scope, Send

from rag.limits import ApiLimits
from ui.api.v1 import refusals
from ui.turns import Closing, Full, Turns, in_queue
from ui.window.page import visitor
from ui.window.server.hosts import is_this_machine
from ui.window.server.routes import is_of_programs, route


class Queued:
    """Lets a question in while there is room, of one who asks and of all. Pure ASGI.

    What answers it waits for its turn by `ui.turns.turn`.
    """

    def __init__(self, app: ASGIApp, queue: Turns, limits: ApiLimits) -> None:
        self.app = app
        self._queue = queue
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, which has its place until it is answered."""
        if scope["type"] != "http" or not is_of_programs(scope["path"]):
            await self.app(scope, receive, send)
            return
        way = route(scope["method"], scope["path"])
        with ExitStack() as stack:
            if way is not None and way.is_answer:
                try:
                    stack.enter_context(self._queue.place(visitor.key(scope), self._most(scope)))
                except Closing as closing:
                    await refusals.ending(scope, closing.seconds)(scope, receive, send)
                    return
                except Full as full:
                    refusal = refusals.full(scope, full.limit, full.seconds, is_own=full.is_own)
                    await refusal(scope, receive, send)
                    return
            stack.enter_context(in_queue(self._queue))
            await self.app(scope, receive, send)

    def _most(self, scope: Scope) -> int:
        """How many places one who asks may have; 0: any number, of this machine without a key."""
        is_ours = not scope.get(visitor.OWNER) and is_this_machine(visitor.address(scope))
        return 0 if is_ours else self._limits.waiting
