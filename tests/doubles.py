"""Small stand-ins for the models, each behind the same seam as the real one."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field
from tiny import TinyEmbedder

from rag.decision import Decision
from rag.index.library import Library, opened
from rag.language.lexicon import STOP_WORDS
from rag.language.sentences import split
from rag.loaders import read
from rag.protocols import AnswerSpan, Reading
from rag.reasons import Reason
from rag.schema import Chunk, Verdict
from rag.settings import load
from rag.stores import Labels, Wanted

FERRY = """---
title: A new ferry for Aldwick
published: 2021-03-02
---
With 240 seats, the boat carries twice as many people as the old one.
The Halvard entered service in May and replaced a ship from 1974.

The captain, Ines Roth, said that the crossing now takes nine minutes.
"""
BAKERY = """The bakery of Mill Lane moved to the hill.

It left because the river had flooded its ovens twice. It opened again in the autumn of 2020.
"""


def words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS]


class WordScorer:
    """The share of the question's words that stand in the text, from -5 to 5."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        asked = set(words(question))
        return [
            10 * len(asked & set(words(text))) / len(asked) - 5 if asked else -5.0 for text in texts
        ]

    def probability(self, logit: float) -> float:
        return 1 / (1 + math.exp(-logit))


class WordReader:
    """Reads as `WordScorer` scores: a sentence answers as far as it has the question's words.

    Of a sentence with a number, the number is what answers.
    """

    def read(self, question: str, titles: Sequence[str], texts: Sequence[str]) -> list[Reading]:
        return [self._reading(question, text) for text in texts]

    def _reading(self, question: str, text: str) -> Reading:
        spans = split(text)
        scores = WordScorer().scores(question, [text[start:end] for start, end in spans])
        found = [
            AnswerSpan(*self._words(text, start, end), score)
            for (start, end), score in zip(spans, scores, strict=True)
        ]
        found.sort(key=lambda one: -one.logit)
        best = found[0].logit if found else -5.0
        return Reading(answers=best, says_yes=best, none=0.0, spans=tuple(found))

    def _words(self, text: str, start: int, end: int) -> tuple[int, int]:
        number = re.compile(r"\d[\d,.]*\b").search(text, start, end)
        return number.span() if number else (start, end)


class NoVerifier:
    """Carries no claim at all."""

    def check(self, claim: str, quotes: Sequence[str], context: str = "") -> Verdict:
        return Verdict("unsupported", Reason("uncited"), 0.0)


def are_wanted(labels: Labels, wanted: Wanted) -> bool:
    day = labels.published
    return (
        (wanted.articles is None or labels.article_id in wanted.articles)
        and (not wanted.publishers or labels.publisher in wanted.publishers)
        and (not wanted.languages or labels.language in wanted.languages)
        and (wanted.since is None or (day is not None and day >= wanted.since))
        and (wanted.until is None or (day is not None and day <= wanted.until))
        and (not wanted.collections or not set(wanted.collections).isdisjoint(labels.collections))
    )


class ListIndex:
    """A vector index in memory, as of unit vectors."""

    def __init__(self, folder: Path) -> None:
        self._held: dict[str, tuple[Labels, np.ndarray]] = {}

    def count(self) -> int:
        return len(self._held)

    def ids(self) -> list[str]:
        return list(self._held)

    def put(
        self,
        chunks: Sequence[Chunk],
        vectors: Sequence[np.ndarray],
        labels: Mapping[str, Labels] = MappingProxyType({}),
    ) -> None:
        for chunk, vector in zip(chunks, vectors, strict=True):
            own = labels.get(chunk.article_id) or Labels(chunk.article_id)
            self._held[chunk.id] = (own, vector)

    def label(self, chunks: Mapping[str, Labels]) -> None:
        for chunk_id, labels in chunks.items():
            self._held[chunk_id] = (labels, self._held[chunk_id][1])

    def labelled(self, chunk_ids: Sequence[str]) -> dict[str, Labels]:
        return {one: self._held[one][0] for one in chunk_ids if one in self._held}

    def drop(self, chunk_ids: Sequence[str]) -> None:
        for chunk_id in chunk_ids:
            self._held.pop(chunk_id, None)

    def clear(self) -> None:
        self._held.clear()

    def search(
        self, vector: Sequence[float], limit: int, wanted: Wanted | None = None
    ) -> list[tuple[str, float]]:
        found = [
            (chunk_id, float(np.dot(vector, own)))
            for chunk_id, (labels, own) in self._held.items()
            if wanted is None or are_wanted(labels, wanted)
        ]
        return sorted(found, key=lambda pair: -pair[1])[:limit]

    def stored(self, chunk_ids: Sequence[str]) -> dict[str, np.ndarray]:
        return {one: self._held[one][1] for one in chunk_ids if one in self._held}

    def close(self) -> None:
        pass


