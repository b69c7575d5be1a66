"""Promises of ``ibid rebuild`` and ``ibid doctor --repair`` on the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import Ibid, in_this_process, without_settings
from doubles import tiny_library

from rag.index.ownership import owned

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _a_machine_without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "library"))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A library that an embedder built which nothing need be embedded by."""
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")
    with tiny_library(tmp_path) as library:
        library.vectors.count()
        return library.folder


@pytest.fixture
def ibid(capsys: pytest.CaptureFixture[str]) -> Ibid:
    return in_this_process(capsys)


def harm(library: Path) -> None:
    with closing(sqlite3.connect(library / "catalog.sqlite3")) as db, db:
        db.execute("DELETE FROM lexical_docsize WHERE id = 1")
        db.execute("INSERT INTO sums VALUES (998, 1), (999, 1)")


def test_doctor_says_what_is_wrong_and_by_what_it_is_mended(ibid: Ibid, tiny: Path) -> None:
    harm(tiny)
    for _ in range(2):  # It only says so.
        problems = ibid("doctor", "--json").json["problems"]
        assert "sums of no chunk (2); mend it: ibid doctor --repair" in problems
    done = ibid("doctor", "--repair")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].split() == ["Found", "Mended"]
    assert any(line.split() == "sums of no chunk 2 removed".split() for line in lines)
    assert any("found by their words" in line and "made anew" in line for line in lines)
    assert lines[-1] == "all of that is mended"
    assert not any("--repair" in one for one in ibid("doctor", "--json").json["problems"])
    assert ibid("doctor", "--repair", "--json").json == {"found": {}}
    assert "nothing was wrong" in ibid("doctor", "--repair").out


def test_repair_needs_a_library_and_to_own_it(ibid: Ibid, tiny: Path, tmp_path: Path) -> None:
    done = ibid("doctor", "--repair", "--library", tmp_path / "none")
    assert done.code == 1 and "there is no library" in done.err
    assert not (tmp_path / "none").exists()
    with owned(tiny, "a test"):
        done = ibid("doctor", "--repair")
        assert done.code == 1 and "in use by" in done.err and len(done.err.splitlines()) == 1


def test_an_index_that_was_set_aside_and_a_rebuild_that_was_cut_short_are_told_of(
    ibid: Ibid, tiny: Path
) -> None:
    file = tiny / "vectors" / "chroma.sqlite3"
    file.write_bytes(bytes(file.stat().st_size))
    problems = ibid("doctor", "--json").json["problems"]
    assert any("damaged vector index" in one and "--repair" in one for one in problems)
    done = ibid("doctor", "--repair", "--json")
    assert list(done.json["found"]) == ["index"]
    assert "vectors-damaged-" in ibid("doctor", "--json").json["facts"]["set aside"]


def test_a_rebuild_by_an_embedder_that_is_not_here_changes_nothing(ibid: Ibid, tiny: Path) -> None:
    before = ibid("list", "--json").json
    done = ibid("rebuild", "--embedder", "all-minilm-l6-v2", "--config", _none(tiny))
    assert done.code == 1 and len(done.err.splitlines()) == 1, done.err
    assert ibid("list", "--json").json == before
    assert ibid("doctor", "--repair", "--json").code == 0


def _none(folder: Path) -> Path:
    """Settings of a machine that has fetched no model."""
    file = folder.parent / "mine.toml"
    file.write_text(f'models_dir = "{folder.parent / "models"}"\n')
    return file


def test_a_rebuild_of_no_library_says_how_to_begin_one(ibid: Ibid, tmp_path: Path) -> None:
    done = ibid("rebuild", "--library", tmp_path / "none")
    assert done.code == 1 and "there is no library" in done.err
    assert not (tmp_path / "none").exists()


@pytest.mark.model
def test_another_embedder_is_named_and_the_settings_that_ask_with_it(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ibid("add", *sorted((ROOT / "seeds").glob("*.md"))[:3]).code == 0
    asked = ("search", "What happened?", "--json")
    before = ibid(*asked).json
    done = ibid("rebuild", "--embedder", "fastembed:bge-small-en-v1.5")
    assert done.code == 0, done.err
    assert "rebuilt 3 articles" in done.out and "IBID_EMBEDDER=fastembed:bge" in done.out
    told = ibid(*asked)
    assert told.code == 1 and "ibid rebuild" in told.err
    monkeypatch.setenv("IBID_EMBEDDER", "fastembed:bge-small-en-v1.5")
    assert len(ibid(*asked).json) == len(before)
    done = ibid("rebuild", "--json")
    assert done.json["rebuilt"] == 3 and done.json["embedded"] > 3
