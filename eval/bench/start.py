"""How soon Ibid is there from nothing: ``make bench-start``.

Each command is run as a person runs it, over the starter articles, in turn with the same question
answered by an assistant that is loaded already. Medians are told in seconds, and as times of that
warm answer by quotations, since how fast and how busy a machine is goes into both.

A warm answer of the model is one to another question than those before, as a person asks them: of
a question asked again llama.cpp has kept the whole prompt, and reading that is most of an answer.
So other questions are asked before it, unmeasured, as many as llama.cpp keeps prompts of. How
long the repeated one takes is told as well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from rag.assistant import Assistant
from rag.opening import apart, open_assistant, open_library, starter_articles
from rag.settings import Settings, load

QUESTION = "How many people were evacuated in the Port Ellery flood?"
OTHERS = (
    "When does Tarnwick's first tram line open?",
    "What happens in the body while we sleep?",
    "Why was the tram opening put back?",
    "Who decided on the tram line?",
)
WARM, WARM_MODEL = "warm answer, quotations", "warm answer, the model"
REPEATED = "the same again, the model"
COLD_MODEL = "ibid ask, the model"
# Seconds that a start may take on an idle machine; that of a model, more than its warm answer.
LIMITS = {
    "ibid --help": 0.4,
    "ibid list": 1.0,
    "ibid search": 3.0,
    "ibid ask, quotations": 3.0,
    COLD_MODEL: 3.0,
    "ibid chat, address": 2.0,
    "ibid chat, a page": 4.0,
    "ibid chat, Ctrl-C": 2.0,
}
_COMPUTED = ", computed"
_PATIENCE_S = 600

Timings = dict[str, list[float]]


def measure(settings: Settings, rounds: int, *, with_model: bool) -> Timings:
    """Seconds of each, ``rounds`` times, all in turn."""
    seconds: Timings = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="ibid-") as scratch, ExitStack() as stack:
        folder, copy = Path(scratch) / "library", Path(scratch) / "copy"
        _ibid("add", str(starter_articles()), "--library", str(folder))
        shutil.copytree(folder, copy)
        warm = apart(settings, copy)
        library = stack.enter_context(open_library(warm, "bench-start"))
        models = (False, True) if with_model else (False,)
        assistants = {model: open_assistant(library, model=model) for model in models}
        for assistant in assistants.values():
            assistant.ask(QUESTION)
        for _ in range(rounds):
            _one_round(seconds, folder, assistants)
    return seconds


def _one_round(seconds: Timings, folder: Path, assistants: dict[bool, Assistant]) -> None:
    def take(name: str, do: Callable[[], object]) -> None:
        began, computed = time.monotonic(), _computed()
        do()
        seconds[name].append(time.monotonic() - began)
        seconds[f"{name}{_COMPUTED}"].append(_computed() - computed)

    there = ("--library", str(folder))
    take(WARM, lambda: assistants[False].ask(QUESTION))
    take("ibid --help", lambda: _ibid("--help"))
    take("ibid list", lambda: _ibid("list", *there))
    take("ibid search", lambda: _ibid("search", QUESTION, *there))
    take("ibid ask, quotations", lambda: _ibid("ask", QUESTION, "--answers", "quotes", *there))
    if True in assistants:
        for other in OTHERS[: assistants[True].settings.slots]:
            assistants[True].ask(other)
        take(WARM_MODEL, lambda: assistants[True].ask(QUESTION))
        take(REPEATED, lambda: assistants[True].ask(QUESTION))
        take(COLD_MODEL, lambda: _ibid("ask", QUESTION, *there))
    for name, second in _chat(there):
        seconds[name].append(second)


def _computed() -> float:
    """Seconds that all cores have computed for this process and for what it has run."""
    own, run = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + run.ru_utime + run.ru_stime


def _chat(there: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    began = time.monotonic()
    with _started("chat", "--port", "0", *there) as process:
        assert process.stdout
        line = next(line for line in process.stdout if "http://" in line)
        yield "ibid chat, address", time.monotonic() - began
        address = "http://" + line.split("http://")[1].split()[0]
        urlopen(address, timeout=_PATIENCE_S).close()
        yield "ibid chat, a page", time.monotonic() - began
        urlopen(f"{address}/healthz", timeout=_PATIENCE_S).close()
        yield "ibid chat, the window", time.monotonic() - began
        stopped = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_S)
        yield "ibid chat, Ctrl-C", time.monotonic() - stopped


@contextmanager
def _started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [_program(), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _ibid(*arguments: str) -> None:
    subprocess.run(
        [_program(), *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=_PATIENCE_S,
    )


def _program() -> str:
    return str(Path(sys.executable).with_name("ibid"))


@dataclass(frozen=True, slots=True)
class Row:
    """A median in seconds, as so many warm answers by quotations, and whether it is soon enough.

    ``computed`` is what all cores together computed, which says more where others compute as well.
    """

    what: str
    seconds: float
    computed: float | None
    warm_answers: float
    limit: float | None
    over: str
    kept: bool | None


def rows(seconds: Timings) -> list[Row]:
    """One of each that was measured."""
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    found = []
    for name, median in medians.items():
        if name.endswith(_COMPUTED):
            continue
        limit = LIMITS.get(name)
        # Each cold answer beside the warm one of its own round: how busy others are goes into both.
        warm = seconds[WARM_MODEL] if name == COLD_MODEL else [0.0] * len(seconds[name])
        beyond = statistics.median(
            cold - over for cold, over in zip(seconds[name], warm, strict=True)
        )
        kept = None if limit is None else beyond <= limit
        more = f" more than {WARM_MODEL}: {beyond:.2f}" if name == COLD_MODEL else ""
        found.append(
            Row(
                name,
                median,
                medians.get(f"{name}{_COMPUTED}"),
                median / medians[WARM],
                limit,
                more,
                kept,
            )
        )
    return found


def main() -> None:
    """Measure how soon Ibid is there from nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--no-model", action="store_true", help="ask no language model")
    parser.add_argument("--out", type=Path, help="a file for all of it, as JSON")
    given = parser.parse_args()
    busy = os.getloadavg()[0]
    seconds = measure(load(), given.rounds, with_model=not given.no_model)
    table = Table("medians", "seconds", "computed", "warm answers", "limit", "kept", box=None)
    for row in (found := rows(seconds)):
        computed = "" if row.computed is None else f"{row.computed:.2f}"
        kept = {None: "", True: "yes", False: "no"}[row.kept]
        limit = "" if row.limit is None else f"{row.limit} s{row.over}"
        table.add_row(
            row.what, f"{row.seconds:.2f}", computed, f"{row.warm_answers:.1f}", limit, kept
        )
    Console(width=100).print(table, f"load {busy:.1f} before, {os.getloadavg()[0]:.1f} after")
    if given.out:
        document = {"rows": [asdict(row) for row in found], "seconds": seconds}
        given.out.write_text(json.dumps(document, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
