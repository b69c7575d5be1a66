"""What the reports say of a run in sentences, the same in HTML and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval import metrics
from eval.report.gathered import Gathered
from eval.report.naming import shown
from eval.report.summary import Summary
from eval.runs.runner import Row
from eval.runs.store import Run
from rag.language.visible import quoted
from rag.schema import Sentence


def title(run: Run) -> str:
    """What was measured: the set, and the tag and the change if there are any."""
    stem = Path(run.record.asked.path).stem
    further = ", ".join(one for one in (run.record.tag, run.record.change) if one)
    return f"{stem}: {further}" if further else stem


def facts(run: Run, rows: Sequence[Row]) -> list[str]:
    """The run in a line: how much, of what, by whom, when."""
    record = run.record
    articles = record.held.articles
    asked = metrics.defined(row.seconds for row in rows)
    return [
        f"{len(rows)} question{'s' * (len(rows) != 1)}",
        f"{articles} article{'s' * (articles != 1)}",
        f"model: {record.model or 'none, quotations only'}",
        f"{record.started:%d %B %Y, %H:%M} UTC",
        f"{sum(asked) / 60:.0f} minutes of answering" if sum(asked) >= 90 else
        f"{sum(asked):.0f} seconds of answering",
    ]  # fmt: skip


def warning(run: Run, summary: Summary) -> str:
    """What a reader must know before believing a figure; empty if nothing."""
    remarks = []
    if not run.is_finished:
        asked, all_of_them = len(run.places), run.record.asked.cases
        remarks.append(f"The run was stopped after {asked} of {all_of_them} questions.")
    if failed := summary.figures["failed"].value:
        remarks.append(f"{failed:.0f} of the questions failed; the figures are over the others.")
    return " ".join(remarks)


def lead(gathered: Gathered) -> str:
    """The headline in two or three sentences."""
    figures = gathered.summary.figures
    contained, cited = figures["containment"], figures["citation hit"]
    right, wrong = figures["refusals right"], figures["refusals wrong"]
    sentences = []
    if contained.n and contained.value is not None:
        count = round(contained.value * contained.n)
        sentences.append(
            f"Of {contained.n} questions that the articles answer, the gold answer was given in "
            f"{count} ({shown(contained.value, 'share')})."
        )
    if cited.n and cited.value is not None:
        sentences.append(
            f"Where it answered, Ibid cited the evidence itself in {shown(cited.value, 'share')}."
        )
    if right.n:
        hedged = figures["hedged right"].value
        nearest = f" and gave only the nearest words for {hedged:.0f}" if hedged else ""
        sentences.append(
            f"Of {right.n} questions without an answer it refused {right.value:.0f}{nearest}"
        )
        sentences[-1] += (
            f"; of {wrong.n} with one it refused {wrong.value:.0f}." if wrong.n else "."
        )
    return " ".join(sentences) or "Nothing could be measured."


def provenance(run: Run) -> list[tuple[str, str]]:
    """What the run was made with, as far as a reader would ask."""
    record, asked = run.record, run.record.asked
    chosen = [
        f"first {asked.limit}" if asked.limit else "",
        f"{asked.sample} drawn with seed {asked.seed}" if asked.sample else "",
    ]
    return [
        ("run", run.name),
        *([("changed", record.change)] if record.change else []),
        ("set", f"{asked.path} ({', '.join(part for part in chosen if part) or 'all cases'})"),
        ("set, SHA-256", asked.digest[:16]),
        ("library", f"{record.held.fingerprint}{'; made for this run' * record.held.is_built}"),
        ("articles, digest", record.held.digest[:16]),
        *((role, _model(about)) for role, about in record.models.items()),
        ("Ibid", f"{record.versions.get('ibid', 'unknown')}, sources {record.code[:12]}"),
        ("asked at the same time", str(record.workers)),
        ("began", f"{record.started:%Y-%m-%d %H:%M:%S} UTC"),
        ("ended", f"{record.finished:%Y-%m-%d %H:%M:%S} UTC" if record.finished else "stopped"),
    ]


def details(run: Run) -> list[tuple[str, str]]:
    """The settings and the versions, for who wants to do it again."""
    settings = [(name, str(value)) for name, value in sorted(run.record.settings.items())]
    return settings + sorted(run.record.versions.items())


def _model(about: object) -> str:
    fields = dict(about)  # type: ignore[call-overload]
    digest = fields.get("sha256", "")
    prompt = f", prompt {fields['prompt']}" if "prompt" in fields else ""
    return f"{fields['name']}{f' ({digest[:12]})' if digest else ''}{prompt}"


_LEADS = {
    "nearest": "The nearest words, which may not answer it:",
    "differs": "The article {source}, differs:",
    "source": "The article {source}:",
}


def before(sentence: Sentence) -> str:
    """What is said before a sentence that is a quotation; empty where nothing is."""
    if not sentence.lead or not sentence.citations:
        return ""
    article = sentence.citations[0].article
    named = f"signed {quoted(article.publisher)}" if article.publisher else quoted(article.title)
    day = f", {article.published:%d %B %Y}" if article.published else ""
    return _LEADS[sentence.lead].format(source=f"{named}{day}")
