"""Promises of a library whose files changed behind its back: found at opening, said, mended."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from doubles import ListIndex
from tiny import TinyEmbedder, make_article

from rag.errors import ArticleError
from rag.index import integrity
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.chunking import chunk
from rag.index.library import Library, opened
from rag.index.places import VECTORS, Folder
from rag.index.vectors import ChromaIndex
from rag.settings import Settings

RIVER = "The river flooded the valley in spring. " * 20
FIRES = "Fires burned the hills in summer. " * 20


class Spoilt(TinyEmbedder):
    """An embedder whose numbers are none for texts with a word."""

    def __init__(self, word: str, number: float = float("nan")) -> None:
        super().__init__()
        self.word, self.number = word, number

    def embed_query(self, text: str) -> list[float]:
        vector = super().embed_query(text)
        return [self.number, *vector[1:]] if self.word in text else vector


def catalog_of(settings: Settings) -> sqlite3.Connection:
    return sqlite3.connect(settings.library / CATALOG)


def fill(settings: Settings, *texts: str) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(text, f"source {n}") for n, text in enumerate(texts)])


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert not any("\n" in line for line in lines)
    return lines


def assert_same(own: Library) -> None:
    assert own.vectors.count() == own.catalog.count()[1] > 0
    assert integrity.agree(own.catalog, own.vectors)
    assert own.catalog.damaged_chunks() == []


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_vector_that_is_not_finite_is_stored_and_its_article_fails_alone(
    settings: Settings, number: float
) -> None:
    with opened(settings, Spoilt("valley", number)) as own:
        own.add([make_article(FIRES, "fires")])
        with pytest.raises(ArticleError, match="ibid models verify") as caught:
            own.add([make_article(RIVER, "river")])
        assert "\n" not in str(caught.value)
        own.add([make_article("A boat of two hundred seats.", "boat")])
        assert [info.source for info in own.articles()] == ["boat", "fires"]
        assert_same(own)


def test_an_embedder_that_returns_too_few_vectors_is_no_endless_loop(settings: Settings) -> None:
    class Silent(TinyEmbedder):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return []

    with opened(settings, Silent()) as own, pytest.raises(ArticleError, match="no vector"):
        own.add([make_article(RIVER)])


@pytest.mark.parametrize(
    "damage",
    [
        "zeroblob(length(vector))",
        "randomblob(length(vector))",
        "X'0000C07F' || substr(vector, 5)",
        "substr(vector, 1, 8)",
        "'text'",
        "X'00'",
    ],
    ids=["zeros", "random", "nan", "short", "text", "a byte"],
)
def test_a_damaged_embedding_of_the_catalog_is_made_anew_and_no_other(
    settings: Settings, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(settings, RIVER, FIRES)
    with catalog_of(settings) as db:
        db.execute(f"UPDATE chunks SET vector = {damage} WHERE row IN (2, 5)")
    embedder = TinyEmbedder()
    with opened(settings, embedder):
        pass  # Nobody searched, so nobody looked.
    with opened(settings, embedder) as own:
        assert_same(own)
    assert embedder.documents == 2
    (line,) = said(caplog)
    assert "2 damaged embeddings were made anew" in line
    caplog.clear()
    with opened(settings, embedder) as own:
        assert_same(own)
    assert said(caplog) == [] and embedder.documents == 2


def test_vectors_stored_before_there_were_sums_get_theirs_if_they_are_finite(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    fill(settings, RIVER)
    with catalog_of(settings) as db:
        db.execute("UPDATE chunks SET vector = X'0000C07F' || substr(vector, 5) WHERE row = 1")
        db.execute("DROP TABLE sums")
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert_same(own)
    assert embedder.documents == 1
    assert "1 damaged" in said(caplog)[0]


@pytest.mark.parametrize("later", ["added", "removed", "edited", "another embedding"])
def test_an_older_catalog_under_newer_vectors_is_found_said_and_mended(
    settings: Settings, later: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(settings, RIVER, FIRES)
    backup = (settings.library / CATALOG).read_bytes()
    with opened(settings, TinyEmbedder()) as own:
        if later == "added":
            own.add([make_article("The boat carries people. " * 20, "boat")])
        elif later == "removed":
            own.remove([own.articles()[0].id])
        elif later == "edited":  # The same chunks under the same ids, with other vectors.
            own.edit(own.articles()[0].id, title="Horses and goats of the northern isles")
        else:
            for batch in own.catalog.all_chunks():
                own.vectors.put([piece for piece, _ in batch], [-vector for _, vector in batch])
    (settings.library / CATALOG).write_bytes(backup)
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert_same(own)
        assert len(own.articles()) == 2
    assert embedder.documents == 0
    if later in ("edited", "another embedding"):
        assert "made anew" in said(caplog)[0]


def test_older_vectors_under_a_newer_catalog_are_mended(settings: Settings) -> None:
    fill(settings, RIVER)
    backup = shutil.copytree(settings.library / "vectors", settings.library.parent / "backup")
    with opened(settings, TinyEmbedder()) as own:
        own.edit(own.articles()[0].id, title="Horses and goats")
    shutil.rmtree(settings.library / "vectors")
    shutil.copytree(backup, settings.library / "vectors")
    with opened(settings, TinyEmbedder()) as own:
        assert_same(own)


@pytest.mark.parametrize("harm", ["everywhere", "a vector"])
def test_a_damaged_file_of_vectors_is_found_even_if_its_size_and_time_are_as_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    settings = Settings(library=tmp_path / "library", chunk_chars=100, chunk_overlap=0)
    text = " ".join(f"Sentence {n} of the river flooding valley {n * n}." for n in range(2600))
    fill(settings, text)
    (file,) = settings.library.rglob("data_level0.bin")
    before = file.stat()
    whole = bytearray(file.read_bytes())
    if harm == "everywhere":
        for at in range(0, len(whole), 4000):
            whole[at : at + 100] = os.urandom(100)
    else:
        with catalog_of(settings) as db:
            (vector,) = db.execute("SELECT vector FROM chunks WHERE row = 700").fetchone()
        stored, sought = np.frombuffer(bytes(whole), "<f4"), np.frombuffer(vector, "<f4")
        windows = np.lib.stride_tricks.sliding_window_view(stored, len(sought))
        at = 4 * int(np.argmax(np.isclose(windows, sought, atol=1e-5).all(axis=1)))
        assert at > 0
        whole[at : at + 16] = np.full(4, np.nan, np.float32).tobytes()
    file.write_bytes(whole)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert_same(own)
    assert embedder.documents == 0
    assert "made anew" in said(caplog)[0]


def test_an_index_of_the_same_count_and_other_vectors_does_not_agree(tmp_path: Path) -> None:
    catalog, index = SqliteCatalog(tmp_path / CATALOG), ListIndex(tmp_path)
    article = make_article(RIVER)
    pieces = chunk(article, 200, 40)
    vectors = [np.ones(4, np.float32) for _ in pieces]
    catalog.put(article, pieces, vectors)
    integrity.bring_up_to_date(catalog, index)
    assert integrity.agree(catalog, index)
    for other in (np.full(4, np.nan), np.full(4, 0.9), np.ones(3)):
        index.put(pieces[:1], [other])
        assert not integrity.agree(catalog, index)
    catalog.close()


def test_chroma_gives_back_what_it_was_given(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "vectors")
    pieces = chunk(make_article(RIVER), 200, 40)
    vectors = [
        np.random.default_rng(n).normal(size=8).astype(np.float32) for n in range(len(pieces))
    ]
    vectors = [vector / np.linalg.norm(vector) for vector in vectors]
    index.put(pieces, vectors)
    stored = index.stored([piece.id for piece in pieces] + ["none"])
    assert len(stored) == len(pieces)
    for piece, vector in zip(pieces, vectors, strict=True):
        assert np.allclose(stored[piece.id], vector, atol=1e-6)
    index.close()


def test_nothing_of_the_working_folder_is_loaded_by_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    trap = "from pathlib import Path\nPath(__file__).with_name('sprung').touch()\n"
    folder = tmp_path / "hostile"
    (folder / "rag" / "index").mkdir(parents=True)
    for name in ("numpy.py", "rag/__init__.py", "rag/index/__init__.py", "rag/index/vectors.py"):
        (folder / name).write_text(trap)
    (folder / ".env").write_text("CHROMA_SYSDB_IMPL=trap.Trap\nCHROMA_API_IMPL=trap.Trap\n")
    fill(settings, RIVER)
    os.utime(settings.library / "vectors" / "chroma.sqlite3")  # so that it is looked through
    monkeypatch.chdir(folder)
    with opened(settings, TinyEmbedder()) as own:
        assert_same(own)
    assert not list(folder.rglob("sprung"))


def _killed(settings: Settings, then: str) -> None:
    """A process that opens the library, does something and is killed."""
    program = f"""
