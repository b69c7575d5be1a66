"""What the window knows of a conversation, and what it asks of the engine. No Gradio here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from rag import duplicates
from rag.language.visible import plain_lines
from rag.query.wording import LONGEST
from rag.schema import Answer, Article, ArticleInfo, Filter, Turn
from rag.settings import Settings
from ui import strings
from ui.ahead import Ahead
from ui.fetching import Fetching
from ui.wishes import Wishes

LONGEST_QUESTION = LONGEST
_FAREWELL_S = 2.0

State = Literal["waiting", "writing", "done", "stopped", "failed"]
Verdict = Literal["up", "down"]


class Assistant(Protocol):
    """What answers."""

    def astream(
        self, question: str, history: Sequence[Turn], only: Filter | None = None
    ) -> AsyncIterator[Answer]:
        """Ever fuller snapshots of one answer. Cancelled, it lets go of its model."""
        ...


class Library(Protocol):
    """What holds the articles."""

    def articles(self) -> list[ArticleInfo]:
        """All articles, without their texts."""
        ...

    def collections(self) -> list[str]:
        """The names of all collections."""
        ...

    def article(self, article_id: str) -> Article:
        """One article. Raises UnknownArticle."""
        ...

    def other_sources(self, article_id: str) -> tuple[duplicates.OtherSource, ...]:
        """Where else an article was had."""
        ...

    def near(self, article_id: str) -> list[duplicates.Near]:
        """The articles that are nearly the same as one."""
        ...


class Engine(Protocol):
    """What the window stands on, which may still be loading when the window opens."""

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

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def fetching(self) -> Fetching | None:
        """The models that are missing; None where none ever is."""
        ...

    @property
    def ahead(self) -> Ahead:
        """The questions that are made ahead of being shown."""
        ...

    @property
    def is_loading(self) -> bool:
        """Whether more is ready soon, without anybody doing anything."""
        ...

    def status(self) -> str:
        """What is being loaded; empty when all is ready."""
        ...

    def assistant_for(self, wishes: Wishes) -> Assistant | None:
        """What answers as a reader wants it; None while loading."""
        ...

    def assistant_over(self, own: Any, *, model: bool) -> Any:
        """What answers from a library, for a measurement; without ``model`` it quotes."""
        ...


class BadQuestion(ValueError):
    """A question that cannot be asked; the message is for the reader."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and how far its answer has come. ``line`` says what it waits for, or why not.

    ``only`` are the articles that were asked, ``scope`` says so in words; ``verdict`` is what the
    reader thought of the answer; ``is_kept`` is whether the history took it. ``asked`` is when it
    was asked, in seconds since 1970; 0 if that is not known.
    """

    question: str
    answer: Answer | None = None
    state: State = "waiting"
    line: str = ""
    only: Filter | None = None
    scope: str = ""
    verdict: Verdict | None = None
    is_kept: bool = True
    asked: float = 0.0

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in ("waiting", "writing")


def interrupted(exchange: Exchange) -> Exchange:
    """The exchange; if its answer was still to come, as one that ended with the server."""
    if not exchange.busy:
        return exchange
    return replace(exchange, state="failed", line=strings.INTERRUPTED)


def checked_question(question: object, exchanges: Sequence[Exchange]) -> str:
    """The question as it may be asked.

    Raises:
        BadQuestion: it is empty, too long, or comes before the last one is answered.
    """
    asked = plain_lines(question).strip() if isinstance(question, str) else ""
    if not asked:
        raise BadQuestion(strings.ASK_FIRST)
    if len(asked) > LONGEST_QUESTION:
        raise BadQuestion(strings.TOO_LONG.format(length=len(asked), limit=LONGEST_QUESTION))
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
    stream: AsyncIterator[Answer], pause: float = 0.06, beat: float = 1.0
) -> AsyncGenerator[Answer | None, None]:
    """Read a stream in a task of its own; yield its newest snapshot, skip stale ones.

    None comes after every ``beat`` seconds without news: Gradio looks only between yields
    whether the reader is still there. Whoever stops reading closes this generator, and that
    cancels the stream: nothing else makes a model's server let go while it reads its prompt. A
    stream that ignores this is left behind after two seconds, lest it hold up the stop button.
    """
    latest: Answer | None = None
    failure: Exception | None = None
    news = asyncio.Event()

    async def pump() -> None:
        nonlocal latest, failure
        try:
            try:
                async for snapshot in stream:
                    latest = snapshot
                    news.set()
                    await asyncio.sleep(0)  # a stream that never waits must not hold up the rest
            finally:
                if close := getattr(stream, "aclose", None):
                    await close()
        except Exception as error:
            failure = error
        finally:
            news.set()

    task = asyncio.create_task(pump(), name="answer")
    shown: Answer | None = None
    try:
        while True:
            # Not wait_for, which in Python 3.11 can swallow the cancellation that a stop is.
            with suppress(TimeoutError):
                async with asyncio.timeout(beat):
                    await news.wait()
            news.clear()
            is_over = task.done()
            if latest is not shown:
                shown = latest
                yield shown
            elif not is_over:
                yield None
            if is_over:
                break
            await asyncio.sleep(pause)
        if failure:
            raise failure
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=_FAREWELL_S)
