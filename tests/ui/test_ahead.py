"""Questions are made in the background, and nobody waits for that."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Set

from rag.errors import LibraryError
from rag.offered import Offered
from ui.ahead import Ahead

SOON = 10.0


class Shelf:
    """Articles by their names, of each of which one question is made."""

    def __init__(self, *articles: str, fails: Exception | None = None) -> None:
        self.articles = articles
        self.fails = fails
        self.made: dict[str, tuple[Offered, ...]] = {}
        self.began: list[str] = []
        self.begun = threading.Event()

    def known(self) -> dict[str, tuple[Offered, ...]]:
        return dict(self.made)

    def next_article(self, without: Set[str]) -> str | None:
        left = (name for name in self.articles if name not in {*self.made, *without})
        return next(left, None)

    def make(self, article_id: str, wait: Callable[[], object]) -> None:
        self.began.append(article_id)
        self.begun.set()
        wait()
        if self.fails and article_id == "bad":
            raise self.fails
        self.made[article_id] = (Offered(f"What is {article_id}?", 0, 1, True),)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_all_are_made_once_it_begins_and_then_it_is_still() -> None:
    ahead, shelf = Ahead(), Shelf("a", "b")
    ahead.wake()
    assert (ahead.known(), ahead.is_busy) == ({}, False)
    ahead.begin(shelf)
    until(lambda: not ahead.is_busy)
    assert list(ahead.known()) == ["a", "b"]


def test_it_is_woken_for_what_was_added() -> None:
    shelf = Shelf("a")
    ahead = Ahead(shelf)
    ahead.wake()
    until(lambda: not ahead.is_busy)
    shelf.articles = ("a", "new")
    ahead.wake()
    until(lambda: "new" in ahead.known())


def test_none_is_made_while_an_answer_is_written() -> None:
    ahead, shelf = Ahead(), Shelf("a")
    with ahead.still(), ahead.still():
        ahead.begin(shelf)
        assert shelf.begun.wait(SOON)
        time.sleep(0.05)
        assert not shelf.made
    until(lambda: "a" in shelf.made)


def test_what_cannot_be_made_is_left_out_and_the_others_are_made() -> None:
    for failure in (LibraryError("it was closed"), RuntimeError("secret")):
        ahead, shelf = Ahead(), Shelf("bad", "good", fails=failure)
        ahead.begin(shelf)
        until(lambda ahead=ahead: not ahead.is_busy)  # type: ignore[misc]
        assert list(ahead.known()) == ["good"]
        assert shelf.began == ["bad", "good"]


async def test_those_of_one_article_are_made_when_they_are_wanted() -> None:
    ahead = Ahead(Shelf())
    async with asyncio.timeout(SOON):
        assert [one.text for one in await ahead.of("old")] == ["What is old?"]
        assert await ahead.of("old") == ahead.known()["old"]


async def test_those_that_cannot_be_had_are_none() -> None:
    async with asyncio.timeout(SOON):
        assert await Ahead().of("any") == ()
        assert await Ahead(Shelf(fails=LibraryError("gone"))).of("bad") == ()
