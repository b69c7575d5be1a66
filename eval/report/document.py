"""A run as one JSON document: what it was made with, its figures, and each case in short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from eval.report.summary import Figure, Summary
from eval.runs.record import plain_record
from eval.runs.runner import Row
from eval.runs.store import Run


def document(run: Run, summary: Summary) -> dict[str, Any]:
    """Plain JSON values: ``run``, ``figures`` by name, ``tags`` and ``cases``.

    The passages and the evidence of each case are in ``rows.jsonl`` alone.
    """
    return {
        "run": {"name": run.name, **plain_record(run.record)},
        "figures": _figures(summary.figures),
        "tags": {tag: _figures(of) for tag, of in summary.tags.items()},
        "cases": [_case(row) for row in run.rows],
    }


def _figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in figures.items()}


def _case(row: Row) -> dict[str, Any]:
    answer = row.answer
    return {
        "id": row.case.id,
        "question": row.case.question,
        "tags": list(row.case.tags),
        "answerable": row.case.answerable,
        "status": answer.status if answer else None,
        "text": answer.text if answer else None,
        "values": dict(row.values),
        "verdict": row.verdict,
        "seconds": row.seconds,
        "error": row.error,
        "unmeasured": dict(row.unmeasured),
    }
