"""A run on disk, of rows that are given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.runs import store as runs
from eval.runs.record import Asked, Held, Record
from eval.runs.runner import Row
from eval.runs.store import Run

BEGAN = datetime(2026, 5, 24, 10, 15, tzinfo=UTC)


def record(cases: int = 8, **changes: Any) -> Record:
    facts: dict[str, Any] = {
        "asked": Asked("sets/tower.jsonl", "d1", cases),
        "held": Held("tiny, titled chunks", "d2", 1),
        "settings": {"chunk_chars": 650, "library": "somewhere"},
        "model": "",
        "models": {"embedder": {"name": "tiny", "sha256": "d3"}},
        "versions": {"python": "3.11", "chromadb": "1.5"},
        "code": "d4",
        "started": BEGAN,
    }
    return Record(**{**facts, **changes})


def kept(folder: Path, rows: Sequence[Row], **changes: Any) -> Run:
    run = runs.create(folder, record(len(rows), **changes))
    with runs.writing(run, []) as write:
        for number, row in enumerate(rows, start=1):
            write(number, row)
    return runs.finish(run)
