"""``make load``: 32 who ask at one time over the API, for two minutes, in quotes.

One asks alone first, and what that takes in the median is what the others are measured by: none
should wait longer than all before them take. Meanwhile some open a stream and read none of it, and
what the service keeps in memory is looked at. Any answer that is not one is a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path

import httpx
import psutil

from eval.bench.askers import p95, questions
from rag.opening import starter_articles

_ALONE = 8
_PATIENCE_S = 300.0
_SMALL = 2_048  # bytes that the system takes for one who reads nothing
_PLACES = 16  # for those who read slowly, beside the askers


@dataclass
class Load:
    """What came of it. ``faults`` are answers that are none, by what they were.

    ``memory_mb`` is that of the service, looked at every second; ``slow`` says of each who did not
    read whether the whole answer was there in the end.
    """

    askers: int
    alone_s: float = 0.0
    seconds: list[float] = field(default_factory=list)
    wall_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)
    slow: list[bool] = field(default_factory=list)

    @property
    def p95_s(self) -> float:
        """Seconds within which 95 of 100 had their answer; 0 if nobody had one."""
        return p95(self.seconds)

    @property
    def growth(self) -> float:
        """By what share there is more in memory in the last quarter than in the second."""
        if not self.memory_mb:
            return 0.0
        quarter = max(1, len(self.memory_mb) // 4)
        before, after = self.memory_mb[quarter : 2 * quarter], self.memory_mb[-quarter:]
        return statistics.mean(after) / statistics.mean(before or after) - 1

    def told(self) -> dict[str, object]:
        """What is reported."""
        return {
            "askers": self.askers,
            "answers": len(self.seconds),
            "faults": dict(self.faults),
            "a_minute": round(60 * len(self.seconds) / self.wall_s, 1),
            "alone_s": round(self.alone_s, 3),
            "median_s": round(statistics.median(self.seconds or [0.0]), 3),
            "p95_s": round(self.p95_s, 3),
            "p95_by_alone": round(self.p95_s / self.alone_s, 1) if self.alone_s else None,
            "memory_mb": round(statistics.mean(self.memory_mb[-5:] or [0.0])),
            "memory_growth": round(self.growth, 3),
            "slow_readers_served": f"{sum(self.slow)}/{len(self.slow)}",
        }

    def broken(self) -> list[str]:
        """The promises that were not kept."""
        kept = {
            f"faults: {dict(self.faults)}": not self.faults,
            "nobody had an answer": bool(self.seconds),
            f"p95 is over {self.askers} times the answer of one alone": (
                self.p95_s <= self.askers * self.alone_s
            ),
            f"memory grew by {self.growth:.0%}": self.growth <= 0.1,
            "a slow reader had no whole answer": all(self.slow),
        }
        return [promise for promise, is_kept in kept.items() if not is_kept]


async def load(
    url: str, asked: Sequence[str], askers: int, seconds: float, slow: int, pid: int
) -> Load:
    """Ask the service at ``url``, of the process ``pid``, for so many seconds."""
    found = Load(askers)
    limits = httpx.Limits(max_connections=askers, max_keepalive_connections=askers)
    async with httpx.AsyncClient(
        base_url=url, timeout=_PATIENCE_S, limits=limits, trust_env=False
    ) as client:
        alone = Load(1)
        for question in asked[:_ALONE]:
            await _ask(client, question, alone)
        found.faults += alone.faults
        found.alone_s = statistics.median(alone.seconds) if alone.seconds else 0.0
        streams = [await _unread(url, question) for question in asked[:slow]]
        began = time.monotonic()
        ends, turn = began + seconds, cycle(asked)

        async def one() -> None:
            while time.monotonic() < ends:
                await _ask(client, next(turn), found)

        watching = asyncio.create_task(_watch(pid, found.memory_mb))
        await asyncio.gather(*(one() for _ in range(askers)))
        found.wall_s = time.monotonic() - began
        watching.cancel()
        found.slow = [await _read(*stream) for stream in streams]
    return found


async def _ask(client: httpx.AsyncClient, question: str, to: Load) -> None:
    began = time.monotonic()
    try:
        sent = await client.post("/v1/ask", json={"question": question, "answers": "quotes"})
    except httpx.HTTPError as error:
        to.faults[type(error).__name__] += 1
        return
    took = time.monotonic() - began
    if sent.status_code != 200:
        to.faults[str(sent.status_code)] += 1
    elif sent.json().get("status") in (None, "pending"):
        to.faults["no answer"] += 1
    else:
        to.seconds.append(took)


async def _watch(pid: int, memory_mb: list[float]) -> None:
    service = psutil.Process(pid)
    while True:
        memory_mb.append(service.memory_info().rss / 1e6)
        await asyncio.sleep(1.0)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _unread(url: str, question: str) -> Stream:
    """A stream of an answer that is asked for, and not read."""
    import socket

    there = httpx.URL(url)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (there.host, there.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=_SMALL)
    body = json.dumps(
        {"question": question, "answers": "quotes", "stream": True, "passages": True}
    ).encode()
    head = (
        f"POST /v1/ask HTTP/1.1\r\nHost: {there.netloc.decode()}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether all of the answer is there, once it is read at last."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            came = await reader.read()
    except TimeoutError:
        return False
    finally:
        writer.close()
    return b"event: done" in came


@contextmanager
def service(folder: Path, askers: int) -> Iterator[tuple[str, int]]:
    """``ibid serve`` over the starter articles: its address, and its process."""
    library = ("--library", str(folder / "library"))
    program = [sys.executable, "-m", "ui.cli.main"]
    settings = {"IBID_ANSWERS": "quotes", "IBID_WINDOW__QUESTIONS": str(askers + _PLACES)}
    settings |= {"IBID_API__WAITING": str(askers + _PLACES), "PYTHONUNBUFFERED": "1"}
    subprocess.run(
        [*program, "add", str(starter_articles()), *library], check=True, stdout=subprocess.DEVNULL
    )
    process = subprocess.Popen(
        [*program, "serve", "--port", "0", *library],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = next(line for line in process.stdout if "http://" in line)
        place = line.split("http://")[1].split()[0].partition("/")[0]
        yield f"http://{place}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    """Read the arguments, run, print, write; 1 is returned where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--askers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--slow", type=int, default=4, help="who open a stream and do not read it")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="ibid-load-") as folder,
        service(Path(folder), given.askers) as (url, pid),
    ):
        asked = load(url, questions(), given.askers, given.seconds, given.slow, pid)
        found = asyncio.run(asked)
    text = json.dumps(found.told(), indent=2)
    sys.stdout.write(f"{text}\n")
    if given.out:
        given.out.write_text(json.dumps({**found.told(), **asdict(found)}) + "\n", "utf-8")
    broken = found.broken()
    for promise in broken:
        sys.stderr.write(f"not kept: {promise}\n")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
