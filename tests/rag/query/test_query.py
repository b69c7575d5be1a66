from __future__ import annotations

import pytest

from rag.errors import QuestionError
from rag.query.classification import classify, last_of
from rag.query.followups import by_rule, concatenated, is_context_dependent, is_faithful
from rag.query.wording import LONGEST, check_length, readable
from rag.schema import Turn


def said(*questions: str) -> list[Turn]:
    return [Turn("user", question) for question in questions]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many people left?", "how-many"),
        ("What percentage of the cost was paid?", "how-many"),
        ("How long is the bridge?", "how-many"),
        ("When did the bridge open?", "when"),
        ("In which year was it built?", "when"),
        ("Did the bridge close?", "yes-no"),
        ("Has anyone confirmed it?", "yes-no"),
        ("Which is longer, the Kestrel Bridge or the Osier Bridge?", "comparison"),
        ("What is the difference between Kestrel and Osier?", "comparison"),
        ("What does the library say about the flood?", "overview"),
        ("Tell me about the flood.", "overview"),
        ("Who designed the bridge?", "other"),
        ("Why did the gate fail?", "other"),
        ("Wie hoch ist der Turm?", "other"),
    ],
)
def test_the_kind_of_answer_is_told_from_the_words_of_the_question(
    question: str, kind: str
) -> None:
    assert classify(question).kind == kind


def test_an_overview_is_searched_for_by_its_subject_alone() -> None:
    assert classify("What does the library say about sea gates?").searches == ("sea gates",)
    assert classify("Tell me about the flood in Aunehead.").searches == ("the flood in Aunehead",)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What happened at the Calder Glassworks?", "the Calder Glassworks"),
        ("Who is Ines Halloran?", "Ines Halloran"),
        ("who was Dora Maar", "Dora Maar"),
    ],
)
def test_what_happened_and_who_somebody_is_are_told_by_all_that_is_said(
    question: str, topic: str
) -> None:
    query = classify(question)
    assert (query.kind, query.searches) == ("overview", (topic,))


@pytest.mark.parametrize(
    "question", ["Who is the mayor of Tarnwick?", "Who was Halloran working for?", "Who is she?"]
)
def test_who_holds_a_place_is_no_overview(question: str) -> None:
    assert classify(question).kind != "overview"


def test_a_comparison_is_searched_for_as_a_whole_and_by_each_side() -> None:
    question = "Which is longer, the Kestrel Bridge or the Osier Bridge?"
    assert classify(question).searches == (
        question,
        "Which is longer, the Kestrel Bridge?",
        "Which is longer, the Osier Bridge?",
    )


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Who designed the Kestrel Bridge and when was it opened?",
            (
                "Who designed the Kestrel Bridge?",
                "Who designed the Kestrel Bridge? When was it opened?",
            ),
        ),
        (
            "When was Calder Glassworks founded, and who bought it?",
            ("When was Calder Glassworks founded?", "Who bought Calder Glassworks?"),
        ),
        (
            "Wer hat die Kestrelbrücke entworfen und wann wurde sie eröffnet?",
            (
                "Wer hat die Kestrelbrücke entworfen?",
                "Wer hat die Kestrelbrücke entworfen? Wann wurde sie eröffnet?",
            ),
        ),
        (
            "Qui a construit le pont d'Aune, et combien a-t-il coûté ?",
            (
                "Qui a construit le pont d'Aune?",
                "Qui a construit le pont d'Aune? Combien a-t-il coûté?",
            ),
        ),
        (
            "¿Quién diseñó el puente y cuándo se abrió al tráfico?",
            (
                "¿Quién diseñó el puente?",
                "¿Quién diseñó el puente? Cuándo se abrió al tráfico?",
            ),
        ),
        (
            "Chi ha progettato il ponte e in quale anno fu aperto?",
            (
                "Chi ha progettato il ponte?",
                "Chi ha progettato il ponte? In quale anno fu aperto?",
            ),
        ),
        ("Wie und wann kamen die Ratten nach Skerra?", ()),
        ("Wer baute die Brücke und das Rathaus?", ()),
        ("Who won and who lost?", ()),  # too short to be told from one question
        ("How and when did rats get to Skerra?", ()),
        ("How many died? And how many were hurt?", ()),  # a follow-up after what it leans on
        ("What is the difference between how and why it fell?", ()),
    ],
)
def test_a_question_of_two_parts_is_searched_for_by_each(
    question: str, parts: tuple[str, ...]
) -> None:
    asked = classify(question)
    assert (asked.searches if asked.kind == "parts" else ()) == parts


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("What is the latest figure?", True),
        ("Who is the mayor now?", True),
        ("What is the most recent count of puffins?", True),
        ("What was the figure in 1990?", False),
    ],
)
def test_the_newest_is_wanted_only_where_it_is_asked_for(question: str, wants: bool) -> None:
    assert classify(question).wants_newest is wants


@pytest.mark.parametrize(
    "question",
    ["Why?", "And the bakery?", "What about 2020?", "How long does it take?", "Who are they?",
     "Is that true?", "Who works there?", "When was this?", "And who won it?", "Which ones?",
     "How much later is that than first planned?", "Did the mayor open it?",
     "What did Ailsa Corrigan say about their chicks?", "How much did it cost to build?",
     "When did they open the bridge, and who paid for it?", "Who paid for its repair?",
     "How many of them were found, and where are they now?"],
)  # fmt: skip
def test_a_question_that_cannot_stand_alone_leans(question: str) -> None:
    assert is_context_dependent(question)


