"""Promises of what is said to stand at a followed place: gone is only what surely is."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from rag.errors import ArticleError, LibraryError
from rag.followed import UNSEEN, Followed, Seen, absolute, disk_of, had, named
from rag.loaders import Reading, chosen
from rag.loaders.standing import Standing, look, stamp
from rag.loaders.worker import Worker

LONG_AGO = (1_700_000_000, 1_700_000_000)


def no_links(_: Followed) -> tuple[list[str], Seen]:
    raise AssertionError("nothing of the web is asked for")


def looked(folder: Path, *known: Path) -> Standing:
    there = [had(file, str(file), "a") for file in known]
    return look(Followed("folder", str(folder)), there, no_links)


def made(folder: Path, *names: str) -> list[Path]:
    files = [folder / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("The river rose.")
    return files


def test_a_deleted_file_is_gone_and_one_that_is_only_passed_over_is_not(tmp_path: Path) -> None:
    files = made(tmp_path, "a.txt", "b.txt", "c.txt", "d.txt")
    there = [had(file, str(file), "a") for file in files]
    files[1].unlink()
    files[2].unlink()
    files[2].symlink_to("/etc/hostname")
    files[3].unlink()
    files[3].symlink_to(tmp_path / "nowhere.txt")
    standing = look(Followed("folder", str(tmp_path)), there, no_links)
    assert [one.place for one in standing.gone] == [str(files[1])]
    assert standing.files == [files[0]]
    assert any("leads out" in line for line in standing.passed)


def test_a_folder_in_it_that_was_deleted_whole_is_gone(tmp_path: Path) -> None:
    kept, gone = made(tmp_path, "a.txt", "x/y/b.txt")
    gone.unlink()
    assert looked(tmp_path, kept, gone).gone == []  # an empty folder is left
    gone.parent.rmdir()
    gone.parent.parent.rmdir()
    assert [one.place for one in looked(tmp_path, kept, gone).gone] == [str(gone)]


def test_a_folder_that_a_file_has_the_place_of_is_no_folder(tmp_path: Path) -> None:
    (file,) = made(tmp_path, "notes")
    with pytest.raises(ArticleError, match="no such folder"):
        looked(file, file / "a.txt")


def test_a_name_that_is_too_long_to_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    """As any other fault of a disk: whatever lstat says but that there is none."""
    (kept,) = made(tmp_path, "a.txt")
    long = tmp_path / ("x" * 300 + ".txt")
    with pytest.raises(OSError, match="too long") as caught:
        long.lstat()
    assert caught.value.errno == errno.ENAMETOOLONG
    standing = looked(tmp_path, kept, long)
    assert standing.gone == [] and "cannot be looked at" in standing.passed[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_what_is_in_a_closed_folder_is_not_gone(tmp_path: Path) -> None:
    kept, inside = made(tmp_path, "a.txt", "x/b.txt")
    inside.parent.chmod(0)
    try:
        standing = looked(tmp_path, kept, inside)
    finally:
        inside.parent.chmod(0o700)
    assert standing.gone == [] and "cannot be looked at" in " ".join(standing.passed)


def test_the_disk_of_a_file_is_its_mount_point() -> None:
    assert disk_of(Path("/")) == "/"
    mounted = next(one for one in ("/proc", "/dev", "/sys") if Path(one).is_mount())
    assert disk_of(Path(mounted) / "self") == mounted
    assert disk_of(Path("/nowhere/at/all")) == "/"


def settled(file: Path) -> Seen:
    """What a file is known by, once it has lain there for a while."""
    until = time.monotonic() + 60
    while (known := stamp(file)) == UNSEEN:
        assert time.monotonic() < until
        time.sleep(0.1)
    return known


def test_a_file_that_is_as_it_was_is_not_read_once_it_has_settled(tmp_path: Path) -> None:
    (file,) = made(tmp_path, "a.txt")
    assert stamp(file) == UNSEEN and stamp(tmp_path / "nowhere") == UNSEEN
    known = settled(file)
    with Worker() as worker:
        reading = Reading(worker)
        assert len(list(reading.each(file))) == 1 and reading.seen == known
        assert list(reading.each(file, seen=known)) == [] and reading.is_unchanged
        os.utime(file, LONG_AGO)  # whatever day it says it is of
        assert len(list(reading.each(file, seen=known))) == 1 and not reading.is_unchanged
        assert len(list(reading.each(file))) == 1


def test_what_is_added_says_where_it_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "x/a.txt", "x/b.txt", "c.txt")
    links = tmp_path / "links.txt"
    links.write_text("https://news.example/b\n")
    monkeypatch.chdir(tmp_path)
    found = chosen(["x", "./x/../c.txt", "https://news.example/a"], [Path("links.txt")])
    assert [(one.kind, one.place) for one in found.followed] == [
        ("folder", str(tmp_path / "x")),
        ("folder", str(tmp_path / "x")),
        ("file", str(tmp_path / "c.txt")),
        ("page", "https://news.example/a"),
        ("list", str(links)),
    ]
    assert len(found.files) == len(found.followed)


def test_places_are_named_as_they_were_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = [
        Followed("folder", str(tmp_path / "x")),
        Followed("feed", "https://news.example/rss"),
        Followed("file", str(tmp_path / "x")),
    ]
    assert named(known, ["x/", "./x"]) == [known[0], known[2]]
    assert named(known, ["https://news.example/rss"]) == [known[1]]
    assert absolute("x/../y") == str(tmp_path / "y")
    with pytest.raises(LibraryError, match="ibid sync --list"):
        named(known, ["x", "z"])
