"""Runs of a library in a database: kept there too, so that whatever machine is asked has them.

A run is written into the library's folder as ever. What is written goes into the database as well,
each row as it is done, and what other machines wrote there comes into the folder by `fetch`. Of a
library whose catalog is a file nothing of this is done.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout
from pydantic_core import from_json

from eval.journal import whole_lines
from rag.disk import write_whole
from rag.errors import RunError
from rag.index import catalogs
from rag.index.beside import RunFile, RunFiles, sum_of
from rag.settings import Settings

ROWS = "rows.jsonl"
"""The file of a run that holds its rows."""
RECORD = "run.json"
"""The file that makes a folder a run."""
_LOCK = ".shared"  # of the process that writes a run, whose files are newer than the database's
_NOW: ContextVar[_Shared | None] = ContextVar("shared", default=None)


class _Shared:
    """The runs of a folder that are written just now, and their files in the database."""

    def __init__(self, files: RunFiles, runs: Path) -> None:
        self._files, self._runs = files, runs
        self._held = ExitStack()
        self._written: set[Path] = set()

    def begin(self, folder: Path) -> None:
        """A run is begun, or gone on with: what there is of it is in the database from now on."""
        run = _run_of(folder, self._runs)
        if run is None:
            return
        if run not in self._written:
            try:
                self._held.enter_context(FileLock(run / _LOCK, timeout=0))
            except Timeout:
                raise RunError(f"{run}: another Ibid is writing this run; let it end") from None
            self._written.add(run)
        push(self._files, self._runs, [run.name])

    def add(self, folder: Path, number: int, line: bytes) -> None:
        """A row was written."""
        if (run := _run_of(folder, self._runs)) is not None:
            name = _name_of(folder / ROWS, run)
            if not self._files.add(run.name, name, number, line + b"\n"):
                raise RunError(f"{run}: another Ibid is writing this run; let it end")

    def end(self) -> None:
        """All that was written since is in the database."""
        with self._held:
            push(self._files, self._runs, [run.name for run in self._written])


@contextmanager
def sharing(settings: Settings, runs: Path) -> Iterator[None]:
    """Have all that is written into this folder of a library's runs be in its database as well.

    Raises:
        LibraryError: the database does not answer.
    """
    if (kept := _kept(settings)) is None:
        yield
        return
    with closing(kept) as files:
        shared = _Shared(files, runs)
        before = _NOW.set(shared)
        try:
            yield
        finally:
            _NOW.reset(before)
            shared.end()


def begun(folder: Path) -> None:
    """Tell whoever shares it that the run of a folder is begun, or gone on with.

    Raises:
        RunError: another process writes it.
    """
    if (shared := _NOW.get()) is not None:
        shared.begin(folder)


def added(folder: Path, number: int, line: bytes) -> None:
    """Tell the same of the row of a case, given without its line break.

    Raises:
        RunError: on another machine the case was asked meanwhile.
    """
    if (shared := _NOW.get()) is not None:
        shared.add(folder, number, line)


def bring(settings: Settings, runs: Path, names: Iterable[str]) -> None:
    """Bring runs of the folder into the library's database, if it has one."""
    if (kept := _kept(settings)) is not None:
        with closing(kept) as files:
            push(files, runs, names)


def adopt(settings: Settings, runs: Path) -> int:
    """Bring the runs of another library's folder that are not in the database; how many came."""
    if (kept := _kept(settings)) is None:
        return 0
    with closing(kept) as files:
        known = {one.run for one in files.listed()}
        there = sorted(runs.iterdir()) if runs.is_dir() else []
        names = [run.name for run in there if run.is_dir() and not run.name.startswith(".")]
        push(files, runs, new := [name for name in names if name not in known])
    return len(new)


def fetch(settings: Settings, runs: Path) -> None:
    """Bring what other machines wrote into the folder of the library's runs.

    Raises:
        RunError: the folder cannot be written.
        LibraryError: the database does not answer.
    """
    if (kept := _kept(settings)) is None:
        return
    with closing(kept) as files:
        by_run: dict[str, list[RunFile]] = {}
        for one in files.listed():
            if _is_plain(one):
                by_run.setdefault(one.run, []).append(one)
        try:
            for name, its in by_run.items():
                lacking = [one for one in its if _is_lacking(one, runs)]
                if lacking:
                    _take(files, runs / name, lacking)
        except OSError as error:
            raise RunError(f"{runs}: cannot be written ({error.strerror or error})") from error


def _kept(settings: Settings) -> RunFiles | None:
    """The files of the library's runs in its database; None where it is in none."""
    database = catalogs.database_of(settings)
    if database is None or not database.exists():
        return None
    database.bring_up()  # an older Ibid may have been the last there
    return RunFiles(database)


def push(files: RunFiles, runs: Path, names: Iterable[str]) -> None:
    """Bring the database up to what is in the folders of runs."""
    known = {(one.run, one.name): one for one in files.listed()}
    for run in names:
        for file in _files(runs / run):
            name = _name_of(file, runs / run)
            if file.name == ROWS:
                _push_rows(files, run, name, file)
                continue
            content = file.read_bytes()
            there = known.get((run, name))
            if there is None or there.sum != sum_of(content):
                files.put(run, name, content)


def _push_rows(files: RunFiles, run: str, name: str, file: Path) -> None:
    there = files.numbers(run, name)
    for _, line in whole_lines(file):
        if line.strip() and (number := from_json(line)["number"]) not in there:
            files.add(run, name, number, line)


def _take(files: RunFiles, run: Path, lacking: list[RunFile]) -> None:
    """Write some files of a run, that which makes it one last, unless it is written just now."""
    run.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run / _LOCK, timeout=0)
    try:
        with lock:
            for one in sorted(lacking, key=lambda one: (one.name.endswith(RECORD), one.name)):
                file = run / one.name
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, files.read(one.run, one.name))
    except Timeout:
        return


def _is_lacking(one: RunFile, runs: Path) -> bool:
    """Whether what is here is older. Rows are only ever added."""
    file = runs / one.run / one.name
    if not file.is_file():
        return True
    if not one.sum:
        return file.stat().st_size < one.size
    return file.stat().st_size != one.size or sum_of(file.read_bytes()) != one.sum


def _is_plain(one: RunFile) -> bool:
    """Whether a name leads to nowhere but into the folder of its run."""
    parts = (one.run, *PurePosixPath(one.name).parts)
    return len(PurePosixPath(one.run).parts) == 1 and not any(
        part.startswith(".") or part == "/" or "\\" in part for part in parts
    )


def _run_of(folder: Path, runs: Path) -> Path | None:
    """The run of a library that a folder is, or belongs to; None where it lies elsewhere."""
    folder = folder.absolute()
    if not folder.is_relative_to(runs) or folder == runs:
        return None
    return runs / folder.relative_to(runs).parts[0]


def _name_of(file: Path, run: Path) -> str:
    return file.absolute().relative_to(run).as_posix()


def _files(run: Path) -> Iterator[Path]:
    """The files of a run, but for what is hidden."""
    for folder, within, names in os.walk(run):
        within[:] = [one for one in within if not one.startswith(".")]
        yield from (Path(folder, one) for one in sorted(names) if not one.startswith("."))
