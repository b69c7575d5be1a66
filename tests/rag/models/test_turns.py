"""So many have their turn at one time, in the order in which they asked, and nobody keeps it."""

from __future__ import annotations

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag import observing
from rag.models import turns
from rag.models.turns import Turns
from rag.settings import load


class Seats:
    """Counts who has a turn."""

    def __init__(self) -> None:
        self.now = self.most = self.had = 0
        self._lock = threading.Lock()

    def sit(self) -> None:
        with self._lock:
            self.now += 1
            self.had += 1
            self.most = max(self.most, self.now)

    def rise(self) -> None:
        with self._lock:
            self.now -= 1


def test_threads_and_event_loops_share_the_turns_and_each_has_its_own() -> None:
    line, seats = Turns(3), Seats()

    def in_a_thread(_: int) -> None:
        with line.turn(turns.rank()):
            seats.sit()
            threading.Event().wait(0.002)
            seats.rise()

    async def in_a_loop() -> None:
        async def one() -> None:
            async with line.aturn(turns.rank()):
                seats.sit()
                await asyncio.sleep(0.002)
                seats.rise()

        await asyncio.gather(*(one() for _ in range(20)))

    with ThreadPoolExecutor(12) as pool:
        loops = [pool.submit(asyncio.run, in_a_loop()) for _ in range(2)]
        list(pool.map(in_a_thread, range(40)))
        for loop in loops:
            loop.result()
    assert (seats.had, seats.now) == (80, 0)
    assert 1 < seats.most <= 3
    assert (line.waiting, line.taken, line.is_full) == (0, 0, False)


async def test_whoever_asked_first_goes_first_and_what_is_urgent_before() -> None:
    line, order = Turns(1), list[str]()
    ranks = {name: turns.rank() for name in ("holds", "first", "second", "third")}

    async def go(name: str, rank: turns.Rank) -> None:
        async with line.aturn(rank):
            order.append(name)

    async with line.aturn(ranks["holds"]):
        assert line.is_full
        tasks = [
            asyncio.create_task(go("third", ranks["third"])),
            asyncio.create_task(go("first", ranks["first"])),
            asyncio.create_task(go("second's rewriting", turns.urgent(ranks["second"]))),
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert line.waiting == 3
    await asyncio.gather(*tasks)
    assert order == ["second's rewriting", "first", "third"]


async def test_who_gives_up_waiting_is_passed_over() -> None:
    line = Turns(1)
    async with line.aturn(turns.rank()):
        leaves = asyncio.create_task(line.aturn(turns.rank()).__aenter__())
        stays = asyncio.create_task(line.aturn(turns.rank()).__aenter__())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        leaves.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaves
    await stays
    assert (line.waiting, line.taken) == (0, 1)


async def test_no_turn_is_lost_whenever_somebody_leaves() -> None:
    line, dice = Turns(2), random.Random(7)

    async def one() -> None:
        async with line.aturn(turns.rank()):
            await asyncio.sleep(dice.random() / 500)

    for _ in range(40):
        tasks = [asyncio.create_task(one()) for _ in range(8)]
        await asyncio.sleep(dice.random() / 500)
        for task in dice.sample(tasks, 5):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (line.waiting, line.taken) == (0, 0)


async def test_what_fails_in_its_turn_gives_it_back() -> None:
    line = Turns(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            async with line.aturn(turns.rank()):
                raise ValueError("no")
        with pytest.raises(ValueError, match="no"), line.turn(turns.rank()):
            raise ValueError("no")
    assert line.taken == 0


def test_it_is_told_for_how_long_somebody_waited() -> None:
    line, seconds = Turns(1), list[float]()

    def second() -> None:
        with line.turn(turns.rank(), seconds.append):
            pass

    waiter = threading.Thread(target=second)
    with line.turn(turns.rank(), seconds.append):
        assert len(seconds) == 1
        waiter.start()
        while not line.waiting:
            threading.Event().wait(0.001)
    waiter.join()
    assert len(seconds) == 2
    assert seconds[1] > 0


def test_a_local_model_has_as_many_turns_as_slots_and_another_server_as_it_is_given() -> None:
    own, given = load(slots=3), load(base_url="http://127.0.0.1:9/v1", parallel=5)
    named = load(model="openai:gpt-4.1-mini", parallel=7)
    assert turns.writing(own).most == 3
    assert turns.writing(given).most == 5
    assert turns.writing(named).most == 7
    assert turns.writing(own) is turns.writing(load(slots=3)), "one model, one line"
    assert turns.writing(given) is not turns.writing(own)


def test_who_looks_on_sees_how_many_wait_and_have_their_turn() -> None:
    settings = load(model="openai:seen", parallel=1)
    before = observing.lines()["write"]
    with turns.writing(settings).turn(turns.rank()):
        assert observing.lines()["write"] == (before[0], before[1] + 1)
    assert observing.lines()["write"] == before
