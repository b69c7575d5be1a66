"""What can be seen of the API only in a process of its own: who hangs up, who does not read."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from beside import ROOT, Running, started

HANG = "Will it hang?"
ASK = {"question": HANG}
CHAT = {"model": "ibid", "messages": [{"role": "user", "content": HANG}]}


def until(is_so: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def posted(running: Running, path: str, sent: object) -> http.client.HTTPConnection:
    """A request that was sent, whose answer nobody has read."""
    there = urlsplit(running.url)
    line = http.client.HTTPConnection(str(there.hostname), there.port, timeout=60)
    line.request("POST", path, json.dumps(sent), {"Content-Type": "application/json"})
    return line


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One without a window, which is there sooner."""
    with started(tmp_path_factory.mktemp("running"), "--headless") as it:
        yield it


@pytest.fixture
def marks(running: Running) -> tuple[Path, Path]:
    """What says that an answer has begun, and that it was called off."""
    asked, cancelled = running.folder / "asked", running.folder / "cancelled"
    for one in (asked, cancelled):
        one.unlink(missing_ok=True)
    return asked, cancelled


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("path", "sent"), [("/v1/ask", ASK), ("/v1/chat/completions", CHAT)])
def test_whoever_hangs_up_stops_the_model(
    running: Running,
    marks: tuple[Path, Path],
    path: str,
    sent: dict[str, object],
    stream: bool,
) -> None:
    asked, cancelled = marks
    line = posted(running, path, {**sent, "stream": stream})
    until(asked.exists)
    assert not cancelled.exists()
    line.close()
    until(cancelled.exists)


def test_who_does_not_read_a_stream_holds_nobody_up(running: Running) -> None:
    slow = posted(running, "/v1/ask", {**ASK, "stream": True})
    quick = posted(running, "/v1/ask", {"question": "How many seats has the boat?"})
    answer = json.loads(quick.getresponse().read())
    assert "240" in answer["text"]
    slow.close()
    quick.close()


def test_a_conversation_may_be_longer_than_what_a_browser_sends(running: Running) -> None:
    turns = [{"role": "user", "text": "Why? " * 1000} for _ in range(30)]
    asked = {"question": "How many seats has the boat?", "history": turns}
    taken = posted(running, "/v1/ask", asked).getresponse()
    assert taken.status == 200 and "240" in json.loads(taken.read())["text"]


def test_the_example_of_the_readme_asks_it(
    running: Running, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HTTP_PROXY")  # the tests' own, behind which nobody is
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```py\n(.*?)```", readme, re.DOTALL)
    [code] = [one for one in blocks if "from openai" in one]
    [address] = set(re.findall(r"http://127\.0\.0\.1:\d+", code))
    [question] = re.findall(r'"content": "([^"]*)"', code)
    code = code.replace(address, running.url).replace(question, "How many seats has the boat?")
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "[1] A new ferry for Aldwick" in said and "'verdict': 'verified'" in said
