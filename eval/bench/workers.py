"""``make bench-workers``: how soon 1, 2 and 4 workers add what waits in the queue, and for what.

The articles are files of so many words drawn by Zipf's law, no two alike, each a job of its own. At
first one `ibid add` adds them to a library that PostgreSQL and Chroma keep, without a queue; then,
each time into an empty library, `ibid add --queue` hands them over and so many `ibid worker` do
them. Clocks run from when each of the processes has added its first article until the last one is
there. Afterwards all must be there, once, with all their vectors, and every job done.

``cpu_s`` are the seconds of a core that the processes that add, with their readers, take for an
article; beside them what PostgreSQL, Chroma and, with ``--random``, the embedder take.

``--random`` gives each passage a random unit vector instead of a real one, by a server beside: what
remains is what reading, the queue and both stores cost.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from eval.bench.adding import DIMENSIONS, write
from eval.bench.vectors import server as chroma
from rag.errors import IbidError
from rag.index.library import Library
from rag.opening import open_library
from rag.settings import Settings

_LOOK_EVERY_S = 0.2  # what asks takes of the cores, too
_PATIENCE_S = 300.0  # without another article
_ENDING_S = 60.0
_BESIDE_ROOT = ("postgres", "nobody")  # PostgreSQL refuses to be run by root


class BenchError(IbidError):
    """It cannot be measured, or something went wrong meanwhile; says what."""


@dataclass(frozen=True)
class Engines:
    """The addresses of PostgreSQL and Chroma, and those of their processes that are known."""

    database: str
    chroma: str
    processes: Mapping[str, psutil.Process] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)  # settings of whoever adds

    def environment(self, library: Path) -> dict[str, str]:
        """Of whoever adds to a library; no settings of this machine's owner count."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("IBID_")}
        kept |= {k: os.environ[k] for k in ("IBID_MODELS_DIR",) if k in os.environ}
        mine = {"IBID_DATABASE": self.database, "IBID_CHROMA": self.chroma}
        mine |= {"IBID_LIBRARY": str(library), "XDG_CONFIG_HOME": str(library)}
        return {**kept, **mine, **self.more}


class _RandomVectors(BaseHTTPRequestHandler):
    """Embeds as Text Embeddings Inference does; a text has the same vector every time."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body go together, or the other side waits to say that it has one

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps([_vector(text) for text in given.get("inputs", ())]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _vector(text: str) -> list[float]:
    drawn = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSIONS)
    return [round(float(x), 5) for x in drawn / np.linalg.norm(drawn)]


def serve_random_vectors() -> None:
    """Serve random vectors on a free port, which is printed, until the process is ended."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), _RandomVectors)
    made.daemon_threads = True
    sys.stdout.write(f"{made.server_port}\n")
    sys.stdout.flush()
    made.serve_forever()


