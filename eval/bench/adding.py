"""``make bench-adding``: how soon articles are added from nothing and again, in how much memory.

The articles are files of 600 words drawn by Zipf's law, no two alike. `ibid add` is run over them
as a person runs it, twice: the second time nothing has changed. Memory is the most that its process
ever held, and the one that reads for it.

``--random`` gives each chunk a random unit vector instead of a real one, for what does not depend
on them: what more articles cost in memory. Then the library is filled by what `ibid add` calls, and
its memory is told at each fifth of the way.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from eval.bench.growth import SEED, words
from rag.index.library import opened
from rag.loaders import Reading, chosen
from rag.loaders.worker import Worker
from rag.opening import apart
from rag.schema import Article
from rag.settings import Settings, load

DIMENSIONS = 384  # as those of the embedder that is shipped
_FASTER = 50  # times, that the second run must be
_LOOK_EVERY_S = 0.05


class RandomVectors:
    """Embeds every text as a random unit vector."""

    fingerprint = "random vectors"

    def __init__(self) -> None:
        self._random = np.random.default_rng(SEED)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One a text."""
        vectors = self._random.normal(size=(len(texts), DIMENSIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return list(vectors)

    def embed_query(self, text: str) -> list[float]:
        """One."""
        return self.embed_documents([text])[0]


def write(folder: Path, count: int, length: int) -> None:
    """Write so many articles of so many words, in folders of a thousand."""
    draw = random.Random(SEED)
    for number in range(count):
        stream = words(length, draw)
        lines: list[str] = []
        while sentence := list(islice(stream, draw.randint(8, 24))):
            lines.append(" ".join(sentence).capitalize() + "." + "\n\n" * (draw.random() < 0.2))
        within = folder / f"{number // 1000:03}"
        within.mkdir(parents=True, exist_ok=True)
        (within / f"article {number:05}.txt").write_text(" ".join(lines), "utf-8")


def run(folder: Path, library: Path) -> dict[str, Any]:
    """Run `ibid add` over a folder; seconds, and the megabytes that it and its reader held."""
    program = Path(sys.executable).with_name("ibid")
    began = time.monotonic()
    adding = [str(program), "add", str(folder), "--library", str(library), "--json"]
    most = {"memory_mb": 0.0, "reader_mb": 0.0}
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(adding, stdout=told, stderr=subprocess.DEVNULL) as process,
    ):
        while process.poll() is None:
            for place, pid in (("memory_mb", process.pid), ("reader_mb", _child(process.pid))):
                most[place] = max(most[place], _held("VmHWM", pid))
            time.sleep(_LOOK_EVERY_S)
        seconds = time.monotonic() - began
        told.seek(0)
        outcomes = [one["outcome"] for one in json.load(told)["articles"]]
    counted = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    return {**counted, "seconds": round(seconds, 1), **most}


def fill(folder: Path, settings: Settings) -> Iterator[dict[str, Any]]:
    """Fill a library with random vectors in this process, and tell each fifth of the way."""
    files = chosen([str(folder)]).files
    began = time.monotonic()
    with Worker(settings.reading) as worker, opened(settings, RandomVectors()) as library:
        reading = Reading(worker)
        for number, file in enumerate(files, start=1):
            articles = (one for one in reading.each(file) if isinstance(one, Article))
            library.add(articles)
            if number * 5 // len(files) > (number - 1) * 5 // len(files):
                row = {
                    "articles": number,
                    "chunks": library.catalog.count()[1],
                    "seconds": round(time.monotonic() - began, 1),
                    "memory_mb": _held("VmHWM"),
                    "now_mb": _held("VmRSS"),
                }
                Console(stderr=True).print(row)  # the next may be an hour away
                yield row


def _child(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    return 0


def _held(what: str, pid: int | None = None) -> float:
    """Megabytes of memory of a process, this one unless named; 0 once it is gone."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid or os.getpid()}/status").read_text().splitlines()
        return round(int(next(one for one in lines if one.startswith(what)).split()[1]) / 1024, 1)
    return 0.0


def bench(count: int, length: int, settings: Settings, *, is_random: bool) -> list[dict[str, Any]]:
    """Add so many articles of so many words."""
    with tempfile.TemporaryDirectory(prefix="ibid-adding-") as scratch:
        folder, library = Path(scratch) / "articles", Path(scratch) / "library"
        write(folder, count, length)
        if is_random:
            return [*fill(folder, apart(settings, library))]
        return [run(folder, library), run(folder, library)]


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--words", type=int, default=600, help="of each article")
    parser.add_argument("--random", action="store_true", help="no model: random vectors")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args()
    rows = bench(given.articles, given.words, load(), is_random=given.random)
    table = Table(*dict.fromkeys(name for row in rows for name in row))
    for row in rows:
        table.add_row(*(str(row.get(str(column.header), "")) for column in table.columns))
    console = Console(width=120)
    console.print(table)
    if not given.random:
        first, second = (row["seconds"] for row in rows)
        console.print(
            f"{60 * given.articles / first:.0f} articles a minute; the second run is "
            f"{first / second:.0f} times faster, of at least {_FASTER}"
        )
    if given.out:
        given.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
