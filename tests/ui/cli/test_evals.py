"""Promises of ``ibid eval``: its commands, and what a set is told apart from them by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kept import kept
from peers import answers, peer
from rows import ROWS

from eval import report
from ui.cli.main import main


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
        ["set.jsonl", "--target-model", "x"],
        ["set.jsonl", "--articles", "texts"],
        ["set.jsonl", "--citations", "field"],
        ["set.jsonl", "--target", "http://127.0.0.1:1/v1", "--quotes-only"],
        ["set.jsonl", "--target", "http://127.0.0.1:1/v1", "--collection", "x"],
        ["set.jsonl", "--target", "http://127.0.0.1:1/v1", "--citations", "somewhere"],
        ["--resume", "run", "--target", "http://127.0.0.1:1/v1"],
        ["--resume", "run", "--citations", "none"],
        ["export", "run", "file.json"],
        ["export", "run", "file.json", "--for", "something"],
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


@pytest.fixture
def run(tmp_path: Path) -> Path:
    done = kept(tmp_path / "run", ROWS)
    report.write(done)
    return done.folder


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--max-drop", "hit@5=0.01", "--baseline", "BASE"], 0, "passed: 1 bound kept"),
        (["--floor", "containment=0.6,hit@5=0.5"], 0, "passed: 2 bounds kept"),
        (["--floor", "containment=0.8"], 1, "containment (answer contains gold) is 75.0 %"),
        (["--floor", "nonsense=0.8"], 2, "no measure is called nonsense"),
        (["--max-drop", "hit@5=0.01"], 2, "--baseline"),
        (["--max-drop", "hit@5=0.01", "--baseline", "nowhere"], 2, "nowhere"),
        (["--baseline", "BASE"], 2, "give --max-drop"),
        (["--floor", "containment"], 2, "MEASURE=NUMBER"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_gate_tells_with_its_status_whether_a_run_passes(
    run: Path,
    tmp_path: Path,
    arguments: list[str],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base = tmp_path / "base.json"
    with pytest.raises(SystemExit) as ended:
        main(["eval", "baseline", str(run), str(base)])
    assert ended.value.code == 0
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["eval", "gate", str(run), *(str(base) if a == "BASE" else a for a in arguments)])
    told = capsys.readouterr()
    assert ended.value.code == code
    lines = (told.err if code == 2 else told.out).splitlines()
    assert len(lines) == 1
    assert words in lines[0]


def test_two_runs_are_compared_in_the_terminal_and_on_a_page(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = kept(tmp_path / "other", ROWS)
    with pytest.raises(SystemExit) as ended:
        main(["eval", "compare", str(run), str(other.folder)])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "Became worse: 0" in told
    assert f"report: {other.folder / 'compared-with-run.html'}" in told
    assert (other.folder / "compared-with-run.html").exists()
    with pytest.raises(SystemExit) as ended:
        main(["eval", "compare", str(run), str(tmp_path)])
    assert ended.value.code == 1
    assert "holds no run.json" in capsys.readouterr().err


def test_a_change_that_nobody_knows_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["eval", "robustness", "set.jsonl", "--kind", "nonsense"])
    assert ended.value.code == 2
    assert "distractors" in capsys.readouterr().err


def done(*words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert not ended.value.code


def test_another_system_is_asked_from_the_command_line_and_its_run_is_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IBID_MODELS_DIR", str(tmp_path / "models"))  # none is needed
    monkeypatch.setenv("PEER_KEY", "sk-a-key-that-nobody-may-see")
    library = ["--library", str(tmp_path / "library")]
    case = {"id": "a", "question": "Which colour?", "answerable": True, "answers": ["red"]}
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps(case), "utf-8")
    run = tmp_path / "run"
    with peer(answers({"Which colour?": "It is red."})) as asked:
        of_target = ["--target", asked.url, "--target-key-env", "PEER_KEY"]
        done("eval", str(file), *of_target, "--out", str(run), "--json", *library)
        assert {one.key for one in asked.asked} == {"Bearer sk-a-key-that-nobody-may-see"}
        document = json.loads(capsys.readouterr().out)
        assert document["figures"]["containment"]["value"] == 1.0
        assert document["figures"]["citation hit"]["value"] is None
        assert document["run"]["target"]["url"] == asked.url
    assert not (tmp_path / "library" / "catalog.sqlite").exists()
    done("eval", "export", str(run), str(tmp_path / "samples.jsonl"), "--for", "ragas")
    assert "1 rows for ragas; 0 without an answer" in capsys.readouterr().out
    sample = json.loads((tmp_path / "samples.jsonl").read_text("utf-8"))
    assert sample == {"user_input": "Which colour?", "response": "It is red.", "reference": "red"}


def test_the_help_says_how_another_system_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["eval", "run", "--help"])
    told = capsys.readouterr().out
    for name in ("--target", "--target-model", "--target-key-env", "--citations", "--articles"):
        assert name in told
