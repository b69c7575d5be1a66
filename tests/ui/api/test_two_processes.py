"""Promises of a library that two processes work with at once, round after round."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from beside import started
from sharing import settings_of, text
from tiny import TinyEmbedder
from wholeness import assert_whole

from rag.index.library import Library, opened
from rag.settings import Settings

ROUNDS = 20
# Each adding starts a reader of its own; `make torture` has time for all rounds.
ASKED = ROUNDS if "TORTURE_KILLS" in os.environ else 3
NAMES = ("Anna", "Bo")
TESTS = Path(__file__).parents[2]


def together(way: str, folder: Path, rounds: int) -> None:
    """Run the two until they are through; neither may fail."""
    program = [sys.executable, str(Path(__file__).with_name("sharing.py")), way, str(folder)]
    own = {name: one for name, one in os.environ.items() if not name.startswith("IBID_")}
    paths = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    own |= {"PYTHONPATH": paths, "IBID_LIBRARY": str(folder), "IBID_EMBEDDER": "tiny"}
    both = [
        subprocess.Popen(
            [*program, name, str(rounds)], env=own, stderr=subprocess.PIPE, text=True, cwd="/"
        )
        for name in NAMES
    ]
    told = [one.communicate()[1] for one in both]
    assert [one.returncode for one in both] == [0, 0], told


def assert_as_left(own: Library, rounds: int, others: int = 0) -> None:
    """Every second article of each is there."""
    kept = {text(name, number) for name in NAMES for number in range(0, rounds, 2)}
    held = {own.article(info.id).text for info in own.articles()}
    assert {one for one in held if " saw ship " in one} == kept
    assert len(held) == len(kept) + others
    assert_whole(own)


def test_two_that_want_to_own_it_take_turns_and_each_is_told_of_the_other(tmp_path: Path) -> None:
    together("owning", tmp_path / "library", ROUNDS)
    with opened(settings_of(tmp_path / "library"), TinyEmbedder()) as own:
        assert_as_left(own, ROUNDS)


@pytest.mark.timeout(900)
def test_two_that_ask_a_running_ibid_are_both_served(tmp_path: Path) -> None:
    with started(tmp_path) as running:
        together("asking", running.library, ASKED)
    with opened(Settings(library=tmp_path / "library"), TinyEmbedder()) as own:
        assert_as_left(own, ASKED, others=2)
