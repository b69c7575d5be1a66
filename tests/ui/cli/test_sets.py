"""Promises of the commands that make Q&A sets."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from doubles import FERRY, tiny_library

from eval.generation.candidates import Candidate, record
from eval.sets.cases import Case, Evidence, load, save
from ui.cli.main import main


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


def candidates(file: str, *names: str) -> None:
    for name in names:
        quote = f"It is {name}."
        case = Case(name, f"What is {name}?", True, (name,), (Evidence("x.md", quote),))
        one = Candidate(
            name, "waiting", name, "X [red]", f"It was. {quote}", case, nearest="It is."
        )
        record(Path(file), [one])


def test_a_review_keeps_what_was_decided_and_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    candidates("mine.candidates.jsonl", "red", "green", "blue", "grey")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nwhat\nn\nq\n"))
    assert ended("review", "mine.candidates.jsonl") == 0
    out = capsys.readouterr().out
    assert "What is red?" in out and "X [red]" in out and "nearest elsewhere (0.00): It is." in out
    assert "1 kept, 1 refused, 2 yet to be decided; the set: mine.jsonl" in out
    monkeypatch.setattr("sys.stdin", io.StringIO("e\nWhich?\nazure | sky\nIt is azure.\ne\n\n\n\n"))
    ended("review", "mine.candidates.jsonl")
    out = capsys.readouterr().out
    assert "What is red?" not in out and "What is green?" not in out
    assert "the quote does not stand in the passage" in out
    assert [case.id for case in load(Path("mine.jsonl"))] == ["red", "blue"]


def test_all_are_kept_unread_if_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    candidates("some.jsonl", "red", "green")
    assert ended("review", "some.jsonl", "--yes", "--out", "sets/mine.jsonl") == 0
    assert "2 kept, 0 refused, 0 yet" in capsys.readouterr().out
    assert len(load(Path("sets/mine.jsonl"))) == 2
    assert ended("review", "none.jsonl") == 1
    assert "holds no candidate; make some" in capsys.readouterr().err


def test_a_set_is_not_taken_for_candidates_nor_written_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended("init", "set.jsonl")
    assert ended("generate", "--out", "set.jsonl") == 1
    assert "this one is not of ibid eval generate" in capsys.readouterr().err
    assert len(load(Path("set.jsonl"))) == 3


@pytest.mark.model
def test_candidates_are_made_of_files_and_can_be_checked_against_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IBID_EMBEDDER")
    Path("ferry.md").write_text(FERRY, "utf-8")
    words = "generate ferry.md -n 1 --model smollm2-135m --json".split()
    assert ended(*words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tried"] == 1
    assert told["answerable"] + told["unanswerable"] + sum(told["dropped"].values()) >= 1
    assert ended(*words) == 0, "what is done is not done again"
    assert json.loads(capsys.readouterr().out) == told


@pytest.mark.model
def test_a_sweep_is_a_run_a_combination_and_a_failure_is_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IBID_EMBEDDER")
    Path("articles").mkdir()
    Path("articles/ferry.md").write_text(FERRY, "utf-8")
    quote = "The Halvard entered service in May and replaced a ship from 1974."
    evidence = (Evidence("articles/ferry.md", quote),)
    save(
        Path("set.jsonl"),
        [
            Case("a", "When did the Halvard enter service?", True, ("May",), evidence),
            Case("b", "Who painted the Halvard?", False, without=("articles/ferry.md",)),
        ],
    )
    rerankers = "--set reranker=ms-marco-minilm-l-12-v2,none-such"
    words = f"sweep set.jsonl --set chunk_chars=300,650 {rerankers} --quotes-only --out out --json"
    assert ended(*words.split()) == 0
    told = json.loads(capsys.readouterr().out)
    assert [bool(one["error"]) for one in told["points"]] == [False, True, False, True]
    assert told["points"][0]["figures"]["containment"] == 1.0
    assert told == json.loads(Path("out/sweep.json").read_text())
    assert {one.name for one in Path("out").iterdir()} == {"001", "003", "sweep.html", "sweep.json"}
    records = [json.loads(Path(f"out/{one}/run.json").read_text()) for one in ("001", "003")]
    assert [one["settings"]["chunk_chars"] for one in records] == [300, 650]
