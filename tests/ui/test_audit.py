"""Who changed what is put down, whatever the names in it; and the command that tells it."""

from __future__ import annotations

import ast
import json
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from commands import Ibid, in_this_process
from doubles import tiny_library

from rag import index
from rag.errors import UnknownArticle
from rag.index.changes import Change
from rag.index.library import Library
from rag.limits import AuditLimits
from rag.loaders import read
from ui import asked, audit
from ui.ahead import Ahead
from ui.audit import AUDIT, Audit
from ui.window.library.intake import Intake
from ui.window.library.items import BUSY

BY_A_KEY = asked.Asked("r1", "api", "key:bot", "POST /v1/articles")


def put_down(library: Library, purpose: str = "a test") -> Path:
    library.on_change = Audit(library.folder, AuditLimits(), purpose).write
    return library.folder / AUDIT


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("ascii").splitlines()]


def told(said: dict[str, Any], *names: str) -> list[Any]:
    return [said.get(name) for name in names]


def test_each_change_of_a_library_is_put_down_with_its_articles(tmp_path: Path) -> None:
    with tiny_library(tmp_path) as library:
        file = put_down(library)
        one, two = (info.id for info in library.articles())
        [edited] = library.edit_all([one], {"title": "Another"})
        library.unedit(edited)
        library.collect("Harbour", [one, two])
        library.rename_collection("Harbour", "Port")
        library.uncollect("Port", [two])
        library.delete_collection("Port")
        library.merge(one, [two])
        [taken] = library.take([one])
        library.put_back(taken)
        source = library.article(one).source
        library.remove_source(source)
        found = [
            [said["act"], sorted(said["articles"]), *told(said, "collection", "new")]
            for said in lines(file)
        ]
    # What was merged has left its sources, of which one is the article's own now.
    assert found == [
        ["edit", [one], None, None],
        ["unedit", [one], None, None],
        ["collect", sorted([one, two]), "Harbour", None],
        ["rename collection", [], "Harbour", "Port"],
        ["uncollect", [two], "Port", None],
        ["delete collection", [], "Port", None],
        ["merge", [two], None, one],
        ["remove", [one], None, None],
        ["put back", [one], None, None],
        ["remove source", [one], None, None],
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_changes_a_library_without_a_name_for_it() -> None:
    """But for what makes anew, of the same articles, what is made of them."""
    unnamed = {
        function.name
        for file in Path(index.__file__).parent.glob("*.py")
        for function in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "_changing"
        and not call.args
    }
    assert unnamed == {"rebuild", "put_anew", "look_through", "bring_up_to_date"}


def test_an_adding_is_put_down_and_what_was_there_already_is_not(tmp_path: Path) -> None:
    with tiny_library(tmp_path, empty=True) as library:
        file = put_down(library)
        articles = read(tmp_path / "articles")
        library.add(articles)
        library.add(articles)
        ids = [one.id for one in library.articles()]
        found = [told(said, "act", "outcome", "articles") for said in lines(file)]
    assert sorted(found) == sorted(["add", "done", [one]] for one in ids)


def test_a_change_that_fails_is_put_down_as_that(tmp_path: Path) -> None:
    with tiny_library(tmp_path) as library:
        file = put_down(library)
        with pytest.raises(UnknownArticle):
            library.remove(["nowhere"])
        [said] = lines(file)
    assert told(said, "act", "outcome", "error") == ["remove", "failed", "UnknownArticle"]
    assert "nowhere" not in json.dumps(said)


def test_a_request_is_put_down_by_its_id_and_who_it_is_from(tmp_path: Path) -> None:
    keep = Audit(tmp_path, AuditLimits(), "ibid chat")
    change = Change("remove", ids=["a1"])
    keep.write(change, None)
    with asked.working_on(BY_A_KEY):
        keep.write(change, None)
    own, asked_for = lines(tmp_path / AUDIT)
    assert told(own, "way", "route", "by", "request") == ["command", "ibid chat", None, None]
    assert told(asked_for, "way", "route", "by", "request") == [
        "api", "POST /v1/articles", "key:bot", "r1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ['x"}\n{"act": "add", "by": "user:ann"}', "a\r\nb\u2028c\u2029d\x85e", "\x1b[2J\x07", "ü" * 900,
     "\ud800"],
)  # fmt: skip
def test_no_name_ends_a_line_or_commands_a_terminal(
    tmp_path: Path,
    name: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Audit(tmp_path, AuditLimits()).write(Change("create collection", name, name), None)
    text = (tmp_path / AUDIT).read_bytes()
    assert text.count(b"\n") == 1 and text.isascii() and not any(c < 32 for c in text[:-1])
    [said] = lines(tmp_path / AUDIT)
    assert said["act"] == "create collection" and said["collection"] == name[:200]
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path))
    done = in_this_process(capsys)("log")
    assert done.code == 0
    assert done.out.count("\n") == 1 and "\x1b" not in done.out and "\x07" not in done.out