def weighing(intercept: float = 0.0, not_found: float = -1.3) -> Decision:
    """A decision by the words that question and text share, and by the model's vote."""
    return Decision(
        text={
            "intercept": intercept,
            "answers": 0.5,
            "shortfall": 1.0,
            "sentence": 0.5,
        },
        vote={
            "intercept": -6.0,  # what a model without a doubt adds again
            "reader": 1.0,
            "not_found": not_found,
            "is_supported": 0.0,
            "agrees": 1.0,
        },
    )


class ScriptedModel(BaseChatModel):
    """Says its pieces, then raises ``error`` if there is one. ``heard`` are the prompts."""

    pieces: list[str] = Field(default_factory=list)
    error: Exception | None = None
    heard: list[list[BaseMessage]] = Field(default_factory=list)

    def __init__(self, *pieces: str, error: Exception | None = None) -> None:
        super().__init__(pieces=list(pieces), error=error)  # type: ignore[call-arg]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        said = "".join(chunk.text for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.heard.append(messages)
        for piece in self.pieces:
            yield ChatGenerationChunk(message=AIMessageChunk(piece))
        if self.error:
            raise self.error

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages):
            yield chunk


@contextmanager
def tiny_library(folder: Path, *, empty: bool = False, **settings: Any) -> Iterator[Library]:
    """A real library, SQLite and Chroma, of two short articles."""
    articles = folder / "articles"
    articles.mkdir(exist_ok=True)
    (articles / "ferry.md").write_text(FERRY, "utf-8")
    (articles / "bakery.txt").write_text(BAKERY, "utf-8")
    mine = load(library=folder / "library", **settings)
    with opened(mine, TinyEmbedder()) as library:
        if not empty:
            library.add(read(articles))
        yield library


class Provider:
    """An OpenAI-compatible server that says ``words``, or fails with ``status``.

    It fails its first ``fails`` requests only, if that is not 0.
    From its request number ``hangs_at`` on, it says nothing and sets ``hanging``.
    """

    def __init__(self) -> None:
        self.words = ["It has ", "240 seats", " [1]."]
        self.status = 200
        self.fails = 0
        self.hangs_at = 0
        self.hanging = threading.Event()
        self._closed = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(provider.status)
                self.end_headers()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                provider.requests.append(json.loads(self.rfile.read(length)))
                provider.keys.append(self.headers["Authorization"].removeprefix("Bearer "))
                if 0 < provider.hangs_at <= len(provider.requests):
                    provider.hanging.set()
                    provider._closed.wait()
                    return
                recovered = 0 < provider.fails < len(provider.requests)
                status = 200 if recovered else provider.status
                self.send_response(status)
                if status != 200:
                    self.send_header("Content-Type", "application/json")
                    self.end_headers()
                    error = {"message": f"Incorrect API key provided: {provider.keys[-1]}"}
                    self.wfile.write(json.dumps({"error": error}).encode())
                    return
                if not provider.requests[-1].get("stream"):
                    self.send_header("Content-Type", "application/json")
                    self.end_headers()
                    said = {"role": "assistant", "content": "".join(provider.words)}
                    choice = {"index": 0, "message": said, "finish_reason": "stop"}
                    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "its"}
                    self.wfile.write(json.dumps(whole | {"choices": [choice]}).encode())
                    return
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for words in provider.words:
                    delta = {"choices": [{"index": 0, "delta": {"content": words}}]}
                    self.wfile.write(f"data: {json.dumps(delta)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_: object) -> None:
                pass

        return Handler
