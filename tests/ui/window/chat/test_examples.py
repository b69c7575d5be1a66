"""Questions worth asking first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scripted import ARTICLES, ScriptedEngine, ScriptedLibrary, ScriptedOffering

from rag.loaders import read
from rag.schema import ArticleInfo
from ui import strings
from ui.ahead import Ahead
from ui.window.chat.examples import MOST, examples

STARTER = list(strings.STARTER_QUESTIONS)
FERRY = ARTICLES["a1f0"].info


class Shelf(ScriptedLibrary):
    """These articles, the latest added first."""

    def __init__(self, *infos: ArticleInfo) -> None:
        self.infos = list(infos)

    def articles(self) -> list[ArticleInfo]:
        return self.infos


def offered(library: ScriptedLibrary, **questions: tuple[str, ...]) -> list[str]:
    """The examples of a library, of each article of which these were made."""
    return examples(engine(library, **questions))


def engine(library: ScriptedLibrary, **questions: tuple[str, ...]) -> ScriptedEngine:
    offering = ScriptedOffering()
    for name, texts in questions.items():
        offering.made |= ScriptedOffering(*texts, article=name).made
    return ScriptedEngine(None, library, ahead=Ahead(offering))


def starter(*sources: str) -> list[ArticleInfo]:
    return [replace(FERRY, id=f"s{n}", source=source) for n, source in enumerate(sources)]


def test_an_empty_library_has_none() -> None:
    assert offered(ScriptedLibrary(empty=True), a1f0=("Why?",)) == []


def test_articles_of_which_no_question_was_made_have_none() -> None:
    assert offered(ScriptedLibrary(empty=False)) == []


def test_each_article_is_asked_before_one_is_asked_again() -> None:
    library = ScriptedLibrary(empty=False)
    asked = offered(library, a1f0=("a 1", "a 2", "a 3"), b2e1=("b 1", "b 2"), c3d2=("c 1",))
    assert asked == ["a 1", "b 1", "c 1", "a 2"]
    assert len(asked) == MOST


def test_the_starters_own_questions_are_there_as_long_as_it_is() -> None:
    whole = offered(Shelf(*starter(*STARTER)))
    assert whole == list(strings.STARTER_QUESTIONS.values())
    assert offered(Shelf(*starter(STARTER[0]))) == [strings.STARTER_QUESTIONS[STARTER[0]]]
    assert offered(Shelf(FERRY)) == []


def test_a_persons_own_articles_come_before_the_starter() -> None:
    asked = offered(Shelf(*starter(*STARTER), FERRY), a1f0=("Why?", "How?"))
    assert asked == ["Why?", "How?", *list(strings.STARTER_QUESTIONS.values())[:2]]


def test_what_makes_sense_beside_its_article_alone_is_asked_where_there_is_nothing_else() -> None:
    own = engine(ScriptedLibrary(empty=False), a1f0=("How long is it?", "Why?"), b2e1=("Who?",))
    offering = own.ahead.known()
    (long, why), who = offering["a1f0"], offering["b2e1"]
    known = {"a1f0": (long._replace(stands_alone=False), why), "b2e1": who}
    own.ahead.begin(ScriptedOffering(known=known))
    assert examples(own) == ["Why?", "Who?", "How long is it?"]


def test_a_question_with_which_a_conversation_began_is_not_offered_again() -> None:
    library = ScriptedLibrary(empty=False)
    long = "How many of those who came " + "and went " * 10 + "were there?"
    own = engine(library, a1f0=("Why?", long), b2e1=("Who?",))
    assert examples(own, {"Why?"}) == ["Who?", long]
    from ui.window.conversation.history import title_of

    assert examples(own, {"Why?", title_of(long)}) == ["Who?"]


def test_the_starter_articles_that_are_asked_about_exist() -> None:
    sources = {article.source for article in read(Path(__file__).parents[4] / "seeds")}
    assert set(strings.STARTER_QUESTIONS) <= sources