def test_files_are_begun_anew_by_size_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = AuditLimits(file_mb=1, files=3)
    keep = Audit(tmp_path, limits)
    long = [f"{number:016x}" for number in range(20_000)]  # 400 kB a line
    for number in range(10):
        keep.write(Change(f"act {number}", ids=long), None)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [AUDIT, f"{AUDIT}.1", f"{AUDIT}.2"]
    assert all(file.stat().st_size <= 1_000_000 for file in files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    kept = [said["act"] for said in audit.read(tmp_path)]
    assert kept == [f"act {number}" for number in range(9, 3, -1)]


def test_a_line_that_a_crash_cut_short_hides_no_other(tmp_path: Path) -> None:
    keep = Audit(tmp_path, AuditLimits())
    keep.write(Change("add", ids=["a"]), None)
    with (tmp_path / AUDIT).open("ab") as file:
        file.write(b'{"act": "remo\n7\n')
    keep.write(Change("edit", ids=["b"]), None)
    assert [said["act"] for said in audit.read(tmp_path)] == ["edit", "add"]


def test_a_change_is_made_though_it_cannot_be_put_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with tiny_library(tmp_path) as library:
        (library.folder / AUDIT).mkdir()
        library.on_change = Audit(library.folder, AuditLimits()).write
        one, _ = (info.id for info in library.articles())
        library.remove([one])
        assert len(library.articles()) == 1
    assert "a change could not be put down" in caplog.text


def test_the_command_tells_the_latest_changes_and_those_of_an_article(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path))
    ibid: Ibid = in_this_process(capsys)
    assert "No change is known" in ibid("log").out
    keep = Audit(tmp_path, AuditLimits(), "ibid add")
    for number in range(7):
        keep.write(Change("add", ids=[f"a{number}"]), None)
    with asked.working_on(BY_A_KEY):
        keep.write(Change("remove", ids=["a3"]), OSError("full"))
    out = ibid("log", "-n", 2).out.splitlines()
    assert out[0].endswith("add a6 (command ibid add)")
    assert out[1].endswith("remove a3 FAILED (OSError) (key:bot api POST /v1/articles)")
    changes = ibid("log", "--article", "a3", "--json").json["changes"]
    assert [said["act"] for said in changes] == ["add", "remove"]


def test_commands_put_down_what_they_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with tiny_library(tmp_path) as library:
        folder, (one, _) = library.folder, [info.id for info in library.articles()]
    monkeypatch.setenv("IBID_LIBRARY", str(folder))
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")
    assert in_this_process(capsys)("remove", one).code == 0
    [said] = lines(folder / AUDIT)
    assert told(said, "act", "articles", "way") == ["remove", [one], "command"]
    assert said["route"].startswith("ibid ")


@dataclass
class Ready:
    """What articles are added to; nothing of it is loading."""

    library: Library
    ahead: Ahead = field(default_factory=Ahead)

    def status(self) -> str:
        """Nothing."""
        return ""


def test_what_the_window_adds_later_is_put_down_for_whoever_sent_it(tmp_path: Path) -> None:
    with tiny_library(tmp_path, empty=True) as library:
        file = put_down(library)
        upload = tmp_path / "upload"
        upload.write_text("Owls hunt at night, and sleep by day.", "utf-8")
        intake = Intake(Ready(library))
        with asked.working_on(asked.Asked("r2", "window", "user:ann", "POST /gradio_api/upload")):
            intake.add_file(upload, "owls.txt")
        while any(item.state in BUSY for item in intake.items()):
            time.sleep(0.05)
        [said] = lines(file)
    assert told(said, "act", "by", "way", "request") == ["add", "user:ann", "window", "r2"]
