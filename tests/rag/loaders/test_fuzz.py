"""Whatever a file holds: no hang, no full memory, no traceback, and the next file is read."""

from __future__ import annotations

import io
import json
import zipfile
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
from rag.loaders import Reading, read_bytes
from rag.loaders.files import FORMATS
from rag.loaders.worker import Worker
from rag.schema import Article
from rag.tuning import ReadingTuning
from tests.rag.loaders.offices import honest, zipped

HOSTILE = dict(files())
LONGEST_S = 10.0
MOST_MEMORY = 1_000_000_000
WORDS = "The night ferry will return on 3 May, after nine years without a single one."
HONEST = {
    ".txt": WORDS.encode(),
    ".md": f"---\ntitle: Ferry\npublished: 2024-05-03\n---\n# Ferry\n\n{WORDS}\n".encode(),
    ".html": f"<html><body><article><h1>Ferry</h1><p>{WORDS}</p></article></body>".encode() * 2,
    ".pdf": make_pdf([[WORDS], [WORDS]], title="Ferry"),
    ".eml": f"Subject: Ferry\nFrom: Jane <j@a.example>\nContent-Type: multipart/mixed; boundary=q"
    f"\n\n--q\nContent-Type: text/html; charset=utf-8\n\n<p>{WORDS}</p>\n--q--\n".encode(),
    ".csv": f'title,date,text\nFerry,2024-05-03,"{WORDS}"\nPort,,It froze.\n'.encode(),
    ".jsonl": json.dumps({"title": "Ferry", "text": WORDS}).encode() * 2,
    ".docx": honest("a.docx"),
    ".zip": zipped({"a.txt": WORDS, "b/c.csv": "text\nOne.\n"}),
}
PACKED = {
    ".docx": "word/document.xml", ".pptx": "ppt/slides/slide1.xml",
    ".xlsx": "xl/worksheets/sheet1.xml", ".epub": "OEBPS/book.opf",
}  # fmt: skip
WHOLE = {suffix: honest(f"a{suffix}") for suffix in PACKED}


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
    """The first article, or None where all is refused in one line that names it."""
    try:
        parts = [*Reading(worker).each_of(data, Path(name), name, (cost or Cost()).look)]
    except ArticleError as error:
        parts = [error]
    for error in parts:
        if isinstance(error, ArticleError) and error.kind != "passed over":
            assert str(error).startswith(name)
            assert "\n" not in str(error)
            assert len(str(error)) < 600
    return next((part for part in parts if isinstance(part, Article)), None)


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
    other = read(worker, WORDS.encode(), "b.txt")
    assert other is not None
    assert other.text == WORDS


@given(st.sampled_from(FORMATS), st.binary(max_size=300))
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
    read(worker, damaged(HONEST[suffix], data), f"a{suffix}")


@given(st.sampled_from(sorted(PACKED)), st.data())
@settings(max_examples=100, deadline=None)
def test_an_honest_package_with_a_damaged_part_is_an_article_or_refused(
    worker: Worker, suffix: str, data: st.DataObject
) -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE[suffix])) as archive:
        parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    parts[PACKED[suffix]] = damaged(bytes(parts[PACKED[suffix]]), data)
    read(worker, zipped(parts), f"a{suffix}")


def damaged(fair: bytes, data: st.DataObject) -> bytes:
    whole = bytearray(fair)
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
    return bytes(whole)


def test_what_is_silent_for_longer_than_it_may_be_is_stopped_however_large_it_is() -> None:
    data = HOSTILE["html attributes"] + b" " * 5_000_000
    cost = Cost()
    with Worker(ReadingTuning(silent_seconds=1.0)) as worker, pytest.raises(ArticleError) as ended:
        read_bytes(data, Path("a.html"), "a.html", worker, cost.look)
    assert "raise the setting reading.silent_seconds" in str(ended.value)
