"""Promises of `ibid doctor --repair`: whatever rows and vectors lack of one another is mended."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tiny import TinyEmbedder, make_article
from wholeness import assert_whole

from rag.errors import LibraryError
from rag.index import integrity, mending
from rag.index.catalog import CATALOG, SqlCatalog, SqliteCatalog
from rag.index.catalog import opened as catalog_opened
from rag.index.database import _add_functions
from rag.index.library import opened
from rag.index.vectors import ChromaIndex
from rag.schema import Chunk, Filter
from rag.settings import Settings
from rag.stores import Labels

RIVER = "The river flooded the valley in spring. " * 20
FIRES = "Fires burned the hills in summer. " * 20


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "library"
    with opened(Settings(library=folder, chunk_chars=200, chunk_overlap=40), TinyEmbedder()) as own:
        own.add([make_article(RIVER, "river", publisher="Courier"), make_article(FIRES, "fires")])
        own.collect("Weather", [info.id for info in own.articles()])
        own.vectors.count()
    return folder


@pytest.fixture
def filled(built: Path, settings: Settings) -> Settings:
    shutil.copytree(built, settings.library)
    return settings


def sql(*statements: str) -> Callable[[Settings], None]:
    """What changes the catalog's rows as no Ibid does."""

    def harm(settings: Settings) -> None:
        with closing(sqlite3.connect(settings.library / CATALOG)) as db, db:
            _add_functions(db, None)
            for statement in statements:
                db.execute(statement)

    return harm


def index(change: Callable[[ChromaIndex], None]) -> Callable[[Settings], None]:
    def harm(settings: Settings) -> None:
        vectors = ChromaIndex(settings.library / "vectors")
        change(vectors)
        vectors.close()

    return harm


def drop_two(vectors: ChromaIndex) -> None:
    vectors.drop(sorted(vectors.ids())[:2])


def put_strangers(vectors: ChromaIndex) -> None:
    ((_, vector),) = vectors.stored(vectors.ids()[:1]).items()
    vectors.put([Chunk(f"x.{n}", "x", 0, 1, "x") for n in range(3)], [vector] * 3)


def label_otherwise(vectors: ChromaIndex) -> None:
    vectors.label({id_: Labels("x", "Nobody") for id_ in sorted(vectors.ids())[:4]})


def zero(settings: Settings) -> None:
    file = settings.library / "vectors" / "chroma.sqlite3"
    file.write_bytes(bytes(file.stat().st_size))


FAULTS: dict[str, tuple[Callable[[Settings], None], dict[str, int], int]] = {
    # Its name: how it comes about, what is found, how many chunks are embedded for it.
    "words that are gone": (
        sql("DELETE FROM lexical_docsize WHERE id IN (SELECT row FROM chunks LIMIT 2)"),
        {"words": 2},
        0,
    ),
    "words of no chunk": (
        sql("INSERT INTO lexical(rowid, title, text) VALUES (999, 'Ghosts', 'haunt')"),
        {"words": 1},
        0,
    ),
    "other words": (
        sql(
            "INSERT INTO lexical(lexical, rowid, title, text) SELECT 'delete', row, title, text "
            "FROM titled LIMIT 1",
            "INSERT INTO lexical(rowid, title, text) SELECT row, 'Ghosts', 'haunt' FROM titled "
            "LIMIT 1",
        ),
        {"words": 1},
        0,
    ),
    "sums of no chunk": (sql("INSERT INTO sums VALUES (999, 1), (998, 2)"), {"sums": 2}, 0),
    "a damaged embedding": (
        sql("UPDATE chunks SET vector = zeroblob(length(vector)) WHERE row = 2"),
        {"embeddings": 1},
        1,
    ),
    "articles that are gone in a collection": (
        sql("INSERT INTO collected VALUES (1, 'gone'), (77, 'gone')"),
        {"collected": 2},
        0,
    ),
    "questions of an article that is gone": (
        sql("INSERT INTO offered VALUES ('gone', 'x', 'x', '[]')"),
        {"offered": 1},
        0,
    ),
    "a chunk that is to be dropped": (
        sql("INSERT INTO dropped SELECT id FROM chunks LIMIT 1"),
        {"dropped": 1},
        0,
    ),
    "a chunk of no article": (
        sql(
            'INSERT INTO chunks (row, id, article_id, start, "end", text, vector, indexed, '
            "labelled) SELECT 999, 'x.1', 'gone', start, \"end\", text, vector, 0, 0 FROM chunks "
            "LIMIT 1"
        ),
        {"lost chunks": 1, "words": 1},
        0,
    ),
    "an article without a chunk": (
        sql(
            "DELETE FROM sums WHERE row IN (SELECT row FROM chunks JOIN articles ON "
            "articles.id = article_id WHERE source = 'river')",
            "INSERT INTO lexical(lexical, rowid, title, text) SELECT 'delete', row, title, text "
            "FROM titled WHERE title LIKE 'The river%'",
            "DELETE FROM chunks WHERE article_id = (SELECT id FROM articles "
            "WHERE source = 'river')",
        ),
        {"torn articles": 1},
        5,
    ),
    "a chunk of other words than its article's": (
        sql("UPDATE chunks SET text = upper(text) WHERE row = 1"),
        {"torn articles": 1},
        5,
    ),
    "vectors that are gone": (index(drop_two), {"missing": 2}, 0),
    "vectors of no chunk": (index(put_strangers), {"dead": 3}, 0),
    "labels of another article": (index(label_otherwise), {"labels": 4}, 0),
    "an index that cannot be read": (zero, {"index": 10}, 0),
}


