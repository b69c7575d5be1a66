"""The library as a model of OpenAI's API: ``POST /v1/chat/completions`` and ``GET /v1/models``.

Its text is Markdown with numbered notes; ``citations`` beside it are the same objects as everywhere
else. A sentence that was streamed cannot be taken back, so that nothing is streamed before all of
it is checked: the text of a stream is that of the answer without one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from rag import errors, schema
from rag.language.token_counts import tokens
from rag.schema import Answer, Filter, Turn
from ui.api.v1 import documents, footnotes, problems
from ui.api.v1.answering import (
    KEEP_ALIVE,
    STREAM,
    Asked,
    Engine,
    Events,
    answered,
    articles_for,
    as_json,
    event,
    ready,
    snapshots,
    sound_history,
    sound_question,
    whole,
)
from ui.api.v1.caller import Caller, caller_of
from ui.api.v1.documents import CitationDocument, Document, SentenceDocument, ShortAnswer
from ui.api.v1.errands import errand
from ui.api.v1.holdings import has, needs, owner_of, told
from ui.api.v1.problems import ProblemError
from ui.api.v1.recent import RecentAnswers

LIBRARY = "ibid"
_OF_COLLECTIONS = f"{LIBRARY}/"


class Sent(BaseModel):
    """What a client sends: much of it is for other models, and has no meaning here."""

    model_config = ConfigDict(extra="ignore")


class Part(Sent):
    """A part of a message."""

    type: str
    text: str | None = None


class Message(Sent):
    """A message of a conversation. Only what users and the assistant said is read."""

    role: str
    content: str | list[Part] | None = None


class StreamOptions(Sent):
    """How a stream is wanted."""

    include_usage: bool = False


class Form(Sent):
    """The form that an answer is wanted in."""

    type: str = "text"


class ChatDocument(Sent):
    """A conversation whose last message is the question.

    ``model``: "ibid" asks the whole library, "ibid/NAME" a collection. What steers a language
    model, such as ``temperature``, ``max_tokens``, ``tools`` and system messages, has no effect.
    """

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": LIBRARY,
                    "messages": [{"role": "user", "content": "When does the tram open?"}],
                }
            ]
        },
    )

    model: str = Field(LIBRARY, max_length=500)
    messages: list[Message] = Field(min_length=1, max_length=2000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    response_format: Form | None = None


class ModelDocument(Document):
    """The library, or a collection of it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["ibid"] = "ibid"


class ModelsDocument(Document):
    """The library and its collections, as models."""

    object: Literal["list"] = "list"
    data: list[ModelDocument]


class UsageDocument(Document):
    """About how many tokens were read and written, as Ibid counts them; nobody pays for them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class MessageDocument(Document):
    """The answer. ``citations``: what its ``[1]`` stand for; the rest as `/v1/ask` tells it."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    citations: list[CitationDocument] = Field([])
    sentences: list[SentenceDocument] = Field([])
    short: ShortAnswer | None = None
    status: schema.Status = "own"


class ChoiceDocument(Document):
    """The one answer that there is."""

    index: int = 0
    message: MessageDocument
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class CompletionDocument(Document):
    """An answer as OpenAI's API has it."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChoiceDocument]
    usage: UsageDocument


def routes(engine: Engine, answers: RecentAnswers) -> list[APIRouter]:
    """The ways that OpenAI's clients take; answers are known by their ids from then on."""
    router = APIRouter(prefix=documents.VERSION, tags=["OpenAI"])
    _models(router, engine)

    @router.post(
        "/chat/completions",
        response_model=CompletionDocument,
        summary="Ask as OpenAI's clients do",
        dependencies=[needs("reader")],
        responses=told(404, 503) | {200: {"content": STREAM}},
    )
    async def complete(given: ChatDocument, request: Request) -> Response:
        """The last message is the question, and those before are what was said.

        The text is Markdown with numbered notes. What they stand for is data, too, as `citations`
        of the message, or of the last delta of a stream. Nothing is streamed before all of it is
        checked. An error has OpenAI's `error` beside the problem's own details.
        """
        _refuse_what_cannot_be(given)
        only = await asyncio.to_thread(_articles_of, given.model, caller_of(request), engine)
        words = _asked_in(given.messages)
        reply = _Reply(given, partial(answers.keep, owner=owner_of(request.scope)))
        if (done := errand(words)) is not None:
            own = Answer(words, status="own")
            return reply.streamed_at_once(done) if given.stream else await reply.whole(own, done)
        asked = Asked(
            sound_question(words),
            sound_history(_turns(given.messages[:-1]), engine.settings),
            only,
        )
        assistant = await ready(engine)
        if given.stream:
            return Events(reply.events(engine, assistant, asked))
        answer = await whole(engine, assistant, asked, request)
        if answer is None:
            return Response(status_code=499)  # nobody reads it
        return await reply.whole(answer, footnotes.with_footnotes(answer))

    return [router]


def _models(router: APIRouter, engine: Engine) -> None:
    """The ways to what can be asked."""
    began = int(time.time())

    @router.get(
        "/models",
        response_model=ModelsDocument,
        dependencies=[needs("reader")],
        responses=told(),
        summary="The library and its collections",
    )
    def models(request: Request) -> Response:
        """``ibid`` is the library, and ``ibid/NAME`` a collection of it."""
        names = [LIBRARY, *(f"{_OF_COLLECTIONS}{one}" for one in _seen(request, engine))]
        return answered(
            ModelsDocument(data=[ModelDocument(id=one, created=began) for one in names])
        )

    @router.get(
        "/models/{model:path}",
        response_model=ModelDocument,
        dependencies=[needs("reader")],
        responses=told(404),
        summary="One of them",
    )
    def model(model: str, request: Request) -> Response:
        """Whether it is there."""
        _articles_of(model, caller_of(request), engine)
        return answered(ModelDocument(id=model, created=began))


