"""Promises about folders: what is read, what is not followed, and that nothing goes unsaid."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import list_files, read, read_file
from rag.loaders.folders import Fault


def write(path: Path, words: str = "The ferry is here.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, "utf-8")
    return path


def passed(folder: Path) -> dict[str, Fault]:
    return {str(one.path.relative_to(folder)): one.fault for one in list_files(folder).passed}


def test_all_that_is_passed_over_is_told_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write(folder / "a.txt")
    for name in ("b.odt", "sub/c.png", "noending"):
        write(folder / name)
    write(folder / ".hidden" / "d.odt")
    os.mkfifo(folder / "pipe.md")
    (folder / "gone.md").symlink_to("nowhere.md")
    (folder / "round.md").symlink_to("round.md")
    assert passed(folder) == {
        "b.odt": "format",
        "noending": "format",
        "sub/c.png": "format",
        "pipe.md": "special",
        "gone.md": "nowhere",
        "round.md": "nowhere",
    }
    lines = list(list_files(folder).told())
    assert len(lines) == 3 and lines[0].startswith("passed over: 3 files of formats that Ibid does")


def test_many_are_summed_up(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    for number in range(50):
        write(tmp_path / f"{number}.odt")
    [line] = list_files(tmp_path).told()
    assert "50 files" in line and line.endswith("and 47 more") and len(line) < 600


def test_a_link_is_followed_only_inside_the_folder(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "mine", tmp_path / "elsewhere"
    write(folder / "a.txt")
    write(elsewhere / "secret.txt", "Secret.")
    (folder / "secret.txt").symlink_to(elsewhere / "secret.txt")
    (folder / "passwd.txt").symlink_to("/etc/passwd")
    (folder / "out").symlink_to(elsewhere)
    (folder / "up").symlink_to(tmp_path)
    (folder / "self").symlink_to(folder)
    (folder / "same.txt").symlink_to("a.txt")
    write(folder / "notes" / "b.draft")
    (folder / "b.txt").symlink_to("notes/b.draft")
    assert [file.name for file in list_files(folder).files] == ["a.txt", "b.txt"]
    assert "Secret." not in {article.text for article in read(folder)}
    outside = {name for name, fault in passed(folder).items() if fault == "outside"}
    assert outside == {"secret.txt", "passwd.txt", "out", "up"}


def test_a_folder_that_is_named_by_a_link_is_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "mine" / "a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    assert len(list_files(tmp_path / "link").files) == 1


@pytest.mark.parametrize("path", ["", "  "])
def test_no_path_is_not_the_working_folder(path: str) -> None:
    with pytest.raises(ArticleError, match="name a file, a folder or a web link"):
        list_files(path)


def test_a_pipe_a_socket_and_a_device_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.txt"))
        for path in (tmp_path / "pipe.txt", tmp_path / "socket.txt", Path("/dev/null")):
            with pytest.raises(ArticleError, match="not a file or folder"):
                list_files(path)
    with pytest.raises(ArticleError, match="not a file"):
        read_file(tmp_path / "pipe.txt")


def test_a_folder_without_articles_tells_what_is_there(tmp_path: Path) -> None:
    write(tmp_path / "a.odt")
    with pytest.raises(ArticleError, match=r"no article .* reads .*\.txt.*; passed over: 1 file"):
        list_files(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everywhere")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "closed" / "b.txt").parent.chmod(0)
    try:
        assert passed(tmp_path) == {"closed": "closed"}
    finally:
        (tmp_path / "closed").chmod(0o700)
