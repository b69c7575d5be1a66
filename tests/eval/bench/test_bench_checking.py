from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.bench.checking import Pair, attacks, bench, denied, exchanged, is_other, load
from rag.errors import CaseError
from rag.language.facts import analyse


def line(claim: str, *selected: str) -> dict[str, object]:
    return {
        "input": "?",
        "passages": [{"title": "T", "sentences": [*selected, "It rained ."]}],
        "output": [{"answer": claim, "selected_sentences": list(selected)}],
    }


LINES = [
    line("Oslo was founded in 1048.", "Oslo was founded in 1048 and Bergen in 1070 ."),
    line("The ferry has 240 seats.", "The ferry has 240 seats and 3 decks in Hamar ."),
    line("The tower is 60 metres high.", "The tower of Lund , built in 1120 , is 60 metres high ."),
    line("A mill burned down.", "A mill of 12 rooms in Vik burned down in 1801 ."),
]


def write(folder: Path) -> Path:
    text = "\n".join(map(json.dumps, LINES))
    (folder / "some.jsonl").write_text(text, "utf-8")
    return folder


def test_lines_are_dealt_to_the_two_halves_in_turn(tmp_path: Path) -> None:
    halves = load(write(tmp_path))
    assert [pair.claim[:5] for pair in halves["develop"]] == ["Oslo ", "The t"]
    assert [pair.claim[:5] for pair in halves["report"]] == ["The f", "A mil"]
    assert halves["develop"][0].others == ("It rained .",)


def test_a_folder_without_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no ClapNQ file"):
        load(tmp_path)


def test_an_exchange_changes_the_value_and_not_only_its_form() -> None:
    (old,) = analyse("It has 1,200 seats.").facts
    same, other = analyse("It has 1.2 thousand seats, not 60.").facts
    assert not is_other(same, old)
    assert is_other(other, old)
    assert exchanged("It has 1,200 seats.", old, other) == "It has 60 seats."


def test_a_name_that_shares_a_word_is_no_other() -> None:
    one, two, three = analyse("We met Ines Halloran, the Hallorans, Halloran, Omari.").facts[::1][
        :3
    ]
    assert is_other(two, one)
    assert not is_other(three, one)


def test_a_denial_stands_after_the_first_auxiliary() -> None:
    assert denied("It was and is open.") == "It was not and is open."
    assert denied("It was not open.") is None
    assert denied("It opened.") is None


def test_every_attack_is_held_against_evidence_and_drawn_alike_with_one_seed(
    tmp_path: Path,
) -> None:
    pairs: list[Pair] = load(write(tmp_path))["develop"]
    found = list(attacks(pairs, 1))
    assert found == list(attacks(pairs, 1))
    kinds = [kind for kind, _, _ in found]
    assert {"date near", "name near", "date far", "negation", "other passage"} <= {*kinds}
    assert all(claim != pair.claim or kind == "other passage" for kind, claim, pair in found)


def test_the_report_has_each_share_with_its_number_and_interval(tmp_path: Path) -> None:
    report = bench(load(write(tmp_path)), 1)
    row = report["report"]["rows"][0]
    assert row == {"row": "supported, passed", "n": 2, "share": 1.0, "interval": row["interval"]}
    assert row["interval"][0] < 1
    assert {"all swaps, caught", "all unsupported, caught"} <= {
        row["row"] for row in report["develop"]["rows"]
    }
