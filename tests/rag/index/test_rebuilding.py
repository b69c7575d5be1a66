"""Promises of a rebuild: the old one serves until the new one is whole; nothing is done twice."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from disks import small_disk
from doubles import ListIndex
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryInUse, LibraryMismatch, LibraryReadOnly
from rag.index import integrity
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.catalog import opened as catalog_opened
from rag.index.draft import DRAFT
from rag.index.library import Library, opened
from rag.index.places import VECTORS, Folder
from rag.index.rebuilding import Rebuilding
from rag.schema import Chunk
from rag.settings import Settings

ROOT = Path(__file__).parents[3]
ARTICLES = 12


class Counting(TinyEmbedder):
    """An embedder of other dimensions, which knows how often it embedded each text."""

    def __init__(self) -> None:
        super().__init__("counting", dimensions=24)
        self.embedded: Counter[str] = Counter()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded.update(texts)
        return super().embed_documents(texts)


def text_of(number: int) -> str:
    return " ".join(f"The bridge {number} of the town {n} is {n} metres long." for n in range(60))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "library"
    with opened(Settings(library=folder, chunk_chars=200, chunk_overlap=40), TinyEmbedder()) as own:
        own.add(make_article(text_of(n), str(n)) for n in range(ARTICLES))
        own.vectors.count()
    return folder


@pytest.fixture
def filled(built: Path, settings: Settings) -> Settings:
    if settings.database is None:
        shutil.copytree(built, settings.library)
        return settings
    with opened(settings, TinyEmbedder()) as own:
        own.add(make_article(text_of(n), str(n)) for n in range(ARTICLES))
    return settings


def stopped_after(chunks: int) -> Callable[[float, int, int], None]:
    """What raises Ctrl-C once so many chunks are embedded."""
    done = 0

    def told(_articles: float, _of: int, more: int) -> None:
        nonlocal done
        done += more
        if done >= chunks:
            raise KeyboardInterrupt

    return told


def assert_whole(own: Library) -> None:
    assert own.vectors.count() == own.catalog.count()[1] > ARTICLES
    assert integrity.agree(own.catalog, own.vectors)
    assert own.catalog.damaged_chunks() == []
    for info in own.articles():
        article = own.article(info.id)
        for piece in own.catalog.chunks_of(info.id):
            assert article.text[piece.start : piece.end] == piece.text
    assert len(own.catalog.search("bridge 7 town", 5)) == 5


def assert_serves(settings: Settings) -> None:
    """The old library answers, by the embedder that built it."""
    with opened(settings, TinyEmbedder()) as own:
        assert_whole(own)
        vector = own.embedder.embed_query("bridge 7 town")
        assert len(own.nearest(vector, 5)) == len(own.vectors.search(vector, 5)) == 5


def left_over(settings: Settings) -> list[str]:
    return [name for name in (DRAFT, f"{VECTORS}-next") if (settings.library / name).exists()]


def test_what_was_interrupted_goes_on_where_it_stopped_and_embeds_no_chunk_twice(
    filled: Settings,
) -> None:
    embedder = Counting()
    for chunks in (1, 40, 100):
        with (
            pytest.raises(KeyboardInterrupt),
            opened(filled, embedder, to_rebuild=True) as own,
        ):
            own.rebuild(stopped_after(chunks))
        assert_serves(filled)
    before = sum(embedder.embedded.values())
    assert before > 100
    with opened(filled, embedder, to_rebuild=True) as own:
        assert own.rebuild() == ARTICLES
        assert_whole(own)
        assert max(embedder.embedded.values()) == 1
        assert sum(embedder.embedded.values()) == own.catalog.count()[1] > before
        near = own.nearest(embedder.embed_query("bridge 7 town"), 5)
        assert len(near) == 5
    assert left_over(filled) == []
    with opened(filled, embedder) as own:
        assert_whole(own)


REBUILD = """
import os, signal, sys
sys.path.append("tests")
from tiny import TinyEmbedder
from rag.index import rebuilding
from rag.index.catalog import SqliteCatalog
from rag.index.library import Library, opened
from rag.settings import Settings

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

settings, where = Settings.model_validate_json(sys.argv[1]), sys.argv[2]
embedder = TinyEmbedder("counting", dimensions=24)
done = 0
def told(_articles, _of, more):
    global done
    done += more
    if where == "embedding" and done > 60:
        die()
