"""Promises where nothing can be written: what is there can be read, and one line says the rest."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from disks import fill_up, no_large_files, read_only, small_disk
from doubles import ListIndex
from tiny import TinyEmbedder, make_article

from rag import disk
from rag.errors import LibraryError, LibraryReadOnly
from rag.index.array import ArrayIndex
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.catalog import opened as catalog_opened
from rag.index.library import Library, opened
from rag.schema import Filter
from rag.settings import Settings
from rag.stores import Wanted

RIVER = "The river flooded the valley in spring. " * 20
FIRES = "Fires burned the hills in summer. " * 20
BOAT = "A boat carries two hundred people. " * 20


def fill(settings: Settings, *texts: str) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(text, f"source {n}") for n, text in enumerate(texts)])


def found(own: Library, question: str) -> str:
    """The source of the nearest chunk, by meaning."""
    ((chunk_id, _), *_) = own.vectors.search(TinyEmbedder().embed_query(question), 3)
    return own.article(own.catalog.chunks([chunk_id])[chunk_id].article_id).source


def assert_readable(own: Library) -> None:
    assert own.read_only
    assert len(own.articles()) == 2
    assert found(own, "river valley") == "source 0" and found(own, "fires hills") == "source 1"
    assert own.catalog.search("river", 3)


def assert_unchangeable(own: Library) -> None:
    article = own.articles()[0]
    for change in (
        lambda: own.add([make_article(BOAT)]),
        lambda: own.remove([article.id]),
        lambda: own.take([article.id]),
        lambda: own.edit(article.id, title="Other"),
        own.rebuild,
    ):
        with pytest.raises(LibraryReadOnly, match="--library") as caught:
            change()
        assert "\n" not in str(caught.value)
        assert caught.value.kind == "read only"
    assert len(own.articles()) == 2


def test_a_read_only_library_is_read_said_once_and_left_as_it_was(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    fill(settings, RIVER, FIRES)
    before = {file: file.stat().st_mtime_ns for file in settings.library.rglob("*")}
    with read_only(settings.library), opened(settings, TinyEmbedder()) as own:
        assert_readable(own)
        assert_unchangeable(own)
        lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
        assert len(lines) == 1 and "read only" in lines[0]
        with catalog_opened(settings.library / CATALOG) as catalog:
            assert len(catalog.articles()) == 2
    assert {file: file.stat().st_mtime_ns for file in settings.library.rglob("*")} == before
    with opened(settings, TinyEmbedder()) as own:
        assert not own.read_only
        own.add([make_article(BOAT)])


def test_what_was_not_yet_in_the_file_itself_is_read_as_well(
    settings: Settings, tmp_path: Path
) -> None:
    """SQLite's log stands beside the file after a crash, with what was added last."""
    fill(settings, RIVER)
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(FIRES, "source 1")])
        copy = Path(shutil.copytree(settings.library, tmp_path / "copy"))
    with (
        read_only(copy),
        opened(settings.model_copy(update={"library": copy}), TinyEmbedder()) as own,
    ):
        assert {info.source for info in own.articles()} == {"source 0", "source 1"}


def test_a_library_of_an_older_version_cannot_be_brought_up_read_only(settings: Settings) -> None:
    fill(settings, RIVER)
    catalog = SqliteCatalog(settings.library / CATALOG)
    catalog.set_metadata(schema="1")
    catalog.close()
    with read_only(settings.library), pytest.raises(LibraryError, match="another version"):
        opened(settings, TinyEmbedder()).__enter__()


def test_on_a_full_disk_it_is_read_and_once_there_is_room_it_is_changed(
    settings: Settings, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small", "8m") as small:
        settings = settings.model_copy(update={"library": small / "library"})
        fill(settings, RIVER, FIRES)
        room = fill_up(small)
        with opened(settings, TinyEmbedder()) as own:
            assert_readable(own)
            assert_unchangeable(own)
        room.unlink()
        with opened(settings, TinyEmbedder()) as own:
            own.add([make_article(BOAT, "boat")])
            assert len(own.articles()) == 3 and found(own, "boat people") == "boat"


def test_a_disk_that_fills_up_meanwhile_ends_in_one_line_with_whole_articles(
    settings: Settings, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small", "8m") as small:
        settings = settings.model_copy(update={"library": small / "library"})
        fill(settings, RIVER, FIRES)
        with opened(settings, TinyEmbedder()) as own:
            assert found(own, "river valley") == "source 0"
            room = fill_up(small)
            with pytest.raises(LibraryReadOnly) as caught:
                own.add(make_article(f"{BOAT} {n}. " * 50, f"boat {n}") for n in range(100))
            assert "\n" not in str(caught.value)
            assert found(own, "river valley") == "source 0"
        room.unlink()
        with opened(settings, TinyEmbedder()) as own:
            assert own.vectors.count() == own.catalog.count()[1]
            assert own.catalog.damage() == ""


def test_a_limit_to_the_size_of_files_is_told_as_that(settings: Settings) -> None:
    fill(settings, RIVER, FIRES)
    with no_large_files(100_000), opened(settings, TinyEmbedder()) as own:
        assert "too large" in own.read_only
        assert_readable(own)
        assert_unchangeable(own)


def test_a_new_library_where_nothing_can_be_written_is_told_in_one_line(
    settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    there = settings.model_copy(update={"library": place / "library"})
    with read_only(place), pytest.raises(LibraryError, match="--library") as caught:
        opened(there, TinyEmbedder()).__enter__()
    assert "\n" not in str(caught.value)


def test_every_vector_in_memory_finds_what_an_index_finds(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "library", chunk_chars=200, chunk_overlap=40)
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(text, text[:5]) for text in (RIVER, FIRES, BOAT)])
        memory, listed = ArrayIndex(own.catalog), ListIndex(tmp_path)
        for batch in own.catalog.all_chunks():
            listed.put([piece for piece, _ in batch], [vector for _, vector in batch])
        some = Wanted(articles=tuple(own.catalog.matching(Filter(sources=("Fires",)))))
        for asked in ("river valley", "boat", "hills in summer"):
            vector = TinyEmbedder().embed_query(asked)
            for only in (None, some, Wanted(articles=())):
                scores = [score for _, score in listed.search(vector, 5, only)]
                got = memory.search(vector, 5, only)
                assert [score for _, score in got] == pytest.approx(scores, abs=1e-5)
                assert len({chunk_id for chunk_id, _ in got}) == len(got)
    empty = SqliteCatalog(tmp_path / "empty.sqlite3")
    assert ArrayIndex(empty).search([1.0, 0.0], 3) == []
    empty.close()


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text("before")
    with no_large_files(1000):
        with pytest.raises(OSError, match="too large") as caught:
            disk.write_whole(file, bytes(5000))
        assert caught.value.filename == str(file)
        assert "make room" in disk.advice(caught.value)
    assert file.read_text() == "before" and list(tmp_path.iterdir()) == [file]
    disk.write_whole(file, b"after")
    assert file.read_text() == "after" and list(tmp_path.iterdir()) == [file]
    link = tmp_path / "link"
    link.symlink_to(file)
    disk.write_whole(link, b"through")
    assert link.is_symlink() and file.read_text() == "through"


def test_room_is_found_out_without_leaving_anything(tmp_path: Path) -> None:
    assert disk.unwritable(tmp_path) == "" and not list(tmp_path.iterdir())
    with no_large_files(1000):
        assert disk.unwritable(tmp_path) == "File too large"
    assert not list(tmp_path.iterdir())
    assert disk.unwritable(tmp_path / "none") == "No such file or directory"
