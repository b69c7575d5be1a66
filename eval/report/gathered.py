"""All that the reports tell of a run, gathered in one reading of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eval.report import slices
from eval.report.slices import Slice
from eval.report.stages import Outcome, Stages, Step, outcome, stages, waterfall
from eval.report.summary import Summary, summarise
from eval.runs.runner import Row
from eval.runs.store import Run, light

MOST_CASES = 60
"""How many cases a report tells whole; the others are in ``rows.jsonl``."""


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """A case that is told whole, with its number in the set and what is to be thought of it."""

    number: int
    row: Row
    outcome: Outcome
    stages: Stages | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """A run and what is told of it. ``rows`` are light; ``worst`` are whole, the worst first.

    ``outcomes`` counts the cases by what is to be thought of them, the most frequent first.
    ``steps`` is the loss waterfall and ``first`` how often the evidence was at the very top.
    """

    run: Run
    summary: Summary
    rows: Sequence[Row]
    steps: Sequence[Step]
    first: int
    outcomes: Sequence[tuple[Outcome, int]]
    tags: Sequence[Slice]
    types: Sequence[Slice]
    turns: Sequence[Slice]
    answerability: Sequence[Slice]
    articles: Sequence[Slice]
    worst: Sequence[ReportedCase]


def gather(run: Run) -> Gathered:
    """Read the rows of a run once, and once more those that are told whole."""
    rows: list[Row] = []
    followed: list[Stages] = []
    ranked: list[tuple[int, int]] = []
    outcomes: Counter[Outcome] = Counter()
    for number, row in run.numbered():
        if way := stages(row):
            followed.append(way)
        judged = outcome(row)
        outcomes[judged] += 1
        if judged.badness:
            ranked.append((-judged.badness, number))
        rows.append(light(row))
    return Gathered(
        run=run,
        summary=summarise(rows),
        rows=rows,
        steps=waterfall(followed),
        first=sum(one.first for one in followed),
        outcomes=outcomes.most_common(),
        tags=slices.by_tag(rows),
        types=slices.by_type(rows),
        turns=slices.by_turn(rows),
        answerability=slices.by_answerability(rows),
        articles=slices.by_article(rows),
        worst=[_told(run, number) for _, number in sorted(ranked)[:MOST_CASES]],
    )


def _told(run: Run, number: int) -> ReportedCase:
    row = run.at(number)
    return ReportedCase(number, row, outcome(row), stages(row))
