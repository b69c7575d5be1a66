"""Which questions are kept: those that the library answers with the sentence they were made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import WordReader, WordScorer, weighing
from tiny import TinyEmbedder, make_article

from rag.assistant import Assistant
from rag.errors import UnknownArticle
from rag.index.library import Library, opened
from rag.questions.offering import Offering
from rag.settings import Settings

BRIDGE = "The Kestrel Bridge was opened on 6 June 1998. It was a long meeting of the council."
LAMP = "The council met in the hall. The lamp of the tower weighs 12 kg."


def never() -> None:
    pass


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    settings = Settings(library=tmp_path / "library", offers={"articles": 2, "tried": 3})
    with opened(settings, TinyEmbedder()) as own:
        yield own


def offering(library: Library, intercept: float = 0.0) -> Offering:
    weights = weighing(intercept)
    return Offering(Assistant(library, WordScorer(), WordReader(), None, weights=weights))


def added(library: Library, text: str, name: str, title: str = "Minutes") -> str:
    (one,) = library.add([make_article(text, name, title=title)])
    return one.article.id


def test_a_question_is_kept_that_its_own_sentence_answers(library: Library) -> None:
    bridge = added(library, BRIDGE, "a")
    one = offering(library)
    one.make(bridge, never)
    (kept,) = one.known()[bridge]
    assert kept.text == "When was the Kestrel Bridge opened?"
    assert library.article(bridge).text[kept.start : kept.end].endswith("1998.")
    assert kept.stands_alone


def test_a_question_is_not_kept_that_nothing_answers_well_enough(library: Library) -> None:
    bridge = added(library, BRIDGE, "a")
    one = offering(library, intercept=-9.0)
    one.make(bridge, never)
    assert "Kestrel" not in str(one.known()[bridge])


def test_nor_one_that_another_article_answers(library: Library) -> None:
    told = (
        "The Kestrel Bridge was opened, the Kestrel Bridge: when was it? In 1998, the bridge was."
    )
    other = added(library, told + " The Kestrel Bridge was opened when it was opened.", "b")
    bridge = added(library, BRIDGE.replace("The Kestrel Bridge", "The Kestrel Bridge of Aune"), "a")
    one = offering(library)
    one.make(bridge, never)
    for kept in one.known()[bridge]:
        assert one.known().get(other) is None
        words = library.article(bridge).text[kept.start : kept.end]
        assert words in library.article(bridge).text


def test_of_a_library_only_the_newest_are_asked_and_each_once(library: Library) -> None:
    ids = [added(library, LAMP.replace("12", str(n)), f"lamp {n}") for n in (12, 13, 14)]
    one = offering(library)
    made = []
    while (article := one.next_article(frozenset())) is not None:
        one.make(article, never)
        made.append(article)
    assert made == [ids[2], ids[1]]
    assert set(one.known()) == {ids[2], ids[1]}
    one.make(ids[0], never)  # it was wanted for an answer
    assert set(one.known()) == set(ids)


def test_what_cannot_be_made_is_left_out(library: Library) -> None:
    lamp = added(library, LAMP, "lamp")
    one = offering(library)
    assert one.next_article(frozenset({lamp})) is None
    with pytest.raises(UnknownArticle):
        one.make("gone", never)


def test_it_waits_before_each_question(library: Library) -> None:
    bridge = added(library, BRIDGE + " The lamp weighs 12 kg.", "a")
    waited = []
    offering(library).make(bridge, lambda: waited.append(1))
    assert len(waited) == 2


def test_questions_go_and_change_with_their_article(library: Library) -> None:
    bridge = added(library, BRIDGE, "a")
    one = offering(library)
    one.make(bridge, never)
    assert one.next_article(frozenset()) is None
    library.edit(bridge, publisher="The Observer")
    assert one.known()
    library.edit(bridge, title="Minutes of May")
    assert one.known() == {}
    one.make(bridge, never)
    assert one.known()
    assert added(library, BRIDGE.replace("6 June", "7 June"), "a") == bridge
    assert one.known() == {}
    assert one.next_article(frozenset()) == bridge
    one.make(bridge, never)
    (removed,) = library.take([bridge])
    assert one.known() == {}
    library.put_back(removed)
    assert one.known() == {}


def test_nothing_is_kept_of_an_article_that_was_changed_meanwhile(library: Library) -> None:
    bridge = added(library, BRIDGE, "a")
    one = offering(library)
    one.make(bridge, never)
    (kept,) = one.known()[bridge]
    article = library.article(bridge)
    library.remove([bridge])
    library.catalog.offer(article, [kept])
    assert one.known() == {}
    added(library, BRIDGE, "a", title="Another title")
    library.catalog.offer(replace(article, digest="other"), [kept])
    assert one.known() == {}
