"""Promises of what other packages get: the fields that their documentation names, and no others.

The two schemas are written from ragas' ``SingleTurnSample`` (of which ``EvaluationDataset.
from_jsonl`` makes a dataset) and deepeval's ``LLMTestCase`` and ``add_test_cases_from_json_file``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from kept import kept
from rows import ROWS, row

from eval.exporting import READ_BY, export
from eval.measures.disclosure import Disclosure
from rag.errors import RunError
from rag.schema import Turn

WORDS = {"type": "string"}
LIST = {"type": "array", "items": WORDS}
RAGAS = {
    "type": "object",
    "properties": {
        "user_input": WORDS,
        "retrieved_contexts": LIST,
        "reference_contexts": LIST,
        "response": WORDS,
        "reference": WORDS,
    },
    "required": ["user_input", "response"],
    "additionalProperties": False,
}
DEEPEVAL = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "name": WORDS,
            "input": WORDS,
            "actual_output": WORDS,
            "expected_output": {"type": ["string", "null"]},
            "context": {"anyOf": [LIST, {"type": "null"}]},
            "retrieval_context": {"anyOf": [LIST, {"type": "null"}]},
            "additional_metadata": {"type": "object"},
        },
        "required": ["input", "actual_output", "expected_output", "context", "retrieval_context"],
        "additionalProperties": False,
    },
}
TOWER = {
    "user_input": "When?",
    "retrieved_contexts": ["It opened in 1889."],
    "reference_contexts": ["in 1889"],
    "response": "It opened in 1889.",
    "reference": "1889",
}


def ragas(file: Path) -> list[Any]:
    samples = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for sample in samples:
        Draft202012Validator(RAGAS).validate(sample)
    return samples


def deepeval(file: Path) -> list[Any]:
    cases: list[Any] = json.loads(file.read_text("utf-8"))
    Draft202012Validator(DEEPEVAL).validate(cases)
    return cases


def test_a_run_becomes_samples_of_ragas_one_a_line(tmp_path: Path) -> None:
    done = export(kept(tmp_path / "run", ROWS), "ragas", tmp_path / "samples.jsonl")
    assert (done.rows, done.left_out) == (7, 1)  # one failed
    samples = ragas(tmp_path / "samples.jsonl")
    assert len(samples) == 7
    assert samples[0] == TOWER
    assert "reference" not in samples[4] and "reference_contexts" not in samples[4]


def test_a_run_becomes_test_cases_of_deepeval_under_the_names_that_are_told(
    tmp_path: Path,
) -> None:
    export(kept(tmp_path / "run", ROWS), "deepeval", tmp_path / "cases.json")
    cases = deepeval(tmp_path / "cases.json")
    assert len(cases) == 7
    assert cases[0] == {
        "name": "1",
        "input": "When?",
        "actual_output": "It opened in 1889.",
        "expected_output": "1889",
        "context": ["in 1889"],
        "retrieval_context": ["It opened in 1889."],
        "additional_metadata": {"tags": ["fact"], "answerable": True},
    }
    assert cases[4]["expected_output"] is None and cases[4]["context"] is None
    for name in ("input", "actual_output", "expected_output", "context", "retrieval_context"):
        assert f'"{name}"' in READ_BY["deepeval"]


def test_passages_that_a_system_does_not_tell_are_not_said_to_be_none(tmp_path: Path) -> None:
    untold = replace(row("1", "answered"), disclosed=Disclosure(passages=False))
    run = kept(tmp_path / "run", [untold])
    export(run, "ragas", tmp_path / "samples.jsonl")
    export(run, "deepeval", tmp_path / "cases.json")
    assert "retrieved_contexts" not in ragas(tmp_path / "samples.jsonl")[0]
    assert deepeval(tmp_path / "cases.json")[0]["retrieval_context"] is None


def test_a_follow_up_is_exported_with_the_conversation_that_it_leans_on(tmp_path: Path) -> None:
    one = row("1", "answered")
    history = (Turn("user", "Where is it?"), Turn("assistant", "In Paris."))
    follow_up = replace(one, case=replace(one.case, question="And when?", history=history))
    export(kept(tmp_path / "run", [follow_up]), "ragas", tmp_path / "samples.jsonl")
    (sample,) = ragas(tmp_path / "samples.jsonl")
    assert sample["user_input"] == "User: Where is it?\nAssistant: In Paris.\nUser: And when?"


def test_nothing_is_written_over_and_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("mine", "utf-8")
    run = kept(tmp_path / "run", ROWS)
    with pytest.raises(RunError, match="is there already"):
        export(run, "deepeval", tmp_path / "mine.json")
    assert (tmp_path / "mine.json").read_text("utf-8") == "mine"
    with pytest.raises(RunError, match="cannot be written"):
        export(run, "ragas", tmp_path / "mine.json" / "samples.jsonl")
    failed = kept(tmp_path / "failed", [row("1", None)])
    with pytest.raises(RunError, match="nothing to export"):
        export(failed, "ragas", tmp_path / "none.jsonl")
