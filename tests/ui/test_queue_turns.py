"""The one queue of questions: who has a place in it, and whose turn it is."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from rag.limits import ApiLimits, WindowLimits
from ui import turns
from ui.turns import Full, Turns
from ui.window.page import visitor
from ui.window.server.queued import Queued

HERE = "http://127.0.0.1:7860"


def queue(answering: int = 2, questions: int = 4, now: Any = lambda: 0.0) -> Turns:
    return Turns(WindowLimits(answering=answering, questions=questions), now)


def test_there_are_so_many_places_and_one_that_is_left_is_free() -> None:
    mine = queue(questions=3)
    with ExitStack() as stack:
        for who in "abc":
            stack.enter_context(mine.place(who))
        with pytest.raises(Full) as full:
            mine.check()
        assert not full.value.is_own and full.value.limit == 3
    mine.check()
    assert mine.inside == 0


def test_one_who_asks_has_so_many_of_them_and_others_theirs() -> None:
    mine = queue()
    with mine.place("bot", 2), mine.place("bot", 2):
        with pytest.raises(Full) as full, mine.place("bot", 2):
            pass
        assert full.value.is_own and full.value.limit == 2
        with mine.place("other", 2):
            assert mine.inside == 3
    with mine.place("bot", 2):
        pass


async def test_turns_come_in_the_order_of_coming_and_no_more_at_once_than_may() -> None:
    mine, begun, go = queue(answering=2), list[int](), [asyncio.Event() for _ in range(5)]

    async def answered(number: int) -> None:
        async with mine.turn():
            begun.append(number)
            await go[number].wait()

    tasks = []
    for number in range(5):
        tasks.append(asyncio.create_task(answered(number)))
        await asyncio.sleep(0)
    assert begun == [0, 1] and mine.is_waiting
    tasks[2].cancel()  # one who waits hangs up, and keeps nobody's turn
    await asyncio.gather(tasks[2], return_exceptions=True)
    go[0].set()
    await tasks[0]
    await asyncio.sleep(0)
    assert begun == [0, 1, 3]
    for one in go:
        one.set()
    await asyncio.gather(*(task for task in tasks if task is not tasks[2]))
    assert begun == [0, 1, 3, 4] and not mine.is_waiting


async def test_when_to_come_again_is_told_by_how_long_others_took() -> None:
    seconds = iter([0.0, 30.0, 30.0, 60.0])
    mine = queue(answering=1, questions=1, now=lambda: next(seconds))
    with mine.place("a"), pytest.raises(Full) as unknown:
        mine.check()
    assert unknown.value.seconds == 2
    for _ in range(2):
        async with mine.turn():
            pass
    with mine.place("a"), pytest.raises(Full) as full:
        mine.check()
    assert full.value.seconds == 30


# What programs ask.


async def asked(app: Any, who: str, path: str = "/v1/ask") -> httpx.Response:
    async def known(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, visitor.OWNER: who}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(known), base_url=HERE) as client:
        return await client.post(path)


async def test_a_program_is_told_when_to_come_again_and_what_is_no_question_never_waits() -> None:
    go = asyncio.Event()

    async def answers(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/v1/ask":
            async with turns.turn():
                await go.wait()
        await PlainTextResponse("hi")(scope, receive, send)

    mine = queue(answering=1, questions=3)
    app = Queued(answers, mine, ApiLimits(waiting=2))
    under_way = [asyncio.create_task(asked(app, "key:bot")) for _ in range(2)]
    while mine.inside < 2:
        await asyncio.sleep(0)
    mine_full = await asked(app, "key:bot")
    assert mine_full.status_code == 429 and int(mine_full.headers["retry-after"]) >= 1
    assert (await asked(app, "key:bot", "/v1/search")).status_code == 200
    under_way.append(asyncio.create_task(asked(app, "key:other")))
    while mine.inside < 3:
        await asyncio.sleep(0)
    all_full = await asked(app, "key:third")
    assert all_full.status_code == 503 and int(all_full.headers["retry-after"]) >= 1
    assert all_full.headers["content-type"] == "application/problem+json"
    go.set()
    assert [one.status_code for one in await asyncio.gather(*under_way)] == [200] * 3
    assert mine.inside == 0 and (await asked(app, "key:third")).status_code == 200


async def test_a_question_whose_answer_fails_gives_its_place_back() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    mine = queue()
    with pytest.raises(RuntimeError):
        await asked(Queued(fails, mine, ApiLimits()), "key:bot")
    assert mine.inside == 0
