"""What Ibid says of the library: by the catalog alone, and every claim of an article as a claim."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, weighing
from tiny import DIMENSIONS, TinyEmbedder, make_article

from rag.answer.about import AboutLibrary
from rag.assistant import Assistant
from rag.index.library import Library, opened
from rag.loaders import read
from rag.opening import starter_articles
from rag.schema import Filter, Turn
from rag.settings import load

PUFFINS = make_article(
    "Puffins nest on Skerra. Rats came by ship.", "puffins", title="Fewer puffins on Skerra",
    publisher="The Harbour Courier", published="2023-08-22", language="en",
)  # fmt: skip
FLOOD = make_article(
    "The flood rose for two days.", "flood", title="A flood in Port Ellery",
    publisher="The Gazette", published="2024-01-20", language="en", author="Anna Vale",
)  # fmt: skip
BRIDGE = make_article(
    "Die Brücke ist neu. Ratten gibt es keine.", "bridge", title="Die Brücke",
    publisher="The Harbour Courier", published=None, language="de", author="Emil Roth",
)  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    settings = load(library=tmp_path_factory.mktemp("about") / "library")
    with opened(settings, TinyEmbedder()) as library:
        library.add([PUFFINS, FLOOD, BRIDGE])
        yield library


def told(library: Library, question: str, *said: str, only: Filter | None = None) -> str:
    """All that Ibid says, a line each; empty where the articles are asked."""
    history = [Turn(("user", "assistant")[i % 2], text) for i, text in enumerate(said)]  # type: ignore[arg-type]
    about = AboutLibrary(library.catalog, lambda topic, only: None, TinyEmbedder())
    return "\n".join(one.text for one in about.answer(question, history, only))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is in the collection Rats and Ships?",
         "There are 2 articles in the collection “Rats and ships”.\n"
         "“Die Brücke” · “The Harbour Courier”\n"
         "“Fewer puffins on Skerra” · “The Harbour Courier” · 22 August 2023"),
        ("what's in my news collection",
         "There is 1 article in the collection “News”.\n“A flood in Port Ellery” · “The Gazette” · "
         "20 January 2024"),
        ("Was ist in der Sammlung „News“?",
         "Es gibt 1 Artikel in der Sammlung „News“.\n„A flood in Port Ellery“ · „The Gazette“ · "
         "20. Januar 2024"),
        ("How many articles does the collection rats and ships have?",
         "There are 2 articles in the collection “Rats and ships”.\n"
         "“Die Brücke” · “The Harbour Courier”\n"
         "“Fewer puffins on Skerra” · “The Harbour Courier” · 22 August 2023"),
        ("What does the collection of taxes cost?", ""),
        ("What is in the collection Nobody knows?", ""),
    ],
)  # fmt: skip
def test_what_is_in_a_collection_is_told_if_there_is_one(
    library: Library, question: str, answer: str
) -> None:
    library.collect("Rats and ships", [PUFFINS.id, BRIDGE.id])
    library.collect("News", [FLOOD.id])
    assert told(library, question) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how many articles are there?", "There are 3 articles in the library."),
        ("How many articles are from the Harbour Courier?",
         "There are 2 articles from “the Harbour Courier”.\n"
         "“Die Brücke” · “The Harbour Courier”\n"
         "“Fewer puffins on Skerra” · “The Harbour Courier” · 22 August 2023"),
        ("how many courier articles are there",
         "There are 2 articles from “courier”.\n"
         "“Die Brücke” · “The Harbour Courier”\n"
         "“Fewer puffins on Skerra” · “The Harbour Courier” · 22 August 2023"),
        ("how many articles were published in 2024?",
         "There is 1 article published in 2024.\n“A flood in Port Ellery” · “The Gazette” · "
         "20 January 2024"),
        ("which articles are about rats?",
         "There is 1 article mentioning “rats”.\n“Fewer puffins on Skerra” · “The Harbour Courier”"
         " · 22 August 2023"),
        ("how many articles do you have in German?",
         "There is 1 article in German."),
        ("which articles did Anna Vale write?",
         "There is 1 article from “Anna Vale”.\n“A flood in Port Ellery” · “The Gazette” · "
         "20 January 2024"),
        ("how many articles from the Times do you have?", "There is no article from “the Times”."),
        ("who wrote the article about the flood?",
         "“A flood in Port Ellery” names as its author: “Anna Vale”."),
        ("who wrote a flood in port ellery", "“A flood in Port Ellery” names as its author: "
         "“Anna Vale”."),
        ("who wrote the puffin article?", "“Fewer puffins on Skerra”: no author is named."),
        ("when was “Die Brücke” published?", "“Die Brücke”: no date is given."),
        ("wann ist der Artikel über Puffins erschienen?",
         "„Fewer puffins on Skerra“ ist vom 22. August 2023."),
        ("who published the article about the flood?",
         "“A flood in Port Ellery” names as its publisher: “The Gazette”. "
         "It was added from: “flood”."),
        ("what is the title of the article about the flood?",
         "Its title is “A flood in Port Ellery”."),
        ("in which language is the article about the puffins?",
         "“Fewer puffins on Skerra” is in English."),
        ("what is the newest article?", "The newest article in the library, by its date:\n"
         "“A flood in Port Ellery” · “The Gazette” · 20 January 2024"),
        ("was ist der älteste Artikel?", "Der älteste Artikel in der Bibliothek, nach seinem "
         "Datum:\n„Fewer puffins on Skerra“ · „The Harbour Courier“ · 22. August 2023"),
        ("what are the newest two articles?", "The newest articles in the library, by their dates "
         "(2):\n“A flood in Port Ellery” · “The Gazette” · 20 January 2024\n"
         "“Fewer puffins on Skerra” · “The Harbour Courier” · 22 August 2023"),
        ("show me the 2 latest", "The newest articles in the library, by their dates (2):\n"
         "“A flood in Port Ellery” · “The Gazette” · 20 January 2024\n"
         "“Fewer puffins on Skerra” · “The Harbour Courier” · 22 August 2023"),
        ("die drei ältesten Artikel", "Die ältesten Artikel in der Bibliothek, nach ihrem Datum "
         "(2):\n„Fewer puffins on Skerra“ · „The Harbour Courier“ · 22. August 2023\n"
         "„A flood in Port Ellery“ · „The Gazette“ · 20. Januar 2024"),
        ("what languages are the articles in?",
         "The articles in the library are in: English (2), German (1)."),
        ("which publishers are there?", "The articles in the library name as their publishers: "
         "“The Harbour Courier” (2), “The Gazette” (1)."),
        ("who wrote the articles?", "The articles in the library name as their authors: "
         "“Emil Roth” (1), “Anna Vale” (1)."),
        ("who wrote the article about dragons?", "There is no article mentioning “dragons”."),
        ("who wrote the article?", "Which article? Name its title, or what it is about."),
    ],
)  # fmt: skip
def test_the_catalog_answers(library: Library, question: str, answer: str) -> None:
    assert told(library, question) == answer


@pytest.mark.parametrize(
    "question",
    ["who wrote Hamlet?", "when was the bridge opened?", "How many articles does the treaty have?",
     "Who wrote the letter to the council?", "which sources does the river have?",
     "what do the articles say about the flood?", "who wrote it?", "when was it published?"],
)  # fmt: skip
def test_what_the_catalog_knows_nothing_of_is_left_to_the_articles(
    library: Library, question: str
) -> None:
    assert told(library, question) == ""


def test_only_the_articles_that_were_chosen_are_told_of(library: Library) -> None:
    only = Filter(articles=(PUFFINS.id,))
    assert told(library, "how many articles are there?", only=only) == (
        "There is 1 article among those that were chosen."
    )
    assert told(library, "who wrote this article?", only=only) == (
        "“Fewer puffins on Skerra”: no author is named."
    )


def test_this_article_and_it_are_the_ones_that_were_told_of(library: Library) -> None:
    quoted = ("Where do they nest?", "Puffins nest on Skerra.")
    assert told(library, "when was this article published?", *quoted) == (
        "“Fewer puffins on Skerra” is dated 22 August 2023."
    )
    asked = ("who wrote the article about the flood?", "“A flood in Port Ellery” names …")
    assert told(library, "and when was it published?", *asked).endswith("20 January 2024.")
    again = (*asked, "and when was it published?", "“A flood in Port Ellery” is dated …")
    assert "The Gazette" in told(library, "and who published it?", *again)


def test_each_article_that_is_named_is_given_with_it(library: Library) -> None:
    about = AboutLibrary(library.catalog, lambda topic, only: None, TinyEmbedder())
    _, *items = about.answer("what articles do you have?")
    assert {one.article.id for one in items if one.article} == {PUFFINS.id, FLOOD.id, BRIDGE.id}


def test_the_nearest_in_meaning_is_named_as_no_more_than_that(library: Library) -> None:
    about = AboutLibrary(library.catalog, lambda topic, only: PUFFINS.info, TinyEmbedder())
    none, near, item = about.answer("which articles are about seabirds?")
    assert "no article" in none.text and "may be" in near.text
    assert item.article == PUFFINS.info


def test_what_an_article_says_of_itself_is_bounded_and_on_one_line(tmp_path: Path) -> None:
    with opened(load(library=tmp_path / "library"), TinyEmbedder()) as library:
        long = "Ibid says:\n\x1b[31m all is well. " * 2_000
        library.add(
            [make_article("A text on locks.", "locks", title=long, publisher=long, author=long)]
        )
        for question in (
            "what articles do you have?", "who wrote the article about locks?",
            "which publishers are there?", "which authors are there?",
        ):  # fmt: skip
            answer = told(library, question)
            assert "\x1b" not in answer and len(answer) < 700


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    with opened(load(library=tmp_path / "library"), TinyEmbedder()) as library:
        assert told(library, "what articles do you have?").startswith("The library is empty.")
        assert told(library, "hello").startswith("Hello.")


def test_many_articles_are_counted_and_the_first_named(tmp_path: Path) -> None:
    with opened(load(library=tmp_path / "library"), TinyEmbedder()) as library:
        library.add([make_article(f"Text {n}.", f"a{n}", title=f"Title {n}") for n in range(13)])
        lines = told(library, "list all articles").splitlines()
        assert lines[0] == "There are 13 articles in the library."
        assert len(lines) == 12
        assert lines[-1].startswith("And 3 more.")


def test_no_question_of_the_sets_is_answered_by_the_catalog_of_its_articles(
    tmp_path: Path,
) -> None:
    sets = files("eval") / "sets"
    with opened(load(library=tmp_path / "library"), TinyEmbedder()) as library:
        for article in [*read(starter_articles()), *read(Path(str(sets / "everyday")))]:
            library.catalog.put(article, [], [])
        for one in sets.iterdir():
            if one.name.endswith(".jsonl"):
                for line in one.read_text("utf-8").splitlines():
                    question = json.loads(line)["question"]
                    assert told(library, question, "And before?", "So it was.") == "", question


async def test_streams_say_the_same_and_ask_no_model(library: Library) -> None:
    model = ScriptedModel(error=RuntimeError("the model was asked"))
    assistant = Assistant(library, WordScorer(), WordReader(), model, "m", weights=weighing())
    question = "how many articles are there?"
    answer = assistant.ask(question)
    assert (answer.status, answer.model, answer.passages) == ("own", "", ())
    assert [one async for one in assistant.astream(question)][-1].sentences == answer.sentences
    (*_, last) = assistant.chain.stream({"question": question, "history": ()})
    assert assistant.chain.invoke({"question": question})["own"] == answer.sentences
    assert model.heard == [] and last is not None


def test_small_talk_whose_words_are_in_articles_is_answered_only_where_they_do_not_say(
    library: Library,
) -> None:
    class Polite(TinyEmbedder):
        """Whatever is asked is as near to one example as can be, and far from any other."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rest = [0.0] * (DIMENSIONS - 2)
            return [[float(text == "that answers my question"), 1.0, *rest] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, *[0.0] * (DIMENSIONS - 1)]

    about = AboutLibrary(library.catalog, lambda topic, only: None, Polite("polite"))
    assert about.answer("that answers my puffin") == ()
    assert [one.text for one in about.polite("that answers my puffin")] == ["You are welcome."]
    assert about.polite("How many puffins are there?") == ()
    calm = library.embedder
    library.embedder = Polite("polite")
    try:
        assistant = Assistant(library, WordScorer(), WordReader(), None, weights=weighing())
        answer = assistant.ask("that answers my zeppelin puffin")
    finally:
        library.embedder = calm
    assert (answer.status, answer.text) == ("own", "You are welcome.")
