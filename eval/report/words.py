"""What the reports say of a run in sentences, the same in HTML and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval import metrics
from eval.language import day, many, moment, say, spoken
from eval.report.gathered import Gathered
from eval.report.naming import shown
from eval.report.summary import Summary
from eval.runs.record import Record
from eval.runs.runner import Row
from eval.runs.store import Run
from eval.targets.endpoint import Citations
from rag.language.visible import quoted
from rag.schema import Sentence


def title(run: Run) -> str:
    """What was measured: the set, and the tag and the change if there are any."""
    stem = Path(run.record.asked.path).stem
    further = ", ".join(one for one in (run.record.tag, run.record.change) if one)
    return f"{stem}: {further}" if further else stem


def asked_of(run: Run) -> str:
    """Who answered: Ibid, or the model or the address of another system."""
    target = run.record.target
    return "Ibid" if target is None else target.model or target.url


def facts(run: Run, rows: Sequence[Row]) -> list[str]:
    """The run in a line: how much, of what, by whom, when."""
    record = run.record
    articles = record.held.articles
    asked = metrics.defined(row.seconds for row in rows)
    return [
        many(len(rows), "{n} question", "{n} questions"),
        many(articles, "{n} article", "{n} articles"),
        say("model: {name}", name=record.model or say("none, quotations only")),
        *([say("asked at {url}", url=record.target.url)] if record.target else []),
        f"{moment(record.started)} UTC",
        say("{n} minutes of answering", n=f"{sum(asked) / 60:.0f}") if sum(asked) >= 90 else
        say("{n} seconds of answering", n=f"{sum(asked):.0f}"),
    ]  # fmt: skip


def warning(run: Run, summary: Summary) -> str:
    """What a reader must know before believing a figure; empty if nothing."""
    remarks = []
    if not run.is_finished:
        asked, all_of_them = len(run.places), run.record.asked.cases
        remarks.append(
            say("The run was stopped after {asked} of {of} questions.", asked=asked, of=all_of_them)
        )
    if failed := summary.figures["failed"].value:
        remarks.append(
            say("{n} of the questions failed; the figures are over the others.", n=f"{failed:.0f}")
        )
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
            say(
                "Of {n} questions that the articles answer, the gold answer was given in {count} "
                "({share}).",
                n=contained.n,
                count=count,
                share=shown(contained.value, "share"),
            )
        )
    if cited.n and cited.value is not None:
        sentences.append(
            say(
                "Where it answered, {who} cited the evidence itself in {share}.",
                who=asked_of(gathered.run),
                share=shown(cited.value, "share"),
            )
        )
    if right.n:
        hedged = figures["hedged right"].value
        sentences.append(
            say(
                "Of {n} questions without an answer it refused {refused}.",
                n=right.n,
                refused=f"{right.value:.0f}",
            )
        )
        if hedged:
            sentences.append(
                say("For {n} of them it gave only the nearest words.", n=f"{hedged:.0f}")
            )
        if wrong.n:
            sentences.append(
                say(
                    "Of {n} questions with one it refused {refused}.",
                    n=wrong.n,
                    refused=f"{wrong.value:.0f}",
                )
            )
    return " ".join(sentences) or say("Nothing could be measured.")


def provenance(run: Run) -> list[tuple[str, str]]:
    """What the run was made with, as far as a reader would ask."""
    record, asked = run.record, run.record.asked
    chosen = [
        say("first {n}", n=asked.limit) if asked.limit else "",
        say("{n} drawn with seed {seed}", n=asked.sample, seed=asked.seed) if asked.sample else "",
    ]
    held = record.held
    cases = ", ".join(part for part in chosen if part) or say("all cases")
    ibid = record.versions.get("ibid", say("unknown"))
    return [
        (say("run"), run.name),
        *([(say("changed"), say(record.change))] if record.change else []),
        (say("set"), f"{asked.path} ({cases})"),
        (say("set, SHA-256"), asked.digest[:16]),
        *_asked_where(record),
        (say("articles, digest"), held.digest[:16]),
        *((say(role), _model(about)) for role, about in record.models.items()),
        ("Ibid", say("{version}, sources {code}", version=ibid, code=record.code[:12])),
        (say("asked at the same time"), str(record.workers)),
        (say("began"), f"{record.started:%Y-%m-%d %H:%M:%S} UTC"),
        (
            say("ended"),
            f"{record.finished:%Y-%m-%d %H:%M:%S} UTC" if record.finished else say("stopped"),
        ),
    ]


def _asked_where(record: Record) -> list[tuple[str, str]]:
    """The library that was asked, or the other system."""
    if target := record.target:
        key = say("by the key in {name}", name=target.key_env) if target.key_env else say("no key")
        return [
            (say("the system asked"), f"{target.url} ({key})"),
            (say("citations read from"), say(CITATIONS[target.citations])),
        ]
    built = say("; made for this run") if record.held.is_built else ""
    return [(say("library"), record.held.fingerprint + built)]


def details(run: Run) -> list[tuple[str, str]]:
    """The settings and the versions, for who wants to do it again."""
    settings = [(name, str(value)) for name, value in sorted(run.record.settings.items())]
    return settings + sorted(run.record.versions.items())


def _model(about: object) -> str:
    fields = dict(about)  # type: ignore[call-overload]
    digest = fields.get("sha256", "")
    prompt = say(", prompt {name}", name=fields["prompt"]) if "prompt" in fields else ""
    return f"{fields['name']}{f' ({digest[:12]})' if digest else ''}{prompt}"


CITATIONS: dict[Citations, str] = {
    "auto": "wherever an answer has them",
    "field": "fields beside the text",
    "footnotes": "the text and its notes",
    "none": "nowhere",
}
LEADS: dict[str, str] = {
    "nearest": "The nearest words, which may not answer it:",
    "differs": "The article {source}, differs:",
    "source": "The article {source}:",
}


def before(sentence: Sentence) -> str:
    """What is said before a sentence that is a quotation; empty where nothing is."""
    if not sentence.lead or not sentence.citations:
        return ""
    article = sentence.citations[0].article
    named = (
        say("signed {name}", name=in_quotes(article.publisher))
        if article.publisher
        else in_quotes(article.title)
    )
    when = f", {day(article.published)}" if article.published else ""
    return say(LEADS[sentence.lead], source=f"{named}{when}")


def in_quotes(words: str) -> str:
    """Words of others between the quotation marks of the language."""
    return quoted(words, say("“”"))


def told(sentence: Sentence) -> str:
    """A sentence as it is shown: what Ibid says of its answer, in the language spoken."""
    return why(sentence) if sentence.is_own and sentence.because.kind != "own" else sentence.text


def why(sentence: Sentence) -> str:
    """Why a sentence has the verdict that it has."""
    return sentence.because.told(spoken())
