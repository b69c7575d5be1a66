"""Promises of doubles: one text is one article, wherever it is had; what is alike can be merged."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import alike
import pytest
from test_library import RIVER, assert_whole, reading
from tiny import TinyEmbedder, make_article

from rag.errors import ArticleError, LibraryError, UnknownArticle
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.catalogs import FilePlace
from rag.index.library import Library, opened
from rag.index.originals import Originals
from rag.index.portable.exporting import export
from rag.index.portable.importing import bring_in
from rag.index.portable.importing import reading as bundled
from rag.index.salvage import salvage
from rag.schema import Filter
from rag.settings import Settings

FIRE = "Fires burn on the hill. " * 30
WIRE, REPRINT = alike.pairs(alike.NEAR["reprint"], 7, 1)[0]
pytestmark = pytest.mark.engines("sqlite", "postgres")


def also_at(library: Library, article_id: str) -> list[str]:
    others = library.catalog.other_sources([article_id])
    return [one.source for one in others.get(article_id, ())]


def sources(library: Library) -> dict[str, set[str]]:
    """Where each article is had, by the beginning of its text."""
    return {
        library.article(info.id).text[:12]: {info.source, *also_at(library, info.id)}
        for info in library.articles()
    }


# One text in several places


def test_the_same_text_under_another_name_is_one_article_with_two_sources(
    library: Library, embedder: TinyEmbedder
) -> None:
    first = make_article(RIVER, "notes/a.md")
    library.add([first])
    embedded = embedder.documents
    for source in ("https://news.example/a", "upload.txt", "notes/a.md", "upload.txt"):
        (told,) = library.add([make_article(RIVER, source)])
        assert (told.outcome, told.article.id, told.is_merged) == ("same", first.id, False)
        assert told.also_at == ("" if source == "notes/a.md" else source)
    assert also_at(library, first.id) == ["https://news.example/a", "upload.txt"]
    assert embedder.documents == embedded and len(library.articles()) == 1
    for source in ("notes", "HTTPS://news.example/", "upload"):
        assert library.catalog.matching(Filter(sources=(source,))) == [first.id]
    listed, count = library.catalog.listing("upload")
    assert count == 1 and listed[0].info.id == first.id
    assert_whole(library)


def test_what_is_known_of_the_first_stays_where_the_text_is_the_same(library: Library) -> None:
    library.add([make_article(RIVER, "a", title="The flood", publisher="Courier")])
    other = make_article(RIVER, "b", title="High water", publisher="Gazette")
    (told,) = library.add([other])
    assert (told.outcome, told.also_at) == ("same", "b")
    (only,) = library.articles()
    assert (only.title, only.publisher) == ("The flood", "Courier")


def test_a_few_words_may_be_the_text_of_many(library: Library) -> None:
    """So they are one only if they say the same of themselves."""
    rows = [make_article("Sold out.", f"row {n}", title=f"Show {n}") for n in range(3)]
    assert [one.outcome for one in library.add(rows)] == ["added"] * 3
    (told,) = library.add([make_article("Sold out.", "row 9", title="Show 1")])
    assert (told.outcome, told.article.id) == ("same", rows[1].id)


@pytest.mark.parametrize("changed", ["a", "b"])
def test_the_source_that_changes_becomes_an_article_and_the_other_keeps_the_old(
    library: Library, changed: str
) -> None:
    first = make_article(RIVER, "a")
    library.add([first, make_article(RIVER, "b")])
    library.collect("Floods", [first.id])
    (told,) = library.add([make_article(FIRE, changed)])
    assert told.outcome == "added" and told.article.id != first.id
    other = "b" if changed == "a" else "a"
    assert sources(library) == {RIVER[:12]: {other}, FIRE[:12]: {changed}}
    assert [one.name for one in library.catalog.collections(first.id)] == ["Floods"]
    again = library.add([make_article(FIRE, changed), make_article(RIVER, other)])
    assert [one.outcome for one in again] == ["same", "same"]
    (told,) = library.add([make_article(FIRE + " Again.", changed)])
    assert told.outcome == "replaced"
    assert_whole(library)


def test_a_source_may_go_from_one_article_to_another(library: Library) -> None:
    river, fire = make_article(RIVER, "a"), make_article(FIRE, "b")
    library.add([river, fire, make_article(RIVER, "c")])
    (told,) = library.add([make_article(FIRE, "c")])
    assert (told.outcome, told.article.id, told.also_at) == ("same", fire.id, "c")
    (told,) = library.add([make_article(RIVER, "c"), make_article(RIVER, "d")][:1])
    assert sources(library) == {RIVER[:12]: {"a", "c"}, FIRE[:12]: {"b"}}


def test_one_source_can_be_removed_and_the_article_stays_with_the_others(library: Library) -> None:
    first = make_article(RIVER, "a")
    library.add([first, make_article(RIVER, "b"), make_article(RIVER, "c")])
    info, is_gone = library.remove_source("b")
    assert (info.id, is_gone, also_at(library, first.id)) == (first.id, False, ["c"])
    info, is_gone = library.remove_source("a")
    assert (info.id, info.source, is_gone) == (first.id, "c", False)
    assert_whole(library)
    assert library.remove_source("c")[1] and library.articles() == []
    with pytest.raises(UnknownArticle, match="ibid show"):
        library.remove_source("c")


def test_a_removed_article_is_nobodys_double(library: Library) -> None:
    first = make_article(RIVER, "a")
    library.add([first, make_article(RIVER, "b")])
    library.remove([first.id])
    (told,) = library.add([make_article(RIVER, "b")])
    assert (told.outcome, told.also_at) == ("added", "")
    library.remove([told.article.id])
    assert library.add([first])[0].outcome == "added"
    assert_whole(library)


def test_a_removed_article_comes_back_with_all_its_sources_that_are_free(library: Library) -> None:
    first = make_article(RIVER, "a")
    library.add([first, make_article(RIVER, "b"), make_article(RIVER, "c")])
    taken = library.take([first.id])
    library.add([make_article(FIRE, "c")])
    assert library.put_all_back(taken) == [True]
    assert sources(library) == {RIVER[:12]: {"a", "b"}, FIRE[:12]: {"c"}}
    library.take([first.id])
    library.add([make_article(RIVER, "b")])
    assert library.put_all_back(taken) == [True]
    assert len(library.articles()) == 3 and also_at(library, first.id) == []


# For a while after files were looked for they are not again: longer, the slower the catalog is.
@pytest.mark.engines("sqlite")
def test_a_file_with_a_double_that_moves_is_not_had_twice(library: Library, tmp_path: Path) -> None:
    first = reading(tmp_path, "a.txt", RIVER)
    library.add([first, reading(tmp_path, "b.txt", RIVER)])
    (tmp_path / "b.txt").unlink()
    (told,) = library.add([reading(tmp_path, "c.txt", RIVER)])
    assert (told.outcome, told.moved_from) == ("same", str(tmp_path / "b.txt"))
    assert also_at(library, first.id) == [str(tmp_path / "c.txt")]
    (tmp_path / "a.txt").unlink()
    (told,) = library.add([reading(tmp_path, "d.txt", RIVER)])
    assert (told.article.id, told.moved_from) == (first.id, first.source)
    assert also_at(library, first.id) == [str(tmp_path / "c.txt")]


# Nearly the same


@pytest.fixture
def near(library: Library) -> Library:
    """Two that are nearly the same, and one that is not."""
    library.add([
        make_article(WIRE, "wire", title="By wire", publisher="Courier"),
        make_article(FIRE, "fire"),
        make_article(REPRINT, "reprint", title="Reprinted", publisher="Gazette"),
    ])  # fmt: skip
    return library


def ids(library: Library) -> dict[str, str]:
    return {info.source: info.id for info in library.articles()}


def test_near_doubles_are_linked_and_listed_in_groups(near: Library) -> None:
    known = ids(near)
    (like,) = near.near(known["wire"])
    assert like.article.id == known["reprint"] and 0.8 < like.alike < 1
    assert near.near(known["fire"]) == [] == near.near("no such one")
    (group,) = near.catalog.duplicates()
    assert [one.article.source for one in group] == ["wire", "reprint"]
    assert group[0].alike == 1 and group[1].alike == like.alike


@pytest.mark.engines("sqlite")
def test_signatures_made_otherwise_are_made_anew_to_be_compared(near: Library) -> None:
    with closing(sqlite3.connect(near.folder / CATALOG)) as db, db:
        db.execute("UPDATE signatures SET form = 'older', signature = x'00'")
    assert len(near.near(ids(near)["wire"])) == 1
    near.rebuild()
    with closing(sqlite3.connect(near.folder / CATALOG)) as db, db:
        stored = db.execute("SELECT DISTINCT form, length(signature) FROM signatures").fetchall()
    assert stored == [(stored[0][0], 512)] and stored[0][0] != "older"


def test_a_merged_article_has_both_sources_and_collections_and_does_not_come_back(
    near: Library,
) -> None:
    known = ids(near)
    near.add([make_article(REPRINT, "reprint 2")])
    near.collect("Kept", [known["wire"]])
    near.collect("Lost", [known["reprint"]])
    near.merge(known["wire"][:8], [known["reprint"]])
    assert set(also_at(near, known["wire"])) == {"reprint", "reprint 2"}
    assert [one.name for one in near.catalog.collections(known["wire"])] == ["Kept", "Lost"]
    assert near.catalog.duplicates() == []
    assert_whole(near)
    for source in ("reprint", "reprint 2", "a new copy"):
        (told,) = near.add([make_article(REPRINT, source)])
        assert (told.outcome, told.is_merged) == ("same", True)
        assert told.article.id == known["wire"]
    assert len(near.articles()) == 2
    (told,) = near.add([make_article(REPRINT + " It was rewritten.", "reprint")])
    assert told.outcome == "added"
    near.remove_source("reprint 2")
    (told,) = near.add([make_article(FIRE + "More.", "reprint 2")])
    assert told.outcome == "added"
    assert near.article(known["wire"]).text == WIRE


def test_a_merging_is_undone_with_all_that_it_moved(near: Library, embedder: TinyEmbedder) -> None:
    known = ids(near)
    near.add([make_article(REPRINT, "reprint 2")])
    near.collect("Both", known.values())
    near.collect("Lost", [known["reprint"]])
    before = (near.catalog.other_sources(), near.articles(), near.catalog.collections())
    embedded = embedder.documents
    merged = near.merge(known["wire"], [known["reprint"], known["fire"]])
    assert near.put_all_back(merged) == [True, True]
    after = (near.catalog.other_sources(), near.articles(), near.catalog.collections())
    assert after == before and embedder.documents == embedded
    assert [one.name for one in near.catalog.collections(known["wire"])] == ["Both"]
    assert_whole(near)


def test_a_merging_is_not_undone_over_what_came_from_there_since(near: Library) -> None:
    known = ids(near)
    merged = near.merge(known["wire"], [known["reprint"]])
    near.add([make_article(FIRE + "It rained.", "reprint")])
    assert near.put_all_back(merged) == [False]
    assert_whole(near)


def test_an_article_is_not_merged_into_itself_or_nothing(near: Library) -> None:
    known = ids(near)
    for keep, others in ((known["wire"], [known["wire"]]), (known["wire"], [])):
        with pytest.raises(ArticleError):
            near.merge(keep, others)
    with pytest.raises(UnknownArticle):
        near.merge(known["wire"], [known["fire"], "nowhere"])
    assert len(near.articles()) == 3


# Kept


@pytest.mark.engines("sqlite")
def test_sources_go_with_a_library_into_one_file_and_are_saved_of_a_damaged_one(
    near: Library, tmp_path: Path
) -> None:
    known = ids(near)
    near.add([make_article(FIRE, "fire 2")])
    near.merge(known["wire"], [known["reprint"]])
    before = near.catalog.other_sources()
    export(FilePlace(near.folder), tmp_path / "all.ibid")
    salvage(near.folder / CATALOG, tmp_path / "saved.ibid")
    for name in ("all", "saved"):
        with opened(Settings(library=tmp_path / name), TinyEmbedder()) as there:
            for outcome in ("added", "same"):
                with bundled(tmp_path / f"{name}.ibid") as bundle:
                    told = bring_in(there, bundle, Originals(there.folder).keep)
                assert told[outcome] == 2  # type: ignore[index]
            assert there.catalog.other_sources() == before
            (again,) = there.add([make_article(REPRINT, "reprint")])
            assert again.is_merged


@pytest.mark.engines("sqlite")
def test_what_is_brought_in_and_is_there_from_elsewhere_adds_its_sources(
    near: Library, tmp_path: Path
) -> None:
    near.add([make_article(FIRE, "fire 2")])
    export(FilePlace(near.folder), tmp_path / "all.ibid")
    with opened(Settings(library=tmp_path / "there"), TinyEmbedder()) as there:
        there.add([make_article(FIRE, "mine"), make_article(RIVER, "fire 2")])
        with bundled(tmp_path / "all.ibid") as bundle:
            assert bring_in(there, bundle, Originals(there.folder).keep)["same"] == 1
        assert sources(there)[FIRE[:12]] == {"mine", "fire"}
        assert sources(there)[RIVER[:12]] == {"fire 2"}


def test_a_rebuild_keeps_every_source(near: Library) -> None:
    near.merge(ids(near)["wire"], [ids(near)["reprint"]])
    near.add([make_article(FIRE, "fire 2")])
    before = near.catalog.other_sources()
    near.rebuild()
    assert near.catalog.other_sources() == before and len(before) == 2


@pytest.mark.engines("sqlite")
def test_a_catalog_of_the_schema_before_knows_doubles_once_it_is_opened(
    library: Library, tmp_path: Path
) -> None:
    library.add([make_article(WIRE, "wire"), make_article(REPRINT, "reprint")])
    file = tmp_path / "older.sqlite3"
    with closing(sqlite3.connect(library.folder / CATALOG)) as db:
        db.execute("VACUUM INTO ?", (str(file),))
    with closing(sqlite3.connect(file)) as db, db:
        for table in ("also_at", "signatures"):
            db.execute(f"DROP TABLE {table}")
        db.execute("UPDATE facts SET value = '5' WHERE name = 'schema'")
    with pytest.raises(LibraryError):
        SqliteCatalog(file, read_only=True)
    with closing(SqliteCatalog(file)) as catalog:
        (group,) = catalog.duplicates()
        assert [one.article.source for one in group] == ["wire", "reprint"]
        known = make_article(WIRE, "elsewhere")
        assert [info.source for info, _ in catalog.with_text(known.body)] == ["wire"]
    assert file.with_name("older-schema-5.sqlite3").is_file()


@pytest.mark.engines("sqlite")
def test_what_can_only_be_read_is_compared_too(near: Library) -> None:
    with closing(SqliteCatalog(near.folder / CATALOG, read_only=True)) as catalog:
        assert len(catalog.duplicates()) == 1 == len(catalog.near(ids(near)["wire"]))


def test_an_article_that_takes_a_place_by_word_releases_the_doubles_of_the_old(
    library: Library,
) -> None:
    old = make_article(RIVER, "a")
    library.add([old, make_article(RIVER, "b")])
    (told,) = library.add([replace(make_article(FIRE, "c"))], in_place_of=old.id)
    assert told.outcome == "replaced" and also_at(library, old.id) == []
    assert library.add([make_article(RIVER, "b")])[0].outcome == "added"


def test_all_are_compared_batch_by_batch(library: Library) -> None:
    rng = random.Random(5)
    catalog = library.catalog
    for n in range(7):
        article = make_article(" ".join(alike.text(rng, 4)), f"{n}")
        catalog.put(article, [], [])
    catalog.put(article := make_article(REPRINT, "reprint"), [], [])
    catalog.put(make_article(WIRE, "wire"), [], [])
    assert [one.article.source for one in catalog.near(article.id, batch=2)] == ["wire"]
    assert [len(group) for group in catalog.duplicates(batch=2)] == [2]


def test_what_is_near_is_told_after_every_change_though_signatures_are_kept_in_memory(
    near: Library,
) -> None:
    wire = ids(near)["wire"]
    text = near.article(ids(near)["reprint"]).text
    assert [one.article.source for one in near.near(wire)] == ["reprint"]
    near.remove([ids(near)["reprint"]])  # its row may be given again, to another article
    near.add([make_article("Sheep graze on the hill above the harbour all year. " * 9, "sheep")])
    assert near.near(wire) == []
    near.add([make_article(text + " It was printed again.", "again")])
    assert [one.article.source for one in near.near(wire)] == ["again"]
    near.add([make_article("The mill turns once more, after nine long years. " * 9, "again")])
    assert near.near(wire) == []
