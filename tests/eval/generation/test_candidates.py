from __future__ import annotations

from pathlib import Path

import pytest

from eval.generation.candidates import Candidate, decided, keep, read, record, waiting
from eval.sets.cases import Case, Evidence, load
from rag.errors import CaseError

PASSAGE = "The Halvard has 240 seats. It is new."


def candidate(
    name: str, quote: str = "The Halvard has 240 seats.", state: str = "waiting"
) -> Candidate:
    case = Case(name, "How many seats?", True, ("240",), (Evidence("ferry.md", quote),))
    return Candidate(name, state, name, "Ferry", PASSAGE, case)  # type: ignore[arg-type]


def test_the_last_line_of_an_id_holds_and_the_order_stays(tmp_path: Path) -> None:
    file = tmp_path / "new" / "some.jsonl"
    assert read(file) == {}
    record(file, [candidate("a"), candidate("b")])
    record(file, [decided(candidate("a"), False)])
    assert [(one.id, one.state) for one in read(file).values()] == [
        ("a", "refused"),
        ("b", "waiting"),
    ]
    assert [one.id for one in waiting(read(file))] == ["b"]


def test_a_torn_line_counts_for_nothing_and_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    record(file, [candidate("a")])
    with file.open("ab") as torn:
        torn.write(b'{"id": "b", "sta')
    assert list(read(file)) == ["a"]
    record(file, [candidate("c")])
    assert list(read(file)) == ["a", "c"]


def test_a_file_of_something_else_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"id": "a", "question": "Why?"}\n')
    with pytest.raises(CaseError, match=r"set\.jsonl, line 1, field state: missing"):
        read(file)


def test_what_is_kept_comes_into_the_set_once(tmp_path: Path) -> None:
    out = tmp_path / "set.jsonl"
    found = {one.id: decided(one, True) for one in (candidate("a"), candidate("b"))}
    found["c"] = decided(candidate("c"), False)
    found["d"] = candidate("d")
    assert keep(found, out) == 2 and keep(found, out) == 0
    assert [case.id for case in load(out)] == ["a", "b"]


def test_a_set_that_was_edited_by_hand_is_added_to_only(tmp_path: Path) -> None:
    out = tmp_path / "set.jsonl"
    out.write_text('{"id": "mine", "question": "Why?", "answerable": false}')
    keep({"a": decided(candidate("a"), True)}, out)
    assert [case.id for case in load(out)] == ["mine", "a"]


def test_an_edited_quote_must_stand_in_its_passage() -> None:
    wrong = candidate("a", quote="The Halvard has 241 seats.").case
    with pytest.raises(CaseError, match="does not stand in the passage"):
        decided(candidate("a"), True, wrong)
    right = candidate("a", quote="It is new.").case
    assert decided(candidate("a"), True, right).case == right
