"""Promises of `ibid add` at its end: what became of all, and where the next run goes on."""

from __future__ import annotations

import os
import signal
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from commands import Ibid, in_this_process
from tiny import TinyEmbedder

from rag.index.library import Library, opened
from rag.loaders import chosen
from rag.loaders.table import Columns
from rag.loaders.worker import Worker
from rag.schema import Article
from rag.settings import Settings
from ui.api.service import Own
from ui.cli.adding import Adding


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with opened(Settings(library=tmp_path / "library"), TinyEmbedder()) as own:
        yield own


def run(
    library: Library, files: Sequence[Path], worker: Worker, columns: Columns | None = None
) -> Adding:
    adding = Adding(files)
    adding.run(Own(library, worker), "", columns)
    return adding


def outcomes(adding: Adding) -> list[str]:
    return [one["outcome"] for one in adding.added]


def test_the_end_tells_what_was_added_changed_unchanged_skipped_and_failed(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"The river rose in {name}.")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for name in ("a.md", "sub/b.txt", "c.odt", "d.docx", "../e.md"):
            archive.writestr(name, f"The ferry left in {name}.")
    files = [tmp_path / name for name in ("a.txt", "b.txt", "c.zip", "gone.txt")]
    with Worker() as worker:
        run(library, files[:2], worker)
        files[1].write_text("The river fell in b.txt, and the port froze over.")
        adding = run(library, files, worker)
    assert outcomes(adding) == ["same", "replaced", "added", "added"]
    adding.tell()
    told = capsys.readouterr()
    lines = told.out.splitlines()[-7:]
    assert [line.split()[:2] for line in lines] == [
        ["added", "2"], ["changed", "1"], ["unchanged", "1"], ["skipped", "2"], ["1", "file"],
        ["failed", "2"], [f"{files[3]}:", "No"],
    ]  # fmt: skip
    assert "name that leads out" in lines[3] and "c.odt" in lines[4]
    assert len(told.err.splitlines()) == 2


def test_a_table_of_many_articles_is_added_row_by_row(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Beitrag,Thema\nThe river rose.,One\n,Two\nIt fell.,Three\n")
    with Worker() as worker:
        columns = Columns(text="Beitrag", title="Thema")
        adding = run(library, [tmp_path / "a.csv"], worker, columns)
        assert outcomes(adding) == ["added", "added"]
        assert [info.title for info in library.articles()] == ["Three", "One"]
        assert len(adding.failed) == 1
        assert outcomes(run(library, [tmp_path / "a.csv"], worker, columns)) == ["same", "same"]


class Pressing(Worker):
    """Ctrl-C is pressed while the second file is read."""

    count = 0

    def read(self, *args: Any, **kwargs: Any) -> Article:
        self.count += 1
        if self.count == 2:
            signal.raise_signal(signal.SIGINT)
        return super().read(*args, **kwargs)


def test_ctrl_c_finishes_the_article_in_hand_and_the_next_run_goes_on_there(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"{name}.txt" for name in "abcde"]
    for file in files:
        file.write_text(f"The river {file.stem} rose.")
    before = signal.getsignal(signal.SIGINT)
    with Pressing() as worker:
        first = run(library, files, worker)
        assert first.is_stopped and outcomes(first) == ["added", "added"]
        first.tell()
        assert "stopped before the end" in capsys.readouterr().out
        second = run(library, files, worker)
    assert outcomes(second) == ["same"] * 2 + ["added"] * 3
    assert not second.is_stopped and signal.getsignal(signal.SIGINT) is before


class Counting(Worker):
    """Knows which files it read."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def read(self, data: bytes, file: Path, *args: Any, **kwargs: Any) -> Article:
        self.files.append(file.name)
        return super().read(data, file, *args, **kwargs)


def test_a_file_that_is_as_it_was_is_not_read_again(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in "abcd":
        (folder / f"{name}.txt").write_text(f"The river {name} rose.")
    (folder / "doubtful.txt").write_bytes(b"The river \xff\xfe fell, they said. \x81\x8d" * 3)

    def add(worker: Counting) -> dict[str, str]:
        worker.files.clear()
        found = chosen([str(folder)])
        adding = Adding(found.files, found_at=found.followed)
        adding.run(Own(library, worker), "", None)
        assert len(adding.added) == 5 and not adding.failed
        return {Path(one["source"]).stem: one["outcome"] for one in adding.added}

    time.sleep(2.1)  # what was changed a moment ago may be changed again, and look the same
    with Counting() as worker:
        assert set(add(worker).values()) == {"added"}
        assert set(add(worker).values()) == {"same"}
        # What was read with doubts may be read better another time.
        assert worker.files == ["doubtful.txt"]
        (folder / "b.txt").write_text("The river b fell.")
        library.remove([next(one.id for one in library.articles() if one.source.endswith("c.txt"))])
        told = add(worker)
        assert (told["a"], told["b"], told["c"]) == ("same", "replaced", "added")
        assert worker.files == ["b.txt", "c.txt", "doubtful.txt"]


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


@pytest.mark.model
def test_the_columns_of_a_table_are_named_by_flags(ibid: Ibid, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Beitrag,Thema,Tag\nThe river rose.,The river,28.11.2024\n")
    flags = ["--text", "Beitrag", "--title", "Thema", "--date", "Tag"]
    done = ibid("add", "a.csv", *flags, "--json")
    assert done.code == 0 and len(done.json["articles"]) == 1
    (one,) = ibid("list", "--json").json["articles"]
    assert (one["title"], one["published"]) == ("The river", "2024-11-28")


def test_a_table_without_the_column_is_told_with_those_that_it_has(
    ibid: Ibid, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("Beitrag,Thema\nThe river rose.,The river\n")
    assert "it has: Beitrag, Thema" in ibid("add", "a.csv", "--text", "Nowhere").err
    assert "ibid add --text COLUMN" in ibid("add", "a.csv", "--title", "Thema").err
