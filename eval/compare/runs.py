"""Two runs over the same cases: what became better or worse, and whether chance would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval import metrics
from eval.metrics.paired import Difference, paired, paired_f1
from eval.metrics.refusals import Confusion
from eval.report.naming import less_is_better
from eval.report.stages import Outcome, outcome
from eval.report.summary import Unit, figures
from eval.runs.record import differences
from eval.runs.runner import Row
from eval.runs.store import Run
from rag.errors import RunError

_SECONDS = "seconds mean"
_NO_MEASURE = "probability"  # what a refusal goes by; more of it is not better


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure over the cases where both runs have it. ``gap`` is the second less the first.

    ``is_better`` says which way the gap points, whatever its size; None where there is none.
    """

    name: str
    unit: Unit
    first: float
    second: float
    gap: Difference

    @property
    def is_better(self) -> bool | None:
        """Whether the second run is the better one in this measure."""
        if not self.gap.difference:
            return None
        return (self.gap.difference < 0) == less_is_better(self.name)

    @property
    def is_clear(self) -> bool:
        """Whether the 95 % interval leaves 0 out."""
        return self.gap.low > 0 or self.gap.high < 0


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that came out otherwise in the second run than in the first."""

    first: Row
    second: Row
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it. ``changes`` says what differs in how the runs were made, in words.

    ``left_out`` counts the cases that only one of them asked.
    """

    first: Run
    second: Run
    n: int
    left_out: int
    changes: Sequence[str]
    measures: Sequence[Compared]
    worse: Sequence[Flip]
    better: Sequence[Flip]


def compare(first: Run, second: Run) -> Comparison:
    """Compare two runs over the cases that both asked, paired case by case.

    A run whose record says that its questions were changed is compared with the original.

    Raises:
        RunError: they share no two cases, or ask different things under one id.
    """
    one = {row.case.id: row for row in first.light_rows()}
    other = {row.case.id: row for row in second.light_rows()}
    shared = [case_id for case_id in one if case_id in other]
    if len(shared) < 2:
        raise RunError(
            f"{first.name} and {second.name} share no two cases; compare runs of one set"
        )
    is_changed = first.record.change != second.record.change
    is_one_set = first.record.asked.digest == second.record.asked.digest
    for case_id in shared:
        is_same = one[case_id].case.question == other[case_id].case.question
        if not is_same and not (is_changed and is_one_set):
            raise RunError(
                f"case {case_id} is another question in {second.name} than in {first.name}; "
                "compare runs of one set"
            )
    before, after = [one[name] for name in shared], [other[name] for name in shared]
    flips = [
        Flip(a, b, outcome(a), outcome(b))
        for a, b in zip(before, after, strict=True)
        if is_right(a) != is_right(b)
    ]
    return Comparison(
        first=first,
        second=second,
        n=len(shared),
        left_out=len(one) + len(other) - 2 * len(shared),
        changes=differences(first.record, second.record),
        measures=_measures(before, after),
        worse=[flip for flip in flips if is_right(flip.first)],
        better=[flip for flip in flips if is_right(flip.second)],
    )


def is_right(row: Row) -> bool:
    """Whether an answer is as it should be: it holds a gold answer, or is a right refusal."""
    if row.verdict == "TN":
        return row.values.get("containment") != 0
    return row.verdict == "TP"


def _measures(before: Sequence[Row], after: Sequence[Row]) -> list[Compared]:
    """The measures that are told of a run, in the same order, as far as both runs have them."""
    found: list[Compared] = []
    units = {name: figure.unit for name, figure in figures([*before[:1]]).items()}
    names = dict.fromkeys([*units, *(name for row in before for name in row.values)])
    names.pop(_NO_MEASURE, None)
    for name in names:
        if name == "refusal F1":
            gap = paired_f1([row.verdict for row in before], [row.verdict for row in after])
            if gap:
                found.append(Compared(name, "score", _f1(before), _f1(after), gap))
        else:
            found += _paired(name, units.get(name, "score"), before, after, _value(name))
    seconds: Callable[[Row], float | None] = lambda row: row.seconds if row.answer else None  # noqa: E731
    return found + _paired(_SECONDS, "seconds", before, after, seconds)


def _paired(
    name: str,
    unit: Unit,
    before: Sequence[Row],
    after: Sequence[Row],
    value: Callable[[Row], float | None],
) -> list[Compared]:
    pairs = [
        (mine, theirs)
        for a, b in zip(before, after, strict=True)
        if (mine := value(a)) is not None and (theirs := value(b)) is not None
    ]
    gap = paired([mine for mine, _ in pairs], [theirs for _, theirs in pairs])
    if gap is None:
        return []
    means = [metrics.mean(side) or 0.0 for side in zip(*pairs, strict=True)]
    unit = "seconds" if name.startswith("seconds") else unit
    return [Compared(name, unit, means[0], means[1], gap)]


def _value(name: str) -> Callable[[Row], float | None]:
    return lambda row: row.values.get(name)


def _f1(rows: Sequence[Row]) -> float:
    return Confusion.of(row.verdict for row in rows if row.verdict).f1 or 0.0


def document(comparison: Comparison) -> Mapping[str, Any]:
    """The comparison as plain JSON values."""
    return {
        "first": comparison.first.name,
        "second": comparison.second.name,
        "cases": comparison.n,
        "changes": list(comparison.changes),
        "measures": [
            {
                "name": one.name,
                "first": one.first,
                "second": one.second,
                "difference": one.gap.difference,
                "low": one.gap.low,
                "high": one.gap.high,
                "p": one.gap.p,
                "n": one.gap.n,
                "changed": one.gap.changed,
                "test": one.gap.test,
            }
            for one in comparison.measures
        ],
        "worse": [flip.first.case.id for flip in comparison.worse],
        "better": [flip.first.case.id for flip in comparison.better],
    }
