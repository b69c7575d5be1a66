"""More of the same, lists that may not be whole, and parts that no article answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, weighing
from tiny import TinyEmbedder, make_article

from rag.assistant import Assistant
from rag.index.library import opened
from rag.schema import Answer, Turn
from rag.settings import load

RATS = make_article(
    "Rats came to Skerra by ship in 2016. Rats eat the eggs of puffins on Skerra. "
    "Rats on Skerra were trapped in two winters. Dogs look for rats on Skerra each autumn. "
    "The lighthouse on Skerra has rats in its store.",
    "rats",
    title="Rats on Skerra",
)
BREAD = make_article("Bread needs salt. The dough rests for an hour.", "bread", title="Bread")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    settings = load(library=tmp_path_factory.mktemp("conversation"), answers="quotes")
    with opened(settings, TinyEmbedder()) as library:
        library.add([RATS, BREAD])
        yield Assistant(library, WordScorer(), WordReader(), None, weights=weighing())


def conversation(assistant: Assistant, *questions: str) -> list[Answer]:
    history: list[Turn] = []
    answers = []
    for question in questions:
        answers.append(assistant.ask(question, history))
        history += [Turn("user", question), Turn("assistant", answers[-1].text)]
    return answers


def test_more_tells_what_was_not_told_until_there_is_no_more(assistant: Assistant) -> None:
    asked = ["When did rats come to Skerra?", "tell me more", "what else?", "go on", "go on"]
    answers = conversation(assistant, *asked)
    quoted = [one.text for answer in answers for one in answer.sentences if one.is_quote]
    assert len(quoted) == len(set(quoted)) >= 4
    assert answers[1].standalone == asked[0]
    assert answers[1].status == "quoted"
    assert answers[-1].status == "refused"
    assert answers[-1].text == "The passages found say no more of this."


def test_more_is_quoted_and_asks_no_model(assistant: Assistant) -> None:
    model = ScriptedModel(error=RuntimeError("the model was asked"))
    library = assistant.library
    library.settings.model_copy(update={"answers": "strict"})
    writing = Assistant(library, WordScorer(), WordReader(), model, weights=weighing())
    history = [Turn("user", "When did rats come to Skerra?"), Turn("assistant", "In 2016.")]
    assert writing.ask("tell me more", history).status == "quoted"
    assert model.heard == []


def test_more_of_nothing_asks_for_a_question(assistant: Assistant) -> None:
    (answer,) = conversation(assistant, "tell me more")
    assert (answer.status, answer.sentences[0].because.kind) == ("own", "own")
    assert conversation(assistant, "hello", "tell me more")[-1].status == "own"


def test_a_correction_is_asked_and_said_as_it_was_understood(assistant: Assistant) -> None:
    asked = ("When did puffins come to Skerra?", "no, I meant the rats")
    assert conversation(assistant, *asked)[-1].standalone == "When did the rats come to Skerra?"


@pytest.mark.parametrize(
    "question", ["List all rats on Skerra", "How many rats came to Skerra in total?"]
)
def test_a_list_or_a_total_says_how_much_was_read_for_it(
    assistant: Assistant, question: str
) -> None:
    answer = assistant.ask(question)
    first = answer.sentences[0]
    assert first.because.kind == "read" and not first.citations
    assert first.text == (
        f"Read from the {len(answer.passages)} passages found; there may be more."
    )
    assert answer.status in ("quoted", "hedged")


def test_what_is_no_list_says_nothing_of_it(assistant: Assistant) -> None:
    for question in ("When did all the rats come to Skerra?", "How many rats came to Skerra?"):
        assert all(one.because.kind != "read" for one in assistant.ask(question).sentences)


def test_a_refused_list_says_nothing_of_passages(assistant: Assistant) -> None:
    answer = assistant.ask("List all capitals of Peru")
    assert answer.status == "refused"
    assert [one.because.kind for one in answer.sentences] == ["own"]


def test_the_part_that_no_article_answers_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("When did rats come to Skerra, and who is the governor of Texas?")
    assert answer.sentences[0].is_quote
    last = answer.sentences[-1]
    assert last.because.words == ("Who is the governor of Texas?",)
    assert last.text == "The articles in the library do not say: “Who is the governor of Texas?”"
    assert answer.status in ("quoted", "hedged")


def test_of_parts_that_are_all_answered_none_is_missed(assistant: Assistant) -> None:
    answer = assistant.ask("When did rats come to Skerra, and what do rats eat on Skerra?")
    assert all(one.because.kind != "unanswered" for one in answer.sentences)
