from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, WordScorer, tiny_library
from hypothesis import given
from hypothesis import strategies as st
from rows import row
from tiny import make_article

from eval.cases import Case, Evidence
from eval.metrics import Span
from eval.robustness import (
    BY_MODEL,
    DISTRACTED,
    KINDS,
    REWORDINGS,
    SHUFFLED,
    by_model,
    measure,
    mixtures,
    outcome,
    prompt_version,
    rebuilt,
    reworded,
    shift,
)
from rag.assistant import Assistant
from rag.library import Library

SEATS = Case(
    "seats",
    "How many seats does the boat have?",
    True,
    ("240",),
    (Evidence("articles/ferry.md", "With 240 seats"),),
)
ROOF = Case("roof", "Who painted the cathedral ceiling?", False)


@contextmanager
def asked(folder: Path) -> Iterator[tuple[Library, Assistant]]:
    with tiny_library(folder) as own:
        yield own, assistant_over(own)


def assistant_over(own: Library) -> Assistant:
    return Assistant(own, WordScorer(), None)


def test_each_rule_changes_the_words_and_says_how() -> None:
    question = "Who commanded the Apollo mission?"
    assert {name: rule(question) for name, rule in REWORDINGS.items()} == {
        "polite": "Could you please tell me: Who commanded the Apollo mission?",
        "chatty": "I was wondering about this. Who commanded the Apollo mission? Thanks!",
        "no question mark": "Who commanded the Apollo mission",
        "lower case": "who commanded the apollo mission?",
        "a typing error": "Who comamnded the Apollo mission?",
    }


def test_a_typing_error_spares_names_numbers_and_short_words() -> None:
    rule = REWORDINGS["a typing error"]
    assert rule("Did Kennedy see it in 1961?") == "Did Kennedy see it in 1961?"
    assert rule("Is McAllister there?") == "Is McAllister tehre?"
    assert rule("Are ooooooo letters moved?") == "Are ooooooo letters mvoed?"


@given(st.text(max_size=60))
def test_a_typing_error_keeps_every_letter(question: str) -> None:
    assert sorted(REWORDINGS["a typing error"](question)) == sorted(question)


def test_a_question_that_a_rule_leaves_as_it_is_is_not_asked_again() -> None:
    lower = replace(SEATS, question="how many?")
    changed = reworded([SEATS, lower], str.lower)
    assert changed == [replace(SEATS, question="how many seats does the boat have?")]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("What is the number of seats on the Halvard in 2021?", True),
        ("What is the number of seats on the Halvard in 2022?", False),
        ("What is the number of seats on the Halvard?", False),
        ("What is the number of seats on the Halvard of Captain Roth in 2021?", False),
        ("The Halvard has 240 seats in 2021.", False),
        ("", False),
    ],
)
def test_a_models_rewording_counts_if_it_asks_with_the_same_names_and_numbers(
    said: str, kept: bool
) -> None:
    rule = by_model(ScriptedModel(said))
    found = rule("How many seats does the Halvard have in 2021?")
    assert found == (said if kept else None)
    assert prompt_version()


def test_mixtures_hold_true_sentences_but_no_gold_ones_and_follow_from_the_seed() -> None:
    text = "\n\n".join(f"Sentence number {i} is about boats." for i in range(50))
    article = make_article(text, "boats")
    start = text.index("Sentence number 7 ")
    gold = [Span(article.id, start, start + 10)]
    made = mixtures([article], gold, 9, seed=3)
    said = [line for one in made for line in one.text.split("\n\n")]
    assert sorted(said) == sorted(set(text.split("\n\n")) - {"Sentence number 7 is about boats."})
    assert len(made) == 3 and len({one.id for one in made}) == 3
    assert made == mixtures([article], gold, 9, seed=3) != mixtures([article], gold, 9, seed=4)


def test_a_rebuilt_library_holds_what_it_is_given_and_leaves_the_first_alone(
    tmp_path: Path,
) -> None:
    with tiny_library(tmp_path) as own:
        before = own.articles()
        articles = [own.article(info.id) for info in before]
        with rebuilt(own, [*articles, make_article("More of it.", "more")]) as other:
            assert len(other.articles()) == len(before) + 1
            folder = other.folder
        assert own.articles() == before
        assert not folder.exists()


