"""Promises of the catalog: nothing half written, no words that break it, one line when it fails."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryError, UnknownArticle
from rag.index.catalog import SqlCatalog, SqliteCatalog, opened
from rag.index.chunking import chunk
from rag.schema import Article

pytestmark = pytest.mark.engines("sqlite", "postgres")


def put(catalog: SqlCatalog, article: Article, chars: int = 200) -> list[str]:
    chunks = chunk(article, chars, 0)
    catalog.put(article, chunks, TinyEmbedder().embed_documents([piece.text for piece in chunks]))
    return [piece.id for piece in chunks]


def as_before_labels(db: sqlite3.Connection) -> None:
    """Take back what schema 5 has brought."""
    for made_since in ("TABLE collected", "TABLE collections", "INDEX unlabelled"):
        db.execute(f"DROP {made_since}")
    db.execute("ALTER TABLE chunks DROP COLUMN labelled")
    db.execute("UPDATE articles SET language = NULL")
    db.execute("UPDATE facts SET value = '4' WHERE name = 'schema'")


def found(catalog: SqlCatalog, question: str) -> list[str]:
    return [chunk_id for chunk_id, _ in catalog.search(question, 10)]


def test_an_article_comes_back_as_it_was_stored(catalog: SqlCatalog) -> None:
    article = make_article("👨‍👩‍👧 שלום\r\ne\u0301", publisher="Gazette", published="2024-11-28")
    chunk_ids = put(catalog, article)
    assert catalog.article(article.id) == article
    assert catalog.articles() == [article.info]
    for piece in catalog.chunks(chunk_ids).values():
        assert article.text[piece.start : piece.end] == piece.text
        assert catalog.text(article.id, piece.start, piece.end) == piece.text


def test_words_are_found_however_they_were_set_and_the_text_stays_as_it_is(
    catalog: SqlCatalog,
) -> None:
    text = "The ﬁrst oﬃce has ﬁve ﬂoors, and in\u00adfla\u00adtion rose to ２０ points."
    article = make_article(text)
    [chunk_id] = put(catalog, article)
    for question in ("first", "office", "five floors", "ﬂoors", "inflation", "20"):
        assert found(catalog, question) == [chunk_id], question
    assert catalog.article(article.id).text == text
    assert catalog.chunks([chunk_id])[chunk_id].text == text


def test_an_article_without_words_is_kept_too(catalog: SqlCatalog) -> None:
    put(catalog, replace(make_article("x"), text=" \n"))
    assert catalog.count() == (1, 0)


def test_articles_are_listed_latest_first(catalog: SqlCatalog) -> None:
    for name in "abc":
        put(catalog, make_article(f"Text {name}.", source=name))
    assert [info.source for info in catalog.articles()] == ["c", "b", "a"]


def test_words_find_chunks_whatever_their_form_case_or_accents(catalog: SqlCatalog) -> None:
    (river,) = put(catalog, make_article("Rivers were flooding the Café.", source="a"))
    put(catalog, make_article("Nothing of the kind.", source="b"))
    for question in ("river", "RIVER flood?", "cafe", "CAFE\u0301", "what flooded"):
        assert found(catalog, question) == [river]


def test_more_of_the_words_ranks_higher(catalog: SqlCatalog) -> None:
    put(catalog, make_article("The river.", source="a", title="x"))
    (both,) = put(catalog, make_article("The river flooded.", source="b", title="x"))
    (best, best_score), (_, next_score) = catalog.search("river flood", 10)
    assert best == both and best_score > next_score


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n",
        "?!…",
        "-",
        "*",
        '"',
        '""" " OR "',
        "NEAR(river flood, 2)",
        "text: river",
        "^river",
        "river AND",
        "NOT",
        "{title} : river",
        "river*",
        "(((((",
        "'; DROP TABLE articles; --",
        "_ __ ___",
        "\0river\0",
        "\ud800 river",
        "²³ ½",
        "हिन्दी में",
        "x" * 10_000,
        "river " * 2_000,
        " ".join(f"word{n}" for n in range(2_000)),
    ],
    ids=lambda question: repr(question[:12]),
)
def test_every_text_is_a_valid_question(catalog: SqlCatalog, question: str) -> None:
    put(catalog, make_article("The river flooded.", source="a"))
    assert isinstance(catalog.search(question, 5), list)
    assert catalog.count() == (1, 1)


