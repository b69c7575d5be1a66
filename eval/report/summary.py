"""From the rows of a run to its figures, over all cases and over those of each tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eval import metrics
from eval.measures.scoring import is_hedged
from eval.metrics import Confusion, Interval
from eval.runs.runner import Row

Unit = Literal["share", "score", "seconds", "count", "money"]

_TOTALS: Mapping[str, Unit] = {"tokens read": "count", "tokens written": "count", "cost": "money"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure over ``n`` cases; None where it is undefined.

    ``value`` is 0 to 1 for the units ``share`` and ``score``. ``low`` and ``high`` bound the
    95 % interval; counts and seconds have none. ``family`` is what it is about: ``answers``,
    ``citations``, ``refusals``, ``retrieval``, ``time`` or ``run``.
    """

    name: str
    value: float | None
    n: int
    unit: Unit = "score"
    low: float | None = None
    high: float | None = None
    family: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run by name, over all its cases and over those of each tag."""

    figures: Mapping[str, Figure]
    tags: Mapping[str, Mapping[str, Figure]]


def summarise(rows: Sequence[Row], *, seed: int = 0) -> Summary:
    """The figures of a run, and those of each of its tags.

    Each figure is over the cases where its measure is defined. A failed question counts under
    ``failed`` and wherever it left something to measure. Proportions of cases have Wilson
    intervals, all else bootstrap intervals (with ``seed``), or Wilson's where every value is 0 or
    every one is 1. What needs a model of its own, a model that writes or a provider that bills
    has a figure only where some row has a value.
    """
    tags = sorted({tag for row in rows for tag in row.case.tags})
    return Summary(
        figures=figures(rows, seed=seed),
        tags={
            tag: figures([row for row in rows if tag in row.case.tags], seed=seed) for tag in tags
        },
    )


def figures(rows: Sequence[Row], *, seed: int = 0) -> dict[str, Figure]:
    """The figures of some rows by name, family by family, in the order in which they are told."""
    families = (
        ("answers", _answers(rows, seed)),
        ("citations", _citations(rows, seed)),
        ("refusals", _refusals(rows, seed)),
        ("retrieval", _retrieval(rows, seed)),
        ("time", _time(rows)),
        ("run", _run(rows)),
    )
    return {
        figure.name: replace(figure, family=family)
        for family, found in families
        for figure in found
    }


def _answers(rows: Sequence[Row], seed: int) -> list[Figure]:
    return [
        _hits(rows, "containment"),
        _hits(rows, "containment unquoted"),
        _hits(rows, "exact match"),
        *_known(_hits(rows, "judged correct")),
        _mean(rows, "ROUGE-L", seed),
        *_known(_mean(rows, "similarity", seed)),
        _mean(rows, "token F1", seed),
    ]


def _citations(rows: Sequence[Row], seed: int) -> list[Figure]:
    return [
        _hits(rows, "citation hit"),
        _mean(rows, "citation precision", seed, "share"),
        _mean(rows, "citation recall", seed, "share"),
        _mean(rows, "citation F1", seed),
        _mean(rows, "sentences verified", seed, "share"),
        _mean(rows, "ALCE recall", seed, "share"),
        _mean(rows, "ALCE precision", seed, "share"),
        _mean(rows, "sentences cited", seed, "share"),
    ]


def _refusals(rows: Sequence[Row], seed: int) -> list[Figure]:
    confusion = Confusion.of(row.verdict for row in rows if row.verdict)
    judged = confusion.tp + confusion.fp + confusion.fn + confusion.tn
    chances, truths = answerable(rows)
    confidences, losses = risks(rows)
    return [
        _bounded(
            "refusal F1", confusion.f1, judged, "score", metrics.bootstrap_f1(confusion, seed=seed)
        ),
        proportion("refusal precision", confusion.tp, confusion.tp + confusion.fp),
        proportion("refusal recall", confusion.tp, confusion.tp + confusion.fn),
        _bounded(
            "AUROC",
            metrics.auroc(chances, truths),
            len(chances),
            "score",
            metrics.auroc_interval(chances, truths, seed=seed),
        ),
        _bounded(
            "calibration error",
            metrics.calibration_error(chances, truths),
            len(chances),
            "score",
            metrics.calibration_interval(chances, truths, seed=seed),
        ),
        _bounded(
            "AURC",
            metrics.aurc(confidences, losses),
            len(losses),
            "score",
            metrics.aurc_interval(confidences, losses, seed=seed),
        ),
        _hits(rows, "claimed"),
        *_told(rows),
        Figure("refusals right", confusion.tp, confusion.tp + confusion.fn, "count"),
        Figure("refusals wrong", confusion.fp, confusion.fp + confusion.tn, "count"),
        Figure("hedged right", *_hedged(rows, answerable=False), "count"),
        Figure("hedged wrong", *_hedged(rows, answerable=True), "count"),
    ]


def _told(rows: Sequence[Row]) -> list[Figure]:
    """What share is told outright, neither refused nor with a hedge, and how much of it is wrong.

    The two by which ``strictness`` is chosen: telling less is wrong less often. Source: El-Yaniv &
    Wiener 2010, as `metrics.risk_coverage`, at the one threshold that was set.
    """
    judged = _judged(rows)
    told = [
        row
        for row in judged
        if row.verdict in ("TN", "FN") and not (row.answer and is_hedged(row.answer))
    ]
    wrong = sum(row.verdict == "FN" or not row.values.get("containment") for row in told)
    return [proportion("coverage", len(told), len(judged)), proportion("risk", wrong, len(told))]


def _hedged(rows: Sequence[Row], *, answerable: bool) -> tuple[int | None, int]:
    """How many answers tell the nearest words alone, and of how many; None where nobody says so."""
    answers = [
        row.answer
        for row in rows
        if row.answer and row.case.answerable == answerable and row.disclosed.doubts
    ]
    return (sum(map(is_hedged, answers)) if answers or _all_doubts(rows) else None), len(answers)


def _all_doubts(rows: Sequence[Row]) -> bool:
    return all(row.disclosed.doubts for row in rows)


def _retrieval(rows: Sequence[Row], seed: int) -> list[Figure]:
    return [
        *(_hits(rows, f"hit@{k}") for k in (1, 3, 5, 10)),
        _mean(rows, "recall@5", seed, "share"),
        _mean(rows, "recall@10", seed, "share"),
        _mean(rows, "nDCG@10", seed),
        _mean(rows, "MRR", seed),
    ]


def _time(rows: Sequence[Row]) -> list[Figure]:
    points = {
        name: metrics.defined(row.values.get(name) for row in rows)
        for name in ("seconds to sources", "seconds to first token")
    }
    points["seconds"] = [row.seconds for row in rows if row.answer]
    return [
        Figure(f"{name} {called}", metrics.quantile(values, share), len(values), "seconds")
        for name, values in points.items()
        for called, share in (("median", 0.5), ("p95", 0.95))
        if values or name == "seconds"
    ]


def _run(rows: Sequence[Row]) -> list[Figure]:
    totals = [
        Figure(name, sum(values), len(values), unit)
        for name, unit in _TOTALS.items()
        if (values := metrics.defined(row.values.get(name) for row in rows))
    ]
    failed = sum(row.error is not None for row in rows)
    unmeasured = sum(bool(row.unmeasured) for row in rows)
    figures = [*totals, Figure("failed", failed, len(rows), "count")]
    return (
        [*figures, Figure("unmeasured", unmeasured, len(rows), "count")] if unmeasured else figures
    )


# What the curves are drawn from -----------------------------------------------------------------


def answerable(rows: Sequence[Row]) -> tuple[list[float], list[bool]]:
    """The probability of the answer of each case, and whether the case is answerable.

    For `metrics.reliability`, `metrics.calibration_error` and `metrics.auroc`.
    """
    pairs = [
        (chance, row.case.answerable)
        for row in rows
        if (chance := row.values.get("probability")) is not None
    ]
    return [chance for chance, _ in pairs], [truth for _, truth in pairs]


def risks(rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    """How sure each answer was, and what it lost: 0 where it holds a gold answer, else 1.

    For `metrics.risk_coverage` and `metrics.aurc`. An answer to what has none loses 1. So does a
    refusal, which comes after all answers: who would force one would get a wrong one. Thus the
    area minds a needless refusal, and that of two runs over the same cases can be compared.
    """
    confidences, losses = [], []
    for row in _judged(rows):
        if not row.disclosed.probabilities:
            continue
        is_refused = row.verdict in ("TP", "FP")
        contained = row.values.get("containment")
        sure = row.values.get("probability") or 0.0
        confidences.append(sure - 1 if is_refused else sure)
        losses.append(1 - contained if row.verdict == "TN" and contained is not None else 1.0)
    return confidences, losses


def _judged(rows: Sequence[Row]) -> list[Row]:
    """The rows of which something says whether they are right."""
    return [
        row
        for row in rows
        if row.verdict and not (row.verdict == "TN" and row.values.get("containment") is None)
    ]


# One figure --------------------------------------------------------------------------------------


def _hits(rows: Sequence[Row], name: str) -> Figure:
    hits = metrics.defined(row.values.get(name) for row in rows)
    return proportion(name, int(sum(hits)), len(hits))


def _mean(rows: Sequence[Row], name: str, seed: int, unit: Unit = "score") -> Figure:
    numbers = metrics.defined(row.values.get(name) for row in rows)
    # Where all are 0 or all 1, no resample differs; a proportion varies the most of such values.
    if numbers and min(numbers) == max(numbers) in (0, 1):
        interval = metrics.wilson(sum(numbers), len(numbers))
    else:
        interval = metrics.bootstrap(numbers, seed=seed)
    return _bounded(name, metrics.mean(numbers), len(numbers), unit, interval)


def _known(figure: Figure) -> list[Figure]:
    """The figure, unless no case has a value."""
    return [figure] if figure.n else []


def proportion(name: str, part: int, n: int) -> Figure:
    """A share of ``n`` cases, with its Wilson interval."""
    return _bounded(name, part / n if n else None, n, "share", metrics.wilson(part, n))


def _bounded(
    name: str, value: float | None, n: int, unit: Unit, interval: Interval | None
) -> Figure:
    low, high = interval or (None, None)
    return Figure(name, value, n, unit, low, high)
