"""What changes that should change nothing did: as one HTML file, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from eval.compare.runs import Flip, is_right
from eval.language import many, moment, say
from eval.metrics.paired import Difference
from eval.report import HTML as RUN_HTML
from eval.report import put
from eval.report.html import render
from eval.report.markdown import plain, table
from eval.report.naming import interval, label, shown, step
from eval.report.stages import Tone
from eval.report.summary import Unit
from eval.report.words import provenance
from eval.robustness.changes import BY_MODEL, DISTRACTED, MEANINGS, Shift
from eval.robustness.record import Changed, Robustness

HTML = "robustness.html"
MARKDOWN = "robustness.md"
JSON = "robustness.json"

_MOST_CASES = 100
_MOST_UNFIT = 50
_ORDER: Mapping[Tone, int] = {"bad": 0, "fair": 1, "good": 2}
CAUTION = (
    "Differences: the changed run less the set as it is, over the n questions that were asked in "
    "both; below 0 is worse. The same outcome: right, wrong, refused or failed, as before. Left "
    "out are the questions that the change leaves as they are, or for which the model found no fit "
    "words. Among so many figures some are far from 0 by chance alone."
)


def write(measured: Robustness) -> None:
    """Write the reports beside the runs. Raises RunError: one cannot be written."""
    put(measured.folder / JSON, json.dumps(document(measured), ensure_ascii=False, indent=1))
    put(measured.folder / MARKDOWN, markdown(measured))
    put(measured.folder / HTML, html(measured))


def html(measured: Robustness) -> str:
    """The whole page, with links to the reports of the runs beside it."""
    unfit = [one for one in measured.rewordings if not one.fit]
    return render(
        "robustness.html",
        kind="robustness",
        title=_title(measured),
        facts=_facts(measured),
        warnings=warnings(measured),
        lead=lead(measured),
        changes=[
            {
                "shift": one.shift,
                "meaning": _meaning(one.shift.name, measured),
                "link": f"{one.run.name}/{RUN_HTML}",
                "untouched": measured.untouched(one),
                "cases": _worst_first(one.shift)[:_MOST_CASES],
            }
            for one in measured.changes
        ],
        original=f"{measured.original.name}/{RUN_HTML}",
        unfit=unfit[:_MOST_UNFIT],
        unfit_count=len(unfit),
        reworded_count=len(measured.rewordings),
        made=_made(measured),
        caution=CAUTION,
        step=step,
    )


def markdown(measured: Robustness) -> str:
    """The same in Markdown, without the answers."""
    parts = [
        f"# {plain(_title(measured))}",
        " · ".join(plain(fact) for fact in _facts(measured)),
        *(f"**{plain(remark)}**" for remark in warnings(measured)),
        plain(lead(measured)),
        table(
            (
                say("change"), say("same outcome"), say("95 % interval"), label("containment"),
                say("95 % interval"), label("refusal F1"), say("95 % interval"), "n",
                say("left out"),
            ),
            (
                (
                    plain(say(one.shift.name)),
                    shown(one.shift.consistency.value, "share"),
                    interval(one.shift.consistency),
                    *_gap(one.shift.containment, "share"),
                    *_gap(one.shift.refusal_f1, "score"),
                    str(one.shift.n),
                    str(measured.untouched(one) or ""),
                )
                for one in measured.changes
            ),
        ),
        say(CAUTION),
    ]  # fmt: skip
    for one in measured.changes:
        if one.shift.moved:
            parts.append(f"## {plain(_named(one.shift))}")
            parts.append("\n".join(_line(flip) for flip, _ in _worst_first(one.shift)))
    parts += ["## " + say("How this was measured")]
    parts.append("\n".join(f"- {name}: {plain(value)}" for name, value in _made(measured)))
    return "\n\n".join(parts)


def document(measured: Robustness) -> dict[str, Any]:
    """Plain JSON values. The answers are in the runs beside it."""
    return {
        "folder": measured.folder.name,
        "cases": measured.original.record.asked.cases,
        "asked": len(measured.original.places),
        "is_finished": not measured.waiting and all(_runs_finished(measured)),
        "shifts": [_shift(measured, one) for one in measured.changes],
        "not_begun": list(measured.waiting),
        "rewordings": len(measured.rewordings),
        "rewordings_unfit": sum(not one.fit for one in measured.rewordings),
    }


def warnings(measured: Robustness) -> list[str]:
    """What a reader must know before believing a figure."""
    remarks = [
        say(
            "Stopped: {name} was asked {asked} of {of} questions.",
            name=name,
            asked=len(run.places),
            of=run.record.asked.cases,
        )
        for name, run in (
            (say("the set as it is"), measured.original),
            *((say(one.shift.name), one.run) for one in measured.changes),
        )
        if not run.is_finished
    ]
    if measured.waiting:
        names = ", ".join(map(say, measured.waiting))
        remarks.append(say("Not begun: {names}.", names=names))
    if failed := [one.shift for one in measured.changes if one.shift.failed]:
        counts = ", ".join(f"{say(one.name)} {one.failed}" for one in failed)
        remarks.append(
            say(
                "Questions that failed, before or after the change: {counts}. One that failed both "
                "times counts as the same outcome.",
                counts=counts,
            )
        )
    return remarks


def lead(measured: Robustness) -> str:
    """All changes in a sentence."""
    n = sum(one.shift.n for one in measured.changes)
    moved = sum(len(one.shift.moved) for one in measured.changes)
    if not n:
        return say("Nothing was asked with a change yet.")
    worse = sum(_tone(flip) == "bad" for one in measured.changes for flip in one.shift.moved)
    better = sum(_tone(flip) == "good" for one in measured.changes for flip in one.shift.moved)
    return say(
        "Of {n} questions asked again with one thing changed, {same} came out as before ({share}); "
        "{worse} became worse, {better} became better.",
        n=n,
        same=n - moved,
        share=shown((n - moved) / n, "share"),
        worse=worse,
        better=better,
    )


def _title(measured: Robustness) -> str:
    return f"{Path(measured.plan.path).stem}: {say('robustness')}"


def _facts(measured: Robustness) -> list[str]:
    record = measured.original.record
    count, kinds = record.asked.cases, len(measured.plan.kinds)
    return [
        many(count, "{n} question", "{n} questions"),
        many(kinds, "{n} change", "{n} changes"),
        many(record.held.articles, "{n} article", "{n} articles"),
        say("model: {name}", name=record.model or say("none, quotations only")),
        f"{moment(record.started)} UTC",
    ]


def _made(measured: Robustness) -> list[tuple[str, str]]:
    """What all the runs share, as the report of the original tells it, and what is changed."""
    of_one_run = (say("run"), say("ended"))
    told = [one for one in provenance(measured.original) if one[0] not in of_one_run]
    reworder, plan = measured.plan.reworder, measured.plan
    if reworder:
        digest = reworder.get("sha256", "")[:12]
        prompt = say(", prompt {name}", name=reworder["prompt"])
        told.append((say("words by"), f"{reworder['name']} ({digest or say('no digest')}){prompt}"))
    if plan.distractors:
        told.append((say("distractors"), plan.distractors))
    return [(say("folder"), measured.folder.name), *told]


def _named(shift: Shift) -> str:
    name = say(shift.name)
    return name[:1].upper() + name[1:]


def _meaning(kind: str, measured: Robustness) -> str:
    if kind == BY_MODEL and measured.plan.reworder:
        name = measured.plan.reworder["name"]
        return say("the question in the words of {name}", name=name)
    if kind == DISTRACTED and measured.plan.distractors:
        return say("the given articles beside them")
    return say(MEANINGS[kind])


def _tone(flip: Flip) -> Tone:
    """Bad: it was right. Good: it is now. Fair: it was wrong and is so in another way."""
    if is_right(flip.first) == is_right(flip.second):
        return "fair"
    return "bad" if is_right(flip.first) else "good"


def _worst_first(shift: Shift) -> Sequence[tuple[Flip, Tone]]:
    told = [(flip, _tone(flip)) for flip in shift.moved]
    return sorted(told, key=lambda one: _ORDER[one[1]])


def _gap(one: Difference | None, unit: Unit) -> tuple[str, str]:
    if one is None:
        return "–", ""
    return step(one.difference, unit), f"{step(one.low, unit)} … {step(one.high, unit)}"


def _line(flip: Flip) -> str:
    words = flip.second.case.question
    asked = (
        say(", asked as “{words}”", words=plain(words)) if words != flip.first.case.question else ""
    )
    return (
        f"- {plain(flip.first.case.question)} ({plain(flip.first.case.id)}){asked}: "
        f"{flip.before.words} → {flip.after.words}"
    )


def _runs_finished(measured: Robustness) -> Sequence[bool]:
    return [measured.original.is_finished, *(one.run.is_finished for one in measured.changes)]


def _shift(measured: Robustness, changed: Changed) -> dict[str, Any]:
    shift = changed.shift
    return {
        "name": shift.name,
        "run": changed.run.name,
        "n": shift.n,
        "left_out": measured.untouched(changed),
        "failed": shift.failed,
        "consistency": asdict(shift.consistency),
        "containment": asdict(shift.containment) if shift.containment else None,
        "refusal_f1": asdict(shift.refusal_f1) if shift.refusal_f1 else None,
        "changed": list(shift.changed),
    }


def terminal(measured: Robustness) -> Table:
    """What each change did: how often the outcome stayed the same, and what was lost by it."""
    made = Table(title=say("Robustness"), title_justify="left")
    made.add_column(say("change"))
    for name in (
        say("same outcome"),
        say("95 % interval"),
        label("containment"),
        label("refusal F1"),
        "n",
        say("left out"),
    ):
        made.add_column(name, justify="right")
    for change in measured.changes:
        one = change.shift
        contained, refusals = one.containment, one.refusal_f1
        made.add_row(
            say(one.name),
            shown(one.consistency.value, "share"),
            interval(one.consistency),
            step(contained.difference, "share") if contained else "–",
            step(refusals.difference, "score") if refusals else "–",
            str(one.n),
            str(measured.untouched(change) or ""),
        )
    return made
