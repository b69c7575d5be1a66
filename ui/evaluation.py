"""``ibid eval``: a set, a library to ask, a run, a report on disk."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval import report
from eval.cases import Case, load
from eval.evidence import folders, resolve
from eval.runner import Row
from eval.runner import run as run_cases
from eval.summary import summarise
from rag.catalog import opened
from rag.errors import CaseError, IbidError
from rag.library import CATALOG, Library
from rag.readers import read
from rag.settings import Settings
from ui import engine


def run(
    settings: Settings,
    file: Path,
    out: Path | None,
    *,
    limit: int | None,
    quotes_only: bool,
    console: Console,
) -> tuple[dict[str, Any], Group, Path]:
    """Ask every case of a set and write the report.

    Progress goes to ``console``. An interrupt goes on after a report of what was done until then.

    Returns:
        The report, its tables for a terminal, and the file that it stands in.

    Raises:
        CaseError: a line of the set cannot be used, or its evidence is not to be found.
        IbidError: the report cannot be written; told before the first question.
    """
    cases = load(file)[:limit]
    out = out or Path("runs") / f"{file.stem}-{datetime.now():%Y%m%d-%H%M%S}.json"
    _check_writable(out)
    rows: list[Row] = []
    interrupt: KeyboardInterrupt | None = None
    with (
        _library(settings, cases, file, console) as own,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        ) as bars,
    ):
        assistant = engine.assistant(own, model=not quotes_only)
        task = bars.add_task("Asking", total=len(cases))

        def done(number: int, row: Row) -> None:
            rows.append(row)
            bars.update(task, completed=number)

        try:
            run_cases(cases, assistant, own, root=file, on_case=done)
        except KeyboardInterrupt as pressed:
            interrupt = pressed
        summary = summarise(rows)
        info = {
            "set": str(file),
            "cases": len(cases),
            "library": own.catalog.fact("fingerprint"),
            "articles": own.catalog.count()[0],
            "model": assistant.model_name or "none: quotes only",
            "settings": settings.model_dump(),
        }
        document = report.to_json(summary, rows, info)
    out.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    if interrupt:
        console.print(f"{len(rows)} of {len(cases)} cases were asked; report: {out}")
        raise interrupt
    by_tag = report.tag_table(summary)
    tables = [report.table(summary)] + ([by_tag] if by_tag else [])
    return document, Group(*tables), out


def _check_writable(out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        reason = "a folder" if out.is_dir() else ""
        if not os.access(out if out.exists() else out.parent, os.W_OK):
            reason = "no permission"
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        raise IbidError(
            f"{out}: the report cannot be written ({reason}); name another file with --out"
        )


@contextmanager
def _library(
    settings: Settings, cases: Sequence[Case], file: Path, console: Console
) -> Iterator[Library]:
    """The library of the settings if it holds the set's evidence, else a throw-away one."""
    if _holds(settings, cases, file):
        with engine.library(settings, "ibid eval") as own:
            yield own
        return
    places = folders(cases, file)
    names = ", ".join(str(place) for place in places)
    console.print(f"The library does not hold this set's articles; asking one made of {names}")
    with tempfile.TemporaryDirectory(prefix="ibid-eval-") as folder:
        temporary = settings.model_copy(update={"library": Path(folder)})
        with engine.library(temporary, "ibid eval") as own:
            own.add(article for place in places for article in read(place))
            yield own


def _holds(settings: Settings, cases: Sequence[Case], file: Path) -> bool:
    catalog_file = settings.library.expanduser() / CATALOG
    if not catalog_file.exists():
        return False
    with opened(catalog_file) as catalog:
        try:
            resolve(cases, catalog, file)
        except CaseError:
            # A set with unknown evidence is told from one with wrong evidence by reading it.
            return False
    return True
