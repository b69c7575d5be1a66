from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from kept import kept
from rich.console import Console
from rows import ROWS

from eval.compare.page import html, terminal
from eval.compare.runs import compare, document, is_right
from eval.report.naming import step
from eval.runs.record import Asked
from eval.runs.runner import Row
from rag.errors import RunError

ATTACK = "</style><script>alert(1)</script>[bold]"


def worsened(row: Row) -> Row:
    values = {**row.values, "containment": 0.0, "citation hit": 0.0, "hit@1": 0.0, "MRR": 0.1}
    return replace(row, values=values, seconds=row.seconds + 1)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    kept(tmp_path / "a", ROWS, tag="before")
    after = [worsened(row) if row.case.id in ("1", "2") else row for row in ROWS]
    kept(tmp_path / "b", after, tag="after", settings={"chunk_chars": 900})
    return tmp_path


def loaded(folder: Path, first: str = "a", second: str = "b") -> tuple[object, ...]:
    from eval.runs.store import load

    return load(folder / first), load(folder / second)


def test_a_run_against_itself_differs_in_nothing(runs: Path) -> None:
    found = compare(*loaded(runs, "a", "a"))
    assert found.n == len(ROWS)
    assert all(one.gap.difference == 0 and one.gap.p == 1 for one in found.measures)
    assert not (found.worse or found.better or found.changes or found.left_out)


def test_what_became_worse_is_told_by_measure_and_by_question(runs: Path) -> None:
    found = compare(*loaded(runs))
    by_name = {one.name: one for one in found.measures}
    contained = by_name["containment"]
    assert (contained.first, contained.second) == (0.75, 0.25)
    assert (contained.gap.difference, contained.gap.changed) == (-0.5, 2)
    assert contained.is_better is False
    assert by_name["seconds mean"].is_better is False  # they took longer
    assert by_name["refusal F1"].gap.difference == 0
    assert by_name["refusal F1"].is_better is None
    assert "probability" not in by_name
    assert [flip.first.case.id for flip in found.worse] == ["1", "2"]
    assert found.better == []
    assert found.changes == ["the setting chunk_chars was 650 and is 900"]


def test_the_other_way_round_everything_points_the_other_way(runs: Path) -> None:
    one, other = compare(*loaded(runs)), compare(*loaded(runs, "b", "a"))
    for mine, theirs in zip(one.measures, other.measures, strict=True):
        assert mine.gap.difference == pytest.approx(-theirs.gap.difference)
        assert mine.gap.p == pytest.approx(theirs.gap.p)
    assert [flip.first.case.id for flip in other.better] == ["1", "2"]


def test_one_changed_case_proves_nothing(tmp_path: Path) -> None:
    kept(tmp_path / "a", ROWS)
    kept(tmp_path / "b", [worsened(ROWS[0]), *ROWS[1:]])
    found = compare(*loaded(tmp_path))
    assert {one.gap.p for one in found.measures} == {1.0}
    verdicts = [replace(ROWS[4], verdict="FN"), *ROWS[:4], *ROWS[5:]]
    kept(tmp_path / "c", [ROWS[4], *ROWS[:4], *ROWS[5:]])
    kept(tmp_path / "d", verdicts)
    again = compare(*loaded(tmp_path, "c", "d"))
    assert next(one for one in again.measures if one.name == "refusal F1").gap.p == 1


def test_cases_that_one_run_alone_asked_are_left_out_and_counted(runs: Path) -> None:
    kept(runs / "few", ROWS[2:6])
    found = compare(*loaded(runs, "a", "few"))
    assert (found.n, found.left_out) == (4, 4)


def test_runs_of_different_sets_are_not_compared(runs: Path) -> None:
    other = [replace(row, case=replace(row.case, question="Who?")) for row in ROWS]
    kept(runs / "other", other)
    with pytest.raises(RunError, match="case 1 is another question in other"):
        compare(*loaded(runs, "a", "other"))
    kept(runs / "one", ROWS[:1])
    with pytest.raises(RunError, match="share no two cases"):
        compare(*loaded(runs, "a", "one"))


def test_a_run_with_reworded_questions_is_compared_with_the_original(runs: Path) -> None:
    other = [replace(row, case=replace(row.case, question="When, please?")) for row in ROWS]
    kept(runs / "polite", [worsened(other[0]), *other[1:]], change="polite")
    found = compare(*loaded(runs, "a", "polite"))
    assert found.n == len(ROWS)
    assert found.changes == ["the change was none and is polite"]
    page = html(found)
    assert '<p class="asked" dir="auto">When?</p>' in page
    assert '<p class="asked" dir="auto">When, please?</p>' in page
    kept(runs / "foreign", other, change="polite", asked=Asked("sets/other.jsonl", "d9", 8))
    with pytest.raises(RunError, match="is another question in foreign"):
        compare(*loaded(runs, "a", "foreign"))


def test_right_is_a_gold_answer_or_a_right_refusal() -> None:
    assert [row.case.id for row in ROWS if is_right(row)] == ["1", "2", "3", "5", "6"]


def test_a_difference_has_its_sign_and_its_unit() -> None:
    assert step(-0.082, "share") == "−8.2 pp"
    assert step(0.1, "score") == "+0.100"
    assert step(0, "seconds") == "±0.00 s"


def test_the_terminal_tells_the_measures_and_the_questions(runs: Path) -> None:
    console = Console(width=130, record=True, file=io.StringIO())
    console.print(terminal(compare(*loaded(runs))))
    text = console.export_text()
    assert "a → b, 8 cases" in text
    assert "−50.0 pp" in text
    assert "Became worse: 2" in text
    assert "Became better: 0" in text
    assert "Made differently: the setting chunk_chars was 650 and is 900" in text


def test_no_word_of_others_becomes_markup(tmp_path: Path) -> None:
    def attacked(row: Row) -> Row:
        case = replace(row.case, question=ATTACK, answers=(ATTACK,), id=ATTACK + row.case.id)
        return replace(row, case=case, error=ATTACK)

    kept(tmp_path / "a", [attacked(row) for row in ROWS[:3]], tag=ATTACK)
    kept(tmp_path / "b", [worsened(attacked(row)) for row in ROWS[:3]], settings={"x": ATTACK})
    found = compare(*loaded(tmp_path))
    tags: list[str] = []

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Page().feed(html(found))
    assert "script" not in tags
    assert "details" in tags
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(terminal(found))
    assert "[bold]" in console.export_text()


def test_the_json_has_every_measure(runs: Path) -> None:
    found = document(compare(*loaded(runs)))
    assert found["worse"] == ["1", "2"]
    contained = next(one for one in found["measures"] if one["name"] == "containment")
    assert contained["difference"] == -0.5
    assert contained["test"] == "exact McNemar"
