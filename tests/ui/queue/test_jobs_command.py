"""Promises of `ibid jobs`, `ibid worker` and `--queue` at the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Ibid, in_this_process
from queued import Handed, Workers

from rag.index.library import Library
from rag.settings import Settings

FERRY = "The ferry to the island of Ven carries 240 people and eleven cars in each direction."


@pytest.fixture
def ibid(capsys: pytest.CaptureFixture[str]) -> Ibid:
    return in_this_process(capsys)


@pytest.mark.parametrize(
    "words",
    [("worker",), ("jobs",), ("jobs", "retry", "--all"), ("add", "--queue", "a.md"),
     ("jobs", "show", "x"), ("jobs", "cancel", "x")],
)  # fmt: skip
@pytest.mark.parametrize("given", [(), ("IBID_DATABASE",), ("IBID_CHROMA",)])
def test_a_library_that_is_not_shared_is_refused_with_what_to_set(
    ibid: Ibid,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: tuple[str, ...],
    given: tuple[str, ...],
) -> None:
    (tmp_path / "a.md").write_text(FERRY)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "mine"))
    values = {"IBID_DATABASE": "postgresql://nobody@127.0.0.1:9/x", "IBID_CHROMA": "http://a:9"}
    for name in given:
        monkeypatch.setenv(name, values[name])
    done = ibid(*words)
    assert done.code == 1 and done.out == ""
    assert done.err.endswith("set IBID_DATABASE and IBID_CHROMA\n") and done.err.count("\n") == 1


def test_where_nothing_was_handed_over_it_says_how_to_begin(ibid: Ibid, settings: Settings) -> None:
    done = ibid("jobs")
    assert (done.code, done.out) == (0, "No job yet. Hand one over: ibid add --queue PATH\n")
    told = ibid("jobs", "--json").json
    assert told["jobs"] == [] and told["workers"] == 0 and set(told["counts"].values()) == {0}
    assert ibid("jobs", "retry", "--all").out == "Nothing failed.\n"
    missing = ibid("jobs", "show", "abc")
    assert missing.code == 1 and "no such job" in missing.err


def test_that_the_database_is_away_is_one_line(
    ibid: Ibid, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text(FERRY)
    monkeypatch.setenv("IBID_DATABASE", f"postgresql://postgres@/postgres?host={tmp_path}")
    for words in (("jobs",), ("jobs", "show", "a"), ("add", "--queue", "a.md"), ("worker",)):
        done = ibid(*words)
        assert done.code == 1 and done.err.count("\n") == 1
        assert "PostgreSQL does not answer" in done.err


def test_what_is_handed_over_is_listed_and_without_a_worker_that_is_said(
    ibid: Ibid, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.md").write_text(f"{name}: {FERRY}")
    done = ibid("add", "--queue", folder, "--to", "News")
    assert done.code == 0 and done.out.endswith(
        "2 handed over; what becomes of it tells: ibid jobs\n"
    )
    assert done.err == "ibid: no worker is running; start one: ibid worker\n"
    listed = ibid("jobs")
    assert listed.out.count("waiting  add") == 2 and listed.out.endswith("2 waiting\n")
    assert "no worker is running" in listed.err
    told = ibid("jobs", "--state", "waiting", "--json").json
    assert [one["names"] for one in told["jobs"]] == [
        [str(folder / "b.md")],
        [str(folder / "a.md")],
    ]
    assert ibid("jobs", "--state", "failed", "--json").json["jobs"] == []


def test_what_failed_is_shown_tried_again_and_what_waits_called_off(
    ibid: Ibid, library: Library, handed: Handed, working: Workers
) -> None:
    job = handed.add(("broken.pdf", b"%PDF-1.7 and no more"), ("ferry.md", FERRY))
    with working(library):
        handed.until(job)
    listed = ibid("jobs", "--state", "failed")
    assert job[:8] in listed.out and "broken.pdf" in listed.out and listed.err == ""
    shown = ibid("jobs", "show", job[:8])
    assert "state     failed" in shown.out and "far       2 of 2" in shown.out
    [article] = library.articles()
    assert f"added     {article.id}" in shown.out
    assert ibid("jobs", "show", job, "--json").json["failed"][0]["name"] == "broken.pdf"
    tried = ibid("jobs", "retry", "--all")
    assert tried.out == f"tried again: {job[:8]} broken.pdf and 1 more\n"
    assert "no worker is running" in tried.err
    wrong = ibid("jobs", "retry", job)
    assert wrong.code == 1 and "it did not fail, it is waiting" in wrong.err
    assert ibid("jobs", "cancel", job[:6]).out.startswith(f"cancelled: {job[:8]} ")
    assert ibid("jobs").out.endswith("1 cancelled\n")


@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "retry"),
        ("jobs", "retry", "x", "--all"),
        ("add", "--queue", "--replace", "1", "a.md"),
        ("add", "--queue", "--text", "x", "a.csv"),
        ("sync", "--queue", "--watch"),
    ],
)
def test_what_makes_no_sense_together_is_wrong_usage(
    ibid: Ibid, settings: Settings, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "a.md").write_text(FERRY)
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    assert ibid(*words).code == 2


def test_a_sync_is_handed_over_where_something_is_followed(
    ibid: Ibid, library: Library, handed: Handed, working: Workers
) -> None:
    from rag import followed

    nothing = ibid("sync", "--queue")
    assert nothing.out.startswith("Nothing is followed yet") and not handed.store.jobs()
    place = library.folder.parent / "notes"
    place.mkdir()
    (place / "new.md").write_text(FERRY)
    library.catalog.follow(followed.Followed("folder", str(place)), [])
    done = ibid("sync", "--queue", "--json")
    [job] = done.json["jobs"]
    with working(library):
        assert handed.until(job["id"]).state == "done"
    assert [info.source for info in library.articles()] == [str(place / "new.md")]
