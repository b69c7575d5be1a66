"""How a figure is called, written and read: the same words in every report and every command."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eval.language import number, say, spoken, table
from eval.report.summary import Figure, Unit
from rag.errors import RunError

HEADLINE = (
    "containment", "citation hit", "sentences verified", "refusal F1", "hit@5", "seconds median",
)  # fmt: skip
"""The figures that a reader in a hurry should see: what an answer is worth, and what it costs."""

TITLES = {
    "answers": "Answers",
    "citations": "Citations",
    "refusals": "Refusals",
    "retrieval": "Retrieval",
    "time": "Time",
    "run": "The run",
}
"""What each family of figures is called, yet to be said."""

_LABELS = {
    "containment": "answer contains gold",
    "containment unquoted": "contains gold without quotations",
    "citation hit": "cites the evidence",
    "citation precision": "citations in the evidence",
    "citation recall": "evidence that is cited",
    "AUROC": "answerable told apart, AUROC",
    "AURC": "area under risk, AURC",
    "claimed": "claimed, unanswerable",
    "coverage": "told outright",
    "risk": "told outright, wrong",
    "refusals right": "refused, unanswerable",
    "refusals wrong": "refused, answerable",
    "hedged right": "hedged, unanswerable",
    "hedged wrong": "hedged, answerable",
    "failed": "failed questions",
    "unmeasured": "questions that a measure failed on",
}
_PATTERNS: dict[Unit, str] = {
    "share": "#,##0.0 %",
    "score": "0.000",
    "seconds": "0.00 s",
    "count": "#,##0",
    "money": "#,##0.0000",
}
_LESS_IS_BETTER = re.compile(
    r"^(?:seconds|tokens|cost|failed|unmeasured|refusals wrong|claimed|risk|hedged wrong"
    r"|calibration error|AURC)\b"
)


def label(name: str) -> str:
    """What a reader is shown instead of the name of a figure."""
    if spoken() != "en":
        of, _, quantile = name.rpartition(" ")
        known = table("measures")
        if quantile in ("median", "p95", "mean"):
            return f"{known.get(of, of)}, {say(quantile)}"
        return known.get(name, name)
    return _LABELS.get(name) or re.sub(r" (median|p95)$", r", \1", name)


def less_is_better(name: str) -> bool:
    """Whether a lower value is the better one."""
    return bool(_LESS_IS_BETTER.match(name))


def find(name: str, known: Iterable[str]) -> str:
    """The name of a figure, given as it is shown or in snake case: ``refusal_f1``.

    Raises:
        RunError: there is no such figure; the message lists those that there are.
    """
    names = list(known)
    wanted = snake(name)
    for one in names:
        if wanted in (snake(one), snake(label(one))):
            return one
    listed = ", ".join(snake(one) for one in names)
    raise RunError(f"no measure is called {name}; there are: {listed}")


def snake(name: str) -> str:
    """A name as one word, for a command line: ``hit@5``, ``refusal_f1``."""
    return re.sub(r"[^a-z0-9@]+", "_", name.lower()).strip("_")


def shown(value: float | None, unit: Unit) -> str:
    """A value as it is shown; a dash where it is undefined."""
    if value is None:
        return "–"
    if spoken() != "en":
        return number(value, _PATTERNS[unit])
    match unit:
        case "share":
            return f"{value:.1%}".replace("%", " %")
        case "score":
            return f"{value:.3f}"
        case "seconds":
            return f"{value:.2f} s"
        case "count":
            return f"{value:,.0f}"
        case "money":
            return f"{value:,.4f}"


def interval(figure: Figure) -> str:
    """The 95 % interval as it is shown; empty where there is none."""
    if figure.low is None:
        return ""
    return f"{shown(figure.low, figure.unit)} … {shown(figure.high, figure.unit)}"


def step(value: float, unit: Unit) -> str:
    """A difference as it is shown, always with its sign; of shares in per cent points."""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    points = say(" pp")
    return sign + re.sub(r"[ \u00a0]%", points, shown(abs(value), unit))
