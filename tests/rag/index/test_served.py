"""Promises of a library whose vectors a Chroma server keeps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from doubles import WordReader, WordScorer
from tiny import TinyEmbedder, make_article
from wholeness import assert_whole

from rag import moving
from rag.assistant import Assistant
from rag.errors import IndexAway, SettingsError
from rag.index.library import Library, opened
from rag.index.places import place_of
from rag.settings import Settings

TEXTS = [f"Bridge {n} crosses the river at town {n}. It carries {n + 20} people." for n in range(9)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    """One of its own, which a test may stop."""
    server = ChromaServer(tmp_path / "served")
    yield server
    server.stop()


@pytest.fixture
def settings(tmp_path: Path, server: ChromaServer) -> Settings:
    return Settings(
        library=tmp_path / "library",
        chroma=server.address,
        chroma_pause=0.0,
        chunk_chars=200,
        chunk_overlap=40,
    )


def fill(own: Library, count: int = len(TEXTS)) -> None:
    own.add(make_article(text, f"{n}.md") for n, text in enumerate(TEXTS[:count]))


def nearest(own: Library, words: str) -> list[str]:
    found = own.vectors.search(own.embedder.embed_query(words), 1)
    chunks = own.catalog.chunks([one for one, _ in found])
    return [own.article(chunks[one].article_id).source for one, _ in found]


def test_what_a_library_holds_outlives_library_and_server(
    settings: Settings, server: ChromaServer
) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own)
        assert_whole(own)
        own.remove([own.articles()[0].id])
        before = nearest(own, "town 3")
    server.stop()
    server.start()
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert_whole(own)
        assert nearest(own, "town 3") == before
        assert not (settings.library / "vectors").exists()
    assert embedder.documents == 0


def test_a_rebuild_takes_the_place_of_what_was_there(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own)
    other = TinyEmbedder("other", 48)
    with opened(settings, other, to_rebuild=True) as own:
        assert own.rebuild() == len(TEXTS)
        assert_whole(own)
        held = own.vectors.stored(own.vectors.ids())
        assert {len(vector) for vector in held.values()} == {48}
    with opened(settings, other) as own:
        assert_whole(own)


def test_two_libraries_share_a_server_and_a_copy_is_a_library_of_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own, 4)
    copy = settings.model_copy(update={"library": tmp_path / "copy"})
    shutil.copytree(settings.library, copy.library)
    with opened(copy, TinyEmbedder()) as other:
        other.remove([info.id for info in other.articles()[1:]])
        assert_whole(other)
    with opened(settings, TinyEmbedder()) as own:
        assert_whole(own)
        assert len(own.articles()) == 4
    moved = settings.model_copy(update={"library": tmp_path / "moved"})
    settings.library.rename(moved.library)
    with opened(moved, TinyEmbedder()) as own:
        assert str(place_of(moved, own.catalog, moved.library)) == str(own.place)
        assert_whole(own)


def test_what_the_server_lost_is_made_anew_and_not_embedded(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own)
        own.place.discard()
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert_whole(own)
    assert embedder.documents == 0


def test_what_differs_by_less_than_its_count_is_mended_on_demand(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own)
        name = own.vectors.ids()[0]
        (old,) = own.vectors.stored([name]).values()
        piece = own.catalog.chunks([name])[name]
        own.vectors.put([piece], [old[::-1].copy()])
    with opened(settings, TinyEmbedder()) as own:
        own.look_through()
        assert_whole(own)


def test_while_the_server_is_away_articles_are_added_and_asked_by_their_words(
    settings: Settings, server: ChromaServer
) -> None:
    retrieval = settings.retrieval.model_copy(update={"in_memory": 0})
    settings = settings.model_copy(update={"retrieval": retrieval})
    with opened(settings, TinyEmbedder()) as own:
        fill(own, 5)
        assistant = Assistant(own, WordScorer(), WordReader(), None)
        assert assistant.ask("How many people does bridge 3 carry?").notice == ""
        server.stop()
        answer = assistant.ask("How many people does bridge 3 carry?")
        assert answer.passages and "by their words alone" in answer.notice
        own.add([make_article("The lighthouse stands on a cliff.", "light.md")])
        own.remove([own.articles()[-1].id])
        assert [one.article.source for one in assistant.search("lighthouse")][:1] == ["light.md"]
        with pytest.raises(IndexAway, match="IBID_CHROMA"):
            own.vectors.count()
        server.start()
        assert assistant.ask("Where does the lighthouse stand?").notice == ""
        assert_whole(own)


def test_a_library_opens_while_the_server_is_away(settings: Settings, server: ChromaServer) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own, 3)
    server.stop()
    with opened(settings, TinyEmbedder()) as own:
        own.open_vectors()
        fill(own)
        assert own.away is not None
    server.start()
    with opened(settings, TinyEmbedder()) as own:
        assert_whole(own)
        assert own.away is None


def test_a_library_is_moved_from_a_folder_to_a_server_by_a_setting(
    settings: Settings, tmp_path: Path
) -> None:
    embedder = TinyEmbedder()
    with opened(settings.model_copy(update={"chroma": None}), embedder) as own:
        fill(own)
        before = nearest(own, "town 5")
    embedded = embedder.documents
    with opened(settings, embedder) as own:
        assert_whole(own)
        assert nearest(own, "town 5") == before
    assert embedder.documents == embedded


def test_it_is_exported_and_brought_into_another(settings: Settings, tmp_path: Path) -> None:
    with opened(settings, TinyEmbedder()) as own:
        fill(own)
    assert moving.export(settings, tmp_path / "all.ibid") == len(TEXTS)
    into = settings.model_copy(update={"library": tmp_path / "other"})
    embedder = TinyEmbedder()
    with opened(into, embedder) as own:
        counts, _ = moving.bring_in(own, tmp_path / "all.ibid")
        assert sum(counts.values()) == len(TEXTS)
        assert_whole(own)
    assert embedder.documents == 0


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://chroma", "http://", "http:///x"])
def test_an_address_that_is_none_is_told(tmp_path: Path, address: str) -> None:
    settings = Settings(library=tmp_path, chroma=address)
    with pytest.raises(SettingsError, match="chroma"):
        opened(settings, TinyEmbedder()).__enter__()