import os, signal
from pathlib import Path
from rag.index.places import VECTORS, Folder
from rag.index.library import opened
from rag.settings import Settings
from tests.tiny import TinyEmbedder, make_article
with opened(Settings.model_validate_json({settings.model_dump_json()!r}), TinyEmbedder()) as own:
    own.vectors.count()
    {then}
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3])
    assert done.returncode == -signal.SIGKILL


class Looked(ChromaIndex):
    """An index that knows whether its vectors were read back."""

    was_read = False

    def stored(self, chunk_ids: Sequence[str]) -> dict[str, np.ndarray]:
        self.was_read = True
        return super().stored(chunk_ids)


def _looked_through(settings: Settings) -> bool:
    """Whether the vectors are read back when the library is opened."""
    file = settings.library / CATALOG
    as_left, catalog = integrity.is_as_left(file), SqliteCatalog(file)
    tiny = TinyEmbedder()
    place = Folder(settings.library / VECTORS, Looked)
    own = Library(settings.library, settings, tiny, catalog, place, is_catalog_as_left=as_left)
    try:
        assert isinstance(own.vectors, Looked)
        was_read = own.vectors.was_read
        assert_same(own)
    finally:
        own.close()
    return was_read


needs_boot = pytest.mark.skipif(
    not Path("/proc/sys/kernel/random/boot_id").exists(), reason="no system tells when it started"
)


@needs_boot
@pytest.mark.parametrize("then", ["pass", "own.add([make_article('Goats eat grass.', 'goat')])"])
def test_a_library_whose_owner_was_killed_is_not_looked_through_where_nothing_changed_since(
    settings: Settings, then: str
) -> None:
    fill(settings, RIVER)
    _killed(settings, then)
    assert not _looked_through(settings)
    assert not _looked_through(settings)  # nor once that one was closed


@needs_boot
@pytest.mark.parametrize("what", ["catalog.sqlite3", "chroma.sqlite3", "boot"])
def test_a_library_whose_owner_was_killed_is_looked_through_where_anything_may_have_changed(
    settings: Settings, what: str
) -> None:
    fill(settings, RIVER)
    _killed(settings, "pass")
    note = settings.library / "left"
    if what == "boot":
        note.write_text(note.read_text()[:-1])
    else:
        (file,) = settings.library.rglob(what)
        os.utime(file)
    assert _looked_through(settings)
