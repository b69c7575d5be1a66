"""Promises of the breaker: who did not answer is left alone, and then tried by one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from rag.breaker import Breaker, Paused


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def is_away(error: BaseException) -> bool:
    return isinstance(error, OSError)


def fail(breaker: Breaker, error: BaseException) -> None:
    with pytest.raises(type(error)), breaker.asking(is_away):
        raise error


def ask(breaker: Breaker) -> None:
    with breaker.asking(is_away):
        pass


def test_nobody_asks_for_a_while_after_a_failure_and_all_do_after_a_success() -> None:
    clock = Clock()
    breaker = Breaker(5, clock)
    fail(breaker, OSError())
    clock.now += 4.9
    with pytest.raises(Paused, match="a moment ago"):
        ask(breaker)
    clock.now += 0.2
    ask(breaker)
    ask(breaker)


def test_after_the_pause_one_tries_and_the_others_do_not_wait_for_it() -> None:
    clock = Clock()
    breaker = Breaker(5, clock)
    fail(breaker, OSError())
    clock.now += 6
    with suppress(OSError), breaker.asking(is_away):
        with pytest.raises(Paused):
            ask(breaker)
        raise OSError
    clock.now += 4.9
    with pytest.raises(Paused):  # for as long again
        ask(breaker)
    clock.now += 0.2
    ask(breaker)


def test_as_soon_as_it_is_heard_of_the_others_may_ask_too() -> None:
    clock = Clock()
    breaker = Breaker(5, clock)
    fail(breaker, OSError())
    clock.now += 6
    with breaker.asking(is_away) as heard:
        heard()
        ask(breaker)


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), GeneratorExit()])
def test_whoever_tries_and_goes_leaves_the_trial_to_the_next(error: BaseException) -> None:
    clock = Clock()
    breaker = Breaker(5, clock)
    fail(breaker, OSError())
    clock.now += 6
    fail(breaker, error)
    ask(breaker)


def test_what_is_no_failure_of_the_server_opens_nothing() -> None:
    breaker = Breaker(5)
    fail(breaker, ValueError())
    ask(breaker)


def test_without_a_pause_it_is_never_open() -> None:
    breaker = Breaker(0)
    fail(breaker, OSError())
    with breaker.asking(is_away):
        ask(breaker)


def test_of_many_that_come_after_the_pause_one_is_let_in() -> None:
    clock = Clock()
    breaker = Breaker(5, clock)
    fail(breaker, OSError())
    clock.now += 6
    together, done = threading.Barrier(8), threading.Event()
    let_in: list[bool] = []

    def come() -> None:
        together.wait(30)
        try:
            with breaker.asking(is_away):
                done.wait(30)
                let_in.append(True)
        except Paused:
            let_in.append(False)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in _until(lambda: len(let_in) == 7):
        pass
    done.set()
    for thread in threads:
        thread.join(30)
    assert sorted(let_in) == [False] * 7 + [True]


def _until(is_so) -> Iterator[None]:  # type: ignore[no-untyped-def]
    waited = threading.Event()
    for _ in range(3_000):
        if is_so():
            return
        waited.wait(0.01)
        yield
    raise AssertionError("it never came to that")
