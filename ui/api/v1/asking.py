"""Questions and searches: ``POST /v1/ask`` and ``POST /v1/search``."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from rag import schema
from rag.schema import Answer, Filter, Turn
from ui.api.v1 import documents, problems
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
from ui.api.v1.caller import caller_of
from ui.api.v1.documents import AnswerDocument, Document, PassageDocument
from ui.api.v1.holdings import needs, owner_of, told
from ui.api.v1.problems import ProblemError
from ui.api.v1.recent import RecentAnswers
from ui.wishes import Answers, Wishes

MOST_PASSAGES = 100
_MOST_VALUES = 100
_Words = Annotated[str, Field(min_length=1, max_length=500)]
_Values = Annotated[list[_Words], Field(max_length=_MOST_VALUES)]


class Sent(BaseModel):
    """What a program sends; a field that nobody knows is an error, and no silent mistake."""

    model_config = ConfigDict(extra="forbid")


class FilterDocument(Sent):
    """Which articles are asked. Each field that is given must hold; of its values, any.

    ``sources`` are beginnings of sources, so a folder or a site can be named. ``since`` and
    ``until`` are days that count too; what has no date is never within them.
    """

    publishers: _Values = []
    sources: _Values = []
    languages: _Values = []
    since: date | None = None
    until: date | None = None
    articles: _Values = Field([], description="ids")
    collections: _Values = Field([], description="names")

    def filter(self) -> Filter | None:
        """The same for the engine; None lets everything through."""
        only = Filter(
            publishers=tuple(self.publishers),
            sources=tuple(self.sources),
            languages=tuple(self.languages),
            since=self.since,
            until=self.until,
            articles=tuple(self.articles),
            collections=tuple(self.collections),
        )
        return only if only != Filter() else None


class TurnDocument(Sent):
    """Something that was said before."""

    role: schema.Role
    text: str


class AskDocument(Sent):
    """A question.

    ``answers``: only what is supported is told ("strict"), doubtful sentences are told as such
    ("lenient"), or articles are quoted and no language model is asked ("quotes"). Without it, as
    this Ibid is set. ``model``: a language model that is there; without it, the one that is set.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": "When does the tram open?", "stream": False},
                {
                    "question": "And who pays for it?",
                    "history": [
                        {"role": "user", "text": "When does the tram open?"},
                        {"role": "assistant", "text": "It opens in May."},
                    ],
                    "filter": {"since": "2024-01-01", "languages": ["en"]},
                    "answers": "quotes",
                },
            ]
        },
    )

    question: str = Field(description="at most 2,000 characters")
    history: list[TurnDocument] = Field([], max_length=1000, description="the oldest first")
    filter: FilterDocument | None = None
    stream: bool = Field(False, description="server-sent events instead of one document")
    passages: bool = Field(False, description="whether the passages are told too")
    answers: Answers | None = None
    model: str = Field("", max_length=300)


class SearchDocument(Sent):
    """What to look for, and how many passages are wanted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": "tram opening", "k": 5}]},
    )

    query: str = Field(description="at most 2,000 characters")
    k: int = Field(10, ge=1, le=MOST_PASSAGES)
    filter: FilterDocument | None = None


class FoundDocument(Document):
    """The best passages for a query, best first."""

    query: str
    passages: list[PassageDocument]


_EVENTS = """Without `stream`, the finished answer. With it, server-sent events:

`sources`: `evidence`, and `passages` (null unless asked for), as soon as they are known.

`text`: the whole text so far, in place of the one before; the last is the answer's.

`verdicts`: `sentences` and `citations` as far as they are checked, in place of those before.

`done`: the whole answer, or `error`: a problem. Nothing comes after it.

