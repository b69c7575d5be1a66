from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from doubles import ScriptedModel, tiny_library
from hypothesis import given
from hypothesis import strategies as st
from rows import row
from tiny import make_article

from eval import prompts
from eval.metrics import Span
from eval.robustness.changes import (
    BY_MODEL,
    KINDS,
    MEANINGS,
    REWORDINGS,
    Rewording,
    by_model,
    mixtures,
    outcome,
    reworded,
    shift,
    shuffled,
)
from eval.sets.cases import Case
from rag.opening import temporary_library

HALVARD = "How many seats does the Halvard have in 2021?"
SEATS = Case("seats", "How many seats does the boat have?", True, ("240",))


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
        (HALVARD, False),
        ("", False),
    ],
)
def test_a_models_rewording_counts_if_it_asks_with_the_same_names_and_numbers(
    said: str, kept: bool
) -> None:
    rule = by_model(ScriptedModel(said))
    case = replace(SEATS, question=HALVARD)
    assert rule(case) == Rewording("seats", HALVARD, said, kept)
    assert prompts.version("rephrase")


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


def test_a_temporary_library_holds_what_it_is_given_and_leaves_the_first_alone(
    tmp_path: Path,
) -> None:
    with tiny_library(tmp_path) as own:
        before = own.articles()
        articles = [own.article(info.id) for info in before]
        with temporary_library(own.settings, own.embedder) as other:
            other.add([*articles, make_article("More of it.", "more")])
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


def test_a_failed_question_is_an_outcome_and_is_counted() -> None:
    before = [row("a", None), row("b", "answered")]
    found = shift("polite", before, [row("a", None), row("b", None)])
    assert (found.failed, found.changed) == (2, ("b",))
    (flip,) = found.moved
    assert (flip.before.words, flip.after.words) == ("right", "failed")


def test_shuffled_articles_follow_from_the_seed_and_not_from_their_order() -> None:
    articles = [make_article(f"Article {i}.", str(i)) for i in range(9)]
    assert shuffled(articles, 1) == shuffled(articles[::-1], 1) != shuffled(articles, 2)
    assert {one.id for one in shuffled(articles)} == {one.id for one in articles}


def test_every_change_says_what_it_means() -> None:
    assert set(MEANINGS) == {*KINDS, BY_MODEL}
