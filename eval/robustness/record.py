"""The record of a measurement of robustness: a folder with one run for each change.

::

    runs/seeds-20260524-101500-robustness/
        plan.json           what was chosen (`Plan`)
        original/           the set as it is: an ordinary run, as all beside it are
        polite/   lower-case/   …
        rewordings.jsonl    what a language model made of each question, one a line
        robustness.html     robustness.md     robustness.json
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.journal import appending, locked, whole_lines
from eval.robustness.changes import BY_MODEL, KINDS, Rewording, Shift, shift
from eval.runs import store as runs
from eval.runs.store import Run
from rag.disk import write_whole
from rag.errors import RunError

PLAN = "plan.json"
ORIGINAL = "original"
REWORDINGS = "rewordings.jsonl"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked, and which ``kinds`` of change are to be made. Paths are absolute.

    ``limit``, ``sample`` and ``seed`` as in `eval.runs.record.Asked`. ``distractors`` is where the
    articles to add are, empty where they are made up; ``reworder`` says which model finds the
    words, with its SHA-256 and the version of its prompt, empty where none does. ``is_built``: a
    throw-away library is asked.
    """

    path: str
    kinds: tuple[str, ...]
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    quotes_only: bool = False
    is_built: bool = False
    distractors: str = ""
    reworder: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was begun: its run, and what it did so far."""

    run: Run
    shift: Shift


@dataclass(frozen=True, slots=True)
class Robustness:
    """All of it, as far as it is on disk. Rows that it holds are `eval.runs.store.light`."""

    folder: Path
    plan: Plan
    original: Run
    changes: tuple[Changed, ...]
    rewordings: tuple[Rewording, ...] = ()

    def untouched(self, changed: Changed) -> int:
        """How many cases a change leaves as they are, or has no fit words for."""
        return self.original.record.asked.cases - changed.run.record.asked.cases

    @property
    def waiting(self) -> tuple[str, ...]:
        """The changes that were not begun."""
        begun = {one.shift.name for one in self.changes}
        return tuple(kind for kind in self.plan.kinds if kind not in begun)


_PLAN = TypeAdapter(Plan)
_REWORDING = TypeAdapter(Rewording)


def check_kinds(kinds: tuple[str, ...]) -> None:
    """Make sure that there are such changes. Raises RunError; it lists those that there are."""
    possible = (*KINDS, BY_MODEL)
    if unknown := [kind for kind in kinds if kind not in possible]:
        raise RunError(f"no change is called {unknown[0]!r}; there are: {', '.join(possible)}")


# The folder -------------------------------------------------------------------------------------


def begin(folder: Path, plan: Plan) -> None:
    """Make the folder, which must be new, with the plan in it.

    Raises:
        RunError: it cannot be written, or holds something already.
    """
    runs.check_new(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(plan), ensure_ascii=False, indent=2) + "\n"
        write_whole(folder / PLAN, text.encode())
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be written ({error.strerror or error}); "
            "name another folder with --out"
        ) from error


def load(folder: Path) -> Plan:
    """The plan of a folder.

    Raises:
        RunError: there is none, or it cannot be used.
    """
    file = folder / PLAN
    try:
        plan = _PLAN.validate_json(file.read_bytes())
    except FileNotFoundError:
        raise RunError(
            f"{folder}: holds no {PLAN}; name a folder as ibid eval robustness prints it"
        ) from None
    except (OSError, ValidationError) as error:
        why = error.errors()[0]["msg"].lower() if isinstance(error, ValidationError) else error
        raise RunError(f"{file}: cannot be read ({why}); begin again without --resume") from None
    if plan.format != FORMAT:
        raise RunError(f"{file}: was written by another version of Ibid; begin again")
    check_kinds(plan.kinds)
    return plan


def place(folder: Path, kind: str) -> Path:
    """The folder of the run of one change; of the original where ``kind`` is empty."""
    return folder / (re.sub(r"[^a-z]+", "-", kind) or ORIGINAL)


def is_begun(folder: Path, kind: str = "") -> bool:
    """Whether there is a run of this change, or of the original."""
    return (place(folder, kind) / runs.RECORD).exists()


def is_finished(folder: Path, plan: Plan) -> bool:
    """Whether every case was asked, with every change."""
    kinds = ("", *plan.kinds)
    return all(
        is_begun(folder, kind) and runs.load(place(folder, kind)).is_finished for kind in kinds
    )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from this folder. Raises RunError: one is at work in it."""
    with locked(folder, "another Ibid is at work in it; let it end"):
        yield


def gather(folder: Path) -> Robustness:
    """Read all that was done.

    Raises:
        RunError: the original was not begun, or something cannot be read.
    """
    plan = load(folder)
    original = runs.load(place(folder, ""))
    before = original.light_rows()
    changes = []
    for kind in plan.kinds:
        if is_begun(folder, kind):
            run = runs.load(place(folder, kind))
            changes.append(Changed(run, shift(kind, before, run.light_rows(), plan.seed)))
    made = _made(folder / REWORDINGS).values()
    return Robustness(folder, plan, original, tuple(changes), tuple(made))


# What a model made of the questions -------------------------------------------------------------


@contextmanager
def rewording(folder: Path) -> Iterator[tuple[dict[str, Rewording], Callable[[Rewording], None]]]:
    """What was made until now by the id of its case, and what writes down another.

    It is on disk when the call returns.

    Raises:
        RunError: a line cannot be read.
    """
    made = _made(folder / REWORDINGS)
    with appending(folder / REWORDINGS) as add:

        def keep(rewording: Rewording) -> None:
            line = json.dumps(asdict(rewording), ensure_ascii=False)
            add(line.encode("utf-8", "replace"))
            made[rewording.id] = rewording

        yield made, keep


def _made(file: Path) -> dict[str, Rewording]:
    """The rewordings of a file by the id of their case."""
    made: dict[str, Rewording] = {}
    for start, line in whole_lines(file):
        try:
            rewording = _REWORDING.validate_json(line)
        except ValidationError:
            raise RunError(f"{file}: byte {start} begins no rewording; take it out") from None
        made[rewording.id] = rewording
    return made
