"""Promises of the commands that make Q&A sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doubles import tiny_library

from ui.cli import main


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")


def ended(*arguments: object) -> int:
    """Run a command in this process; its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(["eval", *map(str, arguments)])
    return int(caught.value.code or 0)


def test_a_set_to_fill_in_can_be_read_and_its_gaps_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended("init", "mine/set.jsonl") == 0
    assert ended("init", "mine/set.jsonl") == 1
    assert "is there already" in capsys.readouterr().err
    assert ended("check", "mine/set.jsonl") == 1
    out, err = capsys.readouterr()
    assert out.count("path/of/the/article.md is neither in") == 2
    assert "2 faults found" in err


def test_a_check_counts_what_stands_in_the_library(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tiny_library(tmp_path):
        pass
    quote = "It opened again in the autumn of 2020."
    evidence = [{"article": "articles/bakery.txt", "quote": quote}]
    case = {"id": "a", "question": "When?", "answerable": True, "evidence": evidence}
    Path("set.jsonl").write_text(json.dumps(case))
    assert ended("check", "set.jsonl", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"cases": 1, "quotes": 1, "in_library": 1, "faults": []}


def test_an_import_tells_what_it_wrote_and_what_was_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = "\n".join(f"Why {n}?,because,It is {n}.,It is new." for n in range(12))
    Path("set.csv").write_text(f"question,answer,evidence,context\n{rows}\n")
    assert ended("import", "auto", "set.csv", "out") == 0
    out = capsys.readouterr().out
    assert out.count("not taken over: line") == 10 and "2 more" in out
    assert "12 answerable and 0 unanswerable cases on 1 articles, 0 quotes; 12 cases" in out
    assert ended("check", "out/set.jsonl") == 0
    assert ended("import", "csv", "set.csv", "out") == 1
    assert "is there already; name a new folder" in capsys.readouterr().err
    assert ended("import", "toml", "set.csv", "out") == 2
