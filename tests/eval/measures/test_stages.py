from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import INFO, ROWS, row

from eval.metrics import Span
from eval.report.stages import WAY, Stages, outcome, stages, waterfall
from rag.schema import Citation, Passage

FULL = Stages(1, True, True, True, True, True, True, True)


def test_the_evidence_is_followed_from_search_to_citation() -> None:
    whole = row("a", "answered", relevance=(False, True))
    assert whole.answer
    packed = replace(
        whole,
        answer=replace(
            whole.answer,
            passages=(Passage(INFO, 0, 20, "", 0.5),),
            evidence=(Citation(1, INFO, 6, 9, "ned"),),
        ),
    )
    assert stages(packed) == Stages(2, True, False, True, True, True, True, True)


def test_each_step_is_told_by_where_the_words_stand() -> None:
    lost = row("a", "refused", relevance=(False, False))
    assert lost.answer
    elsewhere = replace(lost, answer=replace(lost.answer, passages=()), gold=(Span("x", 0, 5),))
    assert stages(elsewhere) == Stages(None, *[False] * 7)


@pytest.mark.parametrize("name", ["5", "8"])
def test_what_has_no_evidence_or_no_answer_is_not_followed(name: str) -> None:
    assert stages(next(one for one in ROWS if one.case.id == name)) is None


@given(st.lists(st.builds(Stages, st.none(), *[st.booleans()] * 7)))
def test_the_waterfall_loses_every_case_once_and_never_gains_one(followed: list[Stages]) -> None:
    steps = waterfall(followed)
    assert [step.name for step in steps] == ["all", *WAY]
    assert steps[0].left == len(followed)
    for before, after in pairwise(steps):
        assert after.left == before.left - after.lost
    assert steps[-1].left == sum(all(getattr(one, name) for name in WAY) for one in followed)


def test_a_case_is_lost_at_the_first_step_that_it_fails() -> None:
    unread = replace(FULL, read=False, cited=False)
    assert [step.lost for step in waterfall([FULL, unread])] == [0, 0, 1, 0, 0, 0, 0]


def test_the_worst_outcome_is_to_answer_what_nothing_says() -> None:
    worst = sorted(ROWS, key=lambda one: -outcome(one).badness)
    assert [one.case.id for one in worst[:3]] == ["8", "7", "4"]
    assert outcome(ROWS[0]).badness == outcome(ROWS[4]).badness == 0
    assert outcome(ROWS[2]).words == "with the gold answer, but cites other words"
