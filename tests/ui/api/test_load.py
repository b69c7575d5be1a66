"""The load test, cut short: over a real service of a tiny library. How fast it is, is not asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from beside import started

from eval.bench.load import Load, load

ASKED = (
    "How many seats has the boat?",
    "Why did the bakery move?",
    "Who is the captain?",
    "When did the Halvard enter service?",
)


async def test_many_who_ask_at_one_time_all_have_answers_and_slow_readers_theirs_in_the_end(
    tmp_path: Path,
) -> None:
    with started(tmp_path, "--headless") as running:
        url = running.url.removesuffix("/v1")
        found = await load(url, ASKED, 16, 4.0, 3, running.process.pid)
    assert found.faults == {}
    assert len(found.seconds) >= 16
    assert found.slow == [True] * 3
    assert found.memory_mb
    told = found.told()
    assert told["answers"] == len(found.seconds)
    assert told["slow_readers_served"] == "3/3"


def test_a_service_that_is_not_there_is_told_as_a_fault() -> None:
    found = Load(2)
    found.faults["ConnectError"] += 3
    found.wall_s = 1.0
    assert "faults: {'ConnectError': 3}" in found.broken()
    assert "nobody had an answer" in found.broken()
    assert found.told()["answers"] == 0


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ({}, ""),
        ({"seconds": [0.1] * 90 + [9.0] * 10}, "p95 is over 4 times"),
        ({"memory_mb": [100.0] * 8 + [150.0] * 4}, "memory grew by 50%"),
        ({"slow": [True, False]}, "a slow reader had no whole answer"),
    ],
)
def test_each_promise_that_is_not_kept_is_named(given: dict[str, object], broken: str) -> None:
    found = Load(4, alone_s=0.1, seconds=[0.2] * 100, wall_s=1.0, memory_mb=[100.0] * 12)
    found.slow = [True]
    for name, value in given.items():
        setattr(found, name, value)
    told = found.broken()
    assert len(told) == bool(broken)
    assert all(line.startswith(broken) for line in told)
