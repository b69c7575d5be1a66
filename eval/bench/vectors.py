"""``make bench-vectors``: an index in a folder and one that a Chroma server keeps, as both grow.

An index is filled in a folder as a library fills it. At each size a Chroma server is started over a
copy, and the same questions are asked of both by turns. Told are milliseconds a search, how many of
the ten nearest are found, how many vectors a second are taken in at that size, and what is needed
of disk and memory once some questions were asked: what a process has more for an index in a folder,
and the whole server.

The vectors are made up: of 32 random numbers each, laid into 384 dimensions. Of such ones an index
finds about as many of the nearest as of real ones; of 384 random numbers it finds half, because all
of them are nearly as far from each other.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from rag import disk
from rag.index.served import Server
from rag.index.vectors import ChromaIndex
from rag.schema import Chunk
from rag.stores import Labels

SEED = 1
DEPTH = 40
_NEAREST = 10
_DIMENSIONS = 384
_FREE = 32
_PER_ARTICLE = 20
_BATCH = 2_000
_FIRST = 3
_PATIENCE_S = 60.0


def vectors(count: int, seed: int = SEED) -> np.ndarray:
    """Made-up unit vectors, of (count, 384) single floats."""
    laid = np.random.default_rng(SEED).standard_normal((_FREE, _DIMENSIONS), dtype=np.float32)
    drawn = np.random.default_rng((seed, 0)).standard_normal((count, _FREE), dtype=np.float32)
    drawn = drawn @ laid
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a Chroma server over a folder, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("chroma"))
    asked = ["run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    none = subprocess.DEVNULL
    process = subprocess.Popen([program, *asked], stdout=none, stderr=none)
    try:
        ends = time.monotonic() + _PATIENCE_S
        while time.monotonic() < ends and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def weigh(folder: Path) -> float:
    """The megabytes that a process has more once it has asked the index in a folder."""
    own = psutil.Process()
    before = own.memory_info().rss
    with closing(ChromaIndex(folder)) as index:
        for question in vectors(_FIRST, SEED + 2):
            index.search(question, DEPTH)
        return float(round((own.memory_info().rss - before) / 1e6))


def weighed(folder: Path) -> float:
    """The same, of a process of its own."""
    asked = [sys.executable, "-m", "eval.bench.vectors", "--weigh", str(folder)]
    return float(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def fill(folder: Path, drawn: np.ndarray) -> float:
    """Put into a folder what it lacks of the vectors; the last of them at so many a second.

    Raises:
        ValueError: as many or more are there.
    """
    with closing(ChromaIndex(folder)) as index:
        there = index.count()
        if there >= len(drawn):
            raise ValueError(f"{there:,} vectors are in {folder}; ask for more than that")
        last = max(there, len(drawn) - _BATCH)
        put(index, drawn[:last], there)
        return (len(drawn) - last) / put(index, drawn, last)


def put(index: ChromaIndex, drawn: np.ndarray, start: int) -> float:
    """Put the vectors from a number on, as chunks of articles; in how many seconds."""
    began = time.perf_counter()
    for at in range(start, len(drawn), _BATCH):
        numbers = range(at, min(at + _BATCH, len(drawn)))
        chunks = [Chunk(f"{n:012x}", f"{n // _PER_ARTICLE:x}", 0, 1, "x") for n in numbers]
        labels = {one.article_id: Labels(one.article_id, language="en") for one in chunks}
        index.put(chunks, list(drawn[at : at + len(chunks)]), labels)
    return time.perf_counter() - began


def nearest(drawn: np.ndarray, asked: np.ndarray) -> list[set[str]]:
    """The ids of the ten that are nearest to each question, by asking every vector."""
    alike = asked @ drawn.T
    best = np.argpartition(-alike, min(_NEAREST, len(drawn) - 1), axis=1)[:, :_NEAREST]
    return [{f"{n:012x}" for n in row} for row in best]


def measure(
    indices: dict[str, ChromaIndex], drawn: np.ndarray, asked: int
) -> dict[str, dict[str, Any]]:
    """Milliseconds and recall of each kind, asked by turns."""
    questions = vectors(asked + _FIRST, SEED + 1)
    times: dict[str, list[float]] = {kind: [] for kind in indices}
    hits = dict.fromkeys(indices, 0)
    for number, (question, truth) in enumerate(
        zip(questions, nearest(drawn, questions), strict=True)
    ):
        for kind, index in indices.items():
            began = time.perf_counter()
            found = index.search(question, DEPTH)
            if number >= _FIRST:  # what is loaded on first use is not timed
                times[kind].append(1000 * (time.perf_counter() - began))
                hits[kind] += len(truth & {id_ for id_, _ in found[:_NEAREST]})
    return {
        kind: {
            "p50_ms": round(float(np.percentile(found, 50)), 1),
            "p95_ms": round(float(np.percentile(found, 95)), 1),
            "recall_at_10": round(hits[kind] / (asked * _NEAREST), 3),
        }
        for kind, found in times.items()
    }


def at_size(folder: Path, drawn: np.ndarray, size: int, asked: int) -> list[dict[str, Any]]:
    """The rows of one size, of an index in the folder and of a server over a copy of that."""
    a_second = {"folder": fill(folder / "folder", drawn[:size])}
    memory = {"folder": weighed(folder / "folder")}
    shutil.rmtree(folder / "served", ignore_errors=True)
    shutil.copytree(folder / "folder", folder / "served")
    size_on_disk = disk.size_of(folder / "served")
    with (
        server(folder / "served") as (address, process),
        closing(ChromaIndex(folder / "folder")) as in_folder,
        closing(Server(address, None, 600.0, 0.0).index("chunks")) as served,
    ):
        told = measure({"folder": in_folder, "served": served}, drawn[:size], asked)
        memory["served"] = round(process.memory_info().rss / 1e6)
        a_second["served"] = _BATCH / put(served, drawn[: size + _BATCH], size)
    return [
        {"chunks": size, "kept": kind, "a_second": round(a_second[kind])}
        | told[kind]
        | {"disk_mb": round(size_on_disk / 1e6, 1), "memory_mb": memory[kind]}
        for kind in told
    ]


def bench(sizes: Sequence[int], asked: int, keep: Path | None) -> Iterator[dict[str, Any]]:
    """One row a size and kind, as it is measured; an index that is ``keep``'s is gone on with."""
    drawn = vectors(max(sizes) + _BATCH)
    with tempfile.TemporaryDirectory(prefix="ibid-vectors-") as temporary:
        for size in sizes:
            yield from at_size(keep or Path(temporary), drawn, size, asked)


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--keep", type=Path, help="a folder whose index is gone on with")
    parser.add_argument("--weigh", type=Path, help="tell the memory that the index there needs")
    parser.add_argument("--asked", type=int, default=100, help="questions a size")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    if arguments.weigh:
        sys.stdout.write(f"{weigh(arguments.weigh)}\n")
        return
    console, rows = Console(width=160), []
    for row in bench(arguments.sizes, arguments.asked, arguments.keep):
        rows.append(row)
        console.print(row)
        if arguments.out:
            arguments.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


if __name__ == "__main__":
    main()
