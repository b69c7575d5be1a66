"""What the window knows of a conversation, and what it asks of the engine. No Gradio here."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.schema import Answer, Article, ArticleInfo, Turn
from ui import strings
from ui.text import plain

LONGEST_QUESTION = 2000

State = Literal["waiting", "writing", "done", "stopped", "failed"]


class Assistant(Protocol):
    """What answers."""

    def stream(self, question: str, history: Sequence[Turn]) -> Iterator[Answer]:
        """Ever fuller snapshots of one answer."""
        ...


class Library(Protocol):
    """What holds the articles."""

    def articles(self) -> list[ArticleInfo]:
        """All articles, without their texts."""
        ...

    def article(self, article_id: str) -> Article:
        """One article. Raises UnknownArticle."""
        ...


class Engine(Protocol):
    """What the window stands on, which may still be loading when the window opens.

    An engine may also have ``examples``, a list of questions worth asking first.
    """

    @property
    def assistant(self) -> Assistant | None:
        """None while loading."""
        ...

    @property
    def library(self) -> Library | None:
        """None while loading."""
        ...

    @property
    def error(self) -> str | None:
        """One line on what went wrong while loading. With an assistant there, a warning only."""
        ...

    def status(self) -> str:
        """What is being loaded; empty when all is ready."""
        ...


class BadQuestion(ValueError):
    """A question that cannot be asked; the message is for the reader."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and how far its answer has come. ``line`` says what it waits for, or why not."""

    question: str
    answer: Answer | None = None
    state: State = "waiting"
    line: str = ""

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in ("waiting", "writing")


def checked_question(question: object, exchanges: Sequence[Exchange]) -> str:
    """The question as it may be asked.

    Raises:
        BadQuestion: it is empty, too long, or comes before the last one is answered.
    """
    asked = plain(question, lines=True).strip() if isinstance(question, str) else ""
    if not asked:
        raise BadQuestion(strings.ASK_FIRST)
    if len(asked) > LONGEST_QUESTION:
        raise BadQuestion(strings.TOO_LONG.format(limit=LONGEST_QUESTION))
    if exchanges and exchanges[-1].busy:
        raise BadQuestion(strings.STILL_ANSWERING)
    return asked


def history(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """What was said, for the assistant: whole exchanges only."""
    return tuple(
        turn
        for exchange in exchanges
        if exchange.state == "done" and exchange.answer
        for turn in (Turn("user", exchange.question), Turn("assistant", exchange.answer.text))
    )


async def newest(
    produce: Callable[[], Iterator[Answer]], pause: float = 0.06, beat: float = 1.0
) -> AsyncIterator[Answer | None]:
    """Run a blocking stream in a thread of its own; yield its newest snapshot, skip stale ones.

    None comes after every ``beat`` seconds without news: Gradio looks only between yields
    whether the reader is still there. The thread is a daemon outside any pool, because a model
    that does not return must hold up neither the stop button nor the end of the server.
    """
    loop = asyncio.get_running_loop()
    arrivals: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()
    abandoned = threading.Event()

    def post(item: Answer | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is listening
            loop.call_soon_threadsafe(arrivals.put_nowait, item)

    def pump() -> None:
        try:
            stream = produce()
            for snapshot in stream:
                if abandoned.is_set():
                    if close := getattr(stream, "close", None):
                        close()
                    return
                post(snapshot)
            post(None)
        except Exception as error:
            post(error)

    threading.Thread(target=pump, name="answer", daemon=True).start()
    try:
        while True:
            try:
                item = await asyncio.wait_for(arrivals.get(), beat)
            except TimeoutError:
                yield None
                continue
            while isinstance(item, Answer) and not arrivals.empty():
                following = arrivals.get_nowait()
                if not isinstance(following, Answer):
                    yield item
                item = following
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
            await asyncio.sleep(pause)
    finally:
        abandoned.set()