class Catalog(SqliteCatalog):
    def replace_all(self, batches, **facts):
        if where == "before the switch":
            die()
        def some():
            for number, batch in enumerate(batches):
                if where == "in the switch" and number == 3:
                    die()
                yield batch
        super().replace_all(some(), **facts)
        if where == "after the switch":
            die()
catalog = Catalog(settings.library / "catalog.sqlite3")
own = Library(settings.library, settings, embedder, catalog)
own.rebuild(told)
die()
"""


@pytest.mark.parametrize(
    "where",
    ["embedding", "before the switch", "in the switch", "after the switch", "at the end"],
)
def test_killed_at_any_moment_the_library_is_the_old_or_the_new(
    filled: Settings, where: str
) -> None:
    words = [sys.executable, "-c", REBUILD, filled.model_dump_json(), where]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    embedder = Counting()
    if where in ("after the switch", "at the end"):
        with opened(filled, embedder) as own:
            assert_whole(own)
        assert not embedder.embedded
        assert not (filled.library / f"{VECTORS}-next").exists()
        return
    assert_serves(filled)
    with opened(filled, embedder, to_rebuild=True) as own:
        own.rebuild()
        assert_whole(own)
    at_all = sum(embedder.embedded.values())
    assert at_all == 0 if where != "embedding" else 0 < at_all < own_chunks(filled) - 60
    assert left_over(filled) == []


def own_chunks(settings: Settings) -> int:
    with catalog_opened(settings.library / CATALOG) as catalog:
        return catalog.count()[1]


def test_the_library_is_asked_and_changed_while_it_is_rebuilt_beside(filled: Settings) -> None:
    embedder = Counting()
    with opened(filled, TinyEmbedder()) as own:
        ids = [info.id for info in own.articles()]
        own.vectors.count()
        changed = False

        def meanwhile(done: float, _of: int, _more: int) -> None:
            nonlocal changed
            assert_asked(own)
            if not changed and done > ARTICLES / 2:
                changed = True
                own.add([make_article(text_of(99), "new")])
                own.remove([ids[0], ids[-1]])
                own.edit(ids[1], title="Another title")
                own.edit(ids[2], publisher="Courier")

        with (
            Rebuilding(filled.library, filled, embedder) as begun,
            catalog_opened(filled.library / CATALOG) as read,
        ):
            assert begun.embed(read, meanwhile) == ARTICLES - 1
            begun.index(read)
            own.edit(ids[3], publisher="Herald")
            own.remove([ids[4]])
            own.add([make_article("Goats eat grass.", "goats")])
            begun.index(read)  # of what is made; the rest is for the end
            assert_asked(own)
    assert (filled.library / DRAFT).exists()
    with opened(filled, embedder, to_rebuild=True) as own:
        own.rebuild()
        assert_whole(own)
        by_id = {info.id: info for info in own.articles()}
        assert ids[1] in by_id and by_id[ids[1]].title == "Another title"
        assert by_id[ids[3]].publisher == "Herald"
        assert not {ids[0], ids[-1], ids[4]} & set(by_id)
        assert {"new", "goats"} <= {info.source for info in by_id.values()}
    # A text under another title is another text; nothing else was embedded anew.
    assert max(embedder.embedded.values()) == 1


def assert_asked(own: Library) -> None:
    vector = own.embedder.embed_query("bridge 7 town")
    assert len(own.nearest(vector, 5)) == 5 and own.catalog.search("bridge 7 town", 5)


def test_one_that_is_done_but_for_taking_it_up_is_taken_up_when_it_is_opened_so(
    filled: Settings,
) -> None:
    embedder = Counting()
    with (
        Rebuilding(filled.library, filled, embedder) as begun,
        catalog_opened(filled.library / CATALOG) as read,
    ):
        begun.embed(read)
        # While it is under way, nobody takes it up.
        with pytest.raises(LibraryMismatch, match="ibid rebuild"):
            opened(filled, embedder).__enter__()
        with pytest.raises(LibraryInUse, match="another ibid rebuild"):
            Rebuilding(filled.library, filled, embedder).__enter__()
    assert_serves(filled)
    with opened(filled, embedder) as own:
        assert_whole(own)
    assert max(embedder.embedded.values()) == 1 and left_over(filled) == []


def test_one_that_is_half_done_is_not_taken_up(filled: Settings) -> None:
    with (
        Rebuilding(filled.library, filled, Counting()) as begun,
        catalog_opened(filled.library / CATALOG) as read,
        pytest.raises(KeyboardInterrupt),
    ):
        begun.embed(read, stopped_after(50))
    with pytest.raises(LibraryMismatch, match="ibid rebuild"):
        opened(filled, Counting()).__enter__()
    assert_serves(filled)


@pytest.mark.engines
def test_what_another_embedder_had_begun_is_not_taken_for_ones_own(filled: Settings) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        opened(filled, Counting(), to_rebuild=True) as own,
    ):
        own.rebuild(stopped_after(100))
    other = TinyEmbedder("third", dimensions=8)
    with opened(filled, other, to_rebuild=True) as own:
        own.rebuild()
        assert_whole(own)
        assert other.documents == own.catalog.count()[1]
        ((_, vector), *_), *_ = own.catalog.all_chunks()
        assert len(vector) == 8


@pytest.mark.engines
def test_other_chunks_are_made_in_the_same_way(filled: Settings) -> None:
    chosen = filled.model_copy(update={"chunk_chars": 500, "chunk_overlap": 0})
    with (
        pytest.raises(KeyboardInterrupt),
        opened(chosen, TinyEmbedder(), to_rebuild=True) as own,
    ):
        own.rebuild(stopped_after(20))
    assert_serves(filled)
    with opened(chosen, TinyEmbedder(), to_rebuild=True) as own:
        own.rebuild()
    with opened(chosen, TinyEmbedder()) as own:
        assert_whole(own)
        assert max(len(piece.text) for piece in own.catalog.chunks_of(own.articles()[0].id)) > 200


def test_a_damaged_file_of_what_was_begun_is_begun_anew(filled: Settings) -> None:
    (filled.library / DRAFT).write_bytes(b"no database " * 1000)
    with pytest.raises(LibraryMismatch, match="ibid rebuild"):
        opened(filled, Counting()).__enter__()
    with opened(filled, Counting(), to_rebuild=True) as own:
        own.rebuild()
        assert_whole(own)


def test_an_index_that_is_lost_in_the_switch_is_made_anew_without_embedding(
    filled: Settings,
) -> None:
    class Lost(ListIndex):
        """An index that leaves nothing on the disk."""

    embedder, place = Counting(), Folder(filled.library / VECTORS, Lost)
    with (
        Rebuilding(filled.library, filled, embedder, place) as begun,
        catalog_opened(filled.library / CATALOG) as read,
    ):
        begun.embed(read)
        begun.take_up(read)
    embedded = dict(embedder.embedded)
    with opened(filled, embedder) as own:
        assert_whole(own)
    assert embedder.embedded == embedded


@pytest.mark.parametrize("room", [100_000, 700_000, 1_500_000])
def test_a_disk_that_fills_up_leaves_the_old_one_serving(
    settings: Settings, tmp_path: Path, room: int
) -> None:
    class Long(TinyEmbedder):
        """An embedder of vectors that take room."""

        def __init__(self) -> None:
            super().__init__("long", dimensions=700)

    with small_disk(tmp_path / "small", "16m") as small:
        mine = settings.model_copy(update={"library": small / "library"})
        with opened(mine, TinyEmbedder()) as own:
            own.add(make_article(text_of(n), str(n)) for n in range(ARTICLES))
            own.vectors.count()
        fill = small / "fill"
        fill.write_bytes(bytes(shutil.disk_usage(small).free - room))
        with (
            pytest.raises(LibraryReadOnly) as caught,
            opened(mine, Long(), to_rebuild=True) as own,
        ):
            own.rebuild()
        assert "\n" not in str(caught.value) and "make room" in str(caught.value)
        fill.unlink()
        assert_serves(mine)
        with opened(mine, Long(), to_rebuild=True) as own:
            own.rebuild()
            assert_whole(own)


def test_what_stands_in_place_of_all_chunks_is_all_of_it_or_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(text_of(1), "1")])
        (info,) = own.articles()
        before = own.catalog.chunks_of(info.id)

        def broken() -> Iterator[list[tuple[Chunk, np.ndarray]]]:
            yield [(Chunk("x", info.id, 0, 3, "The"), np.ones(4, np.float32))]
            raise ZeroDivisionError

        assert isinstance(own.catalog, SqliteCatalog)
        with pytest.raises(ZeroDivisionError):
            own.catalog.replace_all(broken(), fingerprint="x")
        assert own.catalog.chunks_of(info.id) == before
        assert own.catalog.metadata("fingerprint") != "x"
        assert len(own.catalog.search("bridge", 3)) == 3
