"""Promises of ``ibid eval``: its commands, and what a set is told apart from them by."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.cli import main


@pytest.mark.parametrize("words", [["eval"], ["eval", "run"]], ids=" ".join)
def test_a_set_is_run_with_and_without_the_word(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, str(tmp_path / "none.jsonl"), "--quotes-only"])
    assert ended.value.code == 1
    assert "none.jsonl: cannot be read" in capsys.readouterr().err


def test_options_may_stand_before_the_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["eval", "--limit", "3", str(tmp_path / "none.jsonl")])
    assert "none.jsonl: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["set.jsonl", "--resume", "run"],
        ["--resume", "run", "--limit", "3"],
        ["--quotes-only"],
        ["set.jsonl", "--workers", "0"],
    ],
    ids=" ".join,
)
def test_what_makes_no_run_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["eval", *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_no_run_cannot_be_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["eval", "--resume", str(tmp_path)])
    assert ended.value.code == 1
    assert "holds no run.json" in capsys.readouterr().err
