"""Promises of what the window is sent where workers live: they do it, and any replica tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from queued import PATIENCE_S, Handed, Hanging, Workers, assert_whole_there, going_on_once_told
from tiny import make_article

from rag.index.library import Library, opened
from rag.schema import Article
from rag.settings import Settings
from ui import strings
from ui.ahead import Ahead
from ui.queue.brought import Brought
from ui.window.library.shared import FIRST
from ui.window.library.tab import LibraryService

FERRY = "The ferry to the island of Ven carries 240 people and eleven cars in each direction."
RIVER = "In {} the river rose by four metres, and the old bridge had to be closed."


class Engine:
    """What a replica runs on, ready at once."""

    def __init__(self, library: Library) -> None:
        self.library, self.ahead = library, Ahead()

    def status(self) -> str:
        return ""


class Desk:
    """A window's desk on a replica, and what its page sees."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.spool = folder / "spool"
        self.spool.mkdir(parents=True)
        self.brought = Brought(library.settings)
        engine: Any = Engine(library)
        self.service = LibraryService(engine, self.spool, workers=self.brought)
        self._count = 0

    def drop(self, name: str, text: str | bytes, by: str = "user:ann") -> int:
        """Drop a file into the window; its number."""
        self._count += 1
        upload = self.spool.parent / f"upload{self._count}"
        upload.write_bytes(text.encode() if isinstance(text, str) else text)
        told = self.service.add_file({"path": "x", "name": name}, lambda word: upload, by)
        assert not upload.exists()
        return int(told["number"])

    def seen(self) -> dict[str, Any]:
        """What the page is told."""
        return self.service.poll({})

    def items(self) -> dict[str, dict[str, Any]]:
        """The items by their names."""
        return {item["name"]: item for item in self.seen()["items"]}

    def until(self, is_so: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, Any]:
        """The items once they are so."""
        ends = time.monotonic() + PATIENCE_S
        while not is_so(items := self.items()):
            assert time.monotonic() < ends, items
            time.sleep(0.05)
        return items

    def settled(self) -> dict[str, Any]:
        """The items once nothing is under way any more."""
        return self.until(lambda _: not any(item["busy"] for item in self.seen()["items"]))


