"""Several ask at one time: the sources wait for no model, and nobody keeps it from the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, tiny_library, weighing
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from rag.assistant import Assistant
from rag.index.library import Library
from rag.models import turns
from rag.models.streams import apumped
from rag.schema import Answer, Turn
from rag.settings import changed

SEATS = "How many people does the boat carry?"
SAID = "The boat carries 240 people [1]."


class GatedModel(ScriptedModel):
    """Says its first piece, and the others once it may. ``now``: how many it writes for."""

    gate: Any = None
    now: int = 0
    most: int = 0

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.heard.append(messages)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for piece in self.pieces:
                yield ChatGenerationChunk(message=AIMessageChunk(piece))
                await self.gate.wait()
        finally:
            self.now -= 1


@pytest.fixture
def library(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Library]:
    # A line of its own, so that no other test has a turn of it.
    name = f"openai:{request.node.name}"
    with tiny_library(tmp_path, model=name, parallel=1) as library:
        yield library


def of(library: Library, model: ScriptedModel, **given: Any) -> Assistant:
    settings = changed(library.settings, given)
    return Assistant(
        library,
        WordScorer(),
        WordReader(),
        model,
        "scripted",
        weights=weighing(),
        settings=settings,
    )


def gated(*pieces: str) -> GatedModel:
    model = GatedModel(*(pieces or ("The boat ", "carries 240 ", "people [1].")))
    model.gate = asyncio.Event()
    return model


class Asker:
    """Keeps every snapshot of an answer."""

    def __init__(self, assistant: Assistant, question: str = SEATS, *history: Turn) -> None:
        self.shown: list[Answer] = []
        self._stream = assistant.astream(question, history)
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> Answer:
        async for answer in self._stream:
            self.shown.append(answer)
        return self.shown[-1]

    @property
    def now(self) -> Answer:
        return self.shown[-1] if self.shown else Answer("")


async def until(is_so: Any) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.005)


async def test_sources_and_short_answer_are_there_while_the_model_writes_for_another(
    library: Library,
) -> None:
    model = gated()
    askers = [Asker(of(library, model)) for _ in range(5)]
    await until(lambda: all(one.now.evidence for one in askers))
    await until(lambda: sum(one.now.waits for one in askers) == 4 and model.now == 1)
    assert all(one.now.short and one.now.short.answer_text for one in askers)
    assert all(one.now.status == "pending" for one in askers)
    model.gate.set()
    answers = await asyncio.gather(*(one.task for one in askers))
    assert model.most == 1, "a turn for each, one after the other"
    assert len(model.heard) == 5
    assert not any(answer.waits for answer in answers)


async def test_as_many_are_written_at_one_time_as_the_model_takes(library: Library) -> None:
    model = gated()
    askers = [Asker(of(library, model, parallel=3)) for _ in range(5)]
    await until(lambda: model.now == 3 and sum(one.now.waits for one in askers) == 2)
    model.gate.set()
    await asyncio.gather(*(one.task for one in askers))
    assert model.most == 3


async def test_the_same_is_answered_as_to_whoever_asks_alone(library: Library) -> None:
    alone = of(library, ScriptedModel(SAID)).ask(SEATS)
    model = gated(SAID)
    model.gate.set()
    askers = [Asker(of(library, model)) for _ in range(4)]
    for answer in await asyncio.gather(*(one.task for one in askers)):
        assert answer.sentences == alone.sentences
        assert answer.evidence == alone.evidence
        assert (answer.status, answer.probability) == (alone.status, alone.probability)


async def test_who_hangs_up_lets_the_next_one_in(library: Library) -> None:
    model = gated()
    first, second, third = (Asker(of(library, model)) for _ in range(3))
    await until(
        lambda: model.now == 1 and sum(one.now.waits for one in (first, second, third)) == 2
    )
    has_turn = next(one for one in (first, second, third) if not one.now.waits)
    waits = next(one for one in (first, second, third) if one.now.waits)
    other = next(one for one in (first, second, third) if one not in (has_turn, waits))
    waits.task.cancel()
    has_turn.task.cancel()
    await asyncio.gather(waits.task, has_turn.task, return_exceptions=True)
    model.gate.set()
    assert (await other.task).status != "pending"
    line = turns.writing(library.settings)
    assert (line.waiting, line.taken) == (0, 0)


async def test_who_reads_slowly_keeps_nobody_from_the_model(library: Library) -> None:
    model = gated()
    model.gate.set()
    slow = of(library, model).astream(SEATS)
    async for answer in slow:
        if any(not sentence.is_quote for sentence in answer.sentences) or answer.waits:
            break
        if model.heard:
            break
    quick = [Asker(of(library, model)) for _ in range(3)]
    await asyncio.gather(*(one.task for one in quick))
    rest = [answer async for answer in slow]
    assert rest[-1].status == quick[0].now.status
    assert rest[-1].sentences == quick[0].now.sentences


async def test_a_question_that_must_be_put_otherwise_goes_before_those_that_wait_to_be_written(
    library: Library,
) -> None:
    model = gated()
    first = Asker(of(library, model))
    await until(lambda: model.now == 1)
    waits = Asker(of(library, model))
    await until(lambda: waits.now.waits)
    said = (Turn("user", SEATS), Turn("assistant", "It carries 240 people."))
    follows = Asker(of(library, model), "And what did it do with the old one then?", *said)
    line = turns.writing(library.settings)
    await until(lambda: line.waiting == 2)
    model.gate.set()
    await asyncio.gather(first.task, waits.task, follows.task)
    prompts = [heard[0].text for heard in model.heard]
    assert "Rewrite" in prompts[1]
    assert "Rewrite" not in prompts[2]


async def test_a_stream_is_read_on_whoever_reads_it_and_closed_with_its_reader() -> None:
    come, is_closed = list[int](), asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(100):
                come.append(number)
                yield number
                await asyncio.sleep(0)
            await asyncio.sleep(3600)
        finally:
            is_closed.set()

    read = apumped(numbers())
    assert await anext(read) == 0
    await until(lambda: len(come) == 100)
    assert [await anext(read) for _ in range(99)] == list(range(1, 100))
    await read.aclose()
    assert is_closed.is_set()


async def test_what_a_stream_fails_with_comes_after_what_it_gave() -> None:
    async def fails() -> AsyncIterator[int]:
        yield 1
        raise ValueError("no more")

    read = apumped(fails())
    assert await anext(read) == 1
    with pytest.raises(ValueError, match="no more"):
        await anext(read)