@given(st.text(st.characters() | st.sampled_from('"*^-+():{}. AND OR NOT NEAR \0')))
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_other_text_is_too(catalog: SqlCatalog, question: str) -> None:
    assert catalog.search(question, 5) == []
    assert catalog.ids(question) == []


@pytest.mark.parametrize("name", ["' OR 1=1 --", "%", "_", "\ud800", "\0", "", "a" * 10_000])
def test_no_id_is_code(catalog: SqlCatalog, name: str) -> None:
    put(catalog, make_article("The river flooded."))
    with pytest.raises(UnknownArticle):
        catalog.article(name)
    assert name == "" or catalog.ids(name) == []
    if name != "\ud800":
        assert catalog.chunks([name]) == catalog.infos([name]) == {}
        catalog.remove([name])
    assert catalog.count() == (1, 1)


def test_an_edited_article_leaves_nothing_of_the_old_one(catalog: SqlCatalog) -> None:
    put(catalog, make_article("Rivers flood.", title="Water"))
    (new,) = put(catalog, make_article("Fires burn.", title="Heat"))
    assert found(catalog, "river") == found(catalog, "water") == []
    assert found(catalog, "fire") == found(catalog, "heat") == [new]
    assert catalog.count() == (1, 1)


def test_a_removed_article_leaves_nothing_and_may_come_back(catalog: SqlCatalog) -> None:
    article = make_article("Rivers flood. " * 50, title="Water")
    chunk_ids = put(catalog, article)
    catalog.remove([article.id])
    assert catalog.count() == (0, 0)
    assert catalog.chunks(chunk_ids) == {} and list(catalog.pending_chunks()) == []
    assert found(catalog, "river") == found(catalog, "water") == []
    assert sorted(catalog.pending_removals()) == sorted(chunk_ids)
    put(catalog, article)
    assert sorted(found(catalog, "river")) == sorted(chunk_ids)
    assert catalog.pending_removals() == []


def test_a_write_that_fails_half_way_is_as_if_it_had_never_begun(catalog: SqlCatalog) -> None:
    old = make_article("Rivers flood.")
    (old_chunk,) = put(catalog, old)
    new = make_article("Fires burn. " * 50)
    chunks = chunk(new, 200, 0)
    with pytest.raises(ValueError, match="shorter"):
        catalog.put(new, chunks, [[1.0]])
    twice = [replace(piece, id="same") for piece in chunks]
    with pytest.raises(LibraryError):
        catalog.put(new, twice, [[1.0]] * len(twice))
    assert catalog.article(old.id) == old
    assert found(catalog, "river") == [old_chunk] and found(catalog, "fire") == []
    assert catalog.pending_removals() == [] and catalog.damage() == ""


def test_what_the_index_owes_is_told_until_it_is_settled(catalog: SqlCatalog) -> None:
    chunk_ids = put(catalog, make_article("Rivers flood. " * 100))
    told = []
    for batch in catalog.pending_chunks(batch=2):
        assert len(batch) <= 2
        assert all(np.linalg.norm(vector) == pytest.approx(1) for _, vector in batch)
        told += [piece.id for piece, _ in batch]
        catalog.mark_indexed([piece.id for piece, _ in batch])
    assert told == chunk_ids
    catalog.mark_all_pending()
    assert sum(map(len, catalog.pending_chunks())) == len(chunk_ids)


