"""The rows of a run in the forms that other packages of measures read: ragas and deepeval.

ragas: JSON lines for ``EvaluationDataset.from_jsonl``, each a ``SingleTurnSample``. deepeval: one
JSON list of test cases for ``EvaluationDataset.add_test_cases_from_json_file``, under the names of
the fields of its ``LLMTestCase``. Neither package is needed to write them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.runs.runner import Row
from eval.runs.store import Run
from rag.disk import write_whole
from rag.errors import RunError
from rag.schema import Answer

Form = Literal["ragas", "deepeval"]
READ_BY: Mapping[Form, str] = {
    "ragas": "EvaluationDataset.from_jsonl(FILE)",
    "deepeval": (
        'EvaluationDataset().add_test_cases_from_json_file(FILE, "input", "actual_output", '
        '"expected_output", "context", "retrieval_context")'
    ),
}
"""What reads a file of each form, in Python."""
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows were written, and how many have no answer and were left out."""

    rows: int
    left_out: int


def export(run: Run, form: Form, file: Path) -> Exported:
    """Write the rows of a run that have an answer.

    Raises:
        RunError: the file is there already or cannot be written, or no row has an answer.
    """
    if file.exists():
        raise RunError(f"{file}: is there already; name another file")
    made, left_out = [], 0
    for row in run.rows:
        if row.answer is None:
            left_out += 1
        else:
            made.append(_FORMS[form](row, row.answer))
    if not made:
        raise RunError(f"{run.folder}: no question has an answer, so there is nothing to export")
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in made)
    text = lines if form == "ragas" else json.dumps(made, ensure_ascii=False, indent=1)
    try:
        write_whole(file, text.encode("utf-8", "replace") + b"\n")
    except OSError as error:
        raise RunError(f"{file}: cannot be written ({error.strerror}); name another") from error
    return Exported(len(made), left_out)


def _ragas(row: Row, answer: Answer) -> Mapping[str, Any]:
    """A sample; what is not known is left out, as ragas itself writes it."""
    sample = {
        "user_input": _asked(row),
        "retrieved_contexts": _found(row, answer),
        "reference_contexts": _gold(row),
        "response": answer.text,
        "reference": _expected(row),
    }
    return {name: value for name, value in sample.items() if value is not None}


def _deepeval(row: Row, answer: Answer) -> Mapping[str, Any]:
    """A test case; what is not known is null."""
    return {
        "name": row.case.id,
        "input": _asked(row),
        "actual_output": answer.text,
        "expected_output": _expected(row),
        "context": _gold(row),
        "retrieval_context": _found(row, answer),
        "additional_metadata": {"tags": list(row.case.tags), "answerable": row.case.answerable},
    }


_FORMS: Mapping[Form, Callable[[Row, Answer], Mapping[str, Any]]] = {
    "ragas": _ragas,
    "deepeval": _deepeval,
}


def _asked(row: Row) -> str:
    """The question; that of a conversation below what was said before, since it leans on it."""
    if not row.case.history:
        return row.case.question
    before = [f"{_SPEAKERS[turn.role]}: {turn.text}" for turn in row.case.history]
    return "\n".join([*before, f"{_SPEAKERS['user']}: {row.case.question}"])


def _found(row: Row, answer: Answer) -> list[str] | None:
    """The passages that the answer was made from; None where the system does not tell them."""
    return [one.text for one in answer.passages] if row.disclosed.passages else None


def _gold(row: Row) -> list[str] | None:
    return [one.quote for one in row.case.evidence] or None


def _expected(row: Row) -> str | None:
    return row.case.answers[0] if row.case.answers else None
