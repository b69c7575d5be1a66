"""Cases that a model proposed, decided on in the window, one at a time. No Gradio.

What is decided goes where ``ibid eval review`` puts it, so either can go on with the other's work.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.generation import candidates
from eval.generation.candidates import Candidate, set_for
from eval.sets.cases import Case
from rag.errors import CaseError
from rag.language.visible import plain
from ui import strings
from ui.window.page.events import words_of

_BETWEEN = " | "  # answers on one line, as in the terminal

Json = dict[str, Any]


class Reviewing:
    """What every window does with the files of candidates in some folders.

    A request that cannot be met is answered with ``{"problem": …}``, in words for the page.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._lock = threading.Lock()

    def files(self) -> dict[str, Path]:
        """Every file of candidates by its name; a second one of a name by its path."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for file in sorted(folder.glob("*.candidates.jsonl")):
                found[file.name if file.name not in found else str(file.absolute())] = file
        return found

    def candidates(self, given: Json) -> Json:
        """The files that hold some, and how many candidates of each are still to be read."""
        entries = (_entry(name, file) for name, file in self.files().items())
        return {"files": [entry for entry in entries if entry["of"]]}

    def candidate(self, given: Json) -> Json:
        """The first candidate of a file that nobody has decided on; none: what came of all."""
        file = self.files().get(words_of(given, "file"))
        return _next(file, candidates.read(file)) if file else {"problem": strings.NO_CANDIDATES}

    def decide(self, given: Json) -> Json:
        """Keep or drop a candidate, in the words that came back; tells the next."""
        file = self.files().get(words_of(given, "file"))
        if file is None:
            return {"problem": strings.NO_CANDIDATES}
        with self._lock:
            found = candidates.read(file)
            one = found.get(words_of(given, "id"))
            if one is None or one.case is None or one.state != "waiting":
                return {**_next(file, found), "problem": strings.DECIDED_ALREADY}
            keep = given.get("keep") is True
            case = _edited(one.case, given) if keep else one.case
            if not case.question or (case.answerable and not case.answers):
                return {"problem": strings.EMPTY_CASE}
            decided = candidates.decided(one, keep, case)
            candidates.record(file, [decided])
            found[one.id] = decided
            candidates.keep(found, set_for(file))
            return _next(file, found)


def _entry(name: str, file: Path) -> Json:
    try:
        found = candidates.read(file)
    except CaseError:
        return {"name": name, "left": 1, "of": 1}  # its fault is told when it is opened
    return {"name": name, "left": len(candidates.waiting(found)), "of": len(_proposed(found))}


def _proposed(found: Mapping[str, Candidate]) -> list[Candidate]:
    return [one for one in found.values() if one.case and one.state != "dropped"]


def _next(file: Path, found: Mapping[str, Candidate]) -> Json:
    states = [one.state for one in _proposed(found)]
    left = [one for one in candidates.waiting(found) if one.case]
    told: Json = {
        "of": len(states),
        "decided": len(states) - len(left),
        "kept": states.count("kept"),
        "refused": states.count("refused"),
        "set": plain(set_for(file).stem),
    }
    if not left or left[0].case is None:
        return told
    one, case = left[0], left[0].case
    quote = next((each.quote for each in case.evidence), "") if case.answerable else ""
    before, _, after = one.passage.partition(quote) if quote else (one.passage, "", "")
    return told | {
        "id": one.id,
        "title": plain(one.title),
        "question": plain(case.question),
        "answerable": case.answerable,
        "answers": plain(_BETWEEN.join(case.answers)),
        "before": plain(before) + " " * before[-1:].isspace(),
        "quote": plain(quote),
        "after": " " * after[:1].isspace() + plain(after),
        "nearest": plain(one.nearest),
        "nearest_score": one.nearest_score,
    }


def _edited(case: Case, given: Json) -> Case:
    """The case in the words of the page; what was not changed there stays as it was."""
    question, answers = words_of(given, "question").strip(), words_of(given, "answers").strip()
    if question != plain(case.question).strip():
        case = replace(case, question=question)
    if case.answerable and answers != plain(_BETWEEN.join(case.answers)).strip():
        said = (one.strip() for one in answers.split("|"))
        case = replace(case, answers=tuple(one for one in said if one))
    return case
