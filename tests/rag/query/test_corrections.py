"""What was meant after all takes its place in the last question."""

from __future__ import annotations

import pytest

from rag.query.corrections import corrected, is_correction
from rag.query.followups import asked_before, by_rule, topic_of_more
from rag.schema import Turn


def said(*texts: str) -> list[Turn]:
    return [Turn("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("before", "correction", "meant"),
    [
        ("How did puffins get to Skerra?", "no, I meant the rats",
         "How did the rats get to Skerra?"),
        ("How did the puffins get to Skerra?", "No, the rats", "How did the rats get to Skerra?"),
        ("How many puffins nest on Skerra?", "Sorry, I meant rats",
         "How many rats nest on Skerra?"),
        ("When did the Osier Bridge open?", "I meant the Kestrel Bridge",
         "When did the Kestrel Bridge open?"),
        ("When does the tram open?", "actually, I was asking about the ferry",
         "When does the ferry open?"),
        ("Who painted Guernica?", "no, the bull", "Who painted the bull?"),
        ("What caused the flood?", "no, I mean the fire", "What caused the fire?"),
        ("Why did puffins decline?", "I meant rats", "Why did rats decline?"),
        ("How did the puffins get to Skerra?", "not the puffins, the rats",
         "How did the rats get to Skerra?"),
        ("Who is the mayor?", "no, I meant who is the captain", "Who is the captain?"),
        ("How many puffins were counted in 2023?", "and in 2022?",
         "How many puffins were counted in 2022?"),
        ("How many puffins were counted?", "what about in 2022?",
         "How many puffins were counted in 2022?"),
        ("How many people fled in Port Ellery?", "And in Aldenhurst?",
         "How many people fled in Aldenhurst?"),
        ("Wann wurde die Brücke eröffnet?", "nein, ich meinte die Fähre",
         "Wann wurde die Fähre eröffnet?"),
    ],
)  # fmt: skip
def test_a_correction_replaces_what_was_asked_of(before: str, correction: str, meant: str) -> None:
    assert is_correction(correction, before)
    assert corrected(correction, before) == meant
    assert by_rule(correction, said(before, "So it was.")) == meant


@pytest.mark.parametrize(
    "question",
    ["And schoolchildren?", "No one knows why, do they?", "not all of them, right?",
     "and for how long?", "and in which year?", "and by whom?", "and in total?", "in what year?",
     "Who meant the rats?", "no"],
)  # fmt: skip
def test_other_follow_ups_are_no_corrections(question: str) -> None:
    assert not is_correction(question, "Who won the cup?")


def test_a_correction_without_a_place_is_added_to_the_question() -> None:
    assert corrected("I meant rats", "How come?") == "How come, rats?"


def test_without_a_question_before_it_nothing_is_put_right() -> None:
    assert by_rule("no, I meant the rats", []) == "no, I meant the rats"


def test_thanks_and_more_are_no_questions_that_others_lean_on() -> None:
    history = said("When did the tram open?", "In May.", "thanks!", "You are welcome.", "more", "…")
    assert asked_before(history) == ["When did the tram open?"]
    history = said("How did puffins get here?", "…", "no, I meant the rats")
    assert asked_before(history)[-1] == "How did the rats get here?"


@pytest.mark.parametrize(
    "question",
    ["tell me more", "Tell me more about it.", "more", "what else?", "go on", "anything else?",
     "Erzähl mir mehr", "weiter", "was noch?", "can you tell me more?", "continue please"],
)  # fmt: skip
def test_more_is_of_the_last_question_that_stands_alone(question: str) -> None:
    history = said("When did the Osier Bridge open?", "In 1931.", "Who designed it?", "Maddox did.")
    assert topic_of_more(question, history) == "Who designed the Osier Bridge?"
    history += said("what else?", "He had no degree.")
    assert topic_of_more(question, history) == "Who designed the Osier Bridge?"
    assert topic_of_more(question, []) == ""


@pytest.mark.parametrize("question", ["what else did the mayor say?", "more money?", "why?"])
def test_what_asks_for_something_is_not_more(question: str) -> None:
    assert topic_of_more(question, said("Who is the mayor?", "Adela Finch.")) == ""
