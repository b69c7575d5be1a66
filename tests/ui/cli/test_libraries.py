"""``ibid library``, and ``--library NAME``: the libraries of a database on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Ibid, in_this_process
from postgres_server import PostgresServer


@pytest.fixture
def ibid(
    postgres: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Ibid]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IBID_DATABASE", postgres.address)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "home"))
    yield in_this_process(capsys)
    postgres.empty()


def test_a_library_is_made_shared_listed_and_removed(ibid: Ibid, tmp_path: Path) -> None:
    assert "Make one: ibid library create" in ibid("library", "list").out
    made = ibid("library", "create", "news", "ann")
    assert "--library news" in made.out
    assert ibid("library", "share", "news", "key:bot", "--role", "editor").code == 0
    assert "news  key:bot (editor), ann (owner)" in ibid("library", "list").out
    listed = json.loads(ibid("library", "list", "--json").out)["libraries"]
    assert listed == [{"name": "news", "members": {"key:bot": "editor", "user:ann": "owner"}}]
    assert "No articles" in ibid("list", "--library", "news").out
    assert ibid("library", "unshare", "news", "key:bot").code == 0
    only = ibid("library", "unshare", "news", "ann")
    assert only.code == 1 and "would have no owner" in only.err
    assert ibid("library", "remove", "news", "--yes").code == 0
    assert json.loads(ibid("library", "list", "--json").out) == {"libraries": []}


def test_a_name_of_the_database_is_a_library_and_any_other_is_a_folder_as_ever(
    ibid: Ibid, tmp_path: Path
) -> None:
    def folder(*given: str) -> str:
        return str(json.loads(ibid("doctor", "--json", *given).out)["facts"]["library"])

    assert folder("--library", "news") == "news"  # there is no list of libraries yet
    ibid("library", "create", "news", "ann")
    assert folder("--library", "news") == str(tmp_path / "home" / "libraries" / "news")
    assert folder("--library", "others") == "others"
    (tmp_path / "news").mkdir()
    assert folder("--library", "news") == "news"
    assert folder() == str(tmp_path / "home")


def test_the_doctor_tells_of_a_role_that_passes_by_the_policies(ibid: Ibid) -> None:
    def problems() -> str:
        return " ".join(json.loads(ibid("doctor", "--json", "--library", "news").out)["problems"])

    assert "row-level security" not in problems()
    ibid("library", "create", "news", "ann")
    assert "postgres passes by row-level security" in problems()
    assert "ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF" in problems()


def test_without_a_database_it_is_told_what_is_missing(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IBID_DATABASE")
    for given in (("library", "list"), ("serve", "--all"), ("chat", "--all")):
        done = ibid(*given)
        assert done.code == 1 and "IBID_DATABASE" in done.err


@pytest.mark.parametrize("command", ["serve", "chat"])
def test_a_service_of_all_is_not_begun_where_nobody_could_come_in(ibid: Ibid, command: str) -> None:
    assert "ibid library create" in ibid(command, "--all").err
    assert f"ibid {command} --all" in ibid("library", "create", "--help").out
    ibid("library", "create", "news", "ann")
    assert "ibid user add" in ibid(command, "--all", "--port", "0").err
    both = ibid(command, "--all", "--no-auth")
    assert both.code == 2 and "ibid user add" in both.err
