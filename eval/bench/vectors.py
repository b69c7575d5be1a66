"""``make bench-vectors``: an index in a folder and one that a Chroma server keeps, as both grow.

Vectors are put as a library puts them, and of each index the same questions are asked by turns.
Told are the vectors a second that it takes in, milliseconds a search, how many of the ten nearest
it finds, and what it needs of disk and memory: the growth of this process for the one in a folder,
the whole server for the other.

The vectors are made up: of 32 random numbers each, laid into 384 dimensions. Of such ones an index
finds about as many of the nearest as of real ones; of 384 random numbers it finds half, because all
of them are nearly as far from each other.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

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
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Kept:
    """An index, where it lies, and the process that keeps it with what that had in memory first."""

    index: ChromaIndex
    folder: Path
    process: psutil.Process
    before: int

    def memory_mb(self) -> float:
        """What it needs now."""
        return float(round((self.process.memory_info().rss - self.before) / 1e6))

    def disk_mb(self) -> float:
        """What lies in its folder."""
        files = (file.stat().st_size for file in self.folder.rglob("*") if file.is_file())
        return round(sum(files) / 1e6, 1)


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


@contextmanager
def kept(folder: Path, kinds: Sequence[str]) -> Iterator[dict[str, Kept]]:
    """An empty index of each kind."""
    made: dict[str, Kept] = {}
    with server(folder / "served") as (address, process):
        if "served" in kinds:
            index = Server(address, None, 600.0, 0.0).index("chunks")
            made["served"] = Kept(index, folder / "served", process, 0)
        if "folder" in kinds:
            own = psutil.Process()
            opened = ChromaIndex(folder / "folder")
            opened.search(vectors(1)[0], 1)
            made["folder"] = Kept(opened, folder / "folder", own, own.memory_info().rss)
        yield made
        for one in made.values():
            one.index.close()


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


def measure(indices: dict[str, Kept], drawn: np.ndarray, asked: int) -> dict[str, dict[str, Any]]:
    """Milliseconds and recall of each kind, asked by turns."""
    questions = vectors(asked + 3, SEED + 1)
    times: dict[str, list[float]] = {kind: [] for kind in indices}
    hits = dict.fromkeys(indices, 0)
    for number, (question, truth) in enumerate(
        zip(questions, nearest(drawn, questions), strict=True)
    ):
        for kind, one in indices.items():
            began = time.perf_counter()
            found = one.index.search(question, DEPTH)
            if number >= 3:  # what is loaded on first use is not timed
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


def bench(sizes: Sequence[int], kinds: Sequence[str], asked: int) -> Iterator[dict[str, Any]]:
    """One row a size and kind, as it is measured."""
    drawn = vectors(max(sizes))
    with (
        tempfile.TemporaryDirectory(prefix="ibid-vectors-") as folder,
        kept(Path(folder), kinds) as indices,
    ):
        before, took = 0, dict.fromkeys(indices, 0.0)
        for size in sizes:
            for kind, one in indices.items():
                took[kind] = put(one.index, drawn[:size], before)
            told = measure(indices, drawn[:size], asked)
            for kind, one in indices.items():
                a_second = round((size - before) / took[kind])
                needs = {"disk_mb": one.disk_mb(), "memory_mb": one.memory_mb()}
                yield {"chunks": size, "kept": kind, "a_second": a_second} | told[kind] | needs
            before = size


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--kinds", nargs="+", default=["folder", "served"])
    parser.add_argument("--asked", type=int, default=100, help="questions a size")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    console, rows = Console(width=160), []
    for row in bench(arguments.sizes, arguments.kinds, arguments.asked):
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
