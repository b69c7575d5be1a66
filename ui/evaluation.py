"""``ibid eval``: a set, a library to ask, a run, a report on disk."""

from __future__ import annotations

import json
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
from eval.runner import Row, articles_named, resolve, run as run_cases
from rag.errors import CaseError
from rag.library import Library
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

    Progress goes to ``console``. Interrupted, it writes a report of what was done until then.

    Returns:
        The report, its tables for a terminal, and the file that it stands in.

    Raises:
        CaseError: a line of the set cannot be used, or its evidence is not to be found.
    """
    cases = load(file)[:limit]
    out = out or Path("runs") / f"{file.stem}-{datetime.now():%Y%m%d-%H%M%S}.json"
    rows: list[Row] = []
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
        except KeyboardInterrupt:
            console.print(f"stopped after {len(rows)} of {len(cases)} cases")
        summary = report.summarise(rows)
        info = {
            "set": str(file),
            "cases": len(cases),
            "library": own.catalog.fact("fingerprint"),
            "articles": own.catalog.count()[0],
            "model": assistant.model_name or "none: quotes only",
            "settings": settings.model_dump(),
        }
        document = report.to_json(summary, rows, info)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    by_tag = report.tag_table(summary)
    tables = [report.table(summary)] + ([by_tag] if by_tag else [])
    return document, Group(*tables), out


@contextmanager
def _library(
    settings: Settings, cases: Sequence[Case], file: Path, console: Console
) -> Iterator[Library]:
    """The library of the settings if it holds the set's evidence, else a throw-away one."""
    with engine.library(settings, "ibid eval") as own:
        try:
            resolve(cases, own, file)
            yield own
            return
        except CaseError:
            # A set with unknown evidence is told from one with wrong evidence by reading it.
            folders = list(dict.fromkeys(path.parent for path in articles_named(cases, file)))
    if not folders:
        raise CaseError(f"{file}: no case names its evidence, so nothing can be measured")
    names = ", ".join(str(folder) for folder in folders)
    console.print(f"The library does not hold this set's articles; asking one made of {names}")
    with tempfile.TemporaryDirectory(prefix="ibid-eval-") as folder:
        temporary = settings.model_copy(update={"library": Path(folder)})
        with engine.library(temporary, "ibid eval") as own:
            own.add(article for folder in folders for article in read(folder))
            yield own
