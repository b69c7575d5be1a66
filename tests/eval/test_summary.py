from __future__ import annotations

import pytest
from rows import ROWS

from eval import metrics
from eval.summary import summarise


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("containment", 3 / 4, 4),
        ("token F1", 3 / 4 * 2 / 5, 4),
        ("citation hit", 2 / 3, 3),
        ("citation precision", 1, 2),
        ("sentences cited", 3 / 4, 4),
        ("refusal F1", 2 / 3, 7),
        ("refusal precision", 2 / 3, 3),
        ("refusal recall", 2 / 3, 3),
        ("refusals right", 2, 3),
        ("refusals wrong", 1, 4),
        ("hit@1", 1 / 4, 4),
        ("hit@3", 2 / 4, 4),
        ("hit@5", 3 / 4, 4),
        ("MRR", (1 + 1 / 3 + 1 / 5 + 0) / 4, 4),
        ("seconds median", 4, 7),
        ("seconds p95", 6.7, 7),
        ("failed", 1, 8),
    ],
)
def test_each_figure_is_over_the_cases_where_it_is_defined(name: str, value: float, n: int) -> None:
    figure = summarise(ROWS).figures[name]
    assert figure.value == pytest.approx(value)
    assert figure.n == n


def test_every_quality_figure_lies_in_its_interval_and_the_others_have_none() -> None:
    for figure in summarise(ROWS).figures.values():
        if figure.unit in ("share", "score"):
            assert figure.value is not None and figure.low is not None and figure.high is not None
            assert 0 <= figure.low <= figure.value <= figure.high <= 1
        else:
            assert figure.low is figure.high is None


def test_a_share_has_the_wilson_interval() -> None:
    figure = summarise(ROWS).figures["containment"]
    assert (figure.low, figure.high) == metrics.wilson(3, 4)


def test_the_same_rows_give_the_same_summary() -> None:
    assert summarise(ROWS) == summarise(ROWS)


def test_each_tag_is_summed_up_over_its_cases() -> None:
    tags = summarise(ROWS).tags
    assert {tag: figures["failed"].n for tag, figures in tags.items()} == {
        "fact": 3,
        "long": 1,
        "none": 3,
    }
    assert tags["none"]["containment"].value is None
    assert tags["none"]["refusal recall"].value == pytest.approx(2 / 3)


def test_no_rows_make_a_summary_of_nothing() -> None:
    summary = summarise([])
    assert {figure.n for figure in summary.figures.values()} == {0}
    assert summary.figures["MRR"].value is None
