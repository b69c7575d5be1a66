"""``make bench-meanwhile``: how much later an answer comes while articles are added, or rebuilt.

The same question is asked in peace and meanwhile, in turn, so that whatever else the machine does
is in both; told is the median of the differences. Each answer is also held against its articles:
what is cited must stand there, word for word.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.bench.growth import articles
from rag.assistant import Assistant
from rag.index.library import Library
from rag.loaders import read
from rag.loaders.worker import Worker
from rag.opening import apart, open_assistant, open_library, starter_articles
from rag.settings import Settings
from rag.settings import load as load_settings

QUESTIONS = (
    "What happened to the ferry?",
    "Who designed the bridge?",
    "How many people attended?",
    "When was the museum opened?",
    "Why was the road closed?",
)
Pause = Callable[[], AbstractContextManager[None]]
_WARM_UP = 3


class _Stopped(Exception):
    """The adding has been looked at for long enough."""


@contextmanager
def adding(library: Library) -> Iterator[Pause]:
    """While articles are added by a thread, without an end; what is given pauses that."""
    may_go_on, is_waiting, is_over = (threading.Event() for _ in range(3))
    may_go_on.set()

    def gate(*_: object) -> None:
        is_waiting.set()
        may_go_on.wait()
        if is_over.is_set():
            raise _Stopped

    def add() -> None:
        with suppress(_Stopped):
            library.add(articles(10**6), gate, gate)

    @contextmanager
    def paused() -> Iterator[None]:
        may_go_on.clear()
        is_waiting.clear()
        is_waiting.wait()  # what is in hand comes to its end
        try:
            yield
        finally:
            may_go_on.set()
            time.sleep(0.2)

    thread = threading.Thread(target=add, name="adding")
    thread.start()
    try:
        yield paused
    finally:
        is_over.set()
        may_go_on.set()
        thread.join()


@contextmanager
def rebuilding(library: Library) -> Iterator[Pause]:
    """While a process rebuilds it with other chunks; what is given stops that for as long."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "rebuild", "--library", str(library.folder)],
        env={**os.environ, "IBID_CHUNK_CHARS": str(library.settings.chunk_chars - 50)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    @contextmanager
    def paused() -> Iterator[None]:
        if process.poll() is not None:
            raise _Stopped("it was done before all was asked; give it more articles: --stock")
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.2)

    try:
        while process.poll() is None and not (library.folder / "rebuild.sqlite3").exists():
            time.sleep(0.1)
        time.sleep(2.0)  # until its model is loaded
        yield paused
    finally:
        process.kill()
        process.wait()


def measure(assistant: Assistant, paused: Pause, rounds: int) -> dict[str, Any]:
    """Milliseconds of an answer in peace and meanwhile, and what was cited wrongly."""
    pairs: list[tuple[float, float]] = []
    wrong = 0
    for number in range(rounds + _WARM_UP):
        question = QUESTIONS[number % len(QUESTIONS)]
        if number % 2:  # Whoever is second finds more in the caches.
            meanwhile, is_right = _asked(assistant, question)
        with paused():
            peace, _ = _asked(assistant, question)
        if not number % 2:
            meanwhile, is_right = _asked(assistant, question)
        wrong += not is_right
        if number >= _WARM_UP:
            pairs.append((peace, meanwhile))
    differences = [later - before for before, later in pairs]
    return {
        "rounds": rounds,
        "peace_ms": round(statistics.median(before for before, _ in pairs)),
        "meanwhile_ms": round(statistics.median(later for _, later in pairs)),
        "later_ms": round(statistics.median(differences)),
        "later_p90_ms": round(statistics.quantiles(differences, n=10)[-1]),
        "cited_wrongly": wrong,
    }


def _asked(assistant: Assistant, question: str) -> tuple[float, bool]:
    began = time.perf_counter()
    answer = assistant.ask(question)
    took = 1000 * (time.perf_counter() - began)
    catalog = assistant.library.catalog
    cited = [one for sentence in answer.sentences for one in sentence.citations]
    is_right = all(catalog.text(one.article.id, one.start, one.end) == one.quote for one in cited)
    return took, is_right


def bench(settings: Settings, rounds: int, stock: int) -> list[dict[str, Any]]:
    """A row for adding and one for rebuilding."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="ibid-meanwhile-") as folder:
        there = apart(settings, Path(folder) / "library")
        with open_library(there, "benchmark") as library:
            with Worker(settings.reading) as worker:
                library.add(read(starter_articles(), worker))
            library.vectors.count()
            assistant = open_assistant(library, model=False)
            for name, work in (("adding", adding), ("rebuilding", rebuilding)):
                if name == "rebuilding":
                    _fill(library, stock)
                with work(library) as paused:
                    rows.append({"while": name, **measure(assistant, paused, rounds)})
                rows[-1]["chunks"] = library.catalog.count()[1]
    return rows


def _fill(library: Library, stock: int) -> None:
    for article in articles(10**6):
        if library.catalog.count()[1] >= stock:
            return
        library.add([article])


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="questions, each asked twice")
    parser.add_argument("--stock", type=int, default=2000, help="chunks that are rebuilt")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    rows = bench(load_settings(), arguments.rounds, arguments.stock)
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=200).print(table)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
