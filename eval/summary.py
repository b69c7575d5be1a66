"""From the rows of a run to its figures, over all cases and over those of each tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval import metrics
from eval.metrics import Confusion, Interval
from eval.runner import Row

Unit = Literal["share", "score", "seconds", "count"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure over ``n`` cases; None where it is undefined.

    ``value`` is 0 to 1 for the units ``share`` and ``score``. ``low`` and ``high`` bound the
    95 % interval; counts and seconds have none.
    """

    name: str
    value: float | None
    n: int
    unit: Unit = "score"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run by name, over all its cases and over those of each tag."""

    figures: Mapping[str, Figure]
    tags: Mapping[str, Mapping[str, Figure]]


def summarise(rows: Sequence[Row], *, seed: int = 0) -> Summary:
    """The figures of a run.

    Each figure is over the cases where its measure is defined. A failed question counts under
    ``failed`` and wherever it left something to measure. Proportions of cases have Wilson
    intervals, means over cases percentile bootstrap intervals (with ``seed``).
    """
    tags = sorted({tag for row in rows for tag in row.case.tags})
    return Summary(
        figures=_figures(rows, seed),
        tags={tag: _figures([row for row in rows if tag in row.case.tags], seed) for tag in tags},
    )


def _figures(rows: Sequence[Row], seed: int) -> dict[str, Figure]:
    def values(name: str) -> list[float]:
        return metrics.defined(row.values.get(name) for row in rows)

    def proportion(name: str) -> Figure:
        hits = values(name)
        return _proportion(name, int(sum(hits)), len(hits))

    def average(name: str, unit: Unit = "score") -> Figure:
        known = values(name)
        interval = metrics.bootstrap(known, seed=seed)
        return _bounded(name, metrics.mean(known), len(known), unit, interval)

    found = Confusion.of(row.verdict for row in rows if row.verdict)
    judged = found.tp + found.fp + found.fn + found.tn
    seconds = [row.seconds for row in rows if row.answer]
    figures = (
        proportion("containment"),
        average("token F1"),
        proportion("citation hit"),
        average("citation precision", "share"),
        average("sentences cited", "share"),
        _bounded("refusal F1", found.f1, judged, "score", metrics.bootstrap_f1(found, seed=seed)),
        _proportion("refusal precision", found.tp, found.tp + found.fp),
        _proportion("refusal recall", found.tp, found.tp + found.fn),
        Figure("refusals right", found.tp, found.tp + found.fn, "count"),
        Figure("refusals wrong", found.fp, found.fp + found.tn, "count"),
        proportion("hit@1"),
        proportion("hit@3"),
        proportion("hit@5"),
        average("MRR"),
        Figure("seconds median", metrics.quantile(seconds, 0.5), len(seconds), "seconds"),
        Figure("seconds p95", metrics.quantile(seconds, 0.95), len(seconds), "seconds"),
        Figure("failed", sum(row.error is not None for row in rows), len(rows), "count"),
    )
    return {figure.name: figure for figure in figures}


def _proportion(name: str, part: int, n: int) -> Figure:
    return _bounded(name, part / n if n else None, n, "share", metrics.wilson(part, n))


def _bounded(
    name: str, value: float | None, n: int, unit: Unit, interval: Interval | None
) -> Figure:
    low, high = interval or (None, None)
    return Figure(name, value, n, unit, low, high)
