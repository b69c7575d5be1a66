"""Promises of a sync while an Ibid runs: that one does it, and answers meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from beside import ROOT, Running
from commands import Ibid

SEATS = "How many seats has the boat?"


def begun(running: Running, *arguments: object) -> subprocess.Popen[str]:
    """A command in a process of its own, as a person begins it."""
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", *map(str, arguments)],
        env={**os.environ, "IBID_LIBRARY": str(running.library), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(is_so: Callable[[], bool], within_s: float = 90.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def folder_of(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.txt").write_text(f"Buoy number {number} of the harbour is green.")
    return folder


def titles(ibid: Ibid) -> set[str]:
    return {Path(one["source"]).name for one in ibid("list", "--json").json["articles"]}


def test_what_is_followed_is_looked_at_by_the_running_ibid(ibid: Ibid, tmp_path: Path) -> None:
    notes = folder_of(tmp_path / "notes", 3)
    assert ibid("add", "notes", "--to", "Buoys").code == 0
    [one] = ibid("sync", "--list", "--json").json["followed"]
    assert (one["kind"], one["place"], one["articles"]) == ("folder", str(notes), 3)
    (notes / "0.txt").unlink()
    (notes / "1.txt").write_text("Buoy number 1 is red since the spring.")
    (notes / "lamp.txt").write_text("The lamp of the pier was lit with 31 candles.")
    dry = ibid("sync", "notes", "--prune", "--dry-run", "--json").json
    assert dry["dry_run"] and titles(ibid) >= {"0.txt", "1.txt", "2.txt"}
    done = ibid("sync", "notes", "--prune", "--json")
    assert done.code == 0, done.err
    assert [[Path(o["source"]).name, o["outcome"]] for o in done.json["articles"]] == [
        ["1.txt", "replaced"], ["lamp.txt", "added"],
    ]  # fmt: skip
    assert [Path(one["source"]).name for one in done.json["removed"]] == ["0.txt"]
    for name in ("articles", "removed", "passed_over", "failed"):
        assert len(dry[name]) == len(done.json[name])
    assert "31" in ibid("ask", "How many candles had the lamp?", "--collection", "Buoys").out
    away = ibid("sync", "elsewhere")
    assert away.code == 1 and away.err.startswith("ibid: elsewhere: this is not followed")
    assert ibid("sync", "--forget", "notes").out.startswith(f"no longer followed: {notes}")
    assert "Nothing is followed yet" in ibid("sync").out
    assert {"1.txt", "2.txt", "lamp.txt"} <= titles(ibid)


def test_a_question_is_answered_while_a_sync_goes_on(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    notes = folder_of(tmp_path / "more", 1)
    assert ibid("add", "more").code == 0
    for number in range(2, 60):
        (notes / f"{number}.txt").write_text(f"Bollard number {number} of the quay is black.")
    process = begun(running, "sync", "more", "--json")
    until(lambda: len(titles(ibid)) > 10)
    assert "240" in ibid("ask", SEATS).out
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert '"stopped": false' in out and "59.txt" in titles(ibid)
    assert ibid("sync", "--forget", "more").code == 0


def test_a_watch_brings_what_comes_and_ctrl_c_ends_it_in_one_line(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    notes = folder_of(tmp_path / "watched", 1)
    assert ibid("add", "watched").code == 0
    process = begun(running, "sync", "--watch")
    assert process.stdout
    assert process.stdout.readline() == "following the folders, until Ctrl-C\n"
    (notes / "quay.txt").write_text("The quay of Osk is 300 metres long.")
    until(lambda: "quay.txt" in titles(ibid))
    (notes / "quay.txt").rename(notes / "pier.txt")
    until(lambda: "pier.txt" in titles(ibid) and "quay.txt" not in titles(ibid))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "ibid: stopped\n")
    assert "added " in out and "moved " in out
    assert ibid("sync", "--forget", "watched").code == 0
