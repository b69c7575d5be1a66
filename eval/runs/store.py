"""The record of a run: a folder that says what was asked of what, and all that came of it.

::

    LIBRARY/runs/seeds-20260524-101500-mytag/
        run.json      what it was made with (`Record`)
        rows.jsonl    one row a line, in the order in which they were done
        report.html   report.md   report.json

Runs belong to the library that was asked, and lie in its folder unless ``--out`` says otherwise.
A row is on disk before the next question is asked, so a crash loses at most the question in hand.
Rows are read from disk one at a time, in the order of the set, however many there are.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from eval.journal import appending, locked, whole_lines
from eval.runs import sharing
from eval.runs.record import FORMAT, Record, plain_record, read_record
from eval.runs.redaction import blotted, without_login
from eval.runs.runner import Row
from rag.disk import write_whole
from rag.errors import RunError
from rag.index.catalog import CATALOG
from rag.index.ownership import LOCK
from rag.schema import Answer
from rag.upgrading import upgraded

RUNS = "runs"
"""The folder of a library that holds its runs."""
RECORD, ROWS = sharing.RECORD, sharing.ROWS


@dataclass(frozen=True, slots=True)
class Run:
    """A run on disk. ``places``: the number of a case in the set and where its row begins."""

    folder: Path
    record: Record
    places: Mapping[int, int] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def is_finished(self) -> bool:
        """Whether every case was asked."""
        return self.record.finished is not None

    @property
    def rows(self) -> Iterator[Row]:
        """Its rows in the order of the set, each read when it is asked for."""
        return (row for _, row in self.numbered())

    def numbered(self) -> Iterator[tuple[int, Row]]:
        """The number of each case, counted from 1, and its row.

        Raises:
            RunError: a row cannot be read.
        """
        with (self.folder / ROWS).open("rb") as file:
            for number in sorted(self.places):
                file.seek(self.places[number])
                yield number, _row(file.readline(), self.folder / ROWS, number)

    def at(self, number: int) -> Row:
        """The row of the case of a number, counted from 1."""
        with (self.folder / ROWS).open("rb") as file:
            file.seek(self.places[number])
            return _row(file.readline(), self.folder / ROWS, number)

    def row(self, case_id: str) -> Row:
        """The row of one case.

        Raises:
            RunError: the run did not ask it.
        """
        for row in self.rows:
            if row.case.id == case_id:
                return row
        raise RunError(f"{self.folder}: it has no case {case_id}; its report lists those it has")

    def light_rows(self) -> list[Row]:
        """All rows without the words that they found: little enough to hold in memory."""
        return [light(row) for row in self.rows]


_ROW = TypeAdapter(Row)


# Reading ----------------------------------------------------------------------------------------


def load(folder: Path) -> Run:
    """Read the record of a run, and where its rows stand.

    The last line may be torn, by a crash or because it is being written; it does not count.

    Args:
        folder: the folder, or a file in it.

    Raises:
        RunError: there is no run, or it cannot be read.
    """
    folder = folder.parent if folder.is_file() else folder
    file = folder / RECORD
    try:
        document = from_json(file.read_bytes())
    except FileNotFoundError:
        raise RunError(
            f"{folder}: holds no {RECORD}; name the folder of a run, as ibid eval prints it"
        ) from None
    except (OSError, ValueError) as error:
        raise RunError(f"{file}: cannot be read ({error}); make the run again") from error
    if isinstance(document, dict) and document.get("format") != FORMAT:
        raise RunError(f"{file}: was written by another version of Ibid; make the run again")
    try:
        record = read_record(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{file}: is no record of a run ({where}: {first['msg'].lower()}); make the run again"
        ) from None
    return Run(folder, record, _places(folder / ROWS))


def listed(folder: Path) -> list[Run]:
    """All runs in a folder, the latest begun first; what cannot be read is left out."""
    readable = []
    for file in folder.glob(f"[!.]*/{RECORD}"):
        try:
            readable.append(load(file.parent))
        except RunError:
            continue
    return sorted(readable, key=lambda run: run.record.started, reverse=True)


def _places(file: Path) -> dict[int, int]:
    """At which byte the row of each case begins."""
    places: dict[int, int] = {}
    for start, line in whole_lines(file):
        if line.strip():
            try:
                places[from_json(line)["number"]] = start
            except (ValueError, KeyError, TypeError):
                raise RunError(f"{file}: byte {start} begins no row; make the run again") from None
    return places


def _row(line: bytes, file: Path, number: int) -> Row:
    try:
        return _ROW.validate_json(to_json(upgraded(from_json(line))))
    except ValueError as error:
        why = str(error).splitlines()[0]
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            why = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
        raise RunError(f"{file}: row {number} cannot be read ({why}); make the run again") from None


def light(row: Row) -> Row:
    """A row without the words of what was found, which are most of it."""

    def bare(answer: Answer) -> Answer:
        passages = tuple(replace(one, text="") for one in answer.passages)
        return replace(answer, passages=passages, evidence=())

    return replace(
        row,
        answer=bare(row.answer) if row.answer else None,
        found=tuple(replace(one, text="") for one in row.found),
    )


# Writing ----------------------------------------------------------------------------------------


def runs_of(library: Path) -> Path:
    """The folder that holds the runs of the library in this folder."""
    return library.expanduser().absolute() / RUNS


def found(named: Path, library: Path) -> Path:
    """The folder of a run that is named by its path, or by its name alone.

    ``runs/NAME`` counts as a name, too: so it was told while runs lay in the working folder.
    """
    is_name = named.parent in (Path(), Path(RUNS))
    if not named.exists() and is_name and (own := runs_of(library) / named.name).is_dir():
        return own
    return named


def library_of(run: Path) -> Path | None:
    """The library in whose folder a run lies; None where it lies elsewhere."""
    folder = run.absolute().parent
    # Of a library whose catalog is in a database, the folder has no file of it.
    is_library = any((folder.parent / name).is_file() for name in (CATALOG, LOCK))
    is_own = folder.name == RUNS and is_library
    return folder.parent if is_own else None


def folder_for(library: Path, set_file: Path, tag: str = "", at: datetime | None = None) -> Path:
    """Where a run goes if nobody says otherwise: ``runs/SET-TIME[-TAG]`` of the library."""
    time = at or datetime.now()
    name = f"{set_file.stem}-{time:%Y%m%d-%H%M%S}{'-' if tag else ''}{tag}"
    return runs_of(library) / re.sub(r"[^\w.-]+", "-", name)


def check_new(folder: Path) -> None:
    """Make sure that a run can begin in a folder, before anything is loaded.

    Raises:
        RunError: the folder cannot be written, or holds something already.
    """
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    fault = ""
    if not there.is_dir():
        fault = f"{there} is a file"
    elif not os.access(there, os.W_OK):
        fault = f"no permission for {there}"
    elif folder.exists() and any(folder.iterdir()):
        fault = "the folder is not empty"
    if fault:
        raise RunError(
            f"{folder}: the run cannot be written ({fault}); name another folder with --out"
        )


def create(folder: Path, record: Record) -> Run:
    """Begin a run: its folder and its record.

    Raises:
        RunError: the folder cannot be written, or holds something already.
    """
    check_new(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_record(folder, record)
        (folder / ROWS).touch()
        sharing.begun(folder)
    except OSError as error:
        raise RunError(
            f"{folder}: the run cannot be written ({error.strerror or error}); "
            "name another folder with --out"
        ) from error
    return Run(folder, record)


@contextmanager
def writing(run: Run, secrets: list[str]) -> Iterator[Callable[[int, Row], None]]:
    """What appends a row, given with the number of its case. For one thread at a time.

    The row is on disk when the call returns, without the ``secrets``. Which cases were asked is
    to be read within: before, another process may still be writing.

    Raises:
        RunError: another process is writing this run, or a row cannot be written.
    """
    sharing.begun(run.folder)
    with locked(run.folder, "another Ibid is writing this run; let it end"):
        _places(run.folder / ROWS)  # what is no row is told before another one is added
        with appending(run.folder / ROWS) as add:

            def write(number: int, row: Row) -> None:
                line = _line(number, row, secrets)
                sharing.added(run.folder, number, line)
                try:
                    add(line)
                except OSError as error:
                    raise RunError(
                        f"{run.folder}: cannot be written ({error.strerror or error}); make room "
                        f"on the disk, then go on: ibid eval --resume {quote(str(run.folder))}"
                    ) from None

            yield write


def finish(run: Run) -> Run:
    """The run as it is on disk, finished now if no case is left to ask."""
    run = replace(run, places=_places(run.folder / ROWS))
    if len(run.places) == run.record.asked.cases and run.record.finished is None:
        run = replace(run, record=replace(run.record, finished=datetime.now(UTC)))
        _write_record(run.folder, run.record)
    return run


def _write_record(folder: Path, record: Record) -> None:
    document = plain_record(record)
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    write_whole(folder / RECORD, text.encode())


def _line(number: int, row: Row, secrets: list[str]) -> bytes:
    if row.error:
        row = replace(row, error=without_login(row.error))
    if row.answer and row.answer.notice:
        row = replace(row, answer=replace(row.answer, notice=without_login(row.answer.notice)))
    document = blotted({"number": number, **_ROW.dump_python(row, mode="json")}, secrets)
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
