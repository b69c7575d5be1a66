"""Promises of ``ibid duplicates`` and ``ibid merge``; tests/ui/api has those beside a window."""

from __future__ import annotations

import shlex
from pathlib import Path

import alike
import pytest
from commands import Ibid, in_this_process
from tiny import TinyEmbedder

from rag.index.library import opened
from rag.loaders import read_file
from rag.loaders.worker import Worker
from rag.settings import Settings
from ui.api.service import Own
from ui.cli.adding import Adding

WIRE, REPRINT = alike.pairs(alike.NEAR["reprint"], 7, 1)[0]


@pytest.fixture
def ibid(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Ibid:
    """Run a command in this process, on a library with two articles that are nearly the same."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")
    written(tmp_path / "wire.md", WIRE, "Courier")
    written(tmp_path / "reprint.md", REPRINT, "Gazette")
    with opened(Settings(library=tmp_path / "library"), TinyEmbedder()) as library:
        library.add(read_file(tmp_path / f"{name}.md") for name in ("wire", "reprint"))
    return in_this_process(capsys)


def added(capsys: pytest.CaptureFixture[str], *files: Path) -> str:
    """What is told of files that are added, and embedded without a model."""
    adding = Adding(files)
    settings = Settings(library=files[0].parent / "library")
    with opened(settings, TinyEmbedder()) as library, Worker() as worker:
        adding.run(Own(library, worker), "", None)
    adding.tell()
    return capsys.readouterr().out


def written(file: Path, text: str, house: str) -> None:
    file.write_text(f"---\npublisher: {house}\npublished: 2024-05-0{len(house) - 5}\n---\n{text}")


def ids(ibid: Ibid) -> list[str]:
    """Of the wire and its reprint."""
    return [one["article_id"] for one in reversed(ibid("list", "--json").json["articles"])]


def test_near_doubles_are_listed_with_how_alike_they_are_their_publishers_and_days(
    ibid: Ibid,
) -> None:
    wire, reprint = ids(ibid)
    first, second, merge, *_ = ibid("duplicates").out.splitlines()
    assert wire in first and "Courier" in first and "2024-05-02" in first
    assert reprint in second and "Gazette" in second and "%" in second
    assert merge.endswith(f"ibid merge {wire} {reprint}")
    shown = ibid("show", wire)
    assert f": {reprint} " in shown.out and "nearly the same" in shown.out
    assert ibid("show", wire, "--json").json["near"][0]["article_id"] == reprint
    assert "nearly" not in ibid("add", "wire.md").out


def test_whoever_adds_a_near_double_is_told_how_to_merge_it(
    ibid: Ibid, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire, reprint = ids(ibid)
    ibid("remove", reprint)
    told = added(capsys, tmp_path / "reprint.md")
    assert f"nearly the same as {wire}" in told and f"ibid merge {wire} {reprint}" in told
    assert "No two articles" not in ibid("duplicates").out
    ibid("remove", reprint)
    assert ibid("duplicates").out.startswith("No two articles")


def test_a_double_is_told_and_shown_with_every_place_and_what_it_says_otherwise(
    ibid: Ibid, tmp_path: Path
) -> None:
    written(tmp_path / "copy.md", WIRE, "Herald")
    told = ibid("add", "copy.md")
    assert told.code == 0 and f"unchanged, also at {tmp_path / 'copy.md'}" in told.out
    assert "another publisher Herald" in told.out
    assert f"also at {tmp_path / 'copy.md'}" in ibid("show", ids(ibid)[0]).out
    listed = ibid("list", "--json").json["articles"]
    assert [one["also_at"] for one in listed] == [[], [str(tmp_path / "copy.md")]]
    assert "also at 1 more" in " ".join(ibid("list").out.split())


def test_what_was_merged_stays_away_and_can_be_had_back_as_is_told(
    ibid: Ibid, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wire, reprint = ids(ibid)
    done = ibid("merge", wire, reprint)
    assert done.code == 0, done.err
    told = ibid("add", "reprint.md")
    assert "was merged into this article" in told.out
    assert ids(ibid) == [wire]
    back = done.out.partition("to have it back: ibid ")[2].partition(", and")[0]
    assert ibid(*shlex.split(back)).code == 0
    assert added(capsys, tmp_path / "reprint.md").startswith("added")
    assert ids(ibid) == [wire, reprint]


def test_what_cannot_be_merged_or_let_go_is_told_in_a_line(ibid: Ibid) -> None:
    wire, _ = ids(ibid)
    for command in (["merge", wire, wire], ["merge", wire, "nowhere"],
                    ["remove", "--source", "nowhere.md"]):  # fmt: skip
        done = ibid(*command)
        assert done.code == 1 and len(done.err.splitlines()) == 1
    assert ibid("merge", wire).code == 2 == ibid("remove").code