def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    article = make_article("Rivers flood.")
    with opened(tmp_path / "c.sqlite3") as catalog:
        put(catalog, article)
        catalog.set_metadata(colour="blue")
    with opened(tmp_path / "c.sqlite3") as catalog:
        assert catalog.article(article.id) == article
        assert catalog.metadata("colour") == "blue" and catalog.metadata("other") is None


@pytest.mark.parametrize("name", ["a b?c=d#e%20.sqlite3", "été.sqlite3"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    with opened(tmp_path / name) as catalog:
        put(catalog, make_article("Rivers flood."))
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize("what", ["garbage", "folder", "nowhere"])
def test_a_file_that_is_no_catalog_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    file = tmp_path / "c.sqlite3"
    if what == "garbage":
        file.write_bytes(b"garbage" * 1000)
    elif what == "folder":
        file.mkdir()
    else:
        file = tmp_path / "no" / "c.sqlite3"
    with pytest.raises(LibraryError, match="--library") as caught, opened(file):
        pass
    assert "\n" not in str(caught.value)


def test_damage_met_while_reading_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite3"
    with opened(file) as catalog:
        for name in range(50):
            put(catalog, make_article(f"Rivers flood {name}. " * 50, source=str(name)))
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with pytest.raises(LibraryError, match="backup") as caught, opened(file) as catalog:
        catalog.articles()
        catalog.search("river", 10)
    assert "\n" not in str(caught.value)


def test_a_catalog_of_a_newer_ibid_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "c.sqlite3") as catalog:
        catalog.set_metadata(schema="999")
    with pytest.raises(LibraryError, match="update Ibid"), opened(tmp_path / "c.sqlite3"):
        pass


def test_a_catalog_of_the_version_before_goes_on_with_the_ids_that_it_has(tmp_path: Path) -> None:
    article = make_article("Rivers flood.", "Reuters", publisher="R" * 48_000)
    with opened(tmp_path / "c.sqlite3") as catalog:
        put(catalog, article)
    with sqlite3.connect(tmp_path / "c.sqlite3") as db:
        for made_since in ("TABLE lexical", "VIEW titled"):
            db.execute(f"DROP {made_since}")
        db.execute("ALTER TABLE chunks DROP COLUMN words")
        as_before_labels(db)
        db.execute("ALTER TABLE articles DROP COLUMN stated_source")
        db.execute("ALTER TABLE articles DROP COLUMN tags")
        db.execute("UPDATE articles SET publisher = ?", ["R" * 48_000])
        db.execute("UPDATE facts SET value = '2' WHERE name = 'schema'")
    db.close()
    with opened(tmp_path / "c.sqlite3") as catalog:
        (info,) = catalog.articles()
        assert (info.id, info.source, info.stated_source) == (article.id, "Reuters", None)
        assert info.publisher is not None and len(info.publisher) <= 200
        assert catalog.with_source("Reuters") == info
        assert catalog.publishers() == [info.publisher]
        assert found(catalog, "rivers") == [f"{article.id}.{article.digest[:8]}.0"]


def test_many_read_while_one_writes(catalog: SqlCatalog) -> None:
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                for chunk_id, _ in catalog.search("river flood", 20):
                    for piece in catalog.chunks([chunk_id]).values():
                        assert catalog.text(piece.article_id, piece.start, piece.end) == piece.text
                assert len(catalog.articles()) <= 20
        except BaseException as error:
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for name in range(20):
        put(catalog, make_article(f"Rivers flood {name}. " * 30, source=str(name)))
    done.set()
    for reader in readers:
        reader.join()
    assert failed == [] and catalog.count()[0] == 20


def test_a_file_may_be_begun_by_several_at_once(tmp_path: Path) -> None:
    def begun(file: Path) -> int:
        together.wait()
        with closing(SqliteCatalog(file)) as catalog:
            return catalog.count()[0]

    many = 4
    together = threading.Barrier(many)
    with ThreadPoolExecutor(many) as threads:
        for number in range(25):
            files = [tmp_path / f"{number}.sqlite3"] * many
            assert list(threads.map(begun, files)) == [0] * many