@pytest.fixture
def desk(library: Library, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(library, tmp_path / "desk")
    yield made
    made.brought.close()


@contextmanager
def another(library: Library, folder: Path) -> Iterator[Desk]:
    """The desk of another replica."""
    made = Desk(library, folder / "another")
    try:
        yield made
    finally:
        made.brought.close()


@contextmanager
def alive(handed: Handed) -> Iterator[None]:
    """A worker lives meanwhile, and takes nothing."""
    with handed.store.tables.begin() as db:
        id_ = db.exec_driver_sql("SELECT procrastinate_register_worker_v1()").scalar_one()
    try:
        yield
    finally:
        with handed.store.tables.begin() as db:
            db.exec_driver_sql("SELECT procrastinate_unregister_worker_v1(%s)", (id_,))


def until_a_worker_lives(handed: Handed) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not handed.store.workers():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_what_is_dropped_is_added_by_a_worker_and_every_replica_tells_what_became_of_it(
    library: Library, handed: Handed, desk: Desk, tmp_path: Path, working: Workers
) -> None:
    with working(library) as lines:
        until_a_worker_lives(handed)
        assert desk.drop("ferry.txt", FERRY) > FIRST
        desk.drop("broken.pdf", b"%PDF-1.7 and no more")
        desk.drop("folder/river.md", RIVER.format("May"))
        items = desk.settled()
    states = {name: item["state"] for name, item in items.items()}
    assert states == {"ferry.txt": "added", "broken.pdf": "failed", "folder/river.md": "added"}
    assert items["broken.pdf"]["reason"] and not items["ferry.txt"]["reason"]
    assert library.article(items["ferry.txt"]["id"]).text == FERRY
    assert desk.seen()["tally"] == {"added": 2, "failed": 1, "of": 3}
    assert len([line for line in lines if line.startswith("done")]) == 2
    with another(library, tmp_path) as other:
        assert other.items() == items and other.seen()["tally"] == desk.seen()["tally"]
    assert {job.owner for job in handed.store.jobs()} == {"user:ann"}
    assert_whole_there(library)


def test_why_one_failed_and_what_its_reader_did_not_understand_is_told_in_german_too(
    library: Library, handed: Handed, desk: Desk, working: Workers
) -> None:
    with working(library):
        until_a_worker_lives(handed)
        desk.drop("empty.md", " ")
        desk.drop("soon.md", f"---\ndate: soon\n---\n{FERRY}")
        english = desk.settled()
    with strings.speaking("de"):
        german = desk.items()
    assert "kein eindeutiges Datum" in german["soon.md"]["notes"][0]
    assert german["empty.md"]["reason"] != english["empty.md"]["reason"] != ""


def test_without_a_living_worker_the_window_adds_by_itself(
    library: Library, handed: Handed, desk: Desk
) -> None:
    assert desk.drop("ferry.txt", FERRY) < FIRST
    assert desk.settled()["ferry.txt"]["state"] == "added"
    assert handed.store.jobs() == []


def test_how_many_go_before_one_is_told_those_of_programs_too_and_that_the_workers_are_gone(
    library: Library, handed: Handed, desk: Desk
) -> None:
    handed.add(("first.md", RIVER.format("May")), priority=30)
    handed.add(("night.md", RIVER.format("June")), priority=0)
    with alive(handed):
        desk.drop("ferry.txt", FERRY)
        desk.drop("river.md", RIVER.format("July"))
        items = desk.items()
    told = [(item["state"], item["ahead"], item["waits_for"]) for item in items.values()]
    assert told == [("waiting", 1, ""), ("waiting", 2, "")]
    items = desk.until(lambda items: all(item["waits_for"] for item in items.values()))
    assert {item["waits_for"] for item in items.values()} == {"no_worker"}


def test_another_replica_calls_off_what_waits_and_what_is_under_way(
    settings: Settings, handed: Handed, tmp_path: Path, working: Workers
) -> None:
    seen = tmp_path / "seen"
    embedder = Hanging("eleven", seen)
    with (
        opened(settings, embedder) as library,
        working(library),
        going_on_once_told(embedder),
        another(library, tmp_path) as desk,
    ):
        until_a_worker_lives(handed)
        desk.drop("ferry.txt", FERRY)
        desk.until(lambda items: seen.exists() and items["ferry.txt"]["state"] != "waiting")
        desk.drop("river.md", RIVER.format("May"))
        with another(library, tmp_path / "third") as third:
            third.service.cancel({})
        items = desk.settled()
        assert {item["state"] for item in items.values()} == {"cancelled"}
        assert library.articles() == [] and handed.bytes_kept() == 0


def test_what_is_over_can_be_dismissed_one_by_one_and_all_together_and_is_no_longer_seen(
    library: Library, handed: Handed, desk: Desk, tmp_path: Path, working: Workers
) -> None:
    with working(library):
        until_a_worker_lives(handed)
        numbers = [desk.drop(f"{month}.md", RIVER.format(month)) for month in ("May", "June")]
        desk.settled()
    with alive(handed):
        desk.drop("waits.md", FERRY)
    desk.service.clear({"number": numbers[0]})
    assert list(desk.items()) == ["June.md", "waits.md"]
    with another(library, tmp_path) as other:
        assert list(other.items()) == ["June.md", "waits.md"]
    desk.service.clear({})
    assert list(desk.items()) == ["waits.md"]  # which is not over
    assert len(handed.store.jobs()) == 3


def test_what_a_worker_replaced_can_be_put_back_on_another_replica(
    library: Library, handed: Handed, desk: Desk, tmp_path: Path, working: Workers
) -> None:
    with working(library):
        until_a_worker_lives(handed)
        desk.drop("a.md", "# Old\n\nOne.")
        desk.settled()
        before: Article = library.article(desk.items()["a.md"]["id"])
        number = desk.drop("a.md", "# New\n\nTwo.")
        told = desk.until(lambda items: items["a.md"]["state"] == "replaced")["a.md"]
    assert told["before"] == "Old"
    with another(library, tmp_path) as other:
        assert other.service.put_back_older({"number": FIRST + 7_000}) != {}
        assert other.service.put_back_older({"number": number}) == {}
        other.settled()
    assert library.article(before.id) == before


def test_what_says_it_is_another_may_take_its_place(
    library: Library, handed: Handed, desk: Desk, working: Workers
) -> None:
    link = "https://news.example/dam"
    library.add([trusted := make_article("The dam holds.", link, title="Dam holds")])
    with working(library):
        until_a_worker_lives(handed)
        number = desk.drop("a.md", f"---\ntitle: Dam holds\nsource: {link}\n---\nThe dam bursts.")
        assert desk.settled()["a.md"]["namesake"] == link
    assert desk.service.take_place({"number": number + 1}) != {}
    assert desk.service.take_place({"number": number}) == {}
    desk.settled()
    assert library.article(trusted.id).text == "The dam bursts."


def test_a_page_that_knows_how_it_is_is_told_so(
    library: Library, handed: Handed, desk: Desk
) -> None:
    with alive(handed):
        desk.drop("ferry.txt", FERRY)
        version = desk.seen()["version"]
        assert "items" not in desk.service.poll({"version": version})
        desk.drop("river.md", RIVER.format("May"))
        assert len(desk.service.poll({"version": version})["items"]) == 2


def test_many_pages_that_look_at_one_time_see_the_same(
    library: Library, handed: Handed, desk: Desk
) -> None:
    with alive(handed):
        desk.drop("ferry.txt", FERRY)
        found: list[Any] = []
        threads = [
            threading.Thread(target=lambda: found.append(desk.items()["ferry.txt"]))
            for _ in range(8)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join(PATIENCE_S)
    assert len(found) == 8 and all(one == found[0] for one in found)
