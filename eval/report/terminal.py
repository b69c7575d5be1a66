"""The figures of a run as tables for a terminal."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from eval.summary import Figure, Summary, Unit

_LABELS = {
    "containment": "answer contains gold",
    "citation hit": "cites the evidence",
    "citation precision": "citations in the evidence",
    "refusals right": "refused, unanswerable",
    "refusals wrong": "refused, answerable",
    "seconds median": "seconds, median",
    "seconds p95": "seconds, p95",
    "failed": "failed questions",
}
_HEADLINE = "containment"
_SECTION_ENDS = ("token F1", "sentences cited", "refusals wrong", "MRR")
_TAG_FIGURES = ("containment", "citation hit", "refusal F1", "hit@5", "MRR")


def table(summary: Summary) -> Table:
    """All figures of the run, the headline first."""
    shown = Table(title="Evaluation", title_justify="left")
    shown.add_column("metric")
    shown.add_column("value", justify="right")
    shown.add_column("95 % interval", justify="right")
    shown.add_column("n", justify="right")
    # In the summary's order: what the user gets first, what explains it next.
    for name, figure in summary.figures.items():
        shown.add_row(
            _LABELS.get(name, name),
            _shown(figure.value, figure.unit),
            _shown_interval(figure),
            str(figure.n),
            style="bold" if name == _HEADLINE else None,
            end_section=name in _SECTION_ENDS,
        )
    return shown


def tag_table(summary: Summary) -> Table | None:
    """The leading figures of each tag, one row a tag; None where no case has a tag."""
    if not summary.tags:
        return None
    shown = Table(title="By tag", title_justify="left")
    shown.add_column("tag")
    shown.add_column("n", justify="right")
    for name in _TAG_FIGURES:
        shown.add_column(_LABELS.get(name, name), justify="right")
    for tag, figures in summary.tags.items():
        cells = (_shown(figures[name].value, figures[name].unit) for name in _TAG_FIGURES)
        shown.add_row(escape(tag), str(figures["failed"].n), *cells)
    return shown


def _shown(value: float | None, unit: Unit) -> str:
    if value is None:
        return "-"
    match unit:
        case "share":
            return f"{value:.1%}".replace("%", " %")
        case "score":
            return f"{value:.3f}"
        case "seconds":
            return f"{value:.2f} s"
        case "count":
            return f"{value:.0f}"


def _shown_interval(figure: Figure) -> str:
    if figure.low is None:
        return ""
    return f"{_shown(figure.low, figure.unit)} … {_shown(figure.high, figure.unit)}"
