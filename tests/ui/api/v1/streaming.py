"""How soon a stream begins, and how soon the model stops after a reader has hung up.

``python tests/ui/api/v1/streaming.py`` serves the starter articles with the real models and prints
seconds, with the machine's load: other work on it is in every figure.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[4]
WARM = "How many people had to leave their homes in Port Ellery?"
QUESTIONS = (
    "When does the Green Line tram in Tarnwick open?",
    "How did rats get to Skerra?",
    "In which museum does Guernica hang?",
    "Who was the first person to walk on the Moon?",
    "How do vaccines protect against a disease?",
    "Why was the Calder glassworks closed?",
    "What do central banks do against inflation?",
    "What lives at deep-sea vents?",
    "Why was the tram of Tarnwick delayed?",
    "How many puffins were counted on Skerra?",
)
_WINDOW_S = 0.3
_IDLE_S = 0.02  # of processor time in that window
_PATIENCE_S = 240.0


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """The address and the process of a service over the starter articles, once it is warm."""
    environment = {
        **os.environ,
        "IBID_LIBRARY": str(folder / "library"),
        "IBID_OFFERS__ARTICLES": "0",  # questions made ahead would look like a model at work
    }
    ibid = [sys.executable, "-m", "ui.cli.main"]
    subprocess.run([*ibid, "add", "seeds"], cwd=ROOT, env=environment, check=True)
    process = subprocess.Popen(
        [*ibid, "serve", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http")).removesuffix("/v1")
        while told(url, {"question": WARM})[0] == 503:
            time.sleep(1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def posted(url: str, sent: dict[str, Any]) -> http.client.HTTPResponse:
    """A question whose answer can be read as it comes."""
    there = urlsplit(url)
    line = http.client.HTTPConnection(str(there.hostname), there.port, timeout=_PATIENCE_S)
    line.request("POST", "/v1/ask", json.dumps(sent), {"Content-Type": "application/json"})
    return line.getresponse()


def told(url: str, sent: dict[str, Any]) -> tuple[int, Any]:
    """The status of a whole answer, and what it says."""
    answer = posted(url, sent)
    return answer.status, json.loads(answer.read())


def events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any, float]]:
    """The events of a stream as they come, each with its moment."""
    name = ""
    while line := answer.readline():
        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
        elif line.startswith(b"data: "):
            yield name, json.loads(line[6:]), time.monotonic()


class Taken(NamedTuple):
    """Seconds from a question to its sources by the clock, and of the service's processor time."""

    clock: float
    processor: float


def to_sources(url: str, process: int, question: str, answers: str) -> tuple[Taken, float]:
    """What the sources of an answer take, and how much of it is none of the assistant's.

    Whatever follows them is read and thrown away.
    """
    began, spent = time.monotonic(), _spent(process)
    answer = posted(url, {"question": question, "stream": True, "answers": answers})
    coming = events(answer)
    name, _, moment = next(coming)
    taken = Taken(moment - began, _spent(process) - spent)
    last, done, _ = [*coming][-1]
    assert (name, last) == ("sources", "done")
    return taken, taken.clock - done["timings"]["sources_ms"] / 1000


def to_stop(url: str, process: int, question: str) -> Taken | None:
    """What passes from hanging up until the service is idle; None if no model was at work then.

    It is seen by the processor time of the service: others' work makes it longer by the clock.
    """
    answer = posted(url, {"question": question, "stream": True, "answers": "strict"})
    assert next(events(answer))[0] == "sources"
    if _is_idle(process):
        answer.close()
        return None
    began, spent = time.monotonic(), _spent(process)
    answer.close()
    while time.monotonic() < began + _PATIENCE_S:
        since = Taken(time.monotonic() - began, _spent(process) - spent)
        if _is_idle(process):
            return since
    raise AssertionError("the model goes on")


def _is_idle(process: int) -> bool:
    before = _spent(process)
    time.sleep(_WINDOW_S)
    return _spent(process) - before < _IDLE_S


def _spent(process: int) -> float:
    """Seconds of processor time of a process and of those that it began, such as its model's."""
    own = Path(f"/proc/{process}")
    fields = (own / "stat").read_text().rpartition(")")[2].split()
    begun = [one for task in own.glob("task/*/children") for one in task.read_text().split()]
    mine = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return mine + sum(_spent(int(one)) for one in begun)


def figures(taken: Sequence[Taken]) -> dict[str, Any]:
    """In short: how many, the middle one and the longest, by the clock and of processor time."""
    return {"n": len(taken)} | {
        name: {
            "median": round(statistics.median(getattr(one, name) for one in taken), 2),
            "longest": round(max(getattr(one, name) for one in taken), 2),
        }
        for name in Taken._fields
    }


def main() -> None:
    """Measure, and print it."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, process):
        found: dict[str, Any] = {"load before": os.getloadavg()}
        quoted = [to_sources(url, process, one, "quotes") for one in QUESTIONS]
        found["seconds to the sources"] = figures([one[0] for one in quoted])
        found["of these, around the assistant"] = round(
            statistics.median(one[1] for one in quoted), 3
        )
        stops = [one for one in (to_stop(url, process, two) for two in QUESTIONS[:6]) if one]
        found["seconds until the model stops"] = figures(stops) if stops else None
        found["load after"] = os.getloadavg()
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
