"""From a run to its reports: HTML, Markdown and JSON, and tables for a terminal."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from eval.language import speaking
from eval.report.document import document
from eval.report.gathered import gather
from eval.report.summary import Summary
from eval.runs.store import Run
from rag.disk import write_whole
from rag.errors import RunError

__all__ = ["HTML", "JSON", "MARKDOWN", "document", "put", "told", "write"]

HTML = "report.html"
MARKDOWN = "report.md"
JSON = "report.json"


def write(run: Run) -> Summary:
    """Write the reports into the folder of the run, in its language, and return its figures."""
    from eval.report.html import html
    from eval.report.markdown import markdown

    gathered = gather(run)
    made = document(run, gathered.summary)
    put(run.folder / JSON, json.dumps(made, ensure_ascii=False, indent=1))
    with speaking(language_of(run)):
        put(run.folder / MARKDOWN, markdown(gathered))
        put(run.folder / HTML, html(gathered))
    return gathered.summary


def told(run: Run, kind: str, language: str) -> bytes:
    """A report as it was written, or in another language: ``kind`` is ``html``, ``md`` or ``json``.

    One in another language is made from the rows when it is first wanted, and kept beside it.

    Raises:
        RunError: the run cannot be read.
        OSError: there is no such report.
    """
    written = run.folder / f"report.{kind}"
    whole = written.read_bytes()
    if kind == "json" or language == language_of(run):
        return whole
    file = run.folder / f"report.{language}.{kind}"
    # One that was gone on with since has other figures.
    if not file.is_file() or file.stat().st_mtime_ns < written.stat().st_mtime_ns:
        from eval.report.html import html
        from eval.report.markdown import markdown

        with speaking(language):
            text = html(gather(run)) if kind == "html" else markdown(gather(run))
        with suppress(RunError):  # a folder that cannot be written is read all the same
            put(file, text)
        return text.encode("utf-8", "replace")
    return file.read_bytes()


def language_of(run: Run) -> str:
    """The language in which the reports of a run were written."""
    return str(run.record.settings.get("language") or "en")


def put(file: Path, text: str) -> None:
    """Write a report; half a surrogate pair becomes a question mark.

    Raises:
        RunError: the file cannot be written.
    """
    try:
        write_whole(file, text.encode("utf-8", "replace") + b"\n")
    except OSError as error:
        raise RunError(f"{file}: cannot be written ({error.strerror}); name another") from error
