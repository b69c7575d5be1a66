"""Runs that lie elsewhere, such as in a working folder, taken over into the folder of a library."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from eval.journal import locked
from eval.runs import store
from eval.runs.record import Record
from rag.errors import RunError

ELSEWHERE = Path("runs")
"""Where an older Ibid left runs: in the working folder, whatever library was asked."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the runs of a folder: names of those ``taken``, why others were ``left``."""

    taken: tuple[str, ...]
    left: tuple[str, ...]


def older(library: Path, folder: Path = ELSEWHERE) -> list[Path]:
    """The runs in a folder that a library may take over.

    None that its record says was asked of another library.
    """
    if folder.absolute() == store.runs_of(library):
        return []
    there = [(run, record) for run, record in _found(folder) if not _is_of_another(record, library)]
    return [run for run, record in sorted(there, key=lambda one: one[1].started, reverse=True)]


def all_of(folder: Path) -> list[Path]:
    """All runs in a folder that can be read, whatever library they were asked of.

    Raises:
        RunError: there are none.
    """
    if not (there := [run for run, _ in _found(folder)]):
        raise RunError(f"{folder}: holds no run; name the folder that the folders of runs lie in")
    return there


def take_over(library: Path, runs: list[Path]) -> Moved:
    """Move runs into the folder of a library. None is overwritten, and none is ever half there.

    Raises:
        RunError: the folder of the library cannot be written.
    """
    own = store.runs_of(library)
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{own}: cannot be written ({error.strerror or error})") from error
    taken, left = [], []
    for run in runs:
        try:
            _move(run, own / run.name)
            taken.append(run.name)
        except RunError as error:
            left.append(str(error))
        except OSError as error:
            left.append(f"{run}: cannot be moved ({error.strerror or error})")
    return Moved(tuple(taken), tuple(left))


def _found(folder: Path) -> Iterator[tuple[Path, Record]]:
    """Each run, each measurement of robustness and each sweep of a folder, and its first record."""
    for run in sorted(folder.iterdir()) if folder.is_dir() else ():
        for file in _records(run)[:1]:
            try:
                yield run, store.load(file.parent).record
            except RunError:
                continue  # What cannot be read is left where it is.


def _records(run: Path) -> list[Path]:
    """The record of a run, or those of its parts."""
    own = run / store.RECORD
    return [own] if own.is_file() else sorted(run.glob(f"*/{store.RECORD}"))


def _is_of_another(record: Record, library: Path) -> bool:
    asked = record.settings.get("library")
    if record.held.is_built or not isinstance(asked, str):
        return False  # Of a library that is no more.
    return Path(asked).expanduser().absolute() != library.expanduser().absolute()


def _move(run: Path, place: Path) -> None:
    if place.exists():
        raise RunError(f"{run}: the library has a run of this name; give it another, and try again")
    with ExitStack() as held:
        for file in _records(run):
            held.enter_context(locked(file.parent, "another Ibid is writing it; let it end"))
    try:
        run.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        half = place.with_name(f".{place.name}-{os.getpid()}")
        try:
            shutil.copytree(run, half)
            half.rename(place)
        finally:
            shutil.rmtree(half, ignore_errors=True)
        shutil.rmtree(run)
