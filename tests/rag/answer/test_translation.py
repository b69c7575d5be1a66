"""A question in a language that the articles are not in is asked in theirs, if it stays the same.

The language model is a double: what it writes is what these tests vary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, weighing
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from tiny import TinyEmbedder, make_article

from rag.answer.translation import is_same_question, language_to_ask_in
from rag.assistant import Assistant
from rag.index.library import Library, opened
from rag.schema import Answer, Filter, Turn
from rag.settings import load

SEATS = "Wie viele Menschen kann das Schiff Halvard tragen?"
IN_ENGLISH = "How many people does the boat carry, the Halvard?"


class Translator(ScriptedModel):
    """Says its pieces where it is asked to translate, and finds no answer where it is asked one."""

    def _stream(
        self, messages: list[BaseMessage], *rest: Any, **named: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(messages, *rest, **named):
            if str(messages[0].content).startswith("Translate"):
                yield chunk


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    texts = {
        "A new ferry for Aldwick": "With 240 seats, the boat carries twice as many people as the "
        "old one. The Halvard entered service in May. Soon the Halvard and its captain, Ines Roth, "
        "were known to all.",
        "The bakery of Mill Lane": "It left because the river had flooded its ovens twice.",
    }
    with opened(load(library=tmp_path_factory.mktemp("english") / "l"), TinyEmbedder()) as library:
        library.add([make_article(text, title, title=title) for title, text in texts.items()])
        yield library


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Three short articles in German, and none in English."""
    texts = {
        "Die Seilbahn von Weidach": "Die neue Seilbahn von Weidach wurde am 3. Mai eröffnet. Sie "
        "trägt vierzig Menschen in jeder Kabine auf den Berg.",
        "Die Mühle am Bach": "Die alte Mühle wurde abgerissen, weil ihr Rad gebrochen war. Niemand "
        "wollte das Geld für ein neues geben.",
        "Der Markt in Brunnental": "Auf dem Markt von Brunnental stehen nun wieder zwölf Stände. "
        "Die Bäcker kommen schon um fünf Uhr.",
    }
    with opened(load(library=tmp_path_factory.mktemp("german") / "l"), TinyEmbedder()) as library:
        library.add(
            [make_article(text, title, title=title, language="de") for title, text in texts.items()]
        )
        yield library


def assistant(library: Library, model: ScriptedModel | None) -> Assistant:
    return Assistant(
        library, WordScorer(), WordReader(), model, "scripted", weights=weighing(intercept=2.0)
    )


def ask(library: Library, question: str, *said: str) -> Answer:
    return assistant(library, Translator(*said)).ask(question)


def test_a_german_question_over_english_articles_is_asked_in_english(library: Library) -> None:
    before = assistant(library, None).ask(SEATS)
    after = ask(library, SEATS, IN_ENGLISH)
    assert before.standalone == "" and before.unread == "de"
    assert after.standalone == IN_ENGLISH and after.unread == ""
    assert "240 seats" in after.sentences[0].text and after.sentences[0].is_quote


async def test_so_it_is_where_it_is_awaited(library: Library) -> None:
    answer = await assistant(library, Translator(IN_ENGLISH)).aask(SEATS)
    assert answer.standalone == IN_ENGLISH and "240 seats" in answer.sentences[0].text


def test_the_model_is_asked_for_the_language_of_the_articles_once(library: Library) -> None:
    model = Translator(IN_ENGLISH)
    assistant(library, model).ask(SEATS)
    first, *rest = [str(heard[0].content) for heard in model.heard]
    assert "into English" in first and not any("Translate" in one for one in rest)
    assert model.heard[0][-1].content == SEATS


def test_an_english_question_over_english_articles_is_asked_as_it_is(library: Library) -> None:
    model = Translator("Wie viele?")
    answer = assistant(library, model).ask("How many people does the boat carry?")
    assert answer.standalone == ""
    assert not any("Translate" in str(heard[0].content) for heard in model.heard)


def test_what_a_question_leans_on_is_put_into_it_before_it_is_translated(library: Library) -> None:
    model = Translator(IN_ENGLISH)
    history = [Turn("user", SEATS), Turn("assistant", "240")]
    answer = assistant(library, model).ask(
        "Wann wurde das Schiff Halvard in Dienst gestellt?", history
    )
    assert answer.standalone == IN_ENGLISH


@pytest.mark.parametrize(
    "said",
    [
        "How many people can the ship carry?",  # the ship's name is lost
        "How many people can the Halvard carry in 2019?",  # a year is invented
        "Wie viele Menschen trägt die Halvard jeden Tag über den Fluss?",  # not translated
        "The Halvard " + "carries people, " * 40,  # no question of that length
        "",
    ],
)
def test_a_translation_that_is_another_question_is_not_asked(library: Library, said: str) -> None:
    answer = ask(library, SEATS, said)
    assert answer.standalone == "" and answer.unread == "de"


def test_a_model_that_fails_leaves_the_question_as_it_was_asked(library: Library) -> None:
    broken = ScriptedModel(error=RuntimeError("gone"))
    assert assistant(library, broken).ask(SEATS).standalone == ""


@pytest.mark.parametrize(
    ("question", "said", "same"),
    [
        ("Trägt die Halvard 1.450 Menschen?", "Does the Halvard carry 1,450 people?", True),
        ("Trägt die Halvard 1 450 Menschen?", "Does the Halvard carry 1,450 people?", True),
        ("Trägt die Halvard 1.450 Menschen?", "Does the Halvard carry 1,540 people?", False),
        ("Wer ist Ines Roth?", "Who is Ines Roth?", True),
        ("Wer ist Ines Roth?", "Who is Agnes Red?", False),
        ("Was steht in „A new ferry for Aldwick“?", "What does A new ferry for Aldwick say?", True),
        ("Was steht in „A new ferry for Aldwick“?", "What does the new ship say?", False),
        ("Wann kam der Kapitän zum Schiff?", "When did the captain come to the ship?", True),
    ],
)
def test_numbers_names_and_quotations_have_to_survive(
    library: Library, question: str, said: str, same: bool
) -> None:
    assert is_same_question(said, question, "en", library.catalog) is same


def test_an_english_question_over_german_articles_is_asked_in_german(german: Library) -> None:
    question = "When was the new cable car in Weidach opened?"
    answer = ask(german, question, "Wann wurde die neue Seilbahn in Weidach eröffnet?")
    assert answer.standalone == "Wann wurde die neue Seilbahn in Weidach eröffnet?"
    assert "am 3. Mai eröffnet" in answer.sentences[0].text
    # No model here reads German, so it is told as nearest words only, and that is said.
    assert (answer.status, answer.unread) == ("hedged", "de")


def test_a_language_that_an_article_is_in_needs_no_other(german: Library) -> None:
    catalog, settings = german.catalog, german.settings
    assert (
        language_to_ask_in("Warum wurde die alte Mühle abgerissen?", catalog, None, settings) == ""
    )
    english = "Why was the old mill torn down?"
    assert language_to_ask_in(english, catalog, None, settings) == "de"
    assert language_to_ask_in(english, catalog, Filter(articles=("none",)), settings) == ""
    read = settings.model_copy(update={"languages": "en de"})
    assert language_to_ask_in(english, catalog, None, read) == ""
