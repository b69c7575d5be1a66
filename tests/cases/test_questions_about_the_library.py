"""Case 12: a greeting, what Ibid can do, and what the catalog knows, asked where it only quotes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import WordReader, WordScorer, weighing
from tiny import TinyEmbedder

from rag.assistant import Assistant
from rag.index.library import opened
from rag.loaders import read
from rag.schema import Answer
from rag.settings import load

FOLDER = Path(__file__).parent / "12-questions-about-the-library"


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    settings = load(library=tmp_path_factory.mktemp("case-12"), answers="quotes")
    with opened(settings, TinyEmbedder()) as library:
        library.add(read(FOLDER))
        yield Assistant(library, WordScorer(), WordReader(), None, weights=weighing())


def asked(quoting: Assistant, question: str) -> Answer:
    answer = quoting.ask(question)
    assert answer.status == "own"
    assert not answer.passages and not answer.evidence
    return answer


def test_a_greeting_is_answered_with_a_word_of_welcome_and_how_to_begin(
    quoting: Assistant,
) -> None:
    assert asked(quoting, "hello").text.startswith("Hello. Ask a question")
    assert asked(quoting, "Guten Tag!").text.startswith("Hallo. Stellen Sie eine Frage")


def test_the_articles_are_counted_in_the_catalog(quoting: Assistant) -> None:
    answer = asked(quoting, "How many articles are there in the library?")
    assert answer.text == "There are 3 articles in the library."


def test_what_ibid_can_do_is_told_without_a_passage(quoting: Assistant) -> None:
    told = asked(quoting, "What can you do?").text
    assert told.startswith("Ibid answers questions from your articles.")


def test_the_date_of_an_article_is_that_of_the_catalog(quoting: Assistant) -> None:
    answer = asked(quoting, "When was the article about the puffins published?")
    assert "22 August 2023" in answer.text
    (said,) = answer.sentences
    assert said.article is not None
    assert said.article.title.startswith("Fewer puffins")


def test_of_an_article_without_an_author_it_is_said_that_none_is_named(
    quoting: Assistant,
) -> None:
    question = 'Who is the author of "How vaccines teach the body to defend itself"?'
    assert "no author is named" in asked(quoting, question).text
