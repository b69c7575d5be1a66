from __future__ import annotations

from dataclasses import replace

import pytest
from rows import ROWS

from eval.report.slices import by_article, by_tag, by_type


def test_a_case_counts_in_the_slice_of_each_of_its_tags() -> None:
    assert [(one.name, one.n) for one in by_tag(ROWS)] == [("fact", 3), ("long", 1), ("none", 3)]


def test_a_slice_has_the_figures_of_its_cases_alone() -> None:
    (fact,) = [one for one in by_tag(ROWS) if one.name == "fact"]
    assert fact.figures["containment"].value == 1
    assert fact.figures["containment"].n == 2
    assert fact.figures["MRR"].value == pytest.approx((1 + 1 / 3) / 2)
    (none,) = [one for one in by_tag(ROWS) if one.name == "none"]
    assert none.figures["containment"].value is None
    assert none.figures["refusal F1"].value == pytest.approx(4 / 5)


def test_the_type_is_that_of_the_question_as_it_was_understood() -> None:
    assert [(one.name, one.n) for one in by_type(ROWS)] == [("when", 8)]
    assert ROWS[0].answer
    asked = replace(
        ROWS[0],
        case=replace(ROWS[0].case, question="And then?"),
        answer=replace(ROWS[0].answer, standalone="How many seats has it?"),
    )
    assert [one.name for one in by_type([asked])] == ["how-many"]


def test_the_article_that_is_answered_worst_comes_first() -> None:
    other = replace(
        ROWS[3],
        case=replace(
            ROWS[3].case, evidence=(replace(ROWS[3].case.evidence[0], article="seeds/worse.md"),)
        ),
    )
    found = by_article([*ROWS[:3], other])
    assert [(one.name, one.n) for one in found] == [("seeds/worse.md", 1), ("seeds/tower.md", 3)]