def _data(answer: Answer) -> dict[str, Any]:
    """An answer as data, beside its text: the same objects as in `/v1/ask`."""
    known = documents.answer_document(answer)
    return {name: getattr(known, name) for name in ("citations", "sentences", "short", "status")}


class _Reply:
    """What is answered to one request, whole or as a stream."""

    def __init__(self, given: ChatDocument, keep: Callable[..., Awaitable[None]]) -> None:
        self._given, self._keep = given, keep
        self._known: dict[str, Any] = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": given.model,
        }
        options = given.stream_options
        self._has_usage = bool(options and options.include_usage)

    async def whole(self, answer: Answer, text: str) -> Response:
        """The answer as one document."""
        if answer.sentences:  # else a front end's errand was run
            await self._keep(self._known["id"], answer=answer)
        message = MessageDocument(content=text, **_data(answer))
        choice = ChoiceDocument(message=message)
        done = CompletionDocument(**self._known, choices=[choice], usage=self._usage(text))
        return answered(done)

    def streamed_at_once(self, text: str) -> Response:
        """What needs no waiting for."""

        async def chunks() -> AsyncGenerator[bytes, None]:
            yield self._chunk({"role": "assistant", "content": ""})
            for one in self._end([text], Answer("", status="own")):
                yield one

        return Events(chunks())

    async def events(
        self, engine: Engine, assistant: Any, asked: Asked
    ) -> AsyncGenerator[bytes, None]:
        """The answer as a stream: sentence by sentence, then note by note, once it is checked."""
        answer: Answer | None = None
        try:
            yield self._chunk({"role": "assistant", "content": ""})
            beat_s = engine.settings.api.keep_alive_s
            async with aclosing(snapshots(engine, assistant, asked, beat_s)) as coming:
                async for snapshot in coming:
                    answer = snapshot or answer
                    if snapshot is None:
                        yield KEEP_ALIVE
            if answer is not None:
                await self._keep(self._known["id"], answer=answer)
                for one in self._end(footnotes.pieces(answer), answer):
                    yield one
        except Exception as error:
            problem = json.loads(bytes(problems.of_error(error).body))
            yield event(as_json({"error": problems.as_openai(problem)}))

    def _end(self, pieces: Sequence[str], answer: Answer) -> list[bytes]:
        data = MessageDocument(content="", **_data(answer)).model_dump(mode="json")
        last = {name: data[name] for name in _data(answer)}
        chunks = [self._chunk({"content": piece}) for piece in pieces]
        chunks.append(self._chunk(last, "stop"))
        if self._has_usage:
            usage = self._usage("".join(pieces)).model_dump()
            chunks.append(self._event({"choices": [], "usage": usage}))
        return [*chunks, event(b"[DONE]")]

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._event({"choices": [choice], **({"usage": None} if self._has_usage else {})})

    def _event(self, news: dict[str, Any]) -> bytes:
        return event(as_json({**self._known, "object": "chat.completion.chunk", **news}))

    def _usage(self, text: str) -> UsageDocument:
        read = sum(tokens(_text_of(one)) for one in self._given.messages)
        written = tokens(text)
        return UsageDocument(
            prompt_tokens=read, completion_tokens=written, total_tokens=read + written
        )


def _refuse_what_cannot_be(given: ChatDocument) -> None:
    """Raise ProblemError where an answer would not be what a program was promised."""
    if given.n not in (None, 1):
        raise ProblemError("invalid", "There is one answer to a question: leave out n, or send 1.")
    if given.response_format and given.response_format.type != "text":
        raise ProblemError(
            "invalid",
            "Ibid answers in sentences with citations, and in no other form: leave out "
            "response_format. POST /v1/ask gives the same answer as data.",
        )
    last = given.messages[-1]
    if last.role != "user":
        raise ProblemError("invalid", "The last message has to be the user's: it is the question.")
    if isinstance(last.content, list) and (
        others := {part.type for part in last.content if part.type != "text"}
    ):
        raise ProblemError(
            "invalid",
            f"Ibid reads questions in text, and no {', '.join(sorted(others))[:100]}: send the "
            "question as text alone.",
        )


def _asked_in(messages: Sequence[Message]) -> str:
    return _text_of(messages[-1])


def _text_of(message: Message) -> str:
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content if part.text)
    return message.content or ""


def _turns(messages: Sequence[Message]) -> list[Turn]:
    """What was said before; the notes of Ibid's own answers are no part of what it said."""
    turns = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn("user", _text_of(message)))
        elif message.role == "assistant":
            turns.append(Turn("assistant", footnotes.without(_text_of(message))))
    return turns


def _seen(request: Request, engine: Engine) -> list[str]:
    """The collections that are there for whoever asks."""
    caller = caller_of(request)
    return [name for name in engine.library.collections() if has(caller, name)]


def _articles_of(model: str, caller: Caller, engine: Engine) -> Filter | None:
    """The articles that a model stands for. Raises ProblemError: there is none of that name."""
    name = model.removeprefix(_OF_COLLECTIONS)
    try:
        only = None if name == LIBRARY == model else Filter(collections=(name,))
        return articles_for(caller, only, engine.library)
    except (errors.UnknownCollection, PermissionError):
        raise ProblemError(
            "unknown-model",
            f"No model of that name: “{LIBRARY}” is the library, and “{_OF_COLLECTIONS}NAME” a "
            "collection of it. GET /v1/models lists them.",
        ) from None
