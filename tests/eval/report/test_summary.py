from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest
from rows import ROWS, row

from eval import metrics
from eval.report.summary import summarise
from eval.runs.runner import Row


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
        ("claimed", 1 / 3, 3),
        # Told outright: three right, one wrong of what is answerable, and the unanswerable one.
        ("coverage", 4 / 7, 7),
        ("risk", 1 / 4, 4),
        ("hedged right", 0, 3),
        ("hedged wrong", 0, 4),
        ("hit@1", 1 / 4, 4),
        ("hit@3", 2 / 4, 4),
        ("hit@5", 3 / 4, 4),
        ("exact match", 0, 4),
        ("ROUGE-L", 3 / 4 * 2 / 5, 4),
        ("citation recall", 2 / 3, 3),
        ("citation F1", 2 / 3, 3),
        ("sentences verified", 1, 4),
        ("ALCE recall", 3 / 4, 4),
        ("ALCE precision", 1, 3),
        # 0.9 three times and 0.4 against 0.1, 0.2 and 0.6: one of twelve pairs is the wrong way.
        ("AUROC", 11 / 12, 7),
        # Answered are 0.9 three times, right, and 0.6, wrong; the three refusals come last.
        ("AURC", (0 + 0 + 0 + 1 / 4 + 2 / 5 + 3 / 6 + 4 / 7) / 7, 7),
        ("calibration error", (3 * 0.1 + 0.6 + 0.6 + 0.2 + 0.1) / 7, 7),
        ("hit@10", 3 / 4, 4),
        ("recall@5", 3 / 4, 4),
        ("recall@10", 3 / 4, 4),
        ("nDCG@10", (1 + 1 / 2 + 1 / log2(6) + 0) / 4, 4),
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


def test_hedged_answers_are_counted_apart_from_claims() -> None:
    def hedged(one: Row) -> Row:
        assert one.answer
        return replace(one, answer=replace(one.answer, status="hedged"))

    figures = summarise([hedged(one) if one.case.id in "17" else one for one in ROWS]).figures
    assert [figures[name].value for name in ("hedged right", "hedged wrong")] == [1, 1]
    assert figures["coverage"].value == pytest.approx(2 / 7)


def test_every_quality_figure_lies_in_its_interval_and_the_others_have_none() -> None:
    for figure in summarise(ROWS).figures.values():
        if figure.unit in ("share", "score"):
            assert figure.value is not None and figure.low is not None and figure.high is not None
            assert 0 <= figure.low <= figure.value <= figure.high <= 1
        else:
            assert figure.low is figure.high is None


def test_each_figure_knows_its_family_and_families_are_told_one_after_the_other() -> None:
    families = [figure.family for figure in summarise(ROWS).figures.values()]
    order = list(dict.fromkeys(families))
    assert order == ["answers", "citations", "refusals", "retrieval", "time", "run"]
    assert families == sorted(families, key=order.index)


def test_what_was_not_asked_for_has_no_figure_and_what_was_has() -> None:
    optional = {"judged correct", "similarity", "tokens read", "seconds to first token median"}
    assert not optional & set(summarise(ROWS).figures)
    own = {"judged correct": 1.0, "similarity": 0.5, "tokens read": 30, "seconds to first token": 2}
    rows = [replace(one, values={**one.values, **own}) for one in ROWS[:4]]
    figures = summarise(rows).figures
    assert {name: figures[name].value for name in sorted(optional)} == {
        "judged correct": 1,
        "seconds to first token median": 2,
        "similarity": 0.5,
        "tokens read": 120,
    }


def test_a_needless_refusal_costs_area_and_a_right_one_does_not() -> None:
    def area(*rows: Row) -> float | None:
        return summarise(rows).figures["AURC"].value

    said, refused = row("1", "answered"), row("1", "refused")
    near_miss = row("2", "refused", answerable=False)
    told = row("2", "answered", answerable=False, chance=0.95)
    assert area(said, near_miss) == (0 + 1 / 2) / 2
    assert area(refused, near_miss) == 1
    assert area(said, told) == (1 + 1 / 2) / 2


def test_a_share_has_the_wilson_interval() -> None:
    figure = summarise(ROWS).figures["containment"]
    assert (figure.low, figure.high) == metrics.wilson(3, 4)


def test_what_is_always_the_same_is_not_certain() -> None:
    figure = summarise(ROWS).figures["sentences verified"]
    assert (figure.value, figure.low, figure.high) == (1, *(metrics.wilson(4, 4) or ()))


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
