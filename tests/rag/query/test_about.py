"""That questions about the library are told from questions about what its articles say."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from rag.query.about import readings

QUESTIONS = tomllib.loads(Path(__file__).with_name("about_questions.toml").read_text("utf-8"))
OF_ARTICLES = QUESTIONS.pop("articles")
ROUNDS, ROUNDS_OF_ARTICLES = QUESTIONS.pop("rounds"), QUESTIONS.pop("rounds_of_articles")
SETS = sorted(one.name for one in (files("eval") / "sets").iterdir() if one.name.endswith(".jsonl"))
HALVES = (0, 1)


def half_of(questions: list[str], half: int) -> list[str]:
    """The first, third, fifth … of them, by which the grammar was made, or the others."""
    return questions[half::2]


def taken(question: str, *, is_first: bool = True) -> bool:
    """Whether it is of the library, whatever the catalog knows."""
    found = readings(question, is_first=is_first)
    return any(one.of not in ("title", "from", "said") or one.is_said for one in found)


@pytest.mark.parametrize("half", HALVES)
def test_nine_in_ten_questions_about_the_library_are_told_as_what_they_ask(half: int) -> None:
    asked = [(kind, one) for kind, all_ in QUESTIONS.items() for one in half_of(all_, half)]
    right = [kind in {one.asks for one in readings(question)} for kind, question in asked]
    assert len(right) > 140
    assert sum(right) >= 0.9 * len(right)


@pytest.mark.parametrize("half", HALVES)
def test_no_question_about_what_articles_say_is_taken(half: int) -> None:
    assert [one for one in half_of(OF_ARTICLES, half) if taken(one)] == []


def test_of_the_rounds_written_afterwards_nine_in_ten_are_told_and_none_is_taken() -> None:
    assert sum(bool(readings(one)) for one in ROUNDS) >= 0.9 * len(ROUNDS)
    assert [one for one in ROUNDS_OF_ARTICLES if taken(one)] == []


@pytest.mark.parametrize("name", SETS)
def test_no_question_of_the_sets_is_taken(name: str) -> None:
    lines = (files("eval") / "sets" / name).read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    asked = [(case["question"], not case.get("history")) for case in cases]
    assert [one for one, is_first in asked if taken(one, is_first=is_first)] == []


@pytest.mark.parametrize("name", SETS)
def test_no_question_of_the_sets_could_be_taken_for_want_of_spaces_or_signs(name: str) -> None:
    for line in (files("eval") / "sets" / name).read_text("utf-8").splitlines():
        question = json.loads(line)["question"]
        assert not taken(question.lower().rstrip("?"), is_first=False)


@pytest.mark.parametrize(
    ("question", "of", "words"),
    [
        ("When was the article about the puffins published?", "about", "the puffins"),
        ("who wrote “Why we sleep”?", "title", "Why we sleep"),
        ("how many articles are from the Courier?", "from", "the Courier"),
        ("who wrote this article?", "this", ""),
        ("which articles about rats do you have?", "about", "rats"),
    ],
)
def test_what_a_question_names_is_found_in_its_words(question: str, of: str, words: str) -> None:
    assert (of, words) in {(one.of, one.words) for one in readings(question)}


def test_a_language_narrows_the_articles() -> None:
    (found,) = readings("how many articles do you have in german?")
    assert (found.asks, found.among) == ("count", "de")


@pytest.mark.parametrize("question", ["what is this?", "how does this work?", "what can I do?"])
def test_in_a_conversation_this_is_what_was_spoken_of(question: str) -> None:
    assert readings(question)
    assert not readings(question, is_first=False)


@pytest.mark.parametrize(
    "question",
    ["“" * 500, "article " * 500, "of " * 39, "who wrote " * 15, "\udcff\ud800 article"],
)
def test_any_words_are_read_at_once(question: str) -> None:
    assert len(readings(question)) < 100
