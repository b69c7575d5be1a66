"""``make bench-askers``: how soon 1, 2, 4 and 8 people who ask at one time have their answers.

Each asks one question after the other, of the starter articles, and no question is asked twice of
one assistant: of a prompt that it has just read, llama.cpp has kept all. Told are the seconds until
the sources are there and until the answer is whole, and the answers a minute, of all together.

Of "quotes" no model is asked, of the "model" the local one, and of a "server" one that is far away:
it says its words at its own pace, whoever else it writes for, and takes nothing of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.sets.cases import load as load_cases
from rag.assistant import Assistant
from rag.index.library import Library
from rag.loaders import read
from rag.loaders.worker import Worker
from rag.opening import open_assistant, open_library, starter_articles, under
from rag.settings import load

_SET = Path(__file__).parents[1] / "sets" / "seeds.jsonl"
_WARM_UP = 2
_WORDS = ("The articles say so ", "in their own words, ", "which are these ", "[1].")
_FIRST_S, _NEXT_S = 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, the seconds until its sources and until its answer."""

    question: str
    text: str
    sources_s: float
    answer_s: float


def questions() -> list[str]:
    """Those that the starter articles answer, each of which stands alone."""
    cases = load_cases(_SET)
    return [case.question for case in cases if case.answerable and not case.history]


async def ask(assistant: Assistant, question: str, turn: asyncio.Semaphore | None) -> Asked:
    """Have it answered, once it is its ``turn``, as whoever waits for it would count."""
    began, sources, text = time.monotonic(), 0.0, ""
    async with AsyncExitStack() as stack:
        if turn:
            await stack.enter_async_context(turn)
        async for answer in assistant.astream(question):
            if answer.evidence and not sources:
                sources = time.monotonic() - began
            text = answer.text
    took = time.monotonic() - began
    return Asked(question, text, sources or took, took)


async def together(
    assistant: Assistant, asked: Iterator[str], askers: int, rounds: int, turns: int
) -> tuple[list[Asked], float]:
    """What so many at one time asked, and in how many seconds all of it was answered."""
    turn = asyncio.Semaphore(turns) if turns else None
    mine = [[next(asked) for _ in range(rounds)] for _ in range(askers)]

    async def one(questions: Sequence[str]) -> list[Asked]:
        return [await ask(assistant, question, turn) for question in questions]

    began = time.monotonic()
    done = await asyncio.gather(*map(one, mine))
    return [each for own in done for each in own], time.monotonic() - began


def told(kind: str, askers: int, done: Sequence[Asked], wall: float) -> dict[str, Any]:
    """A row of the table."""
    sources, whole = [one.sources_s for one in done], [one.answer_s for one in done]
    return {
        "answers": kind,
        "askers": askers,
        "n": len(done),
        "sources_s": round(statistics.median(sources), 2),
        "sources_p95_s": round(p95(sources), 2),
        "answer_s": round(statistics.median(whole), 2),
        "answer_p95_s": round(p95(whole), 2),
        "a_minute": round(60 * len(done) / wall, 1),
    }


def p95(values: Sequence[float]) -> float:
    """What 95 of 100 of the values are at most; 0 if there are none."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)] if values else 0.0


@contextmanager
def server() -> Iterator[str]:
    """The address of a model that is far away, as far as this machine can tell."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for place, words in enumerate(_WORDS):
                time.sleep(_NEXT_S if place else _FIRST_S)
                told = {"choices": [{"index": 0, "delta": {"content": words}}]}
                self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, name="far model")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/v1"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def assistant_of(kind: str, library: Library, url: str) -> Assistant:
    """What answers so."""
    seen = under(library, {"base_url": url, "model": "far"}) if kind == "server" else library
    return open_assistant(seen, model=kind != "quotes")


def bench(
    kinds: Sequence[str], askers: Sequence[int], rounds: int, turns: int
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """A row for each kind of answer and number of askers, with what was said, by question."""
    with tempfile.TemporaryDirectory(prefix="ibid-askers-") as folder:
        settings = load(library=Path(folder) / "library")
        # One loop for all: the model's client belongs to the one that it was first used in.
        with (
            server() as url,
            open_library(settings, "benchmark") as library,
            asyncio.Runner() as loop,
        ):
            with Worker(settings.reading) as worker:
                library.add(read(starter_articles(), worker))
            for kind in kinds:
                assistant = assistant_of(kind, library, url)
                there = questions()
                for question in there[-_WARM_UP:]:
                    assistant.ask(question)
                asked = cycle(there[:-_WARM_UP])
                for number in askers:
                    done, wall = loop.run(together(assistant, asked, number, rounds, turns))
                    said = {f"{kind}: {one.question}": one.text for one in done}
                    yield told(kind, number, done, wall), said


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--askers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=3, help="questions of each asker")
    parser.add_argument("--kinds", nargs="+", default=["quotes", "server", "model"])
    parser.add_argument(
        "--turns", type=int, default=0, help="whole answers at one time, as by a queue; 0: any"
    )
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    said: dict[str, str] = {}
    for row, words in bench(given.kinds, given.askers, given.rounds, given.turns):
        Console(stderr=True, width=120).print(row)  # the next may be minutes away
        rows.append(row)
        said |= words
        if given.out:
            text = json.dumps({"rows": rows, "said": said}, indent=2, ensure_ascii=False)
            given.out.write_text(text + "\n", "utf-8")
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
