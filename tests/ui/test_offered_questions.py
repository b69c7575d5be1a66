"""With the models that come with Ibid: what is offered is answered, by the article it is of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import make_article

from rag.assistant import Assistant
from rag.loaders import read
from rag.opening import open_assistant, temporary_library
from rag.questions.offering import Offering
from rag.settings import load
from ui import strings

SEEDS = Path(__file__).parents[2] / "seeds"
BATHS = """Nach zwei Jahren Umbau wird das Freibad in Mühlbronn am 1. Juni wieder eröffnet.
Die Arbeiten haben 4,6 Millionen Euro gekostet. Bürgermeister Tilo Hartwig sagte, die Stadt habe
lange auf diesen Tag gewartet. Es wird mit der Abwärme der nahen Papierfabrik beheizt."""

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def quoting() -> Iterator[Assistant]:
    with temporary_library(load(answers="quotes", offers={"articles": 4})) as library:
        library.add(read(SEEDS))
        library.add([make_article(BATHS, "baths", title="Das Freibad in Mühlbronn", language="de")])
        yield open_assistant(library, model=False)


def test_each_question_is_answered_by_the_article_that_it_was_made_of(quoting: Assistant) -> None:
    offering = Offering(quoting)
    while (article := offering.next_article(frozenset())) is not None:
        offering.make(article, lambda: None)
    offered = [(id_, one) for id_, several in offering.known().items() for one in several]
    assert len(offered) >= 6
    assert "Wann wird das Freibad in Mühlbronn wieder eröffnet?" in [one.text for _, one in offered]
    for article, one in offered:
        answer = quoting.ask(one.text)
        assert answer.status == ("hedged" if answer.unread else "quoted"), one.text
        first = answer.sentences[0].citations[0]
        assert first.article.id == article
        assert first.start <= one.start < one.end <= first.end


def test_the_starters_own_questions_are_answered_by_their_articles(quoting: Assistant) -> None:
    for source, question in strings.STARTER_QUESTIONS.items():
        answer = quoting.ask(question)
        assert answer.status == "quoted", question
        assert answer.sentences[0].citations[0].article.source == source
