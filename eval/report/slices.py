"""The figures of parts of a run: by tag, type of question, turn, answerability and article."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval import metrics
from eval.metrics import Confusion
from eval.report.summary import Figure
from eval.runs.runner import Row
from rag.query.classification import classify

FIGURES = ("containment", "citation hit", "refusal F1", "hit@1", "hit@5", "MRR")
ANSWERABILITY = ("answerable", "unanswerable")


@dataclass(frozen=True, slots=True)
class Slice:
    """The leading figures of some of the cases. ``n`` is how many there are."""

    name: str
    n: int
    figures: Mapping[str, Figure]


def by_tag(rows: Sequence[Row]) -> list[Slice]:
    """One slice a tag, by name. A case with several tags is in several slices."""
    return sorted(_slices(rows, lambda row: row.case.tags), key=lambda one: one.name)


def by_type(rows: Sequence[Row]) -> list[Slice]:
    """One slice for each kind of question that Ibid tells apart, the largest first."""

    def kind(row: Row) -> tuple[str, ...]:
        standalone = row.answer.standalone if row.answer else ""
        return (classify(standalone or row.case.question).kind,)

    return sorted(_slices(rows, kind), key=lambda one: -one.n)


def by_turn(rows: Sequence[Row]) -> list[Slice]:
    """One slice for each turn of a conversation, from the first; none where nothing came before."""

    def turn(row: Row) -> tuple[str, ...]:
        return (str(1 + sum(one.role == "user" for one in row.case.history)),)

    slices = sorted(_slices(rows, turn), key=lambda one: int(one.name))
    return slices if any(row.case.history for row in rows) else []


def by_answerability(rows: Sequence[Row]) -> list[Slice]:
    """What the articles answer and what they do not; none where the set has only one of them."""

    def is_answerable(row: Row) -> tuple[str, ...]:
        return (ANSWERABILITY[not row.case.answerable],)

    slices = sorted(_slices(rows, is_answerable), key=lambda one: one.name)
    return slices if len(slices) > 1 else []


def by_article(rows: Sequence[Row]) -> list[Slice]:
    """One slice for each article that gold evidence stands in, the worst answered first."""

    def articles(row: Row) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.article for one in row.case.evidence))

    def contained(one: Slice) -> float:
        value = one.figures["containment"].value
        return 2.0 if value is None else value

    return sorted(_slices(rows, articles), key=lambda one: (contained(one), one.name))


def _slices(rows: Iterable[Row], of: Callable[[Row], Iterable[str]]) -> list[Slice]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        for name in of(row):
            parts.setdefault(name, []).append(row)
    return [Slice(name, len(part), _figures(part)) for name, part in parts.items()]


def _figures(rows: Sequence[Row]) -> dict[str, Figure]:
    """As `summary.figures` has them, the leading ones alone: a set may have many articles."""
    confusion = Confusion.of(row.verdict for row in rows if row.verdict)
    judged = confusion.tp + confusion.fp + confusion.fn + confusion.tn
    figures = [Figure("refusal F1", confusion.f1, judged)]
    for name in FIGURES:
        values = metrics.defined(row.values.get(name) for row in rows)
        if name == "MRR":
            figures.append(Figure(name, metrics.mean(values), len(values)))
        elif name != "refusal F1":
            low, high = metrics.wilson(sum(values), len(values)) or (None, None)
            figures.append(Figure(name, metrics.mean(values), len(values), "share", low, high))
    return {figure.name: figure for figure in figures}
