"""Promises of the review in the window, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.generation.candidates import Candidate, read, record, set_for
from eval.sets.cases import Case, Evidence, load
from ui import strings
from ui.window.evaluation.reviewing import Reviewing

NAME = "mine.candidates.jsonl"
QUOTE = "It has 240 seats."


def proposed(name: str, **changes: Any) -> Candidate:
    case = Case(name, f"How many, {name}?", True, ("240",), (Evidence("ferry.md", QUOTE),))
    return Candidate(name, "waiting", name, "<b>Ferry</b>", f"New. {QUOTE} Good.", case, **changes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / NAME
    thrown_out = Candidate("x", "dropped", "x", "Ferry", "New.", reason="no question")
    record(file, [proposed("a"), thrown_out, proposed("b"), proposed("c")])
    return file


@pytest.fixture
def reviewing(file: Path) -> Reviewing:
    return Reviewing((file.parent / "none", file.parent))


def said(told: dict[str, Any], keep: bool, **changes: Any) -> dict[str, Any]:
    given = {"file": NAME, "keep": keep, "id": told["id"], "question": told["question"]}
    return {**given, "answers": told["answers"], **changes}


def test_candidates_are_told_one_at_a_time_and_what_is_kept_comes_into_the_set(
    reviewing: Reviewing, file: Path
) -> None:
    assert reviewing.candidates({}) == {"files": [{"name": NAME, "left": 3, "of": 3}]}
    first = reviewing.candidate({"file": NAME})
    assert (first["id"], first["decided"], first["of"], first["set"]) == ("a", 0, 3, "mine")
    assert (first["before"], first["quote"], first["after"]) == ("New. ", QUOTE, " Good.")
    second = reviewing.decide(said(first, True))
    assert (second["id"], second["decided"], second["kept"]) == ("b", 1, 1)
    third = reviewing.decide(said(second, False))
    edited = said(third, True, question="How big?", answers=" 240 seats | 240 | ")
    done = reviewing.decide(edited)
    assert "id" not in done and (done["kept"], done["refused"]) == (2, 1)
    one, other = load(set_for(file))
    assert one == proposed("a").case
    assert (other.question, other.answers) == ("How big?", ("240 seats", "240"))
    assert [each.state for each in read(file).values()] == ["kept", "dropped", "refused", "kept"]
    assert reviewing.candidates({})["files"][0]["left"] == 0


def test_what_was_decided_elsewhere_is_not_decided_again(reviewing: Reviewing, file: Path) -> None:
    first = reviewing.candidate({"file": NAME})
    reviewing.decide(said(first, False))
    again = reviewing.decide(said(first, True))
    assert (again["problem"], again["id"]) == (strings.DECIDED_ALREADY, "b")
    assert not set_for(file).exists()


@pytest.mark.parametrize("changes", [{"question": " "}, {"answers": " | "}, {"question": 7}])
def test_an_empty_case_is_not_kept(
    reviewing: Reviewing, file: Path, changes: dict[str, Any]
) -> None:
    first = reviewing.candidate({"file": NAME})
    assert reviewing.decide(said(first, True, **changes)) == {"problem": strings.EMPTY_CASE}
    assert read(file)["a"].state == "waiting"


@pytest.mark.parametrize("name", ["../mine.candidates.jsonl", "/etc/passwd", "", None, 7])
def test_no_name_leads_to_another_file(reviewing: Reviewing, name: object) -> None:
    assert reviewing.candidate({"file": name}) == {"problem": strings.NO_CANDIDATES}
    assert reviewing.decide({"file": name}) == {"problem": strings.NO_CANDIDATES}
