"""What may be asked, what is remembered, and how an answer is streamed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from rag.schema import Answer, Sentence, Turn
from ui import strings
from ui.conversation import (
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


def test_a_stream_ends_with_its_last_snapshot() -> None:
    snapshots = [Answer(str(count)) for count in range(5)]
    assert _collected(lambda: iter(snapshots))[-1] == snapshots[-1]


def test_a_stream_that_fails_raises_after_what_it_had() -> None:
    def failing() -> Iterator[Answer]:
        yield Answer("first")
        raise RuntimeError("broken")

    seen: list[Answer | None] = []

    async def run() -> None:
        async for snapshot in newest(failing):
            seen.append(snapshot)

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(run())
    assert seen == [Answer("first")]


def test_a_silent_stream_still_shows_a_sign_of_life() -> None:
    release = threading.Event()

    def silent() -> Iterator[Answer]:
        release.wait(20)
        yield Answer("late")

    async def run() -> list[Answer | None]:
        seen = []
        async for snapshot in newest(silent, beat=0.02):
            seen.append(snapshot)
            release.set()
        return seen

    seen = asyncio.run(run())
    assert seen[0] is None
    assert seen[-1] == Answer("late")


def test_an_abandoned_stream_is_closed() -> None:
    closed = threading.Event()

    def endless() -> Iterator[Answer]:
        try:
            while True:
                yield Answer("more")
        finally:
            closed.set()

    async def run() -> None:
        stream = newest(endless)
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert closed.wait(10)


def _collected(produce) -> list[Answer | None]:  # type: ignore[no-untyped-def]
    async def run() -> list[Answer | None]:
        return [snapshot async for snapshot in newest(produce, pause=0)]

    return asyncio.run(run())
