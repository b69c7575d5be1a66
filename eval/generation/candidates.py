"""Cases that a model proposed, in a file of JSON lines, until a person has decided on each.

The file is only ever added to: the last line of an id is what holds. So whatever ends the
program, what was made and what was decided is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from eval.journal import appending, whole_lines
from eval.sets.cases import Case, append, load, told
from rag.errors import CaseError

PROPOSED = "generated.candidates.jsonl"
"""The file of candidates where nobody names one."""
State = Literal["waiting", "kept", "refused", "dropped"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed case, or an attempt at one that came to nothing.

    ``dropped`` is what a rule has thrown out, for ``reason``; ``refused`` what a person has.
    ``chunk`` is the id of the ``passage`` that it was made of, ``title`` that of its article.
    ``nearest`` is what the other articles say that is nearest, and ``nearest_score`` the
    probability that it answers. ``reply`` is what the ``model`` wrote, asked in the words of
    ``prompt``.
    """

    id: str
    state: State
    chunk: str
    title: str
    passage: str
    case: Case | None = None
    reason: str = ""
    nearest: str = ""
    nearest_score: float = 0.0
    reply: str = ""
    model: str = ""
    prompt: int = 0


_CANDIDATE = TypeAdapter(Candidate)


def read(file: Path) -> dict[str, Candidate]:
    """All candidates of a file by id, in the order in which they were made; none if it is not
    there. The last line may be torn, by a crash; it does not count.

    Raises:
        CaseError: the file cannot be read, or holds something else.
    """
    try:
        lines = [line for _, line in whole_lines(file)]
    except OSError as error:
        raise CaseError(f"{file}: cannot be read ({error.strerror}); check the path") from error
    candidates: dict[str, Candidate] = {}
    for number, line in enumerate(lines, start=1):
        try:
            candidate = _CANDIDATE.validate_json(line)
        except ValidationError as error:
            field, fault = told(error.errors()[0])
            raise CaseError(
                f"{file}, line {number}{', field ' if field else ''}{field}: {fault}, or name "
                "another file; this one is not of ibid eval generate"
            ) from None
        candidates[candidate.id] = candidate
    return candidates


def set_for(file: Path) -> Path:
    """The set that what is kept of a file of candidates goes to, if nobody says otherwise."""
    out = file.with_name(file.name.removesuffix(".jsonl").removesuffix(".candidates") + ".jsonl")
    return out if out != file else file.with_suffix(".set.jsonl")


def record(file: Path, candidates: Sequence[Candidate]) -> None:
    """Add candidates to a file, or what became of them; they are on disk when this returns.

    Raises:
        CaseError: the file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with appending(file) as add:
            for candidate in candidates:
                add(_CANDIDATE.dump_json(candidate))
    except OSError as error:
        raise CaseError(f"{file}: cannot be written ({error.strerror}); name another") from error


def waiting(candidates: Mapping[str, Candidate]) -> list[Candidate]:
    """Those on which a person has yet to decide."""
    return [one for one in candidates.values() if one.state == "waiting"]


def decided(candidate: Candidate, keep: bool, case: Case | None = None) -> Candidate:
    """A candidate on which a person has decided; ``case``: as they would have it.

    Raises:
        CaseError: the quote of an edited case does not stand in its passage, or its answer not
            in the quote.
    """
    case = case or candidate.case
    if keep and case:
        for evidence in case.evidence:
            if evidence.quote not in candidate.passage:
                raise CaseError("the quote does not stand in the passage; copy it from there")
        if not case.question.strip() or (case.answerable and not "".join(case.answers).strip()):
            raise CaseError("question or answer is empty; fill it in")
    return replace(candidate, case=case, state="kept" if keep else "refused")


def keep(candidates: Mapping[str, Candidate], out: Path) -> int:
    """Add to a set what was kept and is not in it yet; returns how many that were.

    Raises:
        CaseError: the set cannot be read or written.
    """
    there = {case.id for case in load(out)} if out.exists() else set()
    new = [
        one.case
        for one in candidates.values()
        if one.state == "kept" and one.case and one.case.id not in there
    ]
    if new:
        append(out, new)
    return len(new)
