from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from eval.report.summary import Figure
from eval.sweep.grid import SECONDS, Point, document, front, grid, page, quality, table
from rag.errors import RunError, SettingsError
from rag.settings import changed, load


def point(seconds: float | None, value: float | None, name: str = "a") -> Point:
    return Point(
        {"rerank": name},
        {
            "containment": Figure("containment", value, 10, "share"),
            SECONDS: Figure(SECONDS, seconds, 10, "seconds"),
        },
    )


def test_a_grid_is_every_combination_with_its_settings(tmp_path: Path) -> None:
    made = grid(["rerank=0, 10", "dense=no,yes"], partial(changed, load(library=tmp_path)))
    assert [varied for varied, _ in made] == [
        {"rerank": "0", "dense": "no"},
        {"rerank": "0", "dense": "yes"},
        {"rerank": "10", "dense": "no"},
        {"rerank": "10", "dense": "yes"},
    ]
    assert [(one.rerank, one.dense) for _, one in made][1:3] == [(0, True), (10, False)]
    assert {one.library for _, one in made} == {tmp_path}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["retrieval.k=1"], "'retrieval.k' cannot be varied; of use are model, "),
        (["library=a,b"], "'library' cannot be varied"),
        (["rerank"], "no value; write it as rerank=ONE,ANOTHER"),
        (["rerank=0", "rerank=1"], "comes twice"),
        (["rerank=0,many"], "setting rerank: .*integer"),
        ([f"rerank={','.join(map(str, range(201)))}"], "201 combinations are more than 200"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_before_anything_runs(
    options: list[str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        grid(options, partial(changed, load()))


VALUES = st.none() | st.floats(0, 1)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=12))
def test_the_front_holds_what_nothing_beats_and_something_beats_all_else(
    values: list[tuple[float | None, float | None]],
) -> None:
    points = [point(*both) for both in values]
    kept = front(points, "containment")

    def beats(one: Point, other: Point) -> bool:
        mine = (one.value(SECONDS) or 0.0, -(one.value("containment") or 0.0))
        theirs = (other.value(SECONDS) or 0.0, -(other.value("containment") or 0.0))
        return mine != theirs and mine[0] <= theirs[0] and mine[1] <= theirs[1]

    known = [one for one in points if None not in (one.value(SECONDS), one.value("containment"))]
    chosen = {id(one) for one in kept}
    for one in known:
        assert (id(one) in chosen) is not any(beats(other, one) for other in known)
    assert len(kept) <= len(known)
    assert [one.value(SECONDS) for one in kept] == sorted(one.value(SECONDS) or 0.0 for one in kept)


def test_quality_is_what_is_named_or_what_is_known() -> None:
    assert quality([point(1, 0.5)]) == "containment"
    bare = Point({}, {"nDCG@10": Figure("nDCG@10", 0.5, 3)})
    assert quality([bare]) == "nDCG@10"
    assert quality([bare], "ndcg@10") == "nDCG@10"
    with pytest.raises(RunError, match="no measure is called x"):
        quality([bare], "x")
    assert quality([Point({}, error="no")], "x") == "containment"


def test_a_point_that_failed_is_a_line_and_markup_is_only_text() -> None:
    points = [point(2, 0.8), Point({"model": "<b>[red]</b>"}, error="ModelError: <i>no</i>")]
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(points, "containment"))
    told = console.export_text()
    assert "1 *" in told and "80.0 %" in told
    assert "model=<b>[red]</b>" in told
    made = page(points, "containment", "Sweep <1>", 12)
    assert "<svg" in made and "Sweep &lt;1&gt;" in made
    assert "<i>no</i>" not in made and "&lt;i&gt;no&lt;/i&gt;" in made
    assert "http" not in made.replace("http-equiv", "").replace("http://www.w3.org", "")
    written = document(points, "containment")["points"]
    assert [one["on_front"] for one in written] == [True, False]


def test_a_page_without_any_figure_says_so() -> None:
    assert "No combination has both" in page([Point({}, error="no")], "containment", "Sweep", 1)


def test_points_in_one_place_share_a_label_and_none_is_lost() -> None:
    same = [point(4, 0.75), point(4, 0.75), point(4.01, 0.75), point(9, 0.9)]
    svg = page(same, "containment", "Sweep", 1)
    assert svg.count(">1, 2, 3<") == 1
    assert ">2<" not in svg.partition("<svg")[2].partition("</svg>")[0]


def test_where_strictness_varies_risk_is_drawn_against_coverage() -> None:
    def told(strictness: str, coverage: float, risk: float) -> Point:
        figures = {
            **point(2, 0.8).figures,
            "coverage": Figure("coverage", coverage, 10, "share"),
            "risk": Figure("risk", risk, 10, "share"),
        }
        return Point({"strictness": strictness}, figures)

    points = [told("0.2", 0.9, 0.3), told("0.6", 0.5, 0.1)]
    made = page(points, "containment", "Sweep", 10)
    assert made.count("<svg") == 2
    assert "Risk against coverage" in made
    assert "told outright, wrong" in made
    assert "Risk against coverage" not in page(points[:1], "containment", "Sweep", 10)
