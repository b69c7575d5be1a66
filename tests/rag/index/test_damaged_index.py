"""Promises of a library whose Chroma folder was damaged: it opens, all is found, as it was before.

The folders are real, large enough that Chroma wrote the files of its graph.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from doubles import WordReader, WordScorer, weighing
from tiny import TinyEmbedder, make_article

from rag.assistant import Assistant
from rag.index import integrity
from rag.index.catalog import CATALOG
from rag.index.library import Library, opened
from rag.index.vectors import ChromaIndex, is_readable, were_set_aside
from rag.settings import Settings
from rag.tuning import RetrievalTuning

ROOT = Path(__file__).parents[3]
FERRY = "The ferry Halvard has seats for 240 people."
QUESTION = "For how many people has the ferry Halvard seats?"
FILES = (
    "chroma.sqlite3",
    "header.bin",
    "data_level0.bin",
    "length.bin",
    "link_lists.bin",
    "index_metadata.pickle",
)


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def remove(file: Path) -> None:
    file.unlink()


def settings_of(folder: Path) -> Settings:
    # The index is asked, and not the catalog's vectors in its place; of so many that are alike a
    # graph may lead to any, so that the words decide.
    return Settings(
        library=folder,
        chunk_chars=100,
        chunk_overlap=0,
        dense_weight=0.1,
        retrieval=RetrievalTuning(in_memory=0),
    )


Told = tuple[str, list[tuple[str, list[tuple[str, int, int]]]]]


def told(own: Library) -> Told:
    """The answer to a question, as far as it is read."""
    assistant = Assistant(own, WordScorer(), WordReader(), None, weights=weighing())
    answer = assistant.ask(QUESTION)
    assert "240 people" in answer.sentences[0].text
    return answer.status, [
        (one.text, [(quote.article.id, quote.start, quote.end) for quote in one.citations])
        for one in answer.sentences
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A library, and what it tells in peace."""
    folder = tmp_path_factory.mktemp("built") / "library"
    text = "\n\n".join(
        f"The bridge number {n} is {n % 97 + 3} metres long, and the wardens of the quay paint it."
        for n in range(1100)
    )
    with opened(settings_of(folder), TinyEmbedder()) as own:
        own.add([make_article(text, "bridges"), make_article(FERRY, "ferry")])
        answer = told(own)
    for name in FILES:
        assert list((folder / "vectors").rglob(name)), name
    return folder, answer


@pytest.fixture
def settings(built: tuple[Path, Told], tmp_path: Path) -> Settings:
    return settings_of(Path(shutil.copytree(built[0], tmp_path / "library")))


def assert_as_before(settings: Settings, before: Told) -> None:
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert set(own.vectors.ids()) == {
            chunk.id for rows in own.catalog.all_chunks() for chunk, _ in rows
        }
        assert integrity.agree(own.catalog, own.vectors)
        assert told(own) == before
    assert embedder.documents == 0


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    caplog.clear()
    assert not any("\n" in line for line in lines)
    return lines


@pytest.mark.parametrize("harm", [truncate, zero, remove])
@pytest.mark.parametrize("name", FILES)
def test_whatever_file_is_damaged_all_is_found_and_answered_as_before(
    settings: Settings,
    built: tuple[Path, Told],
    name: str,
    harm: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (file,) = (settings.library / "vectors").rglob(name)
    harm(file)
    assert_as_before(settings, built[1])
    lines, kept = errors(caplog), were_set_aside(settings.library / "vectors")
    # Some of it Chroma bears: then nothing is said and nothing set aside.
    assert len(lines) == len(kept) <= 1
    if kept:
        assert kept[0].name == f"vectors-damaged-{date.today()}" and kept[0].name in lines[0]
        assert "made anew" in lines[0]
    assert_as_before(settings, built[1])
    assert errors(caplog) == []


WRITER = """
import sys
from pathlib import Path
import numpy as np
from rag.index.vectors import ChromaIndex
from rag.schema import Chunk
name, folder = sys.argv[1:]
index = ChromaIndex(Path(folder))
ids = index.ids()
print("ready", flush=True)
sys.stdin.readline()
draw = np.random.default_rng(len(name))
for turn in range(4):
    pieces = [Chunk(f"{name}.{turn}.{n}", name, 0, 1, "x") for n in range(300)]
    index.put(pieces, list(draw.normal(size=(300, 32)).astype(np.float32)))
    index.drop(ids[turn * 50 : turn * 50 + 40])
"""


def test_a_folder_that_two_wrote_into_at_once_is_mended(
    settings: Settings, built: tuple[Path, Told]
) -> None:
    folder = settings.library / "vectors"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for name in ("one", "another")
    ]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)  # One of them may well have failed.
    assert_as_before(settings, built[1])


def test_what_a_kill_lost_is_mended_without_a_new_index(
    settings: Settings,
    built: tuple[Path, Told],
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = ChromaIndex(settings.library / "vectors")
    ids = sorted(index.ids())
    index.drop(ids[:7])
    index.close()
    assert_as_before(settings, built[1])
    (line,) = errors(caplog)
    assert "7" in line and "mended" in line
    assert not were_set_aside(settings.library / "vectors")


def test_a_folder_that_hangs_its_reader_is_given_up_after_a_while(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    index = ChromaIndex(folder)
    index.close()
    assert is_readable(folder)
    assert not is_readable(folder, within_s=0.001)  # less than any reader takes


def test_one_index_at_most_is_kept_of_those_set_aside(settings: Settings) -> None:
    older = settings.library / "vectors-damaged-2020-01-31"
    older.mkdir()
    zero(settings.library / "vectors" / "chroma.sqlite3")
    with opened(settings, TinyEmbedder()) as own:
        own.vectors.count()
    (kept,) = were_set_aside(settings.library / "vectors")
    assert kept != older and (kept / "chroma.sqlite3").exists()
    assert (settings.library / CATALOG).exists()
