"""A provider that never comes to an end is stopped, and what it had said is kept."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, tiny_library, weighing
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from rag.assistant import Assistant
from rag.index.library import Library
from rag.models.chat import chat_model
from rag.models.streams import EndlessError, abounded, bounded
from rag.schema import Turn
from rag.settings import Settings, load

SEATS = "How many people does the boat carry?"
SAID = "The boat has 240 seats [1]."
Write = Callable[[bytes], object]


def quick(**limits: Any) -> Settings:
    return load(max_answer_tokens=16, **{f"stream.{name}": value for name, value in limits.items()})


def pieces(count: int, words: str = "and ") -> Iterator[BaseMessage]:
    for _ in range(count):
        yield AIMessageChunk(words)


def heard(stream: Iterator[BaseMessage]) -> tuple[str, str]:
    """What was said, and the kind of failure it ended in."""
    said = ""
    try:
        for message in stream:
            said += message.text
    except EndlessError as error:
        return said, error.kind
    return said, ""


def test_what_comes_to_its_end_is_not_touched() -> None:
    assert heard(bounded(pieces(16), quick())) == ("and " * 16, "")


def test_tokens_without_an_end_are_cut_and_kept() -> None:
    said, kind = heard(bounded(pieces(10**9), quick()))
    assert kind == "endless"
    assert 16 <= said.count("and ") <= 48


@pytest.mark.parametrize("words", ["x" * 10_000_000, "word " * 2_000_000, "漢" * 3_000_000])
def test_one_piece_of_millions_is_cut_and_kept(words: str) -> None:
    began = time.monotonic()
    said, kind = heard(bounded(pieces(1, words), quick()))
    assert kind == "endless"
    assert 0 < len(said) < 2_000
    assert words.startswith(said)
    assert time.monotonic() - began < 5


def test_pieces_without_words_are_no_progress() -> None:
    assert heard(bounded(pieces(10**9, " "), quick()))[1] == "endless"
    assert heard(bounded(pieces(10**9, ""), quick(silence=0.2))) == ("", "silent")
    assert heard(bounded(pieces(10**9, ""), quick(seconds=0.2))) == ("", "endless")


async def test_a_stream_that_hangs_is_left_after_its_silence() -> None:
    async def hanging() -> AsyncIterator[BaseMessage]:
        yield AIMessageChunk("So ")
        await asyncio.sleep(600)

    said = ""
    with pytest.raises(EndlessError, match=r"nothing more for 0 seconds"):
        async with asyncio.timeout(5):
            async for message in abounded(hanging(), quick(silence=0.2)):
                said += message.text
    assert said == "So "


async def test_a_providers_own_time_limit_is_not_taken_for_ours() -> None:
    async def failing() -> AsyncIterator[BaseMessage]:
        yield AIMessageChunk("So ")
        raise TimeoutError("the provider's")

    with pytest.raises(TimeoutError, match="the provider's"):
        async for _ in abounded(failing(), quick()):
            pass


# An answer over the wire.


@contextmanager
def server(write: Callable[[Write], None], **headers: str) -> Iterator[str]:
    """An OpenAI-compatible server whose answer ``write`` writes, until whoever asked hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            try:
                write(self.wfile.write)
            except OSError:
                left.set()

        def log_message(self, *_: object) -> None:
            pass

    left = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()
        assert "Content_Encoding" in headers or left.wait(10), "the server was not hung up on"


def event(words: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": words}}]}
    return f"data: {json.dumps(delta)}\n\n".encode()


def words_for_ever(write: Write) -> None:
    for _ in range(10**6):
        write(event("and "))
        time.sleep(0.002)


def one_line_for_ever(write: Write) -> None:
    write(event("It has 240 seats. ") + b'data: {"choices": [{"index": 0, "delta": {"content": "')
    for _ in range(10**6):
        write(b"x" * 10_000)


def comments_for_ever(write: Write) -> None:
    write(event("It has 240 seats. "))
    for _ in range(10**6):
        write(b": keep-alive\n\n")
        time.sleep(0.01)


LIMITS: dict[str, Any] = {"bytes": 2_000_000, "seconds": 20.0, "silence": 1.0}


@pytest.mark.parametrize("write", [words_for_ever, one_line_for_ever])
def test_a_server_that_never_ends_is_hung_up_on(write: Callable[[Write], None]) -> None:
    with server(write) as url:
        mine = quick(**LIMITS).model_copy(update={"base_url": url, "model": "m", "retries": 0})
        said, kind = heard(bounded(chat_model(mine).stream("?"), mine))
    assert kind == "endless"
    assert said.startswith(("and and", "It has 240 seats."))


@pytest.mark.parametrize(
    ("write", "kind"),
    [(words_for_ever, "endless"), (one_line_for_ever, "endless"), (comments_for_ever, "silent")],
)
async def test_a_server_that_never_ends_is_hung_up_on_when_awaited(
    write: Callable[[Write], None], kind: str
) -> None:
    with server(write) as url:
        mine = quick(**LIMITS).model_copy(update={"base_url": url, "model": "m", "retries": 0})
        with pytest.raises(EndlessError) as raised:
            async for _ in abounded(chat_model(mine).astream("?"), mine):
                pass
        await asyncio.sleep(0.3)  # until the server sees it
    assert raised.value.kind == kind


def test_a_packed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(event("x" * 50_000_000))

    def write(send: Write) -> None:
        send(bomb)

    with server(write, Content_Encoding="gzip") as url:
        mine = load(base_url=url, model="m", retries=0)
        with pytest.raises(Exception, match=r"packed|Connection error"):
            list(chat_model(mine).stream("?"))


# The answer that is made of it.


class Endless(ScriptedModel):
    """Says its pieces, and then the last of them for ever."""

    def _stream(self, *given: Any, **named: Any) -> Iterator[ChatGenerationChunk]:
        yield from super()._stream(*given, **named)
        while True:
            yield ChatGenerationChunk(message=AIMessageChunk(self.pieces[-1]))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("streams")
    # What is said is shown, with a mark if need be: how it is checked is another test's.
    with tiny_library(folder, max_answer_tokens=32, answers="lenient") as library:
        yield library


def assistant(library: Library, *said: str) -> Assistant:
    return Assistant(library, WordScorer(), WordReader(), Endless(*said), "m", weights=weighing())


def test_what_was_said_by_then_is_kept_with_a_plain_word(library: Library) -> None:
    answer = assistant(library, SAID, "\n").ask(SEATS)
    assert answer.sentences[0].text == "The boat has 240 seats."
    assert "stopped" in answer.notice
    assert "\n" not in answer.notice


async def test_nonsense_without_an_end_is_told_with_a_plain_word_and_quotations(
    library: Library,
) -> None:
    async with asyncio.timeout(20):
        answer = await assistant(library, "la ").aask(SEATS)
    assert any(sentence.is_quote for sentence in answer.sentences)
    assert "stopped" in answer.notice


@pytest.mark.parametrize("limit", ["silence", "seconds"])
def test_a_provider_that_never_answers_is_left_by_who_waits_for_it_too(limit: str) -> None:
    let_go = threading.Event()

    def hanging() -> Iterator[BaseMessage]:
        yield AIMessageChunk("So ")
        let_go.wait(60)

    began = time.monotonic()
    said, kind = heard(bounded(hanging(), quick(**{limit: 0.3})))
    let_go.set()
    assert said == "So "
    assert kind == {"silence": "silent", "seconds": "endless"}[limit]
    assert time.monotonic() - began < 10


def test_a_stream_that_is_left_is_closed_and_what_it_raises_is_raised() -> None:
    closed = threading.Event()

    def endless() -> Iterator[BaseMessage]:
        try:
            while True:
                yield AIMessageChunk("and ")
        finally:
            closed.set()

    stream = bounded(endless(), quick())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert closed.wait(10)

    def failing() -> Iterator[BaseMessage]:
        yield AIMessageChunk("So ")
        raise ValueError("the provider's")

    with pytest.raises(ValueError, match="the provider's"):
        list(bounded(failing(), quick()))


def test_a_provider_that_never_answers_does_not_hold_the_rewriting_of_a_question(
    tmp_path: Path,
) -> None:
    let_go = threading.Event()

    class Mute(ScriptedModel):
        def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
            let_go.wait(60)
            yield from ()

    history = [Turn("user", SEATS), Turn("assistant", SAID)]
    began = time.monotonic()
    with tiny_library(tmp_path, **{"stream.silence": 0.3}) as own:
        assistant = Assistant(own, WordScorer(), WordReader(), Mute(), weighing())
        answer = assistant.ask("And how deep do they say that it is there?", history)
    let_go.set()
    assert answer.status != "pending"
    assert time.monotonic() - began < 30
