"""What may be asked, what is remembered, and how an answer is streamed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator

import pytest

from rag.schema import Answer, Sentence, Turn
from ui import strings
from ui.window.conversation.types import (
    LONGEST_QUESTION,
    BadQuestion,
    Exchange,
    checked_question,
    history,
    newest,
)


@pytest.mark.parametrize("question", ["", "  \n ", "\u202e\x00", None, 7, ["a"], {"text": "a"}])
def test_what_is_no_question_is_turned_away(question: object) -> None:
    with pytest.raises(BadQuestion, match=strings.ASK_FIRST):
        checked_question(question, ())


def test_a_question_is_trimmed_and_keeps_its_lines() -> None:
    assert checked_question("  When?\n\u202eWhere? ", ()) == "When?\nWhere?"


def test_a_question_over_the_limit_is_turned_away() -> None:
    assert checked_question("a" * LONGEST_QUESTION, ())
    with pytest.raises(BadQuestion, match=str(LONGEST_QUESTION)):
        checked_question("a" * (LONGEST_QUESTION + 1), ())


def test_one_question_at_a_time() -> None:
    with pytest.raises(BadQuestion, match=strings.STILL_ANSWERING):
        checked_question("When?", (Exchange("Where?"),))


def test_only_finished_exchanges_are_remembered() -> None:
    answer = Answer("a", (Sentence("One."), Sentence("Two.")))
    exchanges = [
        Exchange("a", answer, "done"),
        Exchange("b", answer, "stopped"),
        Exchange("c", None, "failed"),
        Exchange("d"),
    ]
    assert history(exchanges) == (Turn("user", "a"), Turn("assistant", "One. Two."))


async def test_a_stream_ends_with_its_last_snapshot() -> None:
    snapshots = [Answer(str(count)) for count in range(5)]

    async def stream() -> AsyncGenerator[Answer, None]:
        for snapshot in snapshots:
            yield snapshot

    assert [one async for one in newest(stream(), pause=0)][-1] == snapshots[-1]


async def test_snapshots_that_came_during_a_pause_are_skipped_but_the_newest() -> None:
    async def stream() -> AsyncGenerator[Answer, None]:
        for count in range(200):
            yield Answer(str(count))

    seen = [one async for one in newest(stream(), pause=0.05)]
    assert len(seen) < 100
    assert seen[-1] == Answer("199")


async def test_a_stream_that_fails_raises_after_what_it_had() -> None:
    async def failing() -> AsyncGenerator[Answer, None]:
        yield Answer("first")
        raise RuntimeError("broken")

    seen: list[Answer | None] = []
    with pytest.raises(RuntimeError, match="broken"):
        async for snapshot in newest(failing()):
            seen.append(snapshot)
    assert seen == [Answer("first")]


async def test_a_silent_stream_still_shows_a_sign_of_life() -> None:
    release = asyncio.Event()

    async def silent() -> AsyncGenerator[Answer, None]:
        await release.wait()
        yield Answer("late")

    seen = []
    async for snapshot in newest(silent(), beat=0.02):
        seen.append(snapshot)
        release.set()
    assert seen[0] is None
    assert seen[-1] == Answer("late")


class Model:
    """A stream that waits for ever after its first snapshot, and knows when it was cancelled."""

    def __init__(self) -> None:
        self.cancelled = False

    async def stream(self) -> AsyncGenerator[Answer, None]:
        yield Answer("first")
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_a_stop_while_the_model_reads_cancels_it_within_a_second() -> None:
    model = Model()

    async def window() -> None:
        async for _ in newest(model.stream()):
            pass

    reading = asyncio.create_task(window())
    await asyncio.sleep(0.2)
    began = time.monotonic()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert model.cancelled
    assert time.monotonic() - began < 1


async def test_a_reader_who_left_between_two_snapshots_cancels_the_model() -> None:
    model = Model()
    snapshots = newest(model.stream(), beat=0.02)
    assert await anext(snapshots) == Answer("first")
    assert await anext(snapshots) is None
    await snapshots.aclose()
    assert model.cancelled


async def test_a_stream_that_never_waits_leaves_the_window_its_turn_and_can_be_stopped() -> None:
    closed = False

    async def endless() -> AsyncGenerator[Answer, None]:
        nonlocal closed
        try:
            while True:
                yield Answer("more")
        finally:
            closed = True

    snapshots = newest(endless())
    await anext(snapshots)
    await snapshots.aclose()
    assert closed


async def test_a_stream_that_fails_while_it_is_stopped_is_not_heard_of_again() -> None:
    async def failing() -> AsyncGenerator[Answer, None]:
        yield Answer("first")
        try:
            await asyncio.sleep(600)
        finally:
            raise RuntimeError("the connection broke")

    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    snapshots = newest(failing())
    await anext(snapshots)
    await snapshots.aclose()
    await asyncio.sleep(0)
    assert told == []


async def test_a_stream_that_ignores_its_cancellation_is_left_behind() -> None:
    release = asyncio.Event()

    async def stubborn() -> AsyncGenerator[Answer, None]:
        yield Answer("first")
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()

    snapshots = newest(stubborn())
    await anext(snapshots)
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await snapshots.aclose()
    assert 1 < time.monotonic() - began < 5
    release.set()
    await asyncio.sleep(0.05)
