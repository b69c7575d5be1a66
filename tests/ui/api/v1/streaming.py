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
from typing import Any
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
_WINDOW_S = 0.1
_IDLE = 0.3  # of one core, over that time
_PATIENCE_S = 60.0


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


def first_event_s(url: str, question: str, answers: str) -> tuple[float, float]:
    """Seconds from a question to its sources, and to the end."""
    began = time.monotonic()
    answer = posted(url, {"question": question, "stream": True, "answers": answers})
    moments = [(name, moment - began) for name, _, moment in events(answer)]
    assert moments[0][0] == "sources" and moments[-1][0] == "done"
    return moments[0][1], moments[-1][1]


def stop_s(url: str, process: int, question: str) -> float | None:
    """Seconds from hanging up until the service is idle; None where no model was at work by then.

    It is counted by the processor time of its process, and of no other.
    """
    answer = posted(url, {"question": question, "stream": True, "answers": "strict"})
    coming = events(answer)
    assert next(coming)[0] == "sources"
    if share(process) < _IDLE:
        return None
    began = time.monotonic()
    answer.close()
    ends = began + _PATIENCE_S
    while time.monotonic() < ends:
        since = time.monotonic()
        if share(process) < _IDLE:
            return since - began
    raise AssertionError("the model goes on")


def share(process: int) -> float:
    """How much of one core a process takes just now."""
    before, began = _spent(process), time.monotonic()
    time.sleep(_WINDOW_S)
    return (_spent(process) - before) / (time.monotonic() - began)


def _spent(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """In short: how many, the middle one and the longest."""
    return {
        "n": len(seconds),
        "median": round(statistics.median(seconds), 2),
        "longest": round(max(seconds), 2),
    }


def main() -> None:
    """Measure, and print it."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, process):
        found: dict[str, Any] = {"load before": os.getloadavg()}
        for answers in ("quotes", "strict"):
            pairs = [first_event_s(url, one, answers) for one in QUESTIONS]
            found[f"{answers}: seconds to the sources"] = figures([one[0] for one in pairs])
            found[f"{answers}: seconds to the end"] = figures([one[1] for one in pairs])
        stops = [stop_s(url, process, one) for one in QUESTIONS]
        at_work = [one for one in stops if one is not None]
        found["seconds until the model stops"] = figures(at_work) if at_work else None
        found["load after"] = os.getloadavg()
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
