"""SIGTERM: no more questions are taken, the answer in hand is whole, and then it ends with 0."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from beside import Running, started

ASKED = {"question": "How many seats has the ferry, if you hang on?", "stream": True}
PATIENCE_S = 120.0


class Answering:
    """A question over HTTP whose answer is read in a thread."""

    def __init__(self, url: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.broke_off: Exception | None = None
        self._url = url
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        try:
            with (
                httpx.Client(trust_env=False, timeout=PATIENCE_S) as asking,
                asking.stream("POST", f"{self._url}/v1/ask", json=ASKED) as answer,
            ):
                for line in answer.iter_lines():
                    if line.startswith("data: ") and line != "data: [DONE]":
                        self.events.append(json.loads(line.removeprefix("data: ")))
        except httpx.HTTPError as error:
            self.broke_off = error

    def end(self) -> None:
        """Wait for its end."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@contextmanager
def answering(folder: Path, *options: str) -> Iterator[tuple[Running, Answering, httpx.Client]]:
    """A service with an answer in hand that is to hang until a file ``go`` is there."""
    with (
        started(folder, *options) as running,
        httpx.Client(trust_env=False, timeout=PATIENCE_S) as asking,
    ):
        asked = Answering(running.url)
        ends = time.monotonic() + PATIENCE_S
        while not (folder / "asked").exists():
            assert time.monotonic() < ends, asked.broke_off
            time.sleep(0.02)
        assert asking.get(f"{running.url}/readyz").status_code == 200
        yield running, asked, asking
        asked.end()


@pytest.mark.parametrize("options", [("--headless",), ()], ids=["serve", "chat"])
def test_the_answer_in_hand_is_whole_and_no_other_question_is_taken(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with answering(tmp_path, *options) as (running, asked, asking):
        running.process.send_signal(signal.SIGTERM)
        while (ready := asking.get(f"{running.url}/readyz")).status_code == 200:
            pass  # the signal is on its way
        assert ready.json()["missing"] == ["ending"]
        refused = asking.post(f"{running.url}/v1/ask", json={"question": "How many seats?"})
        assert refused.status_code == 503
        assert "ending" in refused.json()["detail"]
        assert running.process.poll() is None
        (tmp_path / "go").touch()
        asked.end()
        assert running.process.wait(PATIENCE_S) == 0
    assert asked.broke_off is None
    assert "240" in json.dumps(asked.events[-3:])
    assert (tmp_path / "loaded").exists()  # it tidied up
    assert not (tmp_path / "cancelled").exists()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_whatever_is_in_hand(
    tmp_path: Path, second: signal.Signals
) -> None:
    with answering(tmp_path, "--headless") as (running, asked, asking):
        running.process.send_signal(signal.SIGTERM)
        while asking.get(f"{running.url}/readyz").status_code == 200:
            pass
        os.kill(running.process.pid, second)
        assert running.process.wait(PATIENCE_S) == 0
        asked.end()
    assert not (tmp_path / "go").exists()
    assert (tmp_path / "cancelled").exists()


def test_an_answer_that_takes_too_long_does_not_keep_it(tmp_path: Path) -> None:
    with answering(tmp_path, "--headless", "--ending", "0.2") as (running, asked, _):
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_S) == 0
        asked.end()
    assert (tmp_path / "cancelled").exists()


def test_with_nothing_in_hand_it_ends_at_once(tmp_path: Path) -> None:
    with started(tmp_path, "--headless", "--ending", "100000") as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_S) == 0
