"""A run as one HTML file that needs nothing beside it, and asks for nothing.

Every word that others wrote comes through the template's autoescape; the plots alone do not, and
they hold no such word. The page has no script, and its policy would let none run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

from eval.language import number, say, spoken
from eval.measures.scoring import span
from eval.metrics import overlapping
from eval.report.gathered import Gathered
from eval.report.naming import HEADLINE, TITLES, interval, label, shown
from eval.report.plots import plots
from eval.report.slices import FIGURES
from eval.report.stages import WAY
from eval.report.words import (
    before,
    details,
    facts,
    lead,
    provenance,
    title,
    told,
    warning,
    why,
)
from eval.runs.runner import Row
from rag.schema import Citation, Passage

if TYPE_CHECKING:
    from jinja2 import Environment

_SHORT = 320
MARKS = (
    ("first", "ranked first", "not ranked first"),
    ("read", "read for the answer", "not read for the answer"),
    ("packed", "chosen as evidence", "not chosen as evidence"),
    ("answered", "not refused", "refused"),
    ("said", "said", "not said"),
    ("cited", "cited", "not cited"),
)


def html(gathered: Gathered) -> str:
    """The whole page of a run."""
    figures = gathered.summary.figures
    steps = gathered.steps
    return render(
        "report.html",
        kind="evaluation",
        title=title(gathered.run),
        facts=facts(gathered.run, gathered.rows),
        warning=warning(gathered.run, gathered.summary),
        lead=lead(gathered),
        headline=[figures[name] for name in HEADLINE if name in figures],
        steps=steps,
        worst_loss=max((step.lost for step in steps), default=0),
        way=WAY,
        first=gathered.first,
        outcomes=gathered.outcomes,
        plots=plots(gathered.rows),
        families=[
            (say(TITLES.get(family, family)), list(members))
            for family, members in groupby(figures.values(), key=lambda figure: figure.family)
        ],
        tags=gathered.tags,
        types=gathered.types,
        turns=gathered.turns,
        answerability=gathered.answerability,
        articles=gathered.articles,
        slice_figures=FIGURES,
        worst=gathered.worst,
        not_right=sum(count for one, count in gathered.outcomes if one.badness),
        total=len(gathered.rows),
        marks=MARKS,
        is_gold=is_gold,
        before=before,
        passages=found,
        provenance=provenance(gathered.run),
        details=details(gathered.run),
    )


def is_gold(row: Row, citation: Citation) -> bool:
    """Whether a citation points to the gold evidence."""
    return any(overlapping([span(citation)], row.gold))


def found(row: Row) -> Sequence[tuple[Passage, bool]]:
    """The passages that were found, and whether each has gold evidence."""
    passages = row.found or (row.answer.passages if row.answer else ())
    return list(zip(passages, overlapping(map(span, passages), row.gold), strict=True))


def render(name: str, **values: Any) -> str:
    """A template of this folder with its values, everything escaped."""
    return _templates().get_template(name).render(style=_style(), **values)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("eval", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    made.globals |= _words()
    return made


def _words() -> Mapping[str, Any]:
    return {
        "say": say,
        "spoken": spoken,
        "told": told,
        "sentence_why": why,
        "decimal": lambda value: number(value, "0.00") if spoken() != "en" else f"{value:.2f}",
        "capital": lambda text: text[:1].upper() + text[1:],
        "label": label,
        "shown": shown,
        "interval": interval,
        "percent": lambda share: f"{100 * min(max(share, 0), 1):.2f}%",
        "short": lambda text: text if len(text) <= _SHORT else text[: _SHORT - 1] + "…",
    }


@cache
def _style() -> Any:
    from markupsafe import Markup

    return Markup(resources.files("eval.report").joinpath("report.css").read_text("utf-8"))
