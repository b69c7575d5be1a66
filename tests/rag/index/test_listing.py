"""Promises of the shelf: found and sorted, edited and taken out, and put back as it was."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from tiny import TinyEmbedder, make_article

from rag.errors import ArticleError, UnknownArticle
from rag.index.catalog import opened
from rag.index.library import Library
from rag.index.tables import SCHEMA_VERSION
from rag.schema import Article, Filter

# The tables as the first version of Ibid made them.
FIRST_VERSION = """
CREATE TABLE facts (name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE articles (id TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL,
  publisher TEXT, published DATE, language TEXT, digest TEXT NOT NULL, added DATETIME NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY (id), UNIQUE (source));
CREATE TABLE chunks ("row" INTEGER NOT NULL, id TEXT NOT NULL, article_id TEXT NOT NULL,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL,
  indexed BOOLEAN NOT NULL, PRIMARY KEY ("row"), UNIQUE (id));
INSERT INTO facts VALUES ('schema', '1'), ('fingerprint', 'tiny');
INSERT INTO articles VALUES
  ('a1', 'Ferry', 'https://news.example/ferry', 'Courier', '2025-04-14', 'en', 'd1',
   '2025-05-01 10:00:00.000000', 'The night ferry returns.'),
  ('b2', 'Tram', '/home/me/tram.md', NULL, NULL, NULL, 'd2',
   '2025-05-02 10:00:00.000000', 'The tram stays.');
INSERT INTO chunks VALUES (1, 'a1.0', 'a1', 0, 24, 'The night ferry returns.', x'00', 1),
  (2, 'b2.0', 'b2', 0, 15, 'Die alten Brücken wurden abgerissen.', x'00', 1);
"""
pytestmark = pytest.mark.engines("sqlite", "postgres")


def articles() -> list[Article]:
    return [
        make_article("The night ferry returns in May.", "a.md", title="Ferry", publisher="Courier",
                     published="2025-04-14", author="Jane Doe"),
        make_article("The tram to Aldwick stays. " * 9, "b.md", title="Aldwick's tram",
                     publisher="Gazette", published="2024-01-02"),
        make_article("A bridge is closed.", "https://c.example/bridge", title="Bridge"),
    ]  # fmt: skip


@pytest.fixture
def filled(library: Library) -> Library:
    library.add(articles())
    return library


def titles(library: Library, words: str = "", only: Filter | None = None, **more: Any) -> list[str]:
    return [one.info.title for one in library.catalog.listing(words, only, **more)[0]]


def test_a_library_of_the_first_version_is_opened_whole(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite3"
    with sqlite3.connect(file) as old:
        old.executescript(FIRST_VERSION)
    old.close()
    for _ in range(2):
        with opened(file) as catalog:
            tram, ferry = catalog.articles()
            assert catalog.metadata("schema") == SCHEMA_VERSION
            assert catalog.metadata("fingerprint") == "tiny"
    assert (ferry.link, ferry.published) == ("https://news.example/ferry", date(2025, 4, 14))
    assert (tram.author, tram.link, tram.pages) == (None, None, ())
    with opened(file) as catalog:
        assert catalog.article("a1").text == "The night ferry returns."
        assert [id_ for id_, _ in catalog.search("When does the ferry return?", 5)] == ["a1.0"]
        assert [id_ for id_, _ in catalog.search("Wann wurde die Brücke gebaut?", 5)] == ["b2.0"]


def test_words_are_looked_for_in_text_title_names_and_source(filled: Library) -> None:
    assert titles(filled, "night") == ["Ferry"]
    assert titles(filled, "NIG") == ["Ferry"], "a word may be half typed"
    assert titles(filled, "jane") == ["Ferry"]
    assert titles(filled, "c.example") == ["Bridge"]
    assert titles(filled, "aldwick gazette") == ["Aldwick's tram"]
    assert titles(filled, "night gazette") == []


def test_the_shelf_is_filtered_and_sorted(filled: Library) -> None:
    assert titles(filled) == ["Bridge", "Aldwick's tram", "Ferry"]
    assert titles(filled, sort="title") == ["Aldwick's tram", "Bridge", "Ferry"]
    assert titles(filled, sort="published") == ["Ferry", "Aldwick's tram", "Bridge"]
    assert titles(filled, sort="publisher") == ["Ferry", "Aldwick's tram", "Bridge"]
    by_words = titles(filled, sort="words")
    assert titles(filled, sort="words", is_rising=True) == by_words[::-1]
    words = [one.words for one in filled.catalog.listing(sort="words")[0]]
    assert words == sorted((len(one.text.split()) for one in articles()), reverse=True)
    assert titles(filled, sort="title", is_rising=False) == ["Ferry", "Bridge", "Aldwick's tram"]
    assert titles(filled, sort="published", is_rising=True)[-1] == "Bridge", "it has no date"
    assert titles(filled, only=Filter(publishers=("Gazette",))) == ["Aldwick's tram"]
    assert titles(filled, only=Filter(since=date(2025, 1, 1))) == ["Ferry"]
    assert filled.catalog.publishers() == ["Courier", "Gazette"]
    assert [len(filled.catalog.listing(limit=2)[0]), filled.catalog.listing(limit=2)[1]] == [2, 3]


@given(st.text(max_size=30))
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_words_can_be_looked_for(filled: Library, words: str) -> None:
    found, count = filled.catalog.listing(words)
    assert count == len(found) <= len(filled.articles())


def test_an_edit_changes_what_is_said_and_found_and_not_the_words(filled: Library) -> None:
    before = articles()[0]
    edited = filled.edit(before.id, title="Night boat", publisher="", published="2025-04-15",
                         link="https://courier.example/boat", author="J. Doe")  # fmt: skip
    assert (edited.title, edited.publisher, edited.published) == (
        "Night boat", None, date(2025, 4, 15))  # fmt: skip
    assert (edited.link, edited.author) == ("https://courier.example/boat", "J. Doe")
    assert filled.article(before.id).info == edited
    assert filled.article(before.id).text == before.text
    assert edited.digest == before.digest, "a citation of it is still right"
    assert titles(filled, "boat") == ["Night boat"]
    assert filled.catalog.search("boat", 5), "its chunks are found by the new title"
    assert titles(filled)[-1] == "Night boat", "it keeps its place"


def test_an_edit_outlives_a_new_reading_of_the_article(filled: Library) -> None:
    old = articles()[0]
    filled.edit(old.id, title="Night boat", published="2025-04-15")
    assert filled.add([old])[0].outcome == "same"
    new = make_article("It returns in June.", "a.md", title="Ferry again", publisher="Herald")
    assert filled.add([new])[0].outcome == "replaced"
    info = filled.article(old.id)
    assert (info.title, info.publisher) == ("Night boat", "Herald")
    assert (info.published, info.text) == (date(2025, 4, 15), "It returns in June.")


@pytest.mark.parametrize("facts", [{"publisher": "Herald"}, {"title": "Night boat"}])
def test_an_edit_that_is_taken_back_leaves_nothing_written_by_hand(
    filled: Library, facts: dict[str, str]
) -> None:
    before = filled.article(articles()[0].id)
    filled.edit(before.id, author="J. Doe")
    (edited,) = filled.edit_all([before.id], facts)
    assert filled.unedit(edited).by_hand == ("author",)
    assert filled.article(before.id).title == before.title
    assert titles(filled, before.title.split()[0])
    new = make_article("It returns in June.", before.source, title="Anew", publisher="Mail")
    filled.add([new])
    info = filled.article(before.id)
    assert (info.title, info.publisher, info.author) == ("Anew", "Mail", "J. Doe")


def test_an_edit_is_not_taken_back_over_a_later_one(filled: Library) -> None:
    name = articles()[0].id
    (edited,) = filled.edit_all([name], {"title": "Night boat"})
    filled.edit(name, title="Day boat")
    with pytest.raises(ArticleError, match="changed since"):
        filled.unedit(edited)
    assert filled.article(name).title == "Day boat"


def test_only_a_new_title_is_embedded(filled: Library, embedder: TinyEmbedder) -> None:
    article = articles()[0]
    before = embedder.documents
    filled.edit(article.id, publisher="Herald", title=article.title)
    assert embedder.documents == before
    filled.edit(article.id, title="Night boat")
    assert embedder.documents > before


@pytest.mark.parametrize(
    "fact", [{"title": " "}, {"published": "soon"}, {"link": "javascript:1"}, {"digest": "0"}]
)
def test_an_edit_that_makes_no_sense_changes_nothing(filled: Library, fact: dict[str, str]) -> None:
    article = articles()[0]
    with pytest.raises(ArticleError):
        filled.edit(article.id, **{"author": "Else", **fact})
    assert filled.article(article.id) == article
    with pytest.raises(UnknownArticle):
        filled.edit("nowhere", title="x")


def test_what_was_taken_out_comes_back_as_it_was_without_embedding(
    filled: Library, embedder: TinyEmbedder
) -> None:
    article = articles()[1]
    filled.edit(article.id, author="Someone", published="2024-01-03")
    shelf, chunks = filled.catalog.listing(), filled.catalog.chunks_of(article.id)
    embedded = embedder.documents
    taken = filled.take([article.id, "nowhere"])
    assert titles(filled, "tram") == []
    assert filled.vectors.count() == filled.catalog.count()[1]
    assert not any(filled.catalog.chunks([piece.id for piece in chunks]))

    assert [filled.put_back(one) for one in taken] == [True]
    assert filled.catalog.listing() == shelf
    assert filled.catalog.chunks_of(article.id) == chunks
    assert filled.catalog.edited(article.id)["published"] == date(2024, 1, 3)
    assert filled.vectors.count() == filled.catalog.count()[1]
    nearest = filled.vectors.search(embedder.embed_query(chunks[0].text), 1)
    assert filled.catalog.chunks([nearest[0][0]])[nearest[0][0]].article_id == article.id
    assert embedder.documents == embedded


def test_an_article_that_was_added_again_is_not_overwritten(filled: Library) -> None:
    old = articles()[0]
    taken = filled.take([old.id])
    filled.add([make_article("A newer text.", "a.md")])
    assert not filled.put_back(taken[0])
    assert filled.article(old.id).text == "A newer text."


def test_an_adding_that_is_cancelled_leaves_nothing_and_the_older_article_in_place(
    filled: Library,
) -> None:
    told: list[tuple[int, int]] = []

    def halt(done: int, of: int) -> None:
        told.append((done, of))
        raise KeyboardInterrupt

    old = articles()[0]
    long = make_article("A sentence that goes on and on for a while. " * 900, "a.md")
    with pytest.raises(KeyboardInterrupt):
        filled.add([long], on_embedded=halt)
    assert filled.article(old.id) == old
    assert told[0][0] < told[0][1]


def test_an_edit_made_while_an_article_is_embedded_is_kept(filled: Library) -> None:
    old = articles()[0]

    def edit(done: int, of: int) -> None:
        filled.edit(old.id, title="Edited meanwhile")

    filled.add([make_article("It returns in June.", "a.md")], on_embedded=edit)
    assert filled.article(old.id).title == "Edited meanwhile"
    assert filled.catalog.search("meanwhile", 1)


def test_pages_are_kept(tmp_path: Path) -> None:
    from dataclasses import replace

    article = replace(make_article("One. Two."), pages=(0, 5))
    with opened(tmp_path / "c.sqlite3") as catalog:
        catalog.put(article, [], [])
        assert catalog.article(article.id) == article
        assert catalog.articles()[0].page(5) == 2


def test_the_size_on_disk_grows_with_the_library(filled: Library) -> None:
    before = filled.size()
    filled.add([make_article(f"Line {n} of many. " * 500, f"{n}.md") for n in range(20)])
    assert filled.size() > before > 0