Whoever hangs up stops the model.
"""


def routes(engine: Engine, answers: RecentAnswers) -> list[APIRouter]:
    """The two ways; what is answered is known by its id from then on."""
    router = APIRouter(prefix=documents.VERSION, tags=["Answers"])

    @router.post(
        "/ask",
        response_model=AnswerDocument,
        summary="Ask a question",
        description=_EVENTS,
        dependencies=[needs("reader")],
        responses=told(404, 503) | {200: {"content": STREAM}},
    )
    async def ask(given: AskDocument, request: Request) -> Response:
        asked = Asked(
            sound_question(given.question),
            sound_history([Turn(one.role, one.text) for one in given.history], engine.settings),
            await _only(given.filter, request, engine),
            await _wishes(given, engine),
        )
        assistant = await ready(engine, asked.wishes)
        name = f"ans_{secrets.token_hex(12)}"
        keep = partial(answers.keep, name, owner_of(request.scope))
        if given.stream:
            return Events(_events(engine, assistant, asked, name, keep, is_full=given.passages))
        answer = await whole(engine, assistant, asked, request)
        if answer is None:
            return Response(status_code=499)  # nobody reads it
        await keep(answer)
        return answered(documents.answer_document(answer, name, with_passages=given.passages))

    @router.post(
        "/search",
        response_model=FoundDocument,
        dependencies=[needs("reader")],
        responses=told(404, 503),
        summary="Search for passages",
    )
    async def search(given: SearchDocument, request: Request) -> Response:
        """Passages of articles, found by words and by meaning; no language model is asked."""
        query = sound_question(given.query)
        only = await _only(given.filter, request, engine)
        assistant = await ready(engine)
        found = await asyncio.to_thread(assistant.search, query, given.k, only)
        passages = [documents.passage_document(passage) for passage in found]
        return answered(FoundDocument(query=query, passages=passages))

    return [router]


async def _only(given: FilterDocument | None, request: Request, engine: Engine) -> Filter | None:
    only = given.filter() if given else None
    return await asyncio.to_thread(articles_for, caller_of(request), only, engine.library)


async def _wishes(given: AskDocument, engine: Engine) -> Wishes:
    """What is wanted otherwise than it is set. Raises ProblemError: there is no such model."""
    if given.model and given.model != engine.settings.model:
        names = await asyncio.to_thread(_models, engine)
        if given.model not in names:
            here = ", ".join(sorted(names)) or "none"
            raise ProblemError("unknown-model", f"Models that can be asked for here: {here}.")
    model = given.model if given.model != engine.settings.model else ""
    return Wishes(model=model, answers=given.answers)


def _models(engine: Engine) -> set[str]:
    """The language models that a program may ask for: those that are here, and those allowed."""
    from rag.models import inventory

    mine = engine.settings
    here = {row.name for row in inventory.rows(mine) if row.writes and row.present}
    return here | {mine.model} | set(mine.window.models)


async def _events(
    engine: Engine,
    assistant: Any,
    asked: Asked,
    name: str,
    keep: Callable[[Answer], Awaitable[None]],
    *,
    is_full: bool,
) -> AsyncGenerator[bytes, None]:
    """An answer as events."""
    progress = _Progress(is_full)
    beat_s = engine.settings.api.keep_alive_s
    try:
        async with aclosing(snapshots(engine, assistant, asked, beat_s)) as coming:
            async for answer in coming:
                if answer is None:
                    yield KEEP_ALIVE
                    continue
                for one in progress.news(answer):
                    yield one
                if answer.status != "pending":
                    await keep(answer)
                    done = documents.answer_document(answer, name, with_passages=is_full)
                    yield event(as_json(done), "done")
    except Exception as error:
        yield event(bytes(problems.of_error(error).body), "error")


class _Progress:
    """What of an answer has been told, and what is new in the next snapshot."""

    def __init__(self, is_full: bool) -> None:
        self._is_full = is_full
        self._has_sources = False
        self._text = ""
        self._verdicts = b""

    def news(self, answer: Answer) -> list[bytes]:
        """The events that a snapshot is worth."""
        is_over = answer.status != "pending"
        new = []
        if not self._has_sources and (is_over or answer.timings.sources_ms is not None):
            self._has_sources = True
            new.append(event(self._sources(answer), "sources"))
        if (text := documents.text_of(answer)) != self._text:
            self._text = text
            new.append(event(as_json({"text": text}), "text"))
        verdicts = _verdicts(answer)
        if verdicts != self._verdicts and (is_over or answer.sentences):
            self._verdicts = verdicts
            new.append(event(verdicts, "verdicts"))
        return new

    def _sources(self, answer: Answer) -> bytes:
        passages = answer.passages if self._is_full else None
        return as_json(
            {
                "standalone": answer.standalone,
                "evidence": [
                    documents.evidence_document(one).model_dump(mode="json")
                    for one in answer.evidence
                ],
                "passages": passages
                and [documents.passage_document(one).model_dump(mode="json") for one in passages],
            }
        )


def _verdicts(answer: Answer) -> bytes:
    return as_json(
        {
            "sentences": [
                documents.sentence_document(one).model_dump(mode="json") for one in answer.sentences
            ],
            "citations": [
                one.model_dump(mode="json") for one in documents.citation_documents(answer)
            ],
        }
    )
