"""Promises of filters: the same whatever finds it, at any size, and true after every change."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from doubles import ListIndex
from test_catalog import as_before_labels
from tiny import DIMENSIONS, TinyEmbedder, make_article

from rag.errors import LibraryError, UnknownCollection
from rag.index import integrity
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.catalog import opened as catalog_opened
from rag.index.library import Library, opened
from rag.index.places import Folder
from rag.index.vectors import ChromaIndex
from rag.schema import Filter
from rag.settings import Settings
from rag.stores import Labels

MANY = 41_000  # articles of one publisher: SQLite takes 32,766 variables
FEW = 200  # of another, all of them nearer to what is asked
NEAR = [1.0, *([0.0] * 3)]


def stored(settings: Settings) -> Settings:
    """A library of very many articles, written as the catalog writes them, only sooner."""
    with opened(settings, TinyEmbedder()):
        pass  # its tables are made
    random = np.random.default_rng(3).normal(size=(MANY + FEW, 4)).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    # The nearest lie among the others, not apart: no way leads to an island in Chroma's graph.
    random[:FEW] = NEAR + 0.01 * random[:FEW]
    random[:FEW] /= np.linalg.norm(random[:FEW], axis=1, keepdims=True)
    added = datetime(2026, 1, 1, tzinfo=UTC).isoformat(" ")[:19]
    with closing(sqlite3.connect(settings.library / CATALOG)) as db, db:
        db.executemany(
            "INSERT INTO articles(id, title, source, publisher, published, language, digest, added,"
            " text) VALUES (?, 'Title', ?, ?, ?, 'en', ?, ?, 'River.')",
            (
                (f"{n:012x}", f"{place(n)}/{n}", house(n), f"20{n % 20:02}-01-01", str(n), added)
                for n in range(MANY + FEW)
            ),
        )
        db.executemany(
            'INSERT INTO chunks(id, article_id, start, "end", text, vector, indexed)'
            " VALUES (?, ?, 0, 6, 'River.', ?, 0)",
            ((f"{n:012x}.0", f"{n:012x}", random[n].tobytes()) for n in range(MANY + FEW)),
        )
        db.execute("INSERT INTO lexical(lexical) VALUES ('rebuild')")
    return settings


def house(n: int) -> str:
    return "Near" if n < FEW else "Ärzte Zeitung"


def place(n: int) -> str:
    return "/near" if n < FEW else "/far"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("large") / "library"
    with opened(stored(Settings(library=folder)), TinyEmbedder()) as own:
        assert isinstance(own.vectors, ChromaIndex) and own.vectors.count() == MANY + FEW
        yield own


FAR = tuple(f"{n:012x}" for n in range(FEW, MANY + FEW))


@pytest.mark.parametrize(
    ("only", "count"),
    [
        (Filter(publishers=("ÄRZTE zeitung",)), MANY),
        (Filter(sources=("/far/",)), MANY),
        (Filter(articles=FAR), MANY),
        (Filter(languages=("EN",), since=date(2001, 1, 1), until=date(2018, 1, 1)), 37_080),
        (Filter(publishers=("Near",)), FEW),
        (Filter(publishers=("Nobody",)), 0),
        (Filter(sources=tuple(f"/none/{n}" for n in range(2_000))), 0),
    ],
    ids=["publisher", "source", "articles", "days", "few", "none", "sources"],
)
def test_a_filter_may_admit_and_name_any_number_of_articles(
    large: Library, only: Filter, count: int
) -> None:
    catalog = large.catalog
    admitted = set(catalog.matching(only))
    assert len(admitted) == count
    found = large.nearest(NEAR, 7, only)
    ids = [chunk_id.partition(".")[0] for chunk_id, _ in found]
    assert len(ids) == min(7, count) and set(ids) <= admitted
    best = sorted(
        (float(vector @ np.array(NEAR, np.float32)), piece.article_id)
        for batch in catalog.all_chunks(50_000)
        for piece, vector in batch
        if piece.article_id in admitted
    )[::-1][: len(ids)]
    assert [score for _, score in found] == pytest.approx([score for score, _ in best], abs=1e-3)
    assert {piece for piece, _ in catalog.search("river", 9, only)} <= {f"{i}.0" for i in admitted}
    assert len(catalog.search("river", 9, only)) == min(9, count)
    assert catalog.listing("river", only, limit=1)[1] == count


def test_any_number_of_articles_may_be_looked_up_collected_and_removed(large: Library) -> None:
    catalog = large.catalog
    assert len(catalog.infos(FAR)) == MANY
    assert len(catalog.chunks([f"{id_}.0" for id_ in FAR])) == MANY
    assert len(catalog.collect("Far", FAR)) == MANY
    assert catalog.collection("far").articles == MANY
    assert len(catalog.matching(Filter(collections=("far",)))) == MANY
    assert len(catalog.uncollect("Far", FAR[1:])) == MANY - 1
    assert catalog.delete_collection("Far") == 1
    with pytest.raises(UnknownCollection):
        catalog.collection("Far")


# The labels of a chunk, as the catalog has them


def articles() -> list[Any]:
    facts = (
        ("The ferry carries cars.", "Courier", "2024-01-05"),
        ("The bakery moved to the hill.", "Courier", "2025-03-01"),
        ("Die Fähre fährt im Winter nicht mehr nach Aldwick.", "Bote", "2023-07-09"),
        ("A mill stands by the river.", "", ""),
    )
    return [
        make_article(text * 9, f"{n}.md", publisher=house, published=day)
        for n, (text, house, day) in enumerate(facts)
    ]


@pytest.fixture
def filled(settings: Settings) -> Iterator[Library]:
    retrieval = settings.retrieval.model_copy(update={"in_memory": 0, "wide": 1})
    with opened(settings.model_copy(update={"retrieval": retrieval}), TinyEmbedder()) as own:
        own.add(articles())
        yield own


def sources(own: Library, only: Filter) -> set[str]:
    """Of what is found by meaning; what is found by words must be the same."""
    by_meaning = own.nearest(TinyEmbedder().embed_query("river"), 50, only)
    pieces = own.catalog.chunks([chunk_id for chunk_id, _ in by_meaning]).values()
    known = own.catalog.infos({piece.article_id for piece in pieces})
    assert set(known) == set(own.catalog.matching(only))
    return {info.source for info in known.values()}


def asked_of_chroma(own: Library, only: Filter) -> set[str]:
    wanted = own.catalog.wanted(only, 100)
    assert wanted.articles is None, "not by labels"
    found = own.vectors.search([1.0] * DIMENSIONS, 50, wanted)
    pieces = own.catalog.chunks([chunk_id for chunk_id, _ in found]).values()
    return {own.article(piece.article_id).source for piece in pieces}


@pytest.mark.engines
def test_the_index_finds_by_its_labels_what_the_catalog_admits(filled: Library) -> None:
    ids = {info.source: info.id for info in filled.articles()}
    filled.collect("Boats", [ids["0.md"], ids["2.md"]])
    filled.collect("Winter", [ids["2.md"]])
    for only, expected in (
        (Filter(publishers=("courier",)), {"0.md", "1.md"}),
        (Filter(publishers=("courier", "Bote")), {"0.md", "1.md", "2.md"}),
        (Filter(languages=("DE",)), {"2.md"}),
        (Filter(languages=("en",), since=date(2024, 2, 1)), {"1.md"}),
        (Filter(since=date(2024, 1, 5), until=date(2024, 1, 5)), {"0.md"}),
        (Filter(until=date(2024, 12, 31)), {"0.md", "2.md"}),
        (Filter(collections=("boats",)), {"0.md", "2.md"}),
        (Filter(collections=("winter", "boats"), publishers=("Bote",)), {"2.md"}),
    ):
        assert sources(filled, only) == asked_of_chroma(filled, only) == expected


@pytest.mark.engines
def test_an_edit_and_a_collection_reach_the_index_and_no_vector_is_made(filled: Library) -> None:
    embedder = filled.embedder
    assert isinstance(embedder, TinyEmbedder)
    before, first = embedder.documents, filled.articles()[0]
    filled.edit(first.id, publisher="Herald", published="2020-02-02", language="fr")
    assert asked_of_chroma(filled, Filter(publishers=("herald",))) == {first.source}
    filled.edit(first.id, publisher="", published="", language="de-AT")
    assert asked_of_chroma(filled, Filter(languages=("de-at",))) == {first.source}
    assert asked_of_chroma(filled, Filter(until=date(2021, 1, 1))) == set()
    filled.collect("Boats", [first.id])
    filled.rename_collection("BOATS", "Ships")
    assert asked_of_chroma(filled, Filter(collections=("ships",))) == {first.source}
    assert sources(filled, Filter(collections=("Boats",))) == set()
    assert filled.delete_collection("Ships") == 1
    filled.collect("Boats", [filled.articles()[1].id])
    assert asked_of_chroma(filled, Filter(collections=("Boats",))) == {filled.articles()[1].source}
    assert len(filled.articles()) == 4
    assert embedder.documents == before
    assert integrity.agree(filled.catalog, filled.vectors)


def test_what_an_index_has_not_heard_it_hears_when_it_is_opened(settings: Settings) -> None:
    class Deaf(ListIndex):
        def label(self, chunks: object) -> None:
            raise OSError("killed")

    index = Deaf(settings.library)
    place = Folder(settings.library / "vectors", lambda _: index)
    catalog = SqliteCatalog(settings.library.parent / CATALOG)
    own = Library(settings.library.parent, settings, TinyEmbedder(), catalog, place)
    own.add(articles())
    with pytest.raises(OSError, match="killed"):
        own.collect("Boats", [own.articles()[0].id])
    assert [one.articles for one in catalog.collections()] == [1]
    assert not integrity.agree(catalog, index)
    index.label = ListIndex.label.__get__(index)  # type: ignore[method-assign]
    again = Library(settings.library.parent, settings, TinyEmbedder(), catalog, place)
    again.bring_up_to_date()
    assert integrity.agree(catalog, index)
    again.close()


def test_labels_of_an_older_index_are_found_out_and_made_anew(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add(articles())
    with opened(settings, TinyEmbedder()) as own:
        chunk_id = own.catalog.chunks_of(own.articles()[0].id)[0].id
        own.vectors.label({chunk_id: Labels("another", "Nobody")})
    (settings.library / "vectors" / "touched").touch()  # so it is looked through
    with opened(settings, TinyEmbedder()) as own:
        assert integrity.agree(own.catalog, own.vectors)
        assert own.vectors.labelled([chunk_id])[chunk_id].publisher != "Nobody"


def test_a_library_of_the_schema_before_is_kept_and_goes_on_without_embedding(
    settings: Settings,
) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add(articles())
        before = own.articles()
        vectors = own.vectors
        ids = [piece.id for info in before for piece in own.catalog.chunks_of(info.id)]
        for chunk_id, labels in vectors.labelled(ids).items():
            vectors.label({chunk_id: Labels(labels.article_id)})
    with closing(sqlite3.connect(settings.library / CATALOG)) as db, db:
        as_before_labels(db)
    embedder = TinyEmbedder()
    retrieval = settings.retrieval.model_copy(update={"in_memory": 0, "wide": 1})
    with opened(settings.model_copy(update={"retrieval": retrieval}), embedder) as own:
        assert own.articles() == before  # with the languages that they did not name
        assert asked_of_chroma(own, Filter(publishers=("Courier",))) == {"0.md", "1.md"}
        assert asked_of_chroma(own, Filter(languages=("de",))) == {"2.md"}
        assert integrity.agree(own.catalog, own.vectors)
    assert embedder.documents == 0
    kept = settings.library / "catalog-schema-4.sqlite3"
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("SELECT value FROM facts WHERE name = 'schema'").fetchone() == ("4",)
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (4,)


def test_what_only_can_be_read_is_listed_and_filtered_too(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add(articles())
    catalog = SqliteCatalog(settings.library / CATALOG, read_only=True)
    listed, count = catalog.listing("river", Filter(languages=("EN",)))
    assert (count, listed[0].info.source) == (1, "3.md") and listed[0].words > 1
    catalog.close()


# Collections


@pytest.mark.engines
def test_an_article_is_in_as_many_collections_as_one_likes(filled: Library) -> None:
    catalog, (first, second, *_) = filled.catalog, filled.articles()
    assert filled.create_collection("Boats") and not filled.create_collection(" boats ")
    assert [info.id for info in filled.collect("boats", [first.id, second.id[:6]])] == sorted(
        [first.id, second.id]
    )
    assert filled.collect("BOATS", [first.id]) == []
    filled.collect("Winter", [first.id])
    assert [tuple(one) for one in catalog.collections()] == [("Boats", 2), ("Winter", 1)]
    assert [one.name for one in catalog.collections(first.id)] == ["Boats", "Winter"]
    assert [info.id for info in filled.uncollect("boats", [first.id, first.id])] == [first.id]
    assert [one.name for one in catalog.collections(first.id)] == ["Winter"]
    assert filled.delete_collection("winter") == 1
    assert len(filled.articles()) == 4


@pytest.mark.parametrize("name", ["", "  ", "\u202e"])
def test_a_collection_has_a_name_and_no_two_have_the_same(filled: Library, name: str) -> None:
    with pytest.raises(LibraryError, match="empty"):
        filled.create_collection(name)
    filled.create_collection("Boats")
    filled.create_collection("Ships")
    with pytest.raises(LibraryError, match="already"):
        filled.rename_collection("ships", "BOATS")
    filled.rename_collection("ships", "SHIPS")
    with pytest.raises(UnknownCollection, match="ibid collections"):
        filled.rename_collection("Planes", "Trains")
    with pytest.raises(UnknownCollection):
        filled.uncollect("Planes", [])
    assert [one.name for one in filled.catalog.collections()] == ["Boats", "SHIPS"]


@pytest.mark.engines
def test_a_changed_article_stays_in_its_collections_and_a_removed_one_leaves(
    filled: Library,
) -> None:
    first, *_ = articles()
    filled.collect("Boats", [first.id])
    changed = make_article("The ferry carries cars and bicycles.", first.source)
    assert filled.add([changed])[0].outcome == "replaced"
    filled.edit(first.id, title="Night boat")
    filled.rebuild()
    assert asked_of_chroma(filled, Filter(collections=("boats",))) == {first.source}
    taken = filled.take([first.id])
    assert filled.catalog.collection("Boats").articles == 0
    filled.put_all_back(taken)
    assert asked_of_chroma(filled, Filter(collections=("boats",))) == {first.source}
    filled.remove([first.id])
    assert filled.add([changed])[0].outcome == "added"
    assert filled.catalog.collection("Boats").articles == 0
    taken = filled.take([first.id])
    filled.delete_collection("Boats")
    assert filled.put_all_back(taken) == [True]


def test_two_collections_may_be_told_apart_after_one_was_deleted_unheard(
    settings: Settings,
) -> None:
    """The index has not heard of the deletion; what is made next must not be taken for it."""
    with opened(settings, TinyEmbedder()) as own:
        own.add(articles())
        first, second, *_ = own.articles()
        own.collect("Boats", [first.id])
    with catalog_opened(settings.library / CATALOG) as catalog:
        catalog.delete_collection("Boats")
        catalog.collect("Mills", [second.id])
        labels = catalog.labels([first.id, second.id])
    assert labels[first.id].collections == () and labels[second.id].collections == ("2",)
    assert json.dumps(labels[second.id].collections)
