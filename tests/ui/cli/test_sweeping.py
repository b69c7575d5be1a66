"""Promises of ``ibid eval sweep`` before its first question."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOWHERE = "http://127.0.0.1:9"  # where a model hub might be, and nothing listens


@pytest.mark.parametrize("name", ["no-such/model", "nosuchmodel", "not a name", "fastembed:none"])
def test_an_embedder_that_cannot_be_had_is_told_before_any_work(name: str, tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text('{"id": "a", "question": "Why?", "answerable": false}')
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli.main", "eval", "sweep", "set.jsonl", "--quotes-only",
         "--set", f"embedder={name}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_ENDPOINT": NOWHERE,
             "HF_HOME": str(tmp_path / "hub"), "IBID_LIBRARY": str(tmp_path / "library")},
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "ibid models" in done.stderr or "ibid-rag[fastembed]" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 60
    assert [file.name for file in tmp_path.iterdir() if file.name != "hub"] == ["set.jsonl"]
