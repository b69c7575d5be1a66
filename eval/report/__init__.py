"""From a run to its reports: HTML, Markdown and JSON, and tables for a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from eval.report.document import document
from eval.report.gathered import gather
from eval.report.summary import Summary
from eval.runs.store import Run
from rag.disk import write_whole
from rag.errors import RunError

__all__ = ["HTML", "JSON", "MARKDOWN", "document", "put", "write"]

HTML = "report.html"
MARKDOWN = "report.md"
JSON = "report.json"


def write(run: Run) -> Summary:
    """Write the reports into the folder of the run, and return its figures."""
    from eval.report.html import html
    from eval.report.markdown import markdown

    gathered = gather(run)
    made = document(run, gathered.summary)
    put(run.folder / JSON, json.dumps(made, ensure_ascii=False, indent=1))
    put(run.folder / MARKDOWN, markdown(gathered))
    put(run.folder / HTML, html(gathered))
    return gathered.summary


def put(file: Path, text: str) -> None:
    """Write a report; half a surrogate pair becomes a question mark.

    Raises:
        RunError: the file cannot be written.
    """
    try:
        write_whole(file, text.encode("utf-8", "replace") + b"\n")
    except OSError as error:
        raise RunError(f"{file}: cannot be written ({error.strerror}); name another") from error
