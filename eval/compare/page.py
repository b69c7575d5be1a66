"""Two runs side by side: in the terminal, and as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from eval.compare.runs import Compared, Comparison, Flip
from eval.language import say
from eval.report.html import render
from eval.report.naming import label, shown, step
from eval.report.words import title

_MOST_LINES = 12
_MOST_CASES = 100
CAUTION = (
    "Difference: the second run less the first, over the same cases. p is of an exact McNemar "
    "test where a case is right or wrong, else of a randomisation test. Among so many measures "
    "some p is small by chance alone."
)


def terminal(comparison: Comparison) -> Group:
    """The measures in a table, and the questions that flipped."""
    table = Table(
        title=say(
            "{first} → {second}, {n} cases",
            first=escape(comparison.first.name),
            second=escape(comparison.second.name),
            n=comparison.n,
        ),
        title_justify="left",
    )
    table.add_column(say("measure"))
    for name in ("first", "second", "difference", "95 % interval", "p", "n"):
        table.add_column(say(name), justify="right")
    for one in comparison.measures:
        table.add_row(
            label(one.name),
            shown(one.first, one.unit),
            shown(one.second, one.unit),
            step(one.gap.difference, one.unit),
            f"{step(one.gap.low, one.unit)} … {step(one.gap.high, one.unit)}",
            p_value(one),
            str(one.gap.n),
            style=_style(one),
        )
    lines: list[RenderableType] = [table, Text(say(CAUTION), style="dim")]
    lines += [Text(say("Made differently: {what}", what=one)) for one in comparison.changes]
    if comparison.left_out:
        left_out = comparison.left_out
        lines.append(
            Text(say("{n} cases were asked by one run alone and are left out.", n=left_out))
        )
    lines += _flips("Became worse", comparison.worse, "red")
    lines += _flips("Became better", comparison.better, "green")
    return Group(*lines)


def html(comparison: Comparison) -> str:
    """The whole page."""
    return render(
        "compare.html",
        kind="comparison",
        title=f"{title(comparison.first)} → {title(comparison.second)}",
        comparison=comparison,
        caution=CAUTION,
        step=step,
        p_value=p_value,
        groups=[
            ("Became worse", "worse", comparison.worse[:_MOST_CASES], len(comparison.worse)),
            ("Became better", "better", comparison.better[:_MOST_CASES], len(comparison.better)),
        ],
    )


def p_value(one: Compared) -> str:
    """The p as it is shown: never 0, because no test can say that."""
    return f"< {shown(0.001, 'score')}" if one.gap.p < 0.001 else shown(one.gap.p, "score")


def _style(one: Compared) -> str:
    if not one.is_clear or one.is_better is None:
        return ""
    return "bold green" if one.is_better else "bold red"


def _flips(called: str, flips: Sequence[Flip], colour: str) -> list[Text]:
    count = len(flips)
    lines = [Text(f"\n{say(called)}: {count}", style="bold")]
    for flip in flips[:_MOST_LINES]:
        case = flip.first.case
        line = Text(f"  {case.id}  ", style=colour) + Text(" ".join(case.question.split()))
        lines.append(line + Text(f"  {flip.before.words} → {flip.after.words}", style="dim"))
    if count > _MOST_LINES:
        further = say("and {n} more in the HTML file", n=count - _MOST_LINES)
        lines.append(Text(f"  {further}", style="dim"))
    return lines
