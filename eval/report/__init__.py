"""From a run to its reports: JSON, and tables for a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from eval.report.document import document
from eval.runs import Run
from eval.summary import Summary, summarise

__all__ = ["JSON", "document", "write"]

JSON = "report.json"


def write(run: Run) -> Summary:
    """Write the reports into the folder of the run, and return its figures."""
    summary = summarise(run.light_rows())
    _write(run.folder / JSON, json.dumps(document(run, summary), ensure_ascii=False, indent=1))
    return summary


def _write(file: Path, text: str) -> None:
    file.write_bytes(text.encode("utf-8", "replace") + b"\n")
