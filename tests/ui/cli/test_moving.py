"""``ibid export`` and ``import``, and ``ibid doctor --salvage``, with the real embedder."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Ibid, in_this_process

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ibid(capsys: pytest.CaptureFixture[str]) -> Ibid:
    return in_this_process(capsys)


def test_without_a_library_it_says_how_to_begin_one(ibid: Ibid, tmp_path: Path) -> None:
    for words in (("export", tmp_path / "a.ibid"), ("doctor", "--salvage", tmp_path / "a.ibid")):
        done = ibid(*words, "--library", tmp_path / "none")
        assert done.code == 1
        assert "there is no library" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.model
def test_a_library_that_went_by_file_answers_alike(ibid: Ibid, tmp_path: Path) -> None:
    seeds = sorted((ROOT / "seeds").glob("*.md"))[:3]
    here, there = tmp_path / "here", tmp_path / "there"
    assert ibid("add", *seeds, "--library", here).code == 0
    told = ibid("export", tmp_path / "a.ibid", "--library", here, "--json").json
    assert told["articles"] == 3
    done = ibid("import", tmp_path / "a.ibid", "--library", there, "--json")
    assert done.json == {"added": 3, "same": 0, "kept": 0, "left_out": []}
    words = ("search", "What happened?", "--json", "--library")
    assert ibid(*words, there).json == ibid(*words, here).json
    saved = ibid("doctor", "--salvage", tmp_path / "b.ibid", "--library", there, "--json").json
    assert (saved["saved"], saved["unreadable"]) == (3, 0)


@pytest.mark.model
def test_what_was_left_out_is_told_with_what_to_do(ibid: Ibid, tmp_path: Path) -> None:
    here, there, article = tmp_path / "here", tmp_path / "there", tmp_path / "tower.md"
    article.write_text("# The tower\n\nThe tower is 31 metres high.\n")
    assert ibid("add", article, "--library", here).code == 0
    article.write_text("# The tower\n\nThe tower is closed.\n")
    assert ibid("add", article, "--library", there).code == 0
    assert ibid("export", tmp_path / "a.ibid", "--library", here).code == 0
    done = ibid("import", tmp_path / "a.ibid", "--library", there)
    assert done.out.strip() == "0 added, 0 here already, 1 left out"
    assert "ibid remove" in done.err