@contextmanager
def random_embedder() -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server of random vectors, and its process."""
    serving = f"from {__spec__.name} import serve_random_vectors as serve; serve()"
    program = [sys.executable, "-c", serving]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}", psutil.Process(process.pid)
        finally:
            process.kill()


@contextmanager
def postgres() -> Iterator[tuple[str, psutil.Process]]:
    """The address of an empty database on Debian's PostgreSQL, as durable as ever; its process."""
    found = [Path(one).parent for one in (shutil.which("initdb"),) if one]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parent.name)
    programs = found[-1] if found else None
    if programs is None:
        raise BenchError("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="ibid-workers-"))
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stdin": None}
    quiet["stderr"] = subprocess.DEVNULL
    if os.geteuid() == 0:
        user = next(one for one in _BESIDE_ROOT if _is_known(one))
        shutil.chown(folder, user)
        quiet |= {"user": user, "group": pwd.getpwnam(user).pw_gid}
    made = ["-D", "data", "-U", "ibid", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([str(programs / "initdb"), *made], check=True, **quiet)
    asked = ["-D", "data", "-h", "", "-k", str(folder)]
    process = subprocess.Popen([str(programs / "postgres"), *asked], **quiet)
    try:
        ready = [str(programs / "pg_isready"), "-q", "-h", str(folder), "-U", "ibid"]
        _wait(lambda: subprocess.run(ready, check=False, **quiet).returncode == 0)
        yield f"postgresql://ibid@/postgres?host={folder}", psutil.Process(process.pid)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDING_S)
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _is_known(user: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def _wait(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + _ENDING_S
    while not is_so():
        if time.monotonic() > ends:
            raise BenchError("PostgreSQL does not answer")
        time.sleep(_LOOK_EVERY_S)


@contextmanager
def engines(database: str, address: str, *, is_random: bool) -> Iterator[Engines]:
    """Those at the addresses that are given, and for the others, one of this run."""
    with ExitStack() as stack:
        processes: dict[str, psutil.Process] = {}
        if not database:
            database, processes["postgres"] = stack.enter_context(postgres())
        if not address:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ibid-chroma-")))
            address, processes["chroma"] = stack.enter_context(chroma(folder))
        more: dict[str, str] = {}
        if is_random:
            url, processes["embedder"] = stack.enter_context(random_embedder())
            more["IBID_EMBEDDER_URL"] = url
        yield Engines(database, address, processes, more)


class Adder:
    """A process that adds; what it says is read as it comes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        program = [sys.executable, "-m", "ui.cli.main", *command]
        self.process = subprocess.Popen(
            program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.seen = psutil.Process(self.process.pid)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)  # line by line, as they come

    def end(self) -> None:
        """Have it end, if it has not."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(_ENDING_S)


def cpu(process: psutil.Process) -> float:
    """The seconds of a core that a process has taken so far, with all that it has started."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass(frozen=True)
class Moment:
    """What is there at a moment, and what has been taken for it."""

    seconds: float
    articles: int
    passages: int
    cpu: Mapping[str, float]

    @classmethod
    def now(cls, own: Library, adders: Sequence[Adder], known: Engines) -> Moment:
        """This one."""
        articles, passages = own.catalog.count()
        taken = {name: cpu(one) for name, one in known.processes.items()}
        taken["adding"] = sum(cpu(one.seen) for one in adders)
        return cls(time.perf_counter(), articles, passages, taken)


def measure(
    workers: int, articles: Path, count: int, known: Engines, folder: Path
) -> dict[str, Any]:
    """A row of so many workers; of none, of `ibid add` alone.

    Raises:
        BenchError: there is a mistake, or there are too few articles to tell anything.
    """
    library = folder / f"workers{workers}x{secrets.token_hex(3)}"
    library.mkdir(parents=True)
    environment = known.environment(library)
    given = {"library": library, "database": known.database, "chroma": known.chroma}
    settings = Settings.model_validate(
        {**given, "embedder_url": known.more.get("IBID_EMBEDDER_URL")}
    )
    handing_s, command = 0.0, ["add", str(articles), "--json"]
    with open_library(settings, "a benchmark", can_wait=True) as own:
        if workers:
            began = time.perf_counter()
            _said([*command, "--queue"], environment)
            handing_s, command = time.perf_counter() - began, ["worker"]
        adders = [Adder(command, environment) for _ in range(workers or 1)]
        try:
            first = _once(lambda: _have_begun(adders, own, workers), adders, own, known)
            last = _once(lambda: own.catalog.count()[0] >= count, adders, own, known)
        finally:
            for one in adders:
                if workers:
                    one.end()
                else:
                    one.process.wait(_ENDING_S)
                    one.end()
        _check(own, count, environment, workers)
    if first.articles >= count:
        raise BenchError(f"all were there before {workers} workers had begun; --articles more")
    return _row(workers, first, last) | {"handing_s": round(handing_s, 1)}


def _have_begun(adders: Sequence[Adder], own: Library, workers: int) -> bool:
    if not workers:
        return own.catalog.count()[0] > 0
    return all(any(" done " in line for line in one.lines) for one in adders)


def _once(
    is_so: Callable[[], bool], adders: Sequence[Adder], own: Library, known: Engines
) -> Moment:
    """The moment in which it is so."""
    count, ends = -1, time.monotonic() + _PATIENCE_S
    while not is_so():
        if (now := own.catalog.count()[0]) != count:
            count, ends = now, time.monotonic() + _PATIENCE_S
        gone = [one for one in adders if one.process.poll() is not None]
        if (gone and not is_so()) or time.monotonic() > ends:
            told = "".join(line for one in gone or adders for line in one.lines[-5:])
            raise BenchError(f"it stands still at {count:,} articles:\n{told}")
        time.sleep(_LOOK_EVERY_S)
    return Moment.now(own, adders, known)


def _check(own: Library, count: int, environment: Mapping[str, str], workers: int) -> None:
    """Make sure that all is there, once, and that every job is done. Raises BenchError."""
    articles, passages = own.catalog.count()
    names = {info.source for info in own.articles()}
    vectors = own.vectors.count()
    if not (articles == len(names) == count and vectors == passages):
        raise BenchError(
            f"{articles:,} articles of {len(names):,} sources are there, of {count:,}, and "
            f"{vectors:,} vectors of {passages:,}"
        )
    if workers:
        states = json.loads(_said(["jobs", "--limit", "1", "--json"], environment))["counts"]
        if states["done"] != count or sum(states.values()) != count:
            raise BenchError(f"jobs are not as they should be: {states}")


def _said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    program = [sys.executable, "-m", "ui.cli.main", *command]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(command)}: {done.stderr[-1000:]}")
    return done.stdout


def _row(workers: int, first: Moment, last: Moment) -> dict[str, Any]:
    seconds, articles = last.seconds - first.seconds, last.articles - first.articles
    each = max(articles, 1)
    taken = {name: (last.cpu[name] - first.cpu[name]) / each for name in last.cpu}
    return {
        "workers": workers,
        "timed": articles,
        "seconds": round(seconds, 2),
        "articles_a_second": round(articles / seconds, 2),
        "passages_a_second": round((last.passages - first.passages) / seconds, 2),
        "cpu_s": round(taken.pop("adding"), 4),
        **{f"{name}_cpu_s": round(one, 4) for name, one in taken.items()},
    }


def bench(
    count: int, length: int, workers: Sequence[int], known: Engines
) -> Iterator[dict[str, Any]]:
    """A row of each number of workers, none at first: each adds so many articles of so many words.

    Raises:
        BenchError: as `measure` has it.
    """
    with tempfile.TemporaryDirectory(prefix="ibid-workers-") as folder:
        articles = Path(folder) / "articles"
        write(articles, count, length)
        alone = 0.0
        for number in (0, *workers):
            row = measure(number, articles, count, known, Path(folder) / "libraries")
            alone = alone or row["articles_a_second"]
            yield row | {"times_alone": round(row["articles_a_second"] / alone, 2)}


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--words", type=int, default=600, help="of each article")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--random", action="store_true", help="no model: random vectors")
    parser.add_argument("--database", default="", help="PostgreSQL; else one of this run")
    parser.add_argument("--chroma", default="", help="a Chroma server; else one of this run")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args()
    console, rows = Console(width=180), []
    with engines(given.database, given.chroma, is_random=given.random) as known:
        for row in bench(given.articles, given.words, given.workers, known):
            rows.append(row)
            console.print(row)
            if given.out:
                given.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)


if __name__ == "__main__":
    main()