def test_the_outcome_is_what_a_reader_gets() -> None:
    assert outcome(row("1", "answered")) == "right"
    assert outcome(row("1", "refused")) == "refused"
    assert outcome(row("1", "refused", answerable=False)) == "refused"
    assert outcome(row("1", "answered", answerable=False)) == "wrong"
    assert outcome(row("1", None)) == "failed"
    missed = row("1", "answered")
    assert outcome(replace(missed, values={**missed.values, "containment": 0.0})) == "wrong"


def test_a_shift_is_over_the_cases_that_were_changed() -> None:
    before = [row(name, "answered") for name in "abcd"] + [row("n", "refused", answerable=False)]
    after = [row("a", "answered"), row("b", "refused"), row("n", "answered", answerable=False)]
    found = shift("polite", before, after)
    assert (found.n, found.changed) == (3, ("b", "n"))
    assert found.consistency.value == pytest.approx(1 / 3)
    assert found.consistency.low is not None and found.consistency.low < 1 / 3
    assert found.containment is not None and found.containment.difference == -0.5
    assert found.refusal_f1 is not None and found.refusal_f1.difference == -1


def test_a_run_against_itself_is_consistent(tmp_path: Path) -> None:
    with asked(tmp_path) as (own, assistant):
        found = measure(
            [SEATS, ROOF], assistant, own, assistant_over, root=tmp_path, kinds=[SHUFFLED]
        )
    assert [outcome(one) for one in found.original] == ["right", "refused"]
    (only,) = found.shifts
    assert (only.n, only.consistency.value, only.changed) == (2, 1, ())
    held = [one for rows in (found.original, *found.changed.values()) for one in rows]
    passages = [passage for one in held if one.answer for passage in one.answer.passages]
    assert passages and not any(passage.text for passage in passages)  # memory stays small


def test_all_kinds_are_run_and_told_as_they_go(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    with asked(tmp_path) as (own, assistant):
        found = measure(
            [SEATS, ROOF],
            assistant,
            own,
            assistant_over,
            root=tmp_path,
            on_case=lambda kind, number, _: told.append((kind, number)),
        )
    assert [one.name for one in found.shifts] == list(KINDS)
    assert set(found.changed) == set(KINDS)
    assert told == [(kind, number) for kind in ("", *KINDS) for number in (1, 2)]
    asked_politely = found.changed["polite"][0].case
    assert asked_politely.question.startswith("Could you please tell me: How many")
    assert asked_politely.id == "seats"


def test_own_distractors_are_added_and_evidence_is_still_found(tmp_path: Path) -> None:
    lie = make_article("How many seats does the boat have? Nobody knows how many seats.", "lie")
    with asked(tmp_path) as (own, assistant):
        found = measure(
            [SEATS],
            assistant,
            own,
            assistant_over,
            root=tmp_path,
            kinds=[DISTRACTED],
            distractors=[lie],
        )
    (changed,) = found.changed[DISTRACTED]
    assert changed.gold == found.original[0].gold
    assert changed.answer and any(one.article.id == lie.id for one in changed.answer.passages)


@pytest.mark.parametrize(
    ("kinds", "message"), [(["louder"], "called 'louder'"), ([BY_MODEL], "give one")]
)
def test_a_change_that_cannot_be_made_is_told_before_the_first_question(
    tmp_path: Path, kinds: list[str], message: str
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    with asked(tmp_path) as (own, assistant), pytest.raises(ValueError, match=message):
        measure([ROOF], assistant, own, assistant_over, kinds=kinds, on_case=never)


def test_a_model_may_find_the_words(tmp_path: Path) -> None:
    model = ScriptedModel("What number of seats does the boat have?")
    with asked(tmp_path) as (own, assistant):
        found = measure(
            [SEATS],
            assistant,
            own,
            assistant_over,
            root=tmp_path,
            kinds=[BY_MODEL],
            model=model,
        )
    (changed,) = found.changed[BY_MODEL]
    assert changed.case.question == "What number of seats does the boat have?"
