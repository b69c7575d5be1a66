"""The plots of a report as SVG that takes its colours from the page around it, dark or light."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval import metrics
from eval.language import number, say, spoken
from eval.report.summary import answerable, risks
from eval.runs.runner import DEPTH, Row

if TYPE_CHECKING:  # matplotlib takes a second to load, and only a report needs it
    from matplotlib.axes import Axes

# Colours that no plot would have by chance, and what the page calls them.
INK, SOFT, LINE, ACCENT = "#010203", "#010204", "#010205", "#010206"
_NAMES = {INK: "--ink", SOFT: "--soft", LINE: "--line", ACCENT: "--accent"}
_SIZE = (4.6, 3.1)  # inches


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot, what it is called, and how to read it."""

    title: str
    caption: str
    svg: str


def plots(rows: Sequence[Row]) -> list[Plot]:
    """The plots that these rows have something to say in."""
    made = (_hits(rows), _risk(rows), _reliability(rows), _latency(rows))
    return [plot for plot in made if plot]


def _hits(rows: Sequence[Row]) -> Plot | None:
    ranked = [row.relevance for row in rows if row.relevance is not None]
    if not ranked:
        return None
    ranks = range(1, DEPTH + 1)
    counts = [sum(any(one[:k]) for one in ranked) for k in ranks]
    shares = [count / len(ranked) for count in counts]
    bounds = [metrics.wilson(count, len(ranked)) or (0, 1) for count in counts]

    def draw(axes: Axes) -> None:
        low, high = [bound[0] for bound in bounds], [bound[1] for bound in bounds]
        axes.fill_between(ranks, low, high, color=ACCENT, alpha=0.15, linewidth=0)
        axes.plot(ranks, shares, color=ACCENT, marker="o", markersize=4)
        axes.set(xlabel=say("k, passages looked at"), ylabel=say("hit@k"), xlim=(0.7, DEPTH + 0.3))
        axes.set_xticks(list(ranks))
        axes.set_ylim(min(0.5, *low), 1.01)

    return Plot(
        say("Search: is the evidence among the first k?"),
        say(
            "Share of {n} questions whose evidence is among the first k passages; "
            "the band is the 95 % interval.",
            n=len(ranked),
        ),
        svg(draw),
    )


def _risk(rows: Sequence[Row]) -> Plot | None:
    confidences, losses = risks(rows)
    if len(losses) < 2:
        return None
    points = metrics.risk_coverage(confidences, losses)
    answered = sum(row.verdict in ("TN", "FN") for row in rows) / len(losses)

    def draw(axes: Axes) -> None:
        axes.plot([x for x, _ in points], [y for _, y in points], color=ACCENT)
        axes.axvline(min(answered, 1), color=SOFT, linestyle=":", linewidth=1)
        axes.set(
            xlabel=say("coverage, share answered"), ylabel=say("risk, share wrong"), xlim=(0, 1.01)
        )
        axes.set_ylim(0, 1.01)

    return Plot(
        say("Refusals: what answering only the surest would cost"),
        say(
            "Risk of the answers if only the surest were given; low on the left is good. "
            "Wrong means without the gold answer. The dotted line is where Ibid stopped answering."
        ),
        svg(draw),
    )


def _reliability(rows: Sequence[Row]) -> Plot | None:
    chances, truths = answerable(rows)
    # Without the reranker the score is no probability.
    if len(chances) < 2 or not all(0 <= chance <= 1 for chance in chances):
        return None
    bins = metrics.reliability(chances, truths)
    most = max(one.n for one in bins)

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linestyle=":", linewidth=1)
        axes.plot([one.said for one in bins], [one.so for one in bins], color=ACCENT, alpha=0.5)
        sizes = [20 + 140 * one.n / most for one in bins]
        axes.scatter(
            [one.said for one in bins], [one.so for one in bins], s=sizes, color=ACCENT, zorder=3
        )
        axes.set(xlabel=say("probability that it can be answered"), ylabel=say("share that can be"))
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))

    return Plot(
        say("Calibration: does the probability say the truth?"),
        say(
            "The probability of an answer against the share of answerable questions ({n} cases). "
            "On the dotted line it says the truth; larger dots hold more cases.",
            n=len(chances),
        ),
        svg(draw),
    )


def _latency(rows: Sequence[Row]) -> Plot | None:
    seconds = sorted(row.seconds for row in rows if row.answer)
    if len(seconds) < 2:
        return None
    shares = [place / len(seconds) for place in range(1, len(seconds) + 1)]

    def draw(axes: Axes) -> None:
        axes.step(seconds, shares, where="post", color=ACCENT)
        for share in (0.5, 0.95):
            at = metrics.quantile(seconds, share) or 0.0
            axes.plot([0, at, at], [share, share, 0], color=SOFT, linestyle=":", linewidth=1)
            axes.annotate(
                _reached(share, at), (at, share), (6, -12), textcoords="offset points",
                color=SOFT, fontsize=8,
            )  # fmt: skip
        axes.set(xlabel=say("seconds to the whole answer"), ylabel=say("share of questions"))
        axes.set(xlim=(0, seconds[-1] * 1.04), ylim=(0, 1.01))

    return Plot(
        say("Time: how long an answer takes"),
        say("Share of {n} answers that were there within so many seconds.", n=len(seconds)),
        svg(draw),
    )


def _reached(share: float, seconds: float) -> str:
    if spoken() == "en":
        return f"{share:.0%}: {seconds:.1f} s"
    return f"{number(share, '0 %')}: {number(seconds, '0.0')} s"


def svg(draw: Callable[[Axes], None]) -> str:
    """A picture of axes that are drawn on."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "ibid",
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": LINE,
        "axes.facecolor": "none",
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": LINE,
        "grid.linewidth": 0.6,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "lines.linewidth": 1.8,
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=_SIZE, layout="constrained")
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        draw(axes)
        if spoken() != "en":
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(lambda value, _: number(value, "#,##0.###"))
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _for_the_page(written.getvalue())


def _for_the_page(svg: str) -> str:
    """The picture alone: without a prologue, its size left to the page, its colours by name."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace("<svg ", '<svg role="img" aria-hidden="true" ', 1)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: var(--sans)", svg)
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var({name})")
    return svg
