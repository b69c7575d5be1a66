"""Promises of a disk that is full in the middle of adding: no half article, and room mends all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from disks import no_large_files, small_disk
from tiny import TinyEmbedder, make_article
from wholeness import assert_whole

from rag.errors import LibraryReadOnly
from rag.index.library import Added, opened
from rag.schema import Article
from rag.settings import Settings

MB = 1 << 20
# So many chunks that Chroma writes its graph to files of their own on the way.
ARTICLES, SENTENCES = 20, 40


def articles() -> list[Article]:
    draw = random.Random(3)
    words = [f"word{number}" for number in range(900)]
    return [
        make_article(
            " ".join(
                f"{' '.join(draw.choices(words, k=14))}.".capitalize() for _ in range(SENTENCES)
            ),
            f"article {number}",
        )
        for number in range(ARTICLES)
    ]


def settings_of(folder: Path) -> Settings:
    return Settings(library=folder / "library", chunk_chars=100, chunk_overlap=0)


def add_until_full(settings: Settings) -> list[Added]:
    """What was told to be added until nothing more could be."""
    told: list[Added] = []
    with opened(settings, TinyEmbedder()) as own, pytest.raises(LibraryReadOnly) as caught:
        own.add(articles(), told.append)
    assert "make room on the disk" in str(caught.value) and "\n" not in str(caught.value)
    assert len(told) < ARTICLES
    return told


def assert_goes_on(settings: Settings, told: list[Added]) -> None:
    """All that was told is there and whole, nothing is half there, and the rest is added."""
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        there = {info.source for info in own.articles()}
        assert there >= {one.article.source for one in told}
        assert len(there) <= len(told) + 1  # one was stored and could not be indexed any more
        assert_whole(own)
        assert embedder.documents == 0
        after = own.add(articles())
        assert [one.article.source for one in after if one.outcome == "same"] == [
            one.source for one in articles() if one.source in there
        ]
        assert {one.outcome for one in after} == ({"same", "added"} if there else {"added"})
        assert_whole(own)
        assert len(own.articles()) == ARTICLES


@pytest.mark.parametrize("room", [0.8, 3.6])
def test_a_disk_that_is_full_in_the_midst_of_adding_leaves_whole_articles(
    tmp_path: Path, room: float
) -> None:
    with small_disk(tmp_path / "small", "12m") as small:
        ballast = small / "ballast"
        ballast.write_bytes(bytes(12 * MB - int(room * MB)))
        told = add_until_full(settings_of(small))
        with opened(settings_of(small), TinyEmbedder()) as own:  # It is full still.
            assert len(own.articles()) >= len(told)
            for one in told:
                assert own.article(one.article.id).text
        ballast.unlink()
        assert_goes_on(settings_of(small), told)


def test_a_limit_that_is_met_in_the_midst_of_adding_leaves_whole_articles(
    tmp_path: Path,
) -> None:
    with no_large_files(MB):
        told = add_until_full(settings_of(tmp_path))
    assert_goes_on(settings_of(tmp_path), told)
