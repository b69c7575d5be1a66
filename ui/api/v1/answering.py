"""Answers for programs: of what is ready, of whose articles, until whoever asked hangs up."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from rag import errors
from rag.language.visible import plain_lines
from rag.schema import Answer, Filter, Turn
from rag.settings import Settings
from ui import strings, turns
from ui.api import running
from ui.api.v1.caller import Caller
from ui.api.v1.problems import ProblemError
from ui.window.conversation.types import LONGEST_QUESTION, newest
from ui.wishes import NOTHING, Wishes

if TYPE_CHECKING:
    from ui.fetching import Fetching

KEEP_ALIVE = b": there is more to come\n\n"
_EVENT = {
    "type": "object",
    "description": "one of the server-sent events; its data is JSON",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
}
STREAM: dict[str, Any] = {"text/event-stream": {"schema": _EVENT}}
"""What the docs say of a response that may be a stream."""
_GLANCE_S = 0.1
_PAUSE_S = 0.02  # what comes meanwhile is told with what comes next
_BEAT_S = 0.25
"""So often it is looked whether whoever waits for a whole answer is still there."""


class Engine(running.Engine, Protocol):
    """What runs, and what answers as a reader wants it."""

    @property
    def fetching(self) -> Fetching | None:
        """The models that are missing; None where none ever is."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    def assistant_for(self, wishes: Wishes) -> Any:
        """A `rag.assistant.Assistant`; None while loading, or where nothing can be asked."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what was said before, which articles are asked, and how it is to be answered."""

    question: str
    history: tuple[Turn, ...] = ()
    only: Filter | None = None
    wishes: Wishes = NOTHING


def sound_question(words: str) -> str:
    """A question as it may be asked, without what nobody sees in it.

    Raises:
        ProblemError: nothing is left of it, or it is too long.
    """
    asked = plain_lines(words).strip()
    if not asked:
        raise ProblemError("question", "The question is empty; ask something.")
    if len(asked) > LONGEST_QUESTION:
        raise ProblemError(
            "question",
            f"The question has {len(asked):,} characters; at most {LONGEST_QUESTION:,} are "
            "answered. Ask in fewer words.",
        )
    return asked


def sound_history(turns: Sequence[Turn], settings: Settings) -> tuple[Turn, ...]:
    """The last of what was said before, each turn cut where it is too long to be read."""
    limits = settings.api
    kept = turns[-limits.turns :]
    return tuple(Turn(turn.role, plain_lines(turn.text[: limits.turn_characters])) for turn in kept)


def articles_for(caller: Caller, only: Filter | None, library: Any) -> Filter | None:
    """The articles that a caller asks for, of those that are there for them.

    Raises:
        UnknownCollection, UnknownArticle, PermissionError: one is not there, or not for them.
    """
    if only and only.collections:
        names = (library.catalog.collection(name).name for name in only.collections)
        only = replace(only, collections=tuple(names))
    theirs = caller.within(only)
    if only and only.articles:
        named = caller.within(Filter(articles=only.articles))
        if unknown := set(only.articles) - set(library.catalog.matching(named)):
            raise errors.UnknownArticle(", ".join(sorted(unknown)))
    return theirs


async def ready(engine: Engine, wishes: Wishes = NOTHING) -> Any:
    """What answers so, once it is loaded.

    Raises:
        ProblemError: it is not within the time that a program waits, or never will be.
    """
    ends = time.monotonic() + engine.settings.api.loading_s
    while True:
        assistant = await asyncio.to_thread(engine.assistant_for, wishes)
        if assistant is not None:
            return assistant
        if not engine.is_loading:
            raise _never(engine)
        if time.monotonic() >= ends:
            raise ProblemError(
                "unavailable", "The models are still being loaded.", headers={"Retry-After": "5"}
            )
        await asyncio.sleep(_GLANCE_S)


def _never(engine: Engine) -> ProblemError:
    fetching = engine.fetching
    if fetching is None or not fetching.lacks("searching"):
        return ProblemError("no-model")
    if fetching.now.state == "fetching":
        return ProblemError(
            "unavailable", "The models are being fetched.", headers={"Retry-After": "30"}
        )
    return ProblemError(
        "no-model",
        "The models that search are not there, without which nothing can be asked. The owner of "
        "this Ibid fetches them in its window, or with ibid setup.",
    )


def snapshots(
    engine: Engine, assistant: Any, asked: Asked, beat_s: float
) -> AsyncGenerator[Answer | None, None]:
    """Ever fuller snapshots of an answer, the newest at a time; None every so many seconds.

    Whoever closes this stops the model. It has to be closed.

    Raises:
        ProblemError: it took too long.
        IbidError: as `rag.assistant.Assistant.astream`.
    """
    return newest(_answers(engine, assistant, asked), _PAUSE_S, beat_s)


async def _answers(engine: Engine, assistant: Any, asked: Asked) -> AsyncIterator[Answer]:
    # All of this runs in the one task that `newest` makes, which has a context of its own.
    try:
        async with turns.turn(), asyncio.timeout(engine.settings.window.answer_s):
            with strings.speaking("en"), engine.ahead.still():
                stream = assistant.astream(asked.question, asked.history, asked.only)
                async with aclosing(stream) as coming:
                    async for answer in coming:
                        yield answer
    except TimeoutError:
        raise ProblemError("model-failed", "The answer took too long. Ask for quotes.") from None


async def whole(engine: Engine, assistant: Any, asked: Asked, request: Request) -> Answer | None:
    """The finished answer; None where whoever asked has gone, and then the model stops."""
    last: Answer | None = None
    async with aclosing(snapshots(engine, assistant, asked, _BEAT_S)) as coming:
        async for answer in coming:
            last = answer or last
            if await request.is_disconnected():
                return None
    return last


class Events(StreamingResponse):
    """Server-sent events; what makes them is closed with the response, however that ends."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, headers=headers, media_type="text/event-stream")
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them as they come."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._events.aclose()


def event(data: bytes, name: str = "") -> bytes:
    """One event."""
    named = f"event: {name}\n".encode() if name else b""
    return named + b"data: " + data + b"\n\n"


def as_json(document: BaseModel | dict[str, Any]) -> bytes:
    """A document as JSON in ASCII: a model's words may hold what no UTF-8 can say."""
    value = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    return json.dumps(value).encode()


def answered(document: BaseModel | dict[str, Any]) -> Response:
    """A document as a response."""
    return Response(as_json(document), media_type="application/json")