def is_of_the_index(found: dict[str, int]) -> bool:
    return not {"missing", "dead", "labels"}.isdisjoint(found)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_and_mended_and_then_there_is_none(filled: Settings, name: str) -> None:
    harm, expected, chunks = FAULTS[name]
    harm(filled)
    with catalog_opened(filled.library / CATALOG) as catalog:
        said = dict(mending.examine(catalog, filled.library, is_alone=True))
    # What only a comparison of the vectors shows is for who owns the library.
    assert said == ({} if is_of_the_index(expected) else expected)
    embedder = TinyEmbedder()
    with opened(filled, embedder) as own:
        assert dict(mending.repair(own)) == expected
        assert embedder.documents == chunks
        assert integrity.agree(own.catalog, own.vectors) and own.vectors.count() == 10
        assert {hit for hit, _ in own.catalog.search("river fires", 20)} == set(own.vectors.ids())
        assert len(own.catalog.matching(Filter(collections=("weather",)))) == 2
        assert own.catalog.search("ghosts haunt", 5) == []
        for info in own.articles():
            text = own.article(info.id).text
            for piece in own.catalog.chunks_of(info.id):
                assert text[piece.start : piece.end] == piece.text
    with catalog_opened(filled.library / CATALOG) as catalog:
        assert mending.examine(catalog, filled.library, is_alone=True) == []


@pytest.mark.engines
def test_whatever_keeps_a_library_what_it_lacks_is_mended(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(RIVER, "river"), make_article(FIRES, "fires")])
        own.collect("Weather", [info.id for info in own.articles()])
        own.vectors.drop(sorted(own.vectors.ids())[:2])
        catalog = own.catalog
        assert isinstance(catalog, SqlCatalog)
        with catalog._engine.begin() as db:  # noqa: SLF001
            db.exec_driver_sql("INSERT INTO collected VALUES (1, 'gone')")
            db.exec_driver_sql("INSERT INTO sums VALUES (999, 1), (998, 2)")
        expected = {"collected": 1, "sums": 2}
        assert dict(mending.examine(catalog, own.folder, is_alone=False)) == expected
        embedded = own.embedder.documents
        assert dict(mending.repair(own)) == {**expected, "missing": 2}
        assert own.embedder.documents == embedded
        assert_whole(own)
        assert mending.repair(own) == []


def test_nothing_is_changed_by_only_looking(filled: Settings) -> None:
    zero(filled)
    sql("INSERT INTO sums VALUES (999, 1)")(filled)

    def everything() -> dict[Path, bytes]:
        return {
            file: file.read_bytes()
            for file in filled.library.rglob("*")
            if file.is_file() and not file.name.endswith(("-wal", "-shm"))
        }

    before = everything()
    with catalog_opened(filled.library / CATALOG) as catalog:
        assert len(mending.examine(catalog, filled.library, is_alone=True)) == 2
    assert everything() == before


def test_a_file_that_sqlite_finds_damaged_is_left_alone_and_salvage_is_named(
    filled: Settings,
) -> None:
    file = filled.library / CATALOG
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sums'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    whole = bytearray(file.read_bytes())
    whole[(page - 1) * size : page * size] = bytes(size)
    file.write_bytes(whole)
    catalog = SqliteCatalog(file)
    assert catalog.damage()
    catalog.close()
    with pytest.raises(LibraryError) as caught, opened(filled, TinyEmbedder()) as own:
        mending.repair(own)
    assert "\n" not in str(caught.value) and "--salvage" in str(caught.value)


def test_what_is_mended_is_told_once(filled: Settings, caplog: pytest.LogCaptureFixture) -> None:
    index(drop_two)(filled)
    with opened(filled, TinyEmbedder()) as own:
        mending.repair(own)
        assert mending.repair(own) == []
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(lines) == 1 and "2 chunks" in lines[0]