@pytest.mark.parametrize(
    "question",
    ["Who is the captain of the Halvard?", "Is there a bakery on Mill Lane?",
     "Which ferry said that the crossing takes nine minutes?",
     "How many people lost their homes in Port Ellery, and why?",
     "Who designed the Kestrel Bridge, and when did it open?",
     "How does the bakery get its flour?", "How long does it take to cross to Skerra?",
     "Is it true that the river flooded the ovens?", "Which boat carries more these days?",
     "Why did the astronauts sleep before they came home?", "Did those who fled come back?"],
)  # fmt: skip
def test_a_change_of_topic_is_left_as_it_is(question: str) -> None:
    assert not is_context_dependent(question)
    assert by_rule(question, said("Is the ferry new?")) == question


def test_a_question_without_history_is_left_as_it_is() -> None:
    assert by_rule("How long is it?", []) == "How long is it?"


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("When did the Osier Bridge open?", "Who designed it?", "Who designed the Osier Bridge?"),
        ("When did the Osier Bridge open?", "And who designed it?",
         "Who designed the Osier Bridge?"),
        ("What is Brannock Glass?", "Who leads it?", "Who leads Brannock Glass?"),
        ("Where did Ines Halloran grow up?", "What was her first bridge?",
         "What was Ines Halloran's first bridge?"),
    ],
)  # fmt: skip
def test_one_pronoun_and_one_subject_are_put_together_by_rule(
    before: str, question: str, standalone: str
) -> None:
    assert by_rule(question, said(before)) == standalone


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("What happened in Port Ellery?", "And what did it all cost?"),  # it is not Port Ellery
        ("Who drew the Kestrel Bridge at Veldham?", "Does she still work?"),  # two names
        ("When did the Osier Bridge open?", "When was she born?"),  # a bridge is no she
        ("How much sleep do adults need?", "And schoolchildren?"),
        ("When did the Osier Bridge open?", "Why?"),
    ],
)
def test_where_a_rule_could_be_wrong_it_does_not_decide(before: str, question: str) -> None:
    assert by_rule(question, said(before)) is None


def test_put_together_reaches_back_to_the_question_that_names_the_thing() -> None:
    history = said("Is the bakery open?", "Who built the Halvard?", "When was it launched?")
    assert concatenated("How long is it?", history) == (
        "Who built the Halvard? When was it launched? How long is it?"
    )


def test_a_rewriting_that_invents_or_drops_something_is_not_faithful() -> None:
    history = said("When did the Osier Bridge open?")
    question = "Who designed it, and why?"
    assert is_faithful("Who designed the Osier Bridge, and why?", question, history)
    assert not is_faithful("Who designed the Kestrel Bridge, and why?", question, history)
    assert not is_faithful("When did the Osier Bridge open?", question, history)
    assert not is_faithful("Who designed it, and why?", question, history)
    assert not is_faithful("", question, history)
    assert not is_faithful("Who designed the Osier Bridge? Why? When?", question, history)


@pytest.mark.parametrize(
    "said",
    [
        "Could you please tell me: who designed the bridge?",
        "Hello! Can you tell me who designed the bridge?",
        "do you happen to know who designed the bridge?",
        "Hi there, I was wondering, who designed the bridge? Thanks!",
        "I'd like to know who designed the bridge, please?",
        "Please tell me who designed the bridge? Thank you very much.",
        "Who designed the bridge? Many thanks in advance",
    ],
)
def test_courtesies_are_no_part_of_a_question(said: str) -> None:
    assert readable(said) == "Who designed the bridge?"


@pytest.mark.parametrize(
    "said",
    [
        "Tell me about the bridge.",
        "Sum up the articles on the bridge, please.",
        "Hello!",
        "Thanks!",
        "Would they thank you?",
        "Can you tell?",
        "What does the sign say, or does it only say please?",
    ],
)
def test_what_asks_by_other_words_is_left_as_it_is(said: str) -> None:
    assert readable(said) == said


def test_a_question_that_is_too_long_is_refused_and_says_how_long_it_is() -> None:
    check_length("é" * LONGEST + "\u200b" * 10)
    with pytest.raises(QuestionError, match="it has 2,001 characters, and the limit is 2,000"):
        check_length("é" * (LONGEST + 1))


def test_a_question_is_made_readable() -> None:
    assert readable(" How\x00 many\n\x1b[31m seats\udcff?\u202e ") == "How many [31m seats?"
    assert readable("می\u200cخواهم") == "می\u200cخواهم"
    assert len(readable("word " * 100_000)) <= LONGEST
    assert readable("\x00\x07\x1b\u200b") == ""


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("How much sleep do adults need? And schoolchildren?", "And schoolchildren?"),
        ("Who won? When was it?", "When was it?"),
        ("My uncle says so. Is that true?", "My uncle says so. Is that true?"),
        ("Who won the cup? The last one, I mean", "Who won the cup? The last one, I mean"),
        ("Who won the cup? Who won the league?", "Who won the cup? Who won the league?"),
        ("", ""),
    ],
)
def test_of_a_follow_up_with_the_question_before_it_the_follow_up_is_asked(
    text: str, last: str
) -> None:
    assert last_of(text) == last


def test_a_follow_up_is_of_its_own_kind_and_not_of_the_question_before_it() -> None:
    assert classify("How long is the bridge? Who designed it?").kind == "other"
    assert classify("Who designed the bridge? When was it opened?").kind == "when"


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("Liste alle Brücken auf, die gesperrt sind.", True),
        ("Nennen Sie bitte alle Fähren.", True),
        ("Zählen Sie die Schäden auf.", True),
        ("Welche sind alle Häfen der Insel?", True),
        ("Wie viele Menschen wurden insgesamt verletzt?", True),
        ("Wie viele Sitze hat die Fähre?", False),
        ("Wer leitet die Werft?", False),
    ],
)
def test_a_whole_list_or_a_total_is_seen_in_german_too(question: str, wants: bool) -> None:
    assert classify(question).wants_all is wants
