"""The figures of a run as tables for a terminal."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from eval.language import say
from eval.report.naming import HEADLINE, interval, label, shown
from eval.report.summary import Summary

_TAG_FIGURES = ("containment", "citation hit", "refusal F1", "hit@5", "MRR")


def table(summary: Summary) -> Table:
    """All figures of the run, family by family; those of the headline are bold."""
    made = Table(title=say("Evaluation"), title_justify="left")
    made.add_column(say("metric"))
    made.add_column(say("value"), justify="right")
    made.add_column(say("95 % interval"), justify="right")
    made.add_column("n", justify="right")
    figures = list(summary.figures.values())
    for figure, after in zip(figures, [*figures[1:], None], strict=True):
        made.add_row(
            label(figure.name),
            shown(figure.value, figure.unit),
            interval(figure),
            str(figure.n),
            style="bold" if figure.name in HEADLINE else None,
            end_section=after is not None and after.family != figure.family,
        )
    return made


def tag_table(summary: Summary) -> Table | None:
    """The leading figures of each tag, one row a tag; None where no case has a tag."""
    if not summary.tags:
        return None
    made = Table(title=say("By tag"), title_justify="left")
    made.add_column(say("tag"))
    made.add_column("n", justify="right")
    for name in _TAG_FIGURES:
        made.add_column(label(name), justify="right")
    for tag, figures in summary.tags.items():
        cells = (shown(figures[name].value, figures[name].unit) for name in _TAG_FIGURES)
        made.add_row(escape(tag), str(figures["failed"].n), *cells)
    return made
