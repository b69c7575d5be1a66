"""Whether a run is good enough: against another run, and against fixed bounds. For a pipeline.

A breach is one line. What cannot be judged, a measure that nobody knows or runs over different
sets, is an error and no pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote

from pydantic import TypeAdapter, ValidationError

from eval.language import say
from eval.report import JSON
from eval.report.naming import find, label, less_is_better, shown, snake
from eval.report.summary import Figure
from eval.runs import store as runs
from eval.runs.record import Asked
from rag.disk import write_whole
from rag.errors import RunError

_SLACK = 1e-9  # what arithmetic may lose is no drop
_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a run, and what was asked: all that a gate needs of it."""

    name: str
    asked: Asked
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is allowed, by the name of a figure as it is shown or in snake case.

    ``drops``: how much worse than the baseline, in the unit of the figure (0.01 of a share is one
    per cent point); where less is better, how much higher. ``floors`` and ``ceilings``: the least
    and the most that a value may be.
    """

    drops: Mapping[str, float]
    floors: Mapping[str, float]
    ceilings: Mapping[str, float]


_ASKED = TypeAdapter(Asked)
_FIGURES = TypeAdapter(dict[str, Figure])


def read(path: Path) -> Measured:
    """The figures of a run, or those that `save` has put into a file.

    Raises:
        RunError: there is neither, or the run was stopped before its end.
    """
    if path.is_dir():
        run = runs.load(path)
        if not run.is_finished:
            raise RunError(
                f"{path}: this run was stopped; go on: ibid eval --resume {quote(str(path))}"
            )
        path = path / JSON
    try:
        document = json.loads(path.read_text("utf-8"))
        return Measured(
            str(document["run"]["name"]),
            _ASKED.validate_python(document["run"]["asked"]),
            _FIGURES.validate_python(document["figures"]),
        )
    except OSError as error:
        raise RunError(
            f"{path}: cannot be read ({error.strerror}); name the folder of a run, or a file made "
            "by: ibid eval baseline RUN FILE"
        ) from error
    except (ValueError, KeyError, TypeError, ValidationError):
        raise RunError(
            f"{path}: holds no figures; name the folder of a run, or a file made by: "
            "ibid eval baseline RUN FILE"
        ) from None


def save(path: Path, measured: Measured) -> None:
    """Write figures to be gated against: no answers, no paths, and no seconds of this machine.

    Raises:
        RunError: the file cannot be written.
    """
    asked = {**asdict(measured.asked), "path": Path(measured.asked.path).name}
    figures = {
        name: asdict(figure) for name, figure in measured.figures.items() if figure.family != "time"
    }
    document = {"run": {"name": measured.name, "asked": asked}, "figures": figures}
    try:
        write_whole(path, json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror}); name another") from error


def parse(texts: list[str]) -> dict[str, float]:
    """``["hit@5=0.01,refusal_f1=0.02"]`` as values by name.

    Raises:
        RunError: one of them is not ``MEASURE=NUMBER``.
    """
    limits: dict[str, float] = {}
    for one in (piece.strip() for text in texts for piece in text.split(",")):
        name, equals, number = one.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not equals or not name or not 0 <= value < float("inf"):
            raise RunError(f"“{one}” is no bound; write MEASURE=NUMBER, such as hit@5=0.01")
        limits[name.strip()] = value
    return limits


def breaches(run: Measured, bounds: Bounds, baseline: Measured | None = None) -> list[str]:
    """What the bounds do not allow, one line each; none if the run passes.

    A run with more failed questions than its baseline is a breach too, unless the bounds speak of
    ``failed`` themselves: its figures are over the questions that did not fail.

    Raises:
        RunError: a measure is unknown or undefined in the baseline, or the baseline was not
            measured on the same cases, or is missing.
    """
    lines = []
    if bounds.drops and baseline is None:
        raise RunError("a drop is measured against another run; name it with --baseline")
    if baseline:
        _check_same_cases(run.asked, baseline.asked)
        drops = {find(name, run.figures): most for name, most in bounds.drops.items()}
        spoken_of = {find(name, run.figures) for name in (*bounds.floors, *bounds.ceilings)}
        if _FAILED not in spoken_of:
            drops.setdefault(_FAILED, 0)
        lines += [
            line
            for name, most in drops.items()
            if (line := _dropped(run.figures[name], baseline, most))
        ]
    for wanted, least in bounds.floors.items():
        figure = run.figures[find(wanted, run.figures)]
        if figure.value is None or figure.value < least - _SLACK:
            lines.append(
                say(
                    "{figure}, below the floor of {bound}",
                    figure=_told(figure),
                    bound=shown(least, figure.unit),
                )
            )
    for wanted, most in bounds.ceilings.items():
        figure = run.figures[find(wanted, run.figures)]
        if figure.value is None or figure.value > most + _SLACK:
            lines.append(
                say(
                    "{figure}, above the ceiling of {bound}",
                    figure=_told(figure),
                    bound=shown(most, figure.unit),
                )
            )
    return lines


def _dropped(figure: Figure, baseline: Measured, most: float) -> str:
    before = baseline.figures[find(figure.name, baseline.figures)]
    if before.value is None:
        raise RunError(
            f"{snake(figure.name)} is undefined in the baseline {baseline.name}; leave it out"
        )
    if figure.value is None:
        return say(
            "{figure}, where the baseline has {value}",
            figure=_told(figure),
            value=shown(before.value, before.unit),
        )
    worse = before.value - figure.value
    if less_is_better(figure.name):
        worse = -worse
    if worse <= most + _SLACK:
        return ""
    return say(
        "{figure}, worse by {by} than the baseline's {value}; at most {most} is allowed",
        figure=_told(figure),
        by=_step(worse, figure),
        value=shown(before.value, before.unit),
        most=_step(most, figure),
    )


def _told(figure: Figure) -> str:
    value = say("undefined") if figure.value is None else shown(figure.value, figure.unit)
    return say(
        "{name} ({label}) is {value}",
        name=snake(figure.name),
        label=label(figure.name),
        value=value,
    )


def _step(value: float, figure: Figure) -> str:
    return shown(value, "score" if figure.unit in ("share", "score") else figure.unit)


def _check_same_cases(run: Asked, baseline: Asked) -> None:
    if run.digest != baseline.digest:
        raise RunError(
            f"the set {run.path} is not the one that the baseline was measured on; "
            "run the baseline again on this set"
        )
    if (run.limit, run.sample, run.cases) != (baseline.limit, baseline.sample, baseline.cases) or (
        run.sample and run.seed != baseline.seed
    ):
        raise RunError(
            "the baseline was measured on other cases of this set; "
            "give both runs the same --limit, --sample and --seed"
        )
