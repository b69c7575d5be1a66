"""Promises of the vector index, on a real Chroma: one in this process, one that is served."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.index.places import Folder, IndexPlace, Served
from rag.index.served import Server
from rag.index.vectors import ChromaIndex, discard, is_readable, seal
from rag.schema import Chunk
from rag.stores import Labels, VectorIndex, Wanted

RANDOM = np.random.default_rng(7)


def chunks(count: int, article_id: str = "a") -> list[Chunk]:
    return [Chunk(f"{article_id}.{n}", article_id, 0, 1, "x") for n in range(count)]


def directions(count: int) -> list[np.ndarray]:
    vectors = RANDOM.normal(size=(count, 16)).astype(np.float32)
    return list(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.fixture(params=["here", "served"])
def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    place: IndexPlace = Folder(tmp_path / "vectors")
    if request.param == "served":
        server = request.getfixturevalue("chroma_server")
        place = Served(Server(server.address, None, 30, 0), f"test-{uuid.uuid4().hex}")
    index = place.open()
    yield index
    index.close()
    place.discard()


def test_it_gives_back_what_it_was_given_and_by_what_it_is_found(vectors: VectorIndex) -> None:
    given, stored = chunks(3), directions(3)
    labels = Labels("a", "Courier", "en", date(2025, 4, 1), ("k1", "k2"))
    vectors.put(given, stored, {"a": labels})
    assert sorted(vectors.ids()) == ["a.0", "a.1", "a.2"]
    held = vectors.stored(["a.1", "nobody"])
    assert list(held) == ["a.1"] and held["a.1"] == pytest.approx(stored[1], abs=1e-6)
    assert vectors.labelled(["a.2", "nobody"]) == {"a.2": labels}
    bare = Labels("a")
    vectors.label({"a.2": bare})
    assert vectors.labelled(["a.2", "a.1"]) == {"a.2": bare, "a.1": labels}
    for wanted in (
        Wanted(publishers=("Courier",)),
        Wanted(collections=("k2", "k3")),
        Wanted(since=date(2025, 4, 1), languages=("en", "de")),
    ):
        found = vectors.search(stored[0].tolist(), 9, wanted)
        assert {name for name, _ in found} == {"a.0", "a.1"}


def test_the_nearest_come_first_with_their_cosine(vectors: VectorIndex) -> None:
    stored = directions(50)
    vectors.put(chunks(50), stored)
    found = vectors.search(stored[7].tolist(), 50)
    cosines = {f"a.{n}": float(stored[7] @ vector) for n, vector in enumerate(stored)}
    assert found[0][0] == "a.7" and found[0][1] == pytest.approx(1, abs=1e-5)
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    assert all(score == pytest.approx(cosines[name], abs=1e-4) for name, score in found)


def test_more_may_be_asked_for_than_there_are(vectors: VectorIndex) -> None:
    assert vectors.search([1.0] * 16, 10) == []
    vectors.put(chunks(3), directions(3))
    assert len(vectors.search([1.0] * 16, 1000)) == 3


def test_what_was_dropped_is_never_found_again(vectors: VectorIndex) -> None:
    vectors.put(chunks(300), directions(300))
    vectors.drop([f"a.{n}" for n in range(290)])
    vectors.drop(["a.1", "nobody"])
    assert vectors.count() == 10
    assert {name for name, _ in vectors.search([1.0] * 16, 50)} == {
        f"a.{n}" for n in range(290, 300)
    }


def test_to_put_again_is_to_replace(vectors: VectorIndex) -> None:
    old, new = directions(2)
    vectors.put(chunks(1), [old])
    vectors.put(chunks(1), [new])
    assert vectors.count() == 1
    assert vectors.search(new.tolist(), 1)[0][1] == pytest.approx(1, abs=1e-5)


def test_a_search_may_be_kept_to_some_articles(vectors: VectorIndex) -> None:
    for name in "abc":
        vectors.put(chunks(5, name), directions(5))
    found = vectors.search([1.0] * 16, 15, Wanted(articles=("b", "c")))
    assert {name[0] for name, _ in found} == {"b", "c"} and len(found) == 10
    assert vectors.search([1.0] * 16, 15, Wanted(articles=())) == []


def test_cleared_it_takes_vectors_of_another_length(vectors: VectorIndex) -> None:
    vectors.put(chunks(3), directions(3))
    vectors.clear()
    assert vectors.count() == 0
    vectors.put(chunks(1), [np.ones(8, np.float32)])
    assert vectors.count() == 1


def test_closed_it_may_be_discarded_and_made_anew_in_the_same_process(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    for _ in range(3):
        index = ChromaIndex(folder)
        assert index.count() == 0
        index.put(chunks(5), directions(5))
        index.close()
        discard(folder)
        assert not folder.exists()


def test_the_seal_holds_while_nobody_touches_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    empty = seal(folder)
    index = ChromaIndex(folder)
    index.put(chunks(5), directions(5))
    index.close()
    closed = seal(folder)
    assert closed == seal(folder) != empty
    moved = folder.rename(tmp_path / "moved")
    assert seal(moved) == closed
    file = moved / "chroma.sqlite3"
    file.write_bytes(file.read_bytes())
    assert seal(moved) != closed


def test_a_sound_index_is_readable(tmp_path: Path) -> None:
    assert is_readable(tmp_path / "nowhere")
    index = ChromaIndex(tmp_path / "vectors")
    index.put(chunks(5), directions(5))
    index.close()
    assert is_readable(tmp_path / "vectors")


def test_a_probe_ends_with_the_one_that_asked(tmp_path: Path) -> None:
    """Whoever is the owner next would write where it reads."""
    ChromaIndex(tmp_path).close()
    probe = [sys.executable, "-m", "rag.index.trial", str(tmp_path)]
    assert subprocess.run(probe, stdin=subprocess.DEVNULL).returncode != 0


def test_an_index_that_cannot_be_read_is_found_out_without_dying_of_it(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"garbage" * 100)
    assert not is_readable(tmp_path)


def test_nothing_is_sent_anywhere(tmp_path: Path) -> None:
    code = f"""
import json, socket, sys
from pathlib import Path
called = []
sys.addaudithook(lambda name, args: called.append(str(args))
                 if name in ("socket.connect", "socket.getaddrinfo") else None)
import numpy as np
from rag.schema import Chunk
from rag.index.vectors import ChromaIndex
index = ChromaIndex(Path({str(tmp_path)!r}) / "vectors")
index.put([Chunk("a", "a", 0, 1, "x")], [np.ones(8, np.float32)])
index.search([1.0] * 8, 1)
index.close()
print(json.dumps(called))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []
