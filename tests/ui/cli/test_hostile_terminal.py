"""Promises of every command: no word of others commands the terminal, nor turns its lines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import tiny_library
from kept import kept
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rows import ROWS
from tiny import make_article

from rag.language.visible import told
from ui.cli.console import Terminal
from ui.cli.logs import PrintableFormatter
from ui.cli.main import main
from ui.cli.shell import print_json

# Sets the title, clears the screen, colours by the one-byte form, writes from right to left,
# starts a line of its own, hides a word, and ends in half a character.
HOSTILE = (
    "a\x1b]0;pwned\x07\x1b[2J\x9b31m\u202egpj.exe\u2066\r\x08\u200b\u2028\U000e0041\x85z\udcff"
)
FILE = HOSTILE.replace("/", "").replace("\udcff", "")

Ran = Callable[..., tuple[int, str, str]]


def commands(text: str) -> list[str]:
    """What in a text a terminal might obey, or not show where it stands."""
    return [hex(ord(char)) for char in text if char != "\n" and not char.isprintable()]


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")
    monkeypatch.setenv("IBID_CONFIG", "")  # which --config sets


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run a command in this process: its status, and what it wrote."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A library whose one article is hostile in everything that is known of it."""
    article = make_article("The boat has 240 seats.\x1b[2J", "ferry.md")
    shown = HOSTILE.replace("\udcff", "")
    article = replace(
        article,
        title=shown,
        publisher=shown,
        author=shown,
        source=shown,
        link=shown,
        language="e\x1b",
    )
    with tiny_library(tmp_path, empty=True) as library:
        library.add([article])
        return library.folder


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["list", "--json"], ["show", "ID"], ["show", "ID", "--json"], ["remove", "ID"],
     ["remove", "ID", "--json"], ["doctor"], ["config"]],
    ids=" ".join,
)  # fmt: skip
def test_what_an_article_says_of_itself_is_printable(
    ran: Ran, filled: Path, arguments: list[str]
) -> None:
    _, listed, _ = ran("list", "--json")
    (one,) = json.loads(listed)["articles"]
    assert "pwned" in one["title"]
    code, out, err = ran(*(one["article_id"] if word == "ID" else word for word in arguments))
    assert not commands(out + err), (out, err)
    assert code in (0, 1)


NAMED = [
    ["add", FILE], ["add", f"https://{HOSTILE}.example/"], ["show", HOSTILE], ["remove", HOSTILE],
    ["--config", FILE, "list"], ["trust", FILE],
    ["search", "x", "--library", f"/proc/{FILE}"], ["rebuild", "--library", f"/proc/{FILE}"],
    ["ask", "x", "--model", HOSTILE], ["search", "x", "--since", HOSTILE],
    ["chat", "--auth", FILE],
    ["models", "pull", HOSTILE], ["models", HOSTILE], ["user", "remove", HOSTILE],
    ["eval", FILE], ["eval", "--resume", FILE], ["eval", "check", FILE],
    ["eval", "compare", FILE, FILE],
    ["eval", "baseline", FILE, FILE], ["eval", "gate", FILE, "--floor", f"{HOSTILE}=1"],
    ["eval", "robustness", FILE], ["eval", "import", "squad", FILE, "out"],
    ["eval", "import", HOSTILE, "in", "out"], ["eval", "review", FILE],
    ["eval", "sweep", FILE, "--set", HOSTILE], ["eval", "init", f"/proc/{FILE}/x"],
    ["eval", "generate", "--library", f"/proc/{FILE}"],
    [HOSTILE], [f"--{HOSTILE}"], ["list", f"--{HOSTILE}"], ["show", "--json", "x", HOSTILE],
    ["add", "--debug", FILE], ["show", "--debug", HOSTILE],
]  # fmt: skip


