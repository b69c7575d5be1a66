"""Promises of `ibid sync` at the keyboard: what it says, how it ends, what it leaves alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import Ibid, in_this_process

from ui.cli.watching import Watching

RIVER = "The river rose to 4 metres in {}, and the lower town was under water for three days."


@pytest.fixture
def ibid(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Ibid:
    for name in os.environ:
        if name.startswith("IBID_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "mine"))
    return in_this_process(capsys)


@pytest.mark.parametrize("flags", [(), ("--list",), ("--dry-run",), ("--prune",), ("--watch",)])
def test_where_nothing_is_followed_it_says_how_to_begin_and_makes_no_library(
    ibid: Ibid, tmp_path: Path, flags: Sequence[str]
) -> None:
    done = ibid("sync", *flags)
    assert done.code == 0 and done.err == ""
    assert done.out == "Nothing is followed yet. Add a folder, and it is: ibid add FOLDER\n"
    assert not (tmp_path / "mine").exists()


def test_a_place_that_is_not_followed_is_told_in_one_line(ibid: Ibid, tmp_path: Path) -> None:
    for words in (("sync", "notes"), ("sync", "--forget", "notes"), ("sync", "--watch", "notes")):
        done = ibid(*words)
        assert done.code == 1 and done.err.startswith("ibid: notes: this is not followed; ibid ")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    "flags",
    [("--list", "--forget"), ("--watch", "--dry-run"), ("--watch", "--json"), ("--forget",)],
)
def test_what_makes_no_sense_together_is_wrong_usage(ibid: Ibid, flags: Sequence[str]) -> None:
    done = ibid("sync", *flags)
    assert done.code == 2 and "ibid sync --help" in done.err


@pytest.mark.model
def test_a_folder_is_followed_told_of_and_forgotten(ibid: Ibid, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for name in "abc":
        (notes / f"{name}.txt").write_text(RIVER.format(name))
    assert ibid("add", "notes", "--to", "Rivers").code == 0
    listed = ibid("sync", "--list")
    assert [line.split() for line in listed.out.splitlines()][1] == [
        "folder", str(notes), "3", "when", "added",
    ]  # fmt: skip
    (notes / "a.txt").unlink()
    (notes / "b.txt").write_text("The ferry now has 240 seats.")
    (notes / "d.txt").write_text("The library of Osk lends 12 boats.")
    (notes / "bad.pdf").write_bytes(b"no pdf")
    dry = ibid("sync", "--prune", "--dry-run")
    assert "a dry run: nothing was changed" in dry.out and dry.code == 1
    done = ibid("sync", "notes", "--prune")
    assert done.code == 1 and len(done.err.splitlines()) == 1 and "bad.pdf" in done.err
    counts = [line.split()[:2] for line in done.out.splitlines()[-6:]]
    assert counts == [
        ["added", "1"], ["changed", "1"], ["unchanged", "1"], ["removed", "1"], ["skipped", "0"],
        ["failed", "1"],
    ]  # fmt: skip
    assert dry.out.splitlines()[:-1] == done.out.splitlines()
    (notes / "bad.pdf").unlink()
    again = ibid("sync", "--json")
    assert again.code == 0 and again.err == ""
    assert (again.json["unchanged"], again.json["articles"], again.json["removed"]) == (3, [], [])
    assert "UTC" in ibid("sync", "--list").out
    assert ibid("sync", "--forget", "notes").out.startswith("no longer followed: ")
    assert ibid("sync", "--list", "--json").json == {"followed": []}
    assert len(ibid("list", "--json").json["articles"]) == 3


class Changes:
    """Writes a file whenever its folders are looked at, until it has been often enough."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders
        self.looks: list[list[str]] = []
        self.stop = threading.Event()

    def there(self) -> list[str]:
        return [str(folder) for folder in self.folders]

    def look(self, some: Sequence[str]) -> bool:
        self.looks.append(sorted(Path(one).name for one in some))
        if len(self.looks) == 1:
            (self.folders[0] / ".hidden").write_text("x")
            (self.folders[0] / "library" / "catalog").write_text("x")
            (self.folders[0] / "new.txt").write_text("x")
            return True
        if len(self.looks) == 2:  # the library is in use just then
            return False
        self.stop.set()
        return True


@pytest.mark.timeout(120)
def test_a_watch_looks_again_where_something_changed_and_where_it_could_not_look(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("one", "two", "gone")]
    for folder in folders[:2]:
        folder.mkdir()
    (folders[0] / "library").mkdir()
    changes = Changes(folders)
    Watching(changes.there, changes.look, folders[0] / "library", changes.stop).run()
    assert changes.looks == [["one", "two"], ["one"], ["one"]]
