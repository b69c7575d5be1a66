"""Whatever a file holds: no hang, no full memory, no traceback, and the next file is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from hostile_files import files
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfs import make_pdf

from rag.errors import ArticleError
from rag.loaders import read_bytes
from rag.loaders.files import READERS
from rag.loaders.worker import Worker
from rag.schema import Article
from rag.tuning import ReadingTuning

HOSTILE = dict(files())
LONGEST_S = 10.0
MOST_MEMORY = 1_000_000_000
WORDS = "The night ferry will return on 3 May, after nine years without a single one."
HONEST = {
    ".txt": WORDS.encode(),
    ".md": f"---\ntitle: Ferry\npublished: 2024-05-03\n---\n# Ferry\n\n{WORDS}\n".encode(),
    ".html": f"<html><body><article><h1>Ferry</h1><p>{WORDS}</p></article></body>".encode() * 2,
    ".pdf": make_pdf([[WORDS], [WORDS]], title="Ferry"),
}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """Gives up sooner than one does by itself, so that this takes no longer than it must."""
    with Worker(ReadingTuning(seconds=2.0, seconds_per_mb=0.0)) as one:
        yield one


@dataclass
class Cost:
    """The most bytes and seconds of a processor that a child of this process has taken."""

    memory: int = 0
    seconds: float = 0.0

    def look(self, done: int = 0, of: int = 0) -> None:
        for child in psutil.Process().children():
            with suppress(psutil.Error):
                times = child.cpu_times()
                self.memory = max(self.memory, child.memory_info().rss)
                self.seconds = max(self.seconds, times.user + times.system)


def read(worker: Worker, data: bytes, name: str, cost: Cost | None = None) -> Article | None:
    """The article, or None where it is refused in one line that names it."""
    try:
        return read_bytes(data, Path(name), name, worker, (cost or Cost()).look)
    except ArticleError as error:
        assert str(error).startswith(f"{name}: ")
        assert "\n" not in str(error)
        assert len(str(error)) < 500
        return None


def test_there_are_many_hostile_files() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little_and_no_other_file(worker: Worker, name: str) -> None:
    before, cost = Cost(), Cost()
    before.look()
    article = read(worker, HOSTILE[name], f"a.{name.split(maxsplit=1)[0]}", cost)
    assert cost.seconds - before.seconds < LONGEST_S
    assert cost.memory < MOST_MEMORY
    assert article is None or "root:" not in article.text
    honest = read(worker, WORDS.encode(), "b.txt")
    assert honest is not None
    assert honest.text == WORDS


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_by_any_name_are_an_article_or_refused(
    worker: Worker, suffix: str, data: bytes
) -> None:
    read(worker, data, f"a{suffix}")


@given(st.sampled_from(sorted(HONEST)), st.data())
@settings(max_examples=150, deadline=None)
def test_an_honest_file_that_is_damaged_is_an_article_or_refused(
    worker: Worker, suffix: str, data: st.DataObject
) -> None:
    whole = bytearray(HONEST[suffix])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        change = data.draw(st.sampled_from(["byte", "cut", "twice"]))
        end = at + data.draw(st.integers(1, 60))
        if change == "byte":
            whole[at] = data.draw(st.integers(0, 255))
        elif change == "cut" and end - at < len(whole):
            del whole[at:end]
        else:
            whole[at:at] = whole[at:end] * data.draw(st.integers(1, 50))
    read(worker, bytes(whole), f"a{suffix}")


def test_what_is_silent_for_longer_than_it_may_be_is_stopped_however_large_it_is() -> None:
    data = HOSTILE["html attributes"] + b" " * 5_000_000
    cost = Cost()
    with Worker(ReadingTuning(silent_seconds=1.0)) as worker, pytest.raises(ArticleError) as ended:
        read_bytes(data, Path("a.html"), "a.html", worker, cost.look)
    assert "raise the setting reading.silent_seconds" in str(ended.value)
