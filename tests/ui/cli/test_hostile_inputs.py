"""Promises of `ibid add`, whatever it is given: nothing is harmed, and each is told why."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import hostile_inputs
import pytest
from tiny import TinyEmbedder
from wholeness import assert_whole

from rag.index.library import Library, opened
from rag.language.visible import spelt
from rag.loaders import chosen
from rag.loaders.worker import Worker
from rag.settings import Settings
from ui.api.service import Own
from ui.cli.adding import Adding

AT_LEAST = 60
MOST_SECONDS = 30


class Trap:
    """A port of this machine that nobody may come to."""

    def __init__(self) -> None:
        self.came = 0
        self._listening = [socket.create_server(("127.0.0.1", 0))]
        self.port = self._listening[0].getsockname()[1]
        with suppress(OSError):  # a machine without IPv6
            self._listening.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self._listening:
            threading.Thread(target=self._wait, args=(one,), daemon=True).start()

    def _wait(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                listening.accept()[0].close()
                self.came += 1

    def close(self) -> None:
        for one in self._listening:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@dataclass
class Done:
    """What became of all that was added."""

    inputs: list[str]
    links: list[str]
    told: list[Adding]
    library: Library
    trap: Trap
    seconds: dict[str, float]
    appeared: set[Path]

    def said_of(self, name: str) -> list[str]:
        """Why one failed, or what was added of it or passed over in it."""
        said = [
            one["error"] for adding in self.told for one in adding.failed if one["path"] == name
        ]
        for adding in self.told:
            said += [one["title"] for one in adding.added if one["source"].startswith(spelt(name))]
            said += [line for line in adding.passed if name in line or spelt(name) in line]
        return said


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("hostile")
    trap = Trap()
    files = [*map(str, hostile_inputs.write(folder / "inputs"))]
    links = hostile_inputs.links(trap.port)
    here = f"http://127.0.0.1:{trap.port}/"
    before = {*folder.rglob("*")}
    settings = Settings(library=folder / "library")
    with Worker() as worker, opened(settings, TinyEmbedder()) as library:
        told, seconds = [], {}
        # Each alone: between several links of a person's there are pauses.
        for one in (*files, *links):
            began = time.monotonic()
            found = chosen([one])
            adding = Adding(found.files, found.passed, found.failed)
            adding.run(Own(library, worker), "", None)
            seconds[one] = time.monotonic() - began
            told.append(adding)
        for found in (chosen([], feeds=[here]), chosen([], sitemaps=[here])):
            told.append(Adding(found.files, found.passed, found.failed))
        appeared = {one for one in folder.rglob("*") if folder / "library" not in one.parents}
        appeared -= {*before, folder / "library"}
        yield Done([*files, *links, here], [*links, here], told, library, trap, seconds, appeared)
    trap.close()


def test_each_is_added_or_told_with_a_reason_in_one_line(done: Done) -> None:
    assert len(done.inputs) >= AT_LEAST
    assert [name for name in done.inputs if not done.said_of(name)] == []
    errors = [miss["error"] for adding in done.told for miss in adding.failed]
    assert [error for error in errors if "\n" in error or len(error) > 900] == []


def test_no_link_is_followed_to_an_address_inside(done: Done) -> None:
    assert done.trap.came == 0
    failed = [miss["path"] for adding in done.told for miss in adding.failed]
    assert set(failed) >= set(done.links)
    assert failed.count(done.links[-1]) == 2  # as a feed and as a sitemap


def test_nothing_is_written_or_read_outside_the_library(done: Done) -> None:
    assert done.appeared == set()
    assert not any(Path(place, "out.md").exists() for place in ("/tmp", "/", Path.home()))
    texts = [done.library.article(info.id).text for info in done.library.articles()]
    assert texts and not any(hostile_inputs.SECRET in text for text in texts)


def test_none_takes_long(done: Done) -> None:
    assert {one: took for one, took in done.seconds.items() if took > MOST_SECONDS} == {}


def test_the_library_is_whole(done: Done) -> None:
    assert_whole(done.library)
    assert all("\0" not in info.title + info.source for info in done.library.articles())
