"""Promises of ``ibid edit`` and ``ibid collections``; tests/ui/api has those beside a window."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from commands import Ibid, in_this_process
from doubles import tiny_library


@pytest.fixture
def ibid(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Ibid:
    """Run a command in this process, on a library with two articles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")
    with tiny_library(tmp_path):
        pass
    return in_this_process(capsys)


@pytest.fixture
def ids(ibid: Ibid) -> list[str]:
    """Of the ferry and the bakery."""
    articles = sorted(ibid("list", "--json").json["articles"], key=lambda one: one["title"])
    return [one["article_id"] for one in articles]


def test_what_is_known_is_written_over_for_several_at_once_and_can_be_had_back(
    ibid: Ibid, ids: list[str]
) -> None:
    facts = ["--publisher", "Ärzte Zeitung", "--published", "3 May 2024", "--author", "Ines Roth"]
    done = ibid("edit", *ids, *facts, "--url", "https://news.example/a", "--language", "de")
    assert done.code == 0, done.err
    back = [
        shlex.split(line.partition("back: ibid ")[2])
        for line in done.out.splitlines()
        if "to have it back" in line
    ]
    assert len(back) == 2 and "publisher: Ärzte Zeitung, before nothing" in done.out
    shown = ibid("show", ids[0], "--json").json
    assert [shown[name] for name in ("publisher", "published", "author", "link", "language")] == [
        "Ärzte Zeitung", "2024-05-03", "Ines Roth", "https://news.example/a", "de",
    ]  # fmt: skip
    assert "author" in ibid("show", ids[0]).out.partition("by hand: ")[2]
    for command in back:
        assert ibid(*command).code == 0
    again = ibid("show", ids[0], "--json").json
    assert (again["publisher"], again["published"], again["language"]) == (None, "2021-03-02", "en")
    assert ibid("edit", ids[0], "--author", "").out.startswith("same")


def test_what_was_written_stays_when_the_file_is_added_again(
    ibid: Ibid, ids: list[str], tmp_path: Path
) -> None:
    ibid("edit", ids[0], "--publisher", "Courier", "--language", "de")
    assert ibid("add", tmp_path / "articles").code == 0
    shown = ibid("show", ids[0], "--json").json
    assert (shown["publisher"], shown["language"]) == ("Courier", "de")
    assert set(shown["by_hand"]) == {"publisher", "language"}


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (["--published", "2024-13-01"], "is not one date; write it as 2024-11-28"),
        (["--published", "03/04/2024 or so"], "is not one date"),
        (["--language", "Queen's English"], "no code of a language"),
        (["--url", "javascript:alert(1)"], "must begin with http"),
        (["--title", " "], "the title is empty"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_written(
    ibid: Ibid, ids: list[str], fact: list[str], told: str
) -> None:
    done = ibid("edit", *ids, "--publisher", "Courier", *fact)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert told in done.err
    assert ibid("show", ids[0], "--json").json["publisher"] is None


def test_an_unknown_article_and_nothing_to_write_are_told(ibid: Ibid, ids: list[str]) -> None:
    assert "no article nowhere" in ibid("edit", ids[0], "nowhere", "--author", "A").err
    assert ibid("show", ids[0], "--json").json["author"] is None
    assert ibid("edit", ids[0]).code == 2


def test_collections_are_made_filled_renamed_and_deleted_and_no_article_is(
    ibid: Ibid, ids: list[str]
) -> None:
    assert "No collections yet" in ibid("collections").out
    assert ibid("collections", "create", "Boats").code == 0
    assert ids[0] in ibid("collections", "add", "boats", ids[0]).out
    assert ibid("collections", "add", "Boats", ids[0][:6]).out == "nothing changed\n"
    assert ibid("collections", "add", "Towns", *ids).code == 0
    found = ibid("collections", "--json").json["collections"]
    assert found == [{"name": "Boats", "articles": 1}, {"name": "Towns", "articles": 2}]
    assert ibid("collections", "rename", "BOATS", "Ships").code == 0
    listed = ibid("list", "--collection", "ships", "--json").json["articles"]
    assert [(one["article_id"], one["collections"]) for one in listed] == [
        (ids[0], ["Ships", "Towns"])
    ]
    assert "in Ships, Towns" in ibid("show", ids[0]).out
    assert ids[1] in ibid("collections", "remove", "towns", ids[1]).out
    assert ibid("collections", "delete", "Ships").code == 0
    assert (
        "Towns  (1 article)" in ibid("collections").out and "Ships" not in ibid("collections").out
    )
    assert len(ibid("list", "--json").json["articles"]) == 2


@pytest.mark.parametrize(
    "command",
    [
        ["rename", "nope", "new"], ["delete", "nope"], ["remove", "nope", "a"], ["create", " "],
        ["add", "Boats", "nowhere"],
    ],
)  # fmt: skip
def test_a_collection_that_cannot_be_changed_is_told_in_one_line(
    ibid: Ibid, command: list[str]
) -> None:
    done = ibid("collections", *command)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1), done
    assert ibid("collections", "--json").json["collections"] == []


def test_articles_are_added_to_a_collection_those_that_were_there_too(
    ibid: Ibid, ids: list[str], tmp_path: Path
) -> None:
    assert ibid("add", tmp_path / "articles", "--to", "Read later").code == 0
    assert ibid("collections", "--json").json["collections"] == [
        {"name": "Read later", "articles": 2}
    ]
    for command in (["list"], ["search", "river"]):
        done = ibid(*command, "--collection", "nope")
        assert done.code == 1 and "ibid collections lists them" in done.err
