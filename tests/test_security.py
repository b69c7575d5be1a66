"""What SECURITY.md promises is tested where it says, and its numbers are those in force."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.limits import ApiLimits, StreamLimits, WindowLimits
from rag.query.wording import LONGEST
from rag.tuning import ReadingTuning

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
PROMISED = TEXT.partition("## What is promised")[2].partition("## What is not")[0]
PROMISES = [line for line in PROMISED.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda line: line[2:40])
def test_each_promise_names_tests_that_are_there(promise: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", promise)
    assert named
    for file in named:
        assert "def test_" in (ROOT / file).read_text("utf-8"), file


def test_the_numbers_are_those_in_force() -> None:
    window, stream, reading = WindowLimits(), StreamLimits(), ReadingTuning()
    api = ApiLimits()
    for said in (
        f"{window.request_kb} kB of any request, in {window.request_s:.0f} seconds",
        f"{api.request_kb} kB of one below `/v1`",
        f"{window.upload_mb} MB, in {window.upload_s / 60:.0f} minutes",
        f"at most {window.waiting} requests waiting, {window.streams} streams, "
        f"{window.pages} new pages an hour and {window.kept_mb} MB",
        f"A question has at most {LONGEST:,} characters. {window.answering} are answered at one "
        f"time, and {window.questions} are answered or wait in all",
        f"{api.rate} requests a minute unless it has a rate of its own, and have {api.waiting} "
        "questions answered or waiting",
        f"ends after {window.answer_s:.0f} seconds",
        f"{stream.bytes // 1_000_000} MB, {stream.seconds:.0f} seconds, or "
        f"{stream.silence:.0f} seconds without a word",
        f"up to {window.waiting_at_address} waiting requests an address",
        f"after {reading.seconds:.0f} seconds of a processor",
        f"at {reading.memory_mb} MB of memory",
    ):
        assert said in TEXT
    assert (window.kept_s, stream.overrun, window.proxies) == (3600, 2, ())