@pytest.mark.parametrize("arguments", NAMED, ids=lambda words: told(" ".join(words))[:40])
def test_a_hostile_name_is_printable_in_every_refusal(
    ran: Ran, arguments: list[str], request: pytest.FixtureRequest
) -> None:
    code, out, err = ran(*arguments)
    assert code != 0
    assert not commands(out + err), (out, err)
    assert "pwned" in out + err or "--json" in arguments or "rebuild" in arguments, (out, err)


def test_files_of_hostile_names_and_contents_are_told_of(ran: Ran, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / f"{FILE}.pdf").write_bytes(b"no pdf \x1b[2J")
    (folder / f"b{FILE}.html").write_bytes(b"")
    (folder / f"c{FILE}.md").write_bytes(b"\x00\x1b[2J" * 99)
    with tiny_library(tmp_path, empty=True):
        pass
    for more in ([], ["--json"], ["--debug"]):
        _, out, err = ran("add", folder, *more)
        assert not commands(out + err), (out, err)
        assert "pwned" in err


def test_sets_runs_and_settings_of_hostile_words_are_told_of(ran: Ran, tmp_path: Path) -> None:
    shown = HOSTILE.replace("\udcff", "")
    evidence = [{"article": shown, "quote": shown}]
    case = {"id": shown, "question": shown, "answerable": True, "evidence": evidence}
    file = tmp_path / f"{FILE}.jsonl"
    file.write_text(json.dumps(case) + "\n")
    run = kept(tmp_path / f"{FILE}-run", ROWS).folder
    (tmp_path / "ibid.toml").write_text('base_url = "\\u001b[2Jpwned\\u202e"\n')
    for arguments in (
        ["eval", "check", file], ["eval", "check", file, "--json"], ["eval", file, "--quotes-only"],
        ["eval", "compare", run, run, "--out", tmp_path / FILE],
        ["eval", "gate", run, "--floor", "containment=0.99"], ["config"], ["config", "--json"],
        ["trust"], ["config"], ["doctor"], ["trust", "--list"], ["trust", "--remove"],
    ):  # fmt: skip
        _, out, err = ran(*arguments)
        assert not commands(out + err), (arguments, out, err)
    (tmp_path / "ibid.toml").write_text('"a\\u001b[2J\\u202e" = 1\n')
    _, out, err = ran("list")
    assert not commands(out + err) and len(err.splitlines()) == 1


def test_a_terminal_obeys_rich_alone_whatever_is_shown() -> None:
    seen = io.StringIO()
    console = Terminal(file=seen, force_terminal=True, color_system="standard", width=60)
    table = Table(HOSTILE, title=HOSTILE)
    table.add_row(HOSTILE)
    with Live(console=console, auto_refresh=False) as live:
        live.update(Text(HOSTILE, style="bold"), refresh=True)
        for one in (HOSTILE, Text(HOSTILE), Panel(HOSTILE, title=HOSTILE), table):
            console.print(one)
    written = seen.getvalue()
    assert "pwned" in written and "\x1b[1m" in written  # its own colours still are there
    for code in ("\x1b]", "\x1b[2J", "\x9b", "\u202e", "\u2066", "\x07", "\x08", "\udcff"):
        assert code not in written


def test_a_log_and_its_tracebacks_are_printable() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        record = logging.LogRecord(
            "ibid",
            logging.INFO,
            "x",
            1,
            "%s",
            (HOSTILE,),
            (type(error), error, error.__traceback__),
        )
    line = PrintableFormatter("%(message)s").format(record)
    assert "Traceback" in line and not commands(line)


def test_json_says_the_same_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({HOSTILE: [HOSTILE, "naïve 日本\u00a0"]})
    written = capsys.readouterr().out
    assert not commands(written)
    assert json.loads(written) == {HOSTILE: [HOSTILE, "naïve 日本\u00a0"]}


def test_an_error_spells_what_cannot_be_seen_so_that_the_name_can_be_found() -> None:
    assert told("a\x1b[2Jb\u202ec\nd\U000e0041") == "a\\x1b[2Jb\\u202ec d\\ue0041"
