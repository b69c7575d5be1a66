"""Promises of reading in a child process: what a file does to it is told, and the next goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pdfs import make_pdf

from rag.errors import ArticleError
from rag.loaders import read_bytes, read_file
from rag.loaders.worker import Worker
from rag.tuning import ReadingTuning

# Each of which a parser compares with all others.
SLOW = b"<p " + b" ".join(b"a%d=x" % n for n in range(100_000)) + b">The night ferry.</p>"
WORDS = b"The night ferry will return on 3 May."


class CalledOff(Exception):
    pass


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(ReadingTuning(seconds=3.0, seconds_per_mb=0)) as one:
        yield one


def children() -> set[int]:
    """The processes that this one started and that still run."""
    return {
        child.pid
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
    }


def still_reads(worker: Worker) -> bool:
    return read_bytes(WORDS, Path("a.txt"), "a.txt", worker).text == WORDS.decode()


def test_what_the_parent_holds_in_memory_counts_for_no_file(worker: Worker) -> None:
    """Linux tells a child as its own peak what its parent held when it started it."""
    models = bytearray(os.urandom(1) * 1_000_000_000)
    worker.close()
    before = children()
    for _ in range(2):
        with pytest.raises(ArticleError) as told:
            read_bytes(b" ", Path("c.txt"), "c.txt", worker)
        assert told.value.kind == "empty"
        assert still_reads(worker)
    assert len(children() - before) == 1
    assert len(models) == 1_000_000_000


def test_one_child_reads_many_files() -> None:
    before = children()
    worker = Worker()
    assert still_reads(worker)
    (child,) = children() - before
    for _ in range(20):
        assert still_reads(worker)
    assert children() - before == {child}
    worker.close()
    assert children() == before


def test_what_is_read_in_the_child_is_what_is_read_here(tmp_path: Path) -> None:
    from rag.loaders.files import parse

    front = "---\ntitle: A ferry\npublished: 2024-05-03\nauthor: A. Writer\n---\nThe ferry.\n"
    for name, data in (
        ("a.md", front.encode()),
        ("a.pdf", make_pdf([[WORDS.decode()], [], ["It will."]])),
        ("a.txt", "Ein Fährmann – Ö, 😀.".encode()),
    ):
        file = tmp_path / name
        file.write_bytes(data)
        here = parse(data, file, str(file), lambda done, of: None)
        there = read_file(file)
        assert there == here
        assert [(str(note), note.kind, note.facts) for note in there.notes] == [
            (str(note), note.kind, note.facts) for note in here.notes
        ]


def test_a_file_that_takes_too_long_is_stopped_and_the_next_is_read(worker: Worker) -> None:
    began = time.monotonic()
    with pytest.raises(ArticleError, match=r"more than 3 seconds.*reading\.seconds") as error:
        read_bytes(SLOW, Path("slow.html"), "slow.html", worker)
    assert error.value.kind == "read slow"
    assert time.monotonic() - began < 20  # Where all others want the processor, too.
    assert still_reads(worker)


def test_more_time_is_given_to_a_larger_file() -> None:
    with Worker(ReadingTuning(seconds=0.001, seconds_per_mb=30)) as worker:
        data = WORDS * 40_000
        assert len(read_bytes(data, Path("a.txt"), "a.txt", worker).text) == len(data)


def test_a_file_that_takes_too_much_memory_is_stopped_and_the_next_is_read() -> None:
    with Worker(ReadingTuning(memory_mb=300)) as worker:
        data = b"<p>The ferry.</p>" * 1_000_000
        with pytest.raises(ArticleError, match=r"300 MB of memory.*reading\.memory_mb") as error:
            read_bytes(data, Path("large.html"), "large.html", worker)
        assert error.value.kind == "read large"
        assert still_reads(worker)


def test_a_child_that_dies_is_told_and_the_next_file_is_read() -> None:
    before = children()
    with Worker() as worker:
        (child,) = children() - before

        def killing(done: int, of: int) -> None:
            os.kill(child, signal.SIGKILL)

        assert still_reads(worker)
        with pytest.raises(ArticleError, match="broke down") as error:
            read_bytes(SLOW, Path("slow.html"), "slow.html", worker, killing)
        assert error.value.kind == "reader broken"
        assert still_reads(worker)


def test_what_is_called_off_ends_at_once_and_leaves_no_child() -> None:
    before = children()
    with Worker() as worker:
        assert still_reads(worker)
        began = time.monotonic()

        def off(done: int, of: int) -> None:
            if time.monotonic() - began > 0.3:
                raise CalledOff

        with pytest.raises(CalledOff):
            read_bytes(SLOW, Path("slow.html"), "slow.html", worker, off)
        assert time.monotonic() - began < 2
        assert children() == before
        assert still_reads(worker)


def test_the_pages_of_a_long_pdf_are_counted_while_they_are_read() -> None:
    told: list[tuple[int, int]] = []
    data = make_pdf([[f"Page {n} of the book of ferries, {row}." for row in range(40)]
                     for n in range(100)])  # fmt: skip
    with Worker() as worker:
        article = read_bytes(
            data, Path("a.pdf"), "a.pdf", worker, lambda *pages: told.append(pages)
        )
    assert len(article.pages) == 100
    assert told == sorted(told)
    assert any(0 < done < of == 100 for done, of in told)


def test_what_reads_a_file_is_not_loaded_by_the_one_that_asks(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<article><h1>Ferry</h1><p>The night ferry will return on 3 May.</p>" * 3)
    paper = tmp_path / "a.pdf"
    paper.write_bytes(make_pdf([["The night ferry."]]))
    code = f"""
import json, sys
from rag.loaders import read
print([article.title for article in read({str(tmp_path)!r})], file=sys.stderr)
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ferry" in done.stderr
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint({"trafilatura", "lxml", "pypdfium2", "yaml", "chardet"})


def test_the_child_knows_no_key_and_loads_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IBID_API_KEY", "secret-of-a-service")
    before = children()
    with Worker() as worker:
        assert still_reads(worker)
        (child,) = (psutil.Process(pid) for pid in children() - before)
        assert not any(name.startswith("IBID_") for name in child.environ())
        assert not any("torch" in mapped.path for mapped in child.memory_maps())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_child_ends_when_the_one_that_asks_is_killed(tmp_path: Path) -> None:
    code = """
import sys, time
from pathlib import Path
from rag.loaders.worker import Worker
worker = Worker()
worker.read(b"One.", Path("a.txt"), "a.txt")
print(worker._child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        child = psutil.Process(int(asking.stdout.readline()))
        asking.kill()
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_ctrl_c_ends_adding_at_once(tmp_path: Path) -> None:
    (tmp_path / "slow.html").write_bytes(SLOW)
    code = f"""
from pathlib import Path
from rag.loaders import read_file
print("begun", flush=True)
read_file(Path({str(tmp_path / "slow.html")!r}))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as asking:
        assert asking.stdout is not None and asking.stderr is not None
        assert asking.stdout.readline() == b"begun\n"
        time.sleep(2.0)
        started = psutil.Process(asking.pid).children()
        os.killpg(asking.pid, signal.SIGINT)  # As a terminal does, to the child too.
        began = time.monotonic()
        asking.wait(timeout=5)
        assert time.monotonic() - began < 2
        assert asking.stderr.read().rstrip().endswith(b"KeyboardInterrupt")
    gone, left = psutil.wait_procs(started, timeout=2)
    assert len(gone) == 1 and not left
