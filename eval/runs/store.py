"""The record of a run: a folder that says what was asked of what, and all that came of it.

::

    runs/seeds-20260524-101500-mytag/
        run.json      what it was made with (`Record`)
        rows.jsonl    one row a line, in the order in which they were done
        report.html   report.md   report.json

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
from typing import Any

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from eval.runs.redaction import blotted, without_login
from eval.runs.runner import Row
from eval.runs.usage import Prices
from rag.errors import RunError
from rag.schema import Answer, upgraded

RUNS = Path("runs")
RECORD = "run.json"
ROWS = "rows.jsonl"
FORMAT = 1

# What may differ between the two halves of a run without changing an answer.
_HARMLESS_SETTINGS = ("library", "models_dir", "log_level", "api_key", "timeout", "retries")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases: a set by its absolute path and SHA-256, and what was chosen of it.

    The first ``limit`` cases, then of these ``sample`` drawn with ``seed``; None: all.
    ``cases`` is how many that makes.
    """

    path: str
    digest: str
    cases: int
    limit: int | None = None
    sample: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """Which articles: how the library was built, and a digest of all that it holds.

    ``is_built``: a throw-away library, made of the set's own articles.
    """

    fingerprint: str
    digest: str
    articles: int
    is_built: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What a run was made with. ``finished`` is None while it runs, and after a crash.

    ``model`` is the language model, empty where none was asked; ``models`` has name and SHA-256
    of each by its role; ``code`` is a digest of Ibid's own sources; ``prices`` are those that the
    user gave; ``change`` is what was changed to see whether it matters (`eval.robustness`), empty
    where nothing was. Settings hold no secret.
    """

    asked: Asked
    held: Held
    settings: Mapping[str, Any]
    model: str
    models: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, str]
    code: str
    started: datetime
    workers: int = 1
    tag: str = ""
    finished: datetime | None = None
    format: int = FORMAT
    prices: Prices | None = None
    change: str = ""


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


_RECORD = TypeAdapter(Record)
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
        record = _RECORD.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{file}: is no record of a run ({where}: {first['msg'].lower()}); make the run again"
        ) from None
    return Run(folder, record, _places(folder / ROWS)[0])


def listed(folder: Path = RUNS) -> list[Run]:
    """All runs in a folder, the latest begun first; what cannot be read is left out."""
    found = []
    for file in folder.glob(f"*/{RECORD}"):
        try:
            found.append(load(file.parent))
        except RunError:
            continue
    return sorted(found, key=lambda run: run.record.started, reverse=True)


def _places(file: Path) -> tuple[dict[int, int], int]:
    """Where the row of each case begins, and where the last whole row ends, in bytes."""
    places: dict[int, int] = {}
    end = 0
    if not file.exists():
        return places, end
    with file.open("rb") as rows:
        for line in rows:
            if not line.endswith(b"\n"):
                break
            if line.strip():
                try:
                    places[from_json(line)["number"]] = end
                except (ValueError, KeyError, TypeError):
                    raise RunError(
                        f"{file}: byte {end} begins no row; make the run again"
                    ) from None
            end += len(line)
    return places, end


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


def folder_for(set_file: Path, tag: str = "", at: datetime | None = None) -> Path:
    """Where a run of a set goes if nobody says otherwise: ``runs/SET-TIME[-TAG]``."""
    time = at or datetime.now()
    name = f"{set_file.stem}-{time:%Y%m%d-%H%M%S}{'-' if tag else ''}{tag}"
    return RUNS / re.sub(r"[^\w.-]+", "-", name)


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
        RunError: another process is writing this run.
    """
    lock = FileLock(run.folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(f"{run.folder}: another Ibid is writing this run; let it end") from None
    try:
        with (run.folder / ROWS).open("r+b") as file:
            file.truncate(_places(run.folder / ROWS)[1])  # a torn row is asked again
            file.seek(0, os.SEEK_END)

            def write(number: int, row: Row) -> None:
                file.write(_line(number, row, secrets))
                file.flush()
                os.fsync(file.fileno())

            yield write
    finally:
        lock.release()  # the file stays: who has opened it already would lock it in vain


def finish(run: Run) -> Run:
    """The run as it is on disk, finished now if no case is left to ask."""
    run = replace(run, places=_places(run.folder / ROWS)[0])
    if len(run.places) == run.record.asked.cases and run.record.finished is None:
        run = replace(run, record=replace(run.record, finished=datetime.now(UTC)))
        _write_record(run.folder, run.record)
    return run


def plain_record(record: Record) -> dict[str, Any]:
    """A record as plain JSON values."""
    plain: dict[str, Any] = _RECORD.dump_python(record, mode="json")
    return plain


def _write_record(folder: Path, record: Record) -> None:
    document = plain_record(record)
    written = folder / f"{RECORD}.new"
    written.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    written.replace(folder / RECORD)


def _line(number: int, row: Row, secrets: list[str]) -> bytes:
    if row.error:
        row = replace(row, error=without_login(row.error))
    if row.answer and row.answer.notice:
        row = replace(row, answer=replace(row.answer, notice=without_login(row.answer.notice)))
    document = blotted({"number": number, **_ROW.dump_python(row, mode="json")}, secrets)
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


# Going on ---------------------------------------------------------------------------------------


def check_same(old: Record, new: Record) -> None:
    """Make sure that a run can be gone on with: all that may change an answer is as it was.

    Raises:
        RunError: something is not; it says what.
    """
    if changed := differences(old, new):
        raise RunError(
            f"this run cannot be gone on with, because {' and '.join(changed[:3])}; "
            "set that back, or begin a new run"
        )


def differences(old: Record, new: Record) -> list[str]:
    """What may change an answer and differs between two records, in words."""
    changed = []
    if old.asked.digest != new.asked.digest:
        changed.append(f"the set {new.asked.path} has changed since")
    for name in ("limit", "sample", "seed"):
        was, now = getattr(old.asked, name), getattr(new.asked, name)
        if was != now:
            changed.append(f"--{name} was {_said(was)} and is {_said(now)}")
    if old.change != new.change:
        changed.append(f"the change was {old.change or 'none'} and is {new.change or 'none'}")
    if old.model != new.model:
        changed.append(f"the model was {old.model or 'none'} and is {new.model or 'none'}")
    for name in sorted({*old.settings, *new.settings} - {*_HARMLESS_SETTINGS, "model"}):
        was, now = old.settings.get(name), new.settings.get(name)
        if was != now:
            changed.append(f"the setting {name} was {_said(was)} and is {_said(now)}")
    roles = {*old.models, *new.models}
    if old.change != new.change:  # a change may have a model of its own
        roles = old.models.keys() & new.models.keys()
    is_other = any(old.models.get(role) != new.models.get(role) for role in roles)
    if is_other and old.model == new.model:
        changed.append("a model's file has changed")
    if old.held.fingerprint != new.held.fingerprint:
        changed.append(
            f"the library was built by {old.held.fingerprint} and is by {new.held.fingerprint}"
        )
    elif old.held.digest != new.held.digest:
        changed.append("the library holds other articles")
    if old.code != new.code:
        changed.append("Ibid itself has changed")
    elif old.versions != new.versions:
        names = sorted({*old.versions, *new.versions})
        other = [name for name in names if old.versions.get(name) != new.versions.get(name)]
        changed.append(f"another version of {', '.join(other)} is installed")
    return changed


def _said(value: Any) -> str:
    return "not set" if value is None else str(value)
