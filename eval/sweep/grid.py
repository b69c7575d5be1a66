"""A set asked under several settings: which of them are worth their time.

The settings that are worth it are the Pareto front: no other is at least as good and as fast,
and better in one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from eval.language import say
from eval.report.naming import find, label, less_is_better, shown
from eval.report.summary import Figure
from rag.errors import SettingsError
from rag.settings import Settings, names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

SECONDS = "seconds median"
_COLUMNS = ("containment", "refusal F1", "hit@5", "nDCG@10", SECONDS, "seconds p95")
_STRICTNESS = "strictness"
_TOLD = ("coverage", "risk")
_QUALITY = ("containment", "nDCG@10", "refusal F1")
# They say where things lie, and no answer depends on them.
_NOT_TO_BE_VARIED = {
    "library",
    "models_dir",
    "api_key",
    "base_url",
    "log_level",
    "database",
    "chroma",
    "chroma_token",
    "chroma_timeout",
    "chroma_pause",
} | {
    name
    for name in names()
    if name.startswith(("reading.", "model_servers."))  # They change no answer.
    or name.endswith(("_url", "_token"))
}
_MOST = 200
_NEAR_X, _NEAR_Y = 0.08, 0.06  # of the plot, about what a number takes up


@dataclass(frozen=True, slots=True)
class Point:
    """One choice of settings, by what ``varied``, and what came of it: figures or an ``error``."""

    varied: Mapping[str, str]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    error: str = ""

    @property
    def name(self) -> str:
        """What varied, on one line."""
        return " ".join(f"{name}={value}" for name, value in self.varied.items())

    def value(self, figure: str) -> float | None:
        """The value of a figure, None where it has none."""
        measured = self.figures.get(figure)
        return measured.value if measured else None


def grid(
    options: Sequence[str], make: Callable[[Mapping[str, Any]], Settings]
) -> list[tuple[dict[str, str], Settings]]:
    """Every combination of ``name=value,value`` options, and the settings that it makes.

    Args:
        make: the settings with these in the place of others.

    Raises:
        SettingsError: a name or a value makes no sense, or there are more than 200 combinations.
    """
    choices: dict[str, list[str]] = {}
    for option in options:
        name, _, values = option.partition("=")
        name = name.strip()
        if name not in names() or name in _NOT_TO_BE_VARIED:
            variable = ", ".join(one for one in names() if one not in _NOT_TO_BE_VARIED)
            raise SettingsError(f"--set {option}: {name!r} cannot be varied; of use are {variable}")
        if name in choices:
            raise SettingsError(f"--set {option}: {name} comes twice; put all its values in one")
        choices[name] = list(dict.fromkeys(one.strip() for one in values.split(",") if one.strip()))
        if not choices[name]:
            raise SettingsError(f"--set {option}: no value; write it as {name}=ONE,ANOTHER")
    varied = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    if len(varied) > _MOST:
        raise SettingsError(f"{len(varied)} combinations are more than {_MOST}; name fewer values")
    return [(one, make(one)) for one in varied]


def quality(points: Sequence[Point], named: str | None = None) -> str:
    """The figure that stands for quality: the one that is named, or the first that all know.

    Raises:
        RunError: no figure has that name.
    """
    figures = list(dict.fromkeys(name for point in points for name in point.figures))
    if named and figures:
        return find(named, figures)
    defined = (name for name in _QUALITY if any(point.value(name) is not None for point in points))
    return next(defined, _QUALITY[0])


def front(points: Sequence[Point], measure: str) -> list[Point]:
    """The points that are worth it, the fastest first."""
    sign = -1 if less_is_better(measure) else 1
    valued = [
        (seconds, sign * value, points[at])
        for at, seconds, value in _places(points, SECONDS, measure)
    ]
    return [
        point
        for seconds, value, point in sorted(valued, key=lambda one: (one[0], -one[1]))
        if not any(
            other_seconds <= seconds
            and other >= value
            and (other_seconds, other) != (seconds, value)
            for other_seconds, other, _ in valued
        )
    ]


def _places(points: Sequence[Point], across: str, up: str) -> list[tuple[int, float, float]]:
    """The number from 0 and the values of two figures, of each point that has both."""
    return [
        (at, x, y)
        for at, point in enumerate(points)
        if (x := point.value(across)) is not None and (y := point.value(up)) is not None
    ]


def varies_strictness(points: Sequence[Point]) -> bool:
    """Whether the points differ in what is told: then they are worth their risk, not their time."""
    return len({point.varied.get(_STRICTNESS) for point in points}) > 1


def columns(points: Sequence[Point], measure: str) -> list[str]:
    """The figures that a table of points tells."""
    told = _TOLD if varies_strictness(points) else ()
    return list(dict.fromkeys((measure, *told, *_COLUMNS)))


def cell(point: Point, name: str) -> str:
    """A figure of a point as it is shown."""
    figure = point.figures.get(name)
    return shown(figure.value, figure.unit) if figure else "–"


def table(points: Sequence[Point], measure: str) -> Table:
    """The points for a terminal, in their order; a star marks those that are worth it."""
    from rich.table import Table
    from rich.text import Text

    worth = [id(point) for point in front(points, measure)]
    made = Table("", say("settings"), box=None, pad_edge=False)
    for name in columns(points, measure):
        made.add_column(label(name), justify="right")
    for number, point in enumerate(points, start=1):
        cells = [cell(point, name) for name in columns(points, measure)]
        star = " *" if id(point) in worth else ""
        made.add_row(*map(Text, (f"{number}{star}", point.name, *cells)))
    return made


def document(points: Sequence[Point], measure: str) -> dict[str, Any]:
    """The points as JSON."""
    worth = [id(point) for point in front(points, measure)]
    return {
        "quality": measure,
        "points": [
            {
                "number": number,
                "settings": dict(point.varied),
                "on_front": id(point) in worth,
                "error": point.error,
                "figures": {name: figure.value for name, figure in point.figures.items()},
            }
            for number, point in enumerate(points, start=1)
        ],
    }


def page(points: Sequence[Point], measure: str, title: str, cases: int) -> str:
    """The points as one HTML file that needs nothing beside it: table and plot."""
    from eval.report.html import render

    worth = front(points, measure)
    return render(
        "sweep.html",
        kind="sweep",
        title=title,
        cases=cases,
        measure=measure,
        columns=columns(points, measure),
        points=points,
        worth=worth,
        cell=cell,
        svg=_plot(points, worth, measure) if worth else "",
        told=_told(points) if varies_strictness(points) else "",
    )


def _labels(places: Sequence[tuple[int, float, float]]) -> list[tuple[str, float, float]]:
    """The numbers of the points from 1, and where each is written.

    Points that are too near for two numbers share a place: ``"1, 3"``.
    """
    wide = max(x for _, x, _ in places) - min(x for _, x, _ in places)
    high = max(y for _, _, y in places) - min(y for _, _, y in places)
    groups: list[list[tuple[int, float, float]]] = []
    for one in sorted(places, key=lambda place: place[1]):
        for group in groups:
            is_near = one[1] - group[-1][1] <= _NEAR_X * wide
            if is_near and abs(one[2] - group[-1][2]) <= _NEAR_Y * high:
                group.append(one)
                break
        else:
            groups.append([one])
    return [
        (", ".join(str(number + 1) for number, _, _ in sorted(group)), *group[-1][1:])
        for group in groups
    ]


def _told(points: Sequence[Point]) -> str:
    """Risk against coverage, one dot a point."""
    from eval.report.plots import ACCENT, INK, svg

    places = _places(points, *_TOLD)
    if not places:
        return ""
    line = sorted((x, y) for _, x, y in places)

    def draw(axes: Axes) -> None:
        axes.plot([x for x, _ in line], [y for _, y in line], color=ACCENT, alpha=0.5)
        axes.scatter([x for _, x, _ in places], [y for _, _, y in places], s=42, color=ACCENT)
        for words, x, y in _labels(places):
            axes.annotate(words, (x, y), (5, 5), textcoords="offset points", color=INK)
        axes.set(xlabel=say("coverage, share told outright"), ylabel=say("risk, share of it wrong"))
        axes.margins(0.12)

    return svg(draw)


def _plot(points: Sequence[Point], worth: Sequence[Point], measure: str) -> str:
    from eval.report.plots import ACCENT, INK, SOFT, svg

    places = _places(points, SECONDS, measure)
    steps = _places(worth, SECONDS, measure)

    def draw(axes: Axes) -> None:
        axes.plot([x for _, x, _ in steps], [y for _, _, y in steps], color=ACCENT, alpha=0.5)
        axes.scatter([x for _, x, _ in places], [y for _, _, y in places], s=18, color=SOFT)
        axes.scatter(
            [x for _, x, _ in steps], [y for _, _, y in steps], s=42, color=ACCENT, zorder=3
        )
        for words, x, y in _labels(places):
            axes.annotate(words, (x, y), (5, 5), textcoords="offset points", color=INK)
        axes.set(xlabel=say("seconds to the whole answer, median"), ylabel=label(measure))
        axes.margins(0.12)

    return svg(draw)
