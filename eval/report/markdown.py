"""A run as Markdown, to be put into a pull request or a paper's appendix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from eval.language import say
from eval.report import words
from eval.report.gathered import Gathered, ReportedCase
from eval.report.naming import HEADLINE, TITLES, interval, label, shown
from eval.report.slices import FIGURES, Slice
from eval.report.stages import WAY
from eval.report.words import facts, lead, provenance, title, warning

_MOST_CASES = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>&$:@^=])")


def markdown(gathered: Gathered) -> str:
    """The report of a run in Markdown."""
    figures = gathered.summary.figures
    parts = [
        f"# {plain(title(gathered.run))}",
        " · ".join(plain(fact) for fact in facts(gathered.run, gathered.rows)),
        *([f"**{plain(said)}**"] if (said := warning(gathered.run, gathered.summary)) else []),
        plain(lead(gathered)),
        table(
            (say("measure"), say("value"), say("95 % interval"), "n"),
            (
                (label(one.name), shown(one.value, one.unit), interval(one), str(one.n))
                for one in (figures[name] for name in HEADLINE if name in figures)
            ),
        ),
    ]
    if gathered.steps[0].left:
        parts += [
            "## " + say("Where answers are lost"),
            table(
                (say("step"), say("left"), say("lost")),
                ((say(WAY.get(s.name, "Asked")), str(s.left), str(s.lost)) for s in gathered.steps),
            ),
        ]
    parts += ["## " + say("What came of each question")]
    parts += ["\n".join(f"- {count} {one.words}" for one, count in gathered.outcomes)]
    parts += ["## " + say("All figures")]
    for family, members in groupby(figures.values(), key=lambda figure: figure.family):
        parts.append(
            table(
                (say(TITLES.get(family, family)), say("value"), say("95 % interval"), "n"),
                (
                    (label(one.name), shown(one.value, one.unit), interval(one), str(one.n))
                    for one in members
                ),
            )
        )
    parts += ["## " + say("Part by part")]
    for called, slices in (
        ("tag", gathered.tags), ("type", gathered.types), ("turn", gathered.turns),
        ("answerability", gathered.answerability), ("article", gathered.articles),
    ):  # fmt: skip
        if slices:
            is_ours = called in ("type", "answerability")
            parts.append(_slices(say(called), slices, is_ours=is_ours))
    if gathered.worst:
        parts += [
            "## " + say("The worst cases"),
            *(_case(told) for told in gathered.worst[:_MOST_CASES]),
        ]
    parts += ["## " + say("How this was measured")]
    parts += ["\n".join(f"- {name}: {plain(value)}" for name, value in provenance(gathered.run))]
    return "\n\n".join(parts)


def plain(text: str) -> str:
    """Words of others on one line, without any meaning to Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _slices(called: str, slices: Sequence[Slice], *, is_ours: bool) -> str:
    return table(
        (called, "n", *map(label, FIGURES)),
        (
            (
                plain(say(one.name) if is_ours else one.name),
                str(one.n),
                *(shown(one.figures[name].value, one.figures[name].unit) for name in FIGURES),
            )
            for one in slices
        ),
    )


def _case(told: ReportedCase) -> str:
    case, answer = told.row.case, told.row.answer
    lines = [f"**{plain(case.question)}** ({plain(case.id)}): {told.outcome.words}", ""]
    expected = say(" or ").join(plain(one) for one in case.answers) or say("a refusal")
    lines.append(f"- {say('Expected')}: {expected}")
    lines += [
        f"- {say('evidence')}: “{plain(one.quote)}” ({plain(one.article)})" for one in case.evidence
    ]
    if answer:
        text = " ".join(words.told(sentence) for sentence in answer.sentences)
        lines.append(f"- {say(answer.status)}: {plain(text)}")
    if told.row.error:
        lines.append(f"- {say('error')}: {plain(told.row.error)}")
    lines += [
        "- " + say("no {measure}: {why}", measure=label(name), why=plain(why))
        for name, why in told.row.unmeasured.items()
    ]
    if told.stages:
        lost = [say(WAY[name]) for name in WAY if not getattr(told.stages, name)]
        lines.append(
            "- " + (f"{say('not')}: {', '.join(lost)}" if lost else say("came all the way"))
        )
    return "\n".join(lines)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
