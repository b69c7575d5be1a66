"""Promises of what the catalog keeps of the places that are followed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tiny import TinyEmbedder, make_article

from rag.followed import UNSEEN, Followed, Had, Seen
from rag.index.catalog import CATALOG, SqlCatalog
from rag.index.library import opened
from rag.settings import Settings

FOLDER = Followed("folder", "/home/me/notes", ("Beitrag", "", "", "", "", "", ""), "Rivers")


pytestmark = pytest.mark.engines("sqlite", "postgres")


def had(name: str, article_id: str = "a", seen: Seen = UNSEEN) -> Had:
    return Had(f"/home/me/notes/{name}", f"/home/me/notes/{name}", article_id, seen, "/home")


def test_what_is_followed_comes_back_as_it_was_kept(catalog: SqlCatalog) -> None:
    seen = Seen("https://news.example/a", '"tag"', "Thu, 28 Nov 2024 10:00:00 GMT")
    catalog.follow(FOLDER, [had("b.txt", seen=seen), had("a.txt")])
    assert catalog.followed() == [FOLDER]
    assert catalog.had(FOLDER) == [had("a.txt"), had("b.txt", seen=seen)]
    assert catalog.had_at("/home/me/notes/a.txt") == [had("a.txt")]
    assert catalog.had_as(["a", "x"]) == catalog.had(FOLDER)
    catalog.looked(FOLDER, seen)
    [now] = catalog.followed()
    assert now.seen == seen and now.looked is not None


def test_what_was_named_with_it_holds_until_something_else_is(catalog: SqlCatalog) -> None:
    catalog.follow(FOLDER, [had("a.txt")])
    catalog.follow(Followed("folder", FOLDER.place), [had("a.txt", "b")])
    assert catalog.followed() == [FOLDER] and catalog.had(FOLDER) == [had("a.txt", "b")]
    catalog.follow(Followed("folder", FOLDER.place, collection="Boats"), [])
    assert [one.collection for one in catalog.followed()] == ["Boats"]
    catalog.follow(Followed("file", FOLDER.place), [])
    assert len(catalog.followed()) == 2


def test_what_is_followed_no_longer_leaves_nothing_of_itself(catalog: SqlCatalog) -> None:
    other = Followed("file", "/home/me/notes/a.txt")
    catalog.follow(FOLDER, [had("a.txt"), had("b.txt")])
    catalog.follow(other, [had("a.txt")])
    catalog.unfollow(FOLDER)
    assert catalog.followed() == [other] and catalog.had(other) == [had("a.txt")]
    assert catalog.had(FOLDER) == []
    catalog.forget_had(["/home/me/notes/a.txt"])
    assert catalog.had(other) == []


def test_strange_names_are_kept_and_asked_for(catalog: SqlCatalog) -> None:
    for place in ("/x/\udcff'\"%_", "/x/ünïcode 🦆", "/x/" + "a" * 5000):
        there = Followed("file", place.encode(errors="replace").decode())
        catalog.follow(there, [Had(there.place, there.place, "a")])
        assert catalog.had(Followed("file", place)) == [Had(there.place, there.place, "a")]


def test_a_library_of_the_schema_before_follows_nothing_and_is_kept(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path)
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article("The river rose.", "a.txt")])
    with closing(sqlite3.connect(tmp_path / CATALOG)) as db, db:
        db.executescript("DROP TABLE had; DROP TABLE followed")
        db.execute("UPDATE facts SET value = '5' WHERE name = 'schema'")
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert own.catalog.followed() == [] and len(own.articles()) == 1
        own.catalog.follow(FOLDER, [had("a.txt")])
        assert own.catalog.followed() == [FOLDER]
    assert embedder.documents == 0
    assert (tmp_path / "catalog-schema-5.sqlite3").exists()
