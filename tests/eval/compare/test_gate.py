from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import kept, record
from rows import ROWS

from eval import report
from eval.compare import gate
from eval.compare.gate import Bounds, Measured
from eval.report.summary import Figure, summarise
from eval.runs.record import Asked
from rag.errors import RunError

ASKED = Asked("sets/tower.jsonl", "d1", 8)


def measured(asked: Asked = ASKED, **values: float | None) -> Measured:
    names = {"hit5": "hit@5", "refusal_f1": "refusal F1", "seconds_p95": "seconds p95"}
    figures = {
        name: Figure(name, value, 8, "seconds" if "seconds" in name else "share")
        for key, value in {"failed": 0.0, **values}.items()
        for name in [names.get(key, key)]
    }
    return Measured("m", asked, figures)


def bounds(
    drops: dict[str, float] | None = None,
    floors: dict[str, float] | None = None,
    ceilings: dict[str, float] | None = None,
) -> Bounds:
    return Bounds(drops or {}, floors or {}, ceilings or {})


def test_the_same_run_again_passes_and_a_worse_one_does_not() -> None:
    before = measured(hit5=0.95, refusal_f1=0.5)
    limits = bounds({"hit@5": 0.01, "refusal_f1": 0.02})
    assert gate.breaches(before, limits, before) == []
    assert gate.breaches(measured(hit5=0.99, refusal_f1=0.6), limits, before) == []
    lines = gate.breaches(measured(hit5=0.92, refusal_f1=0.47), limits, before)
    assert lines == [
        "hit@5 (hit@5) is 92.0 %, worse by 0.030 than the baseline's 95.0 %; "
        "at most 0.010 is allowed",
        "refusal_f1 (refusal F1) is 47.0 %, worse by 0.030 than the baseline's 50.0 %; "
        "at most 0.020 is allowed",
    ]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_drop_breaches_where_it_is_more_than_allowed(
    before: float, after: float, most: float
) -> None:
    lines = gate.breaches(measured(hit5=after), bounds({"hit@5": most}), measured(hit5=before))
    assert bool(lines) == (before - after > most + 1e-9)


def test_where_less_is_better_a_rise_is_the_drop() -> None:
    before, limits = measured(seconds_p95=2.0), bounds({"seconds_p95": 0.5})
    assert gate.breaches(measured(seconds_p95=1.0), limits, before) == []
    assert gate.breaches(measured(seconds_p95=2.6), limits, before) != []


def test_floors_and_ceilings_need_no_baseline() -> None:
    run = measured(hit5=0.9, seconds_p95=3.0)
    assert gate.breaches(run, bounds(floors={"hit@5": 0.9}, ceilings={"seconds p95": 3})) == []
    lines = gate.breaches(run, bounds(floors={"hit@5": 0.91}, ceilings={"seconds p95": 2.5}))
    assert lines == [
        "hit@5 (hit@5) is 90.0 %, below the floor of 91.0 %",
        "seconds_p95 (seconds, p95) is 3.00 s, above the ceiling of 2.50 s",
    ]


def test_a_figure_that_is_undefined_now_is_a_breach_and_one_that_was_is_an_error() -> None:
    some, none = measured(hit5=0.9), measured(hit5=None)
    assert "undefined" in gate.breaches(none, bounds({"hit@5": 0.5}), some)[0]
    assert "undefined" in gate.breaches(none, bounds(floors={"hit@5": 0.5}))[0]
    with pytest.raises(RunError, match="undefined in the baseline"):
        gate.breaches(some, bounds({"hit@5": 0.5}), none)


def test_more_failed_questions_than_before_are_a_breach_unless_they_were_spoken_of() -> None:
    before, after = measured(hit5=0.9), measured(hit5=0.9, failed=3.0)
    assert "failed" in gate.breaches(after, bounds({"hit@5": 0.1}), before)[0]
    assert gate.breaches(after, bounds({"hit@5": 0.1, "failed": 3}), before) == []
    assert gate.breaches(after, bounds({"hit@5": 0.1}, ceilings={"failed": 5}), before) == []


@pytest.mark.parametrize(
    "name", ["hit@5", "Hit@5", "refusal_f1", "refusal F1", "answer_contains_gold", "containment"]
)
def test_a_measure_goes_by_the_name_it_is_shown_by_and_in_snake_case(name: str) -> None:
    run = Measured("m", ASKED, summarise(ROWS).figures)
    assert gate.breaches(run, bounds(floors={name: 0.0})) == []


def test_an_unknown_measure_is_told_with_those_there_are() -> None:
    with pytest.raises(RunError, match=r"no measure is called hits@5; there are: .*hit@5"):
        gate.breaches(measured(hit5=0.9), bounds(floors={"hits@5": 0.5}))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("other.jsonl", "d9", 8), "run the baseline again on this set"),
        (Asked("sets/tower.jsonl", "d1", 4, limit=4), "the same --limit, --sample and --seed"),
        (Asked("sets/tower.jsonl", "d1", 8, sample=8, seed=1), "the same --limit"),
    ],
)
def test_runs_over_other_cases_are_not_compared(asked: Asked, words: str) -> None:
    with pytest.raises(RunError, match=words):
        gate.breaches(measured(hit5=1), bounds({"hit@5": 1}), measured(asked, hit5=1))


def test_a_set_that_was_moved_is_the_same_set() -> None:
    elsewhere = measured(replace(ASKED, path="/elsewhere/t.jsonl", seed=5), hit5=1)
    assert gate.breaches(measured(hit5=1), bounds({"hit@5": 0}), elsewhere) == []


def test_a_drop_without_a_baseline_asks_for_one() -> None:
    with pytest.raises(RunError, match="--baseline"):
        gate.breaches(measured(hit5=1), bounds({"hit@5": 1}))


def test_bounds_are_read_from_one_text_or_several() -> None:
    assert gate.parse(["hit@5=0.01, refusal F1=.02", "failed=3"]) == {
        "hit@5": 0.01,
        "refusal F1": 0.02,
        "failed": 3,
    }
    for wrong in ("hit@5", "=1", "hit@5=x", "hit@5=-1", "hit@5=nan", "hit@5=inf", ""):
        with pytest.raises(RunError, match="write MEASURE=NUMBER"):
            gate.parse([wrong])


def test_a_run_and_the_file_of_its_figures_are_judged_alike(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS, asked=replace(ASKED, path="/home/me/sets/tower.jsonl"))
    report.write(run)
    whole = gate.read(run.folder)
    gate.save(tmp_path / "kept.json", whole)
    again = gate.read(tmp_path / "kept.json")
    assert gate.breaches(whole, bounds({"hit@5": 0, "containment": 0}), again) == []
    text = (tmp_path / "kept.json").read_text("utf-8")
    assert "/home/me" not in text and "It opened" not in text and "seconds" not in text
    assert json.loads(text)["figures"]["containment"]["value"] == 0.75


def test_what_is_no_finished_run_is_not_judged(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS[:1])
    unfinished = kept(tmp_path / "half", ROWS[:1], asked=replace(record().asked, cases=2))
    report.write(unfinished)
    with pytest.raises(RunError, match="--resume"):
        gate.read(unfinished.folder)
    with pytest.raises(RunError, match="cannot be read"):
        gate.read(run.folder)  # it has no report yet
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(RunError, match="holds no figures"):
        gate.read(tmp_path / "other.json")
    with pytest.raises(RunError, match="ibid eval baseline"):
        gate.read(tmp_path / "none.json")
