"""``make bench-answers``: what the answers are worth, beside the stock chain's.

Every SQuAD file of a folder becomes a throw-away library. Each question of a sample is asked
twice, with its article there and with it gone, and some of them of the stock chain too, in turn,
so that whatever else the machine does falls on both alike.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval import metrics
from eval.bench.questions import Question, QuestionSet, load
from eval.bench.retrieval import library_of, sample
from eval.bench.stock import Stock, StockChain
from eval.measures.scoring import span
from eval.metrics import Span
from rag.assistant import Assistant
from rag.index.library import Library
from rag.models.chat import chat_model
from rag.models.embedder import embedder
from rag.models.reader import reader
from rag.models.reranker import reranker
from rag.schema import SUPPORTED, Answer, Citation, Filter
from rag.settings import Settings
from rag.settings import load as load_settings

POINTS = ("standalone_ms", "sources_ms", "first_token_ms", "last_token_ms", "total_ms")
_MARKER = re.compile(r"[\[【]\s*\d+\s*[\]】]")
_WARM_UP = "What is loaded on first use is not timed, is it?"


@dataclass(frozen=True, slots=True)
class BenchAnswer:
    """What came of one question. Seconds; ``faults`` are broken promises, which must be none."""

    question: str
    golds: tuple[str, ...]
    status: str
    text: str
    words: int
    contains: bool
    f1: float
    cites: bool
    verdicts: tuple[str, ...]
    repaired: int
    seconds: float
    timings: dict[str, int | None]
    faults: tuple[str, ...]


@dataclass(slots=True)
class Rows:
    """All that was told, of Ibid and of the stock chain, with the articles and without."""

    there: list[BenchAnswer] = field(default_factory=list)
    gone: list[BenchAnswer] = field(default_factory=list)
    stock_there: list[BenchAnswer] = field(default_factory=list)
    stock_gone: list[BenchAnswer] = field(default_factory=list)


def bench(
    one: QuestionSet,
    settings: Settings,
    n: int,
    stock: int,
    seed: int,
    keep: Callable[[Rows], None],
) -> Rows:
    """Ask a sample of ``n`` questions, ``stock`` of them of the stock chain too.

    ``keep`` is given the rows after each question, so that a run which is cut short is not lost.
    """
    asked = [question for question in sample(one.questions, n, seed) if question.spans]
    beside = set(random.Random(seed).sample(range(len(asked)), min(stock, len(asked))))
    model = chat_model(settings)
    rows = Rows()
    with library_of(one, settings) as own:
        ibid = Assistant(own, reranker(settings), reader(), model, settings.model)
        everything = {info.id for info in own.articles()}
        chain = StockChain(one.articles, embedder(settings), model) if stock else None
        ibid.ask(_WARM_UP)
        for number, question in enumerate(
            track(asked, one.name, console=Console(stderr=True), disable=not sys.stderr.isatty())
        ):
            without = tuple(everything.difference(question.article_ids))
            rows.there.append(told(question, ibid.ask(question.text), own))
            if chain and number in beside:
                rows.stock_there.append(stock_told(question, chain.ask(question.text)))
            answer = ibid.ask(question.text, only=Filter(articles=without))
            rows.gone.append(told(question, answer, own))
            if chain and number in beside:
                gone = chain.ask(question.text, question.article_ids)
                rows.stock_gone.append(stock_told(question, gone))
            keep(rows)
    return rows


def told(question: Question, answer: Answer, own: Library) -> BenchAnswer:
    """A finished answer against the question's gold answer and its place."""
    cited = [citation for sentence in answer.sentences for citation in sentence.citations]
    gold = [Span(*place) for place in question.spans]
    spans = [span(citation) for citation in cited]
    refused = answer.status == "refused"
    return BenchAnswer(
        question=question.text,
        golds=question.answers,
        status=answer.status,
        text=answer.text,
        words=len(answer.text.split()),
        contains=not refused and metrics.containment(answer.text, question.answers) == 1.0,
        f1=0.0 if refused else metrics.token_f1(answer.text, question.answers) or 0.0,
        cites=metrics.citation_hit(spans, gold) == 1.0,
        verdicts=tuple(sentence.support for sentence in answer.sentences),
        repaired=sum(sentence.is_repaired for sentence in answer.sentences),
        seconds=(answer.timings.total_ms or 0) / 1000,
        timings={point: getattr(answer.timings, point) for point in POINTS},
        faults=tuple(_faults(answer, cited, own)),
    )


def _faults(answer: Answer, cited: Sequence[Citation], own: Library) -> list[str]:
    faults = []
    for citation in (*cited, *answer.evidence):
        text = own.article(citation.article.id).text
        if text[citation.start : citation.end] != citation.quote:
            faults.append(f"wrong offset: {citation.quote[:60]}")
    faults += [f"number {c.number} points nowhere" for c in cited if c not in answer.evidence]
    if answer.status != "refused":
        for sentence in answer.sentences:
            if sentence.support not in SUPPORTED or not sentence.citations:
                faults.append(f"unsupported: {sentence.text[:60]}")
    written = [sentence.text for sentence in answer.sentences if not sentence.is_quote]
    faults += [f"a marker is shown: {text[:60]}" for text in written if _MARKER.search(text)]
    return faults


def stock_told(question: Question, said: Stock) -> BenchAnswer:
    """The same for the stock chain. It cites nothing; its chunks stand for what it might have."""
    gold = [Span(*place) for place in question.spans]
    read = [
        Span(
            chunk.metadata["article"],
            chunk.metadata["start_index"],
            chunk.metadata["start_index"] + len(chunk.page_content),
        )
        for chunk in said.chunks
    ]
    return BenchAnswer(
        question=question.text,
        golds=question.answers,
        status="refused" if said.refused else "answered",
        text=said.text,
        words=len(said.text.split()),
        contains=metrics.containment(said.text, question.answers) == 1.0,
        f1=metrics.token_f1(said.text, question.answers) or 0.0,
        cites=metrics.citation_hit(read, gold) == 1.0,
        verdicts=(),
        repaired=0,
        seconds=said.seconds,
        timings={},
        faults=(),
    )


def summary(rows: Rows) -> dict[str, Any]:
    """The figures, shares with their 95 % intervals (Wilson), times in seconds."""
    ibid, beside = rows.there, {row.question for row in rows.stock_there}
    paired = [row for row in ibid if row.question in beside]
    return {
        "ibid": _figures(ibid, rows.gone),
        "ibid, same questions as stock": _figures(
            paired, [row for row in rows.gone if row.question in beside]
        ),
        "stock": _figures(rows.stock_there, rows.stock_gone),
        "median seconds, Ibid to stock": _ratio(paired, rows.stock_there),
        "ms": {
            point: metrics.quantile(
                [float(ms) for row in ibid if (ms := row.timings[point]) is not None], 0.5
            )
            for point in POINTS
        },
        "repaired citations": sum(row.repaired for row in ibid),
        "faults": [fault for row in (*ibid, *rows.gone) for fault in row.faults],
    }


def _figures(there: Sequence[BenchAnswer], gone: Sequence[BenchAnswer]) -> dict[str, Any]:
    answered = [row for row in there if row.status != "refused"]
    words = [float(row.words) for row in answered]
    seconds = [row.seconds for row in there]
    return {
        "n": len(there),
        "contains the gold answer": _share(row.contains for row in there),
        "token F1": round(fmean(row.f1 for row in there), 3) if there else None,
        "cites the gold span": _share(row.cites for row in there),
        "refused, answerable": _share(row.status == "refused" for row in there),
        "refused, article removed": _share(row.status == "refused" for row in gone),
        "quoted": _share(row.status in ("quoted", "hedged") for row in there),
        "words, median": metrics.quantile(words, 0.5),
        "words, p95": metrics.quantile(words, 0.95),
        "seconds, median": _rounded(metrics.quantile(seconds, 0.5)),
        "seconds, p95": _rounded(metrics.quantile(seconds, 0.95)),
    }


def _share(holds: Any) -> str | None:
    values = list(holds)
    interval = metrics.wilson(sum(values), len(values))
    if interval is None:
        return None
    low, high = interval
    return f"{sum(values) / len(values):.1%} ({low:.1%} … {high:.1%})"


def _ratio(ibid: Sequence[BenchAnswer], stock: Sequence[BenchAnswer]) -> float | None:
    mine = metrics.quantile([row.seconds for row in ibid], 0.5)
    theirs = metrics.quantile([row.seconds for row in stock], 0.5)
    return _rounded(mine / theirs) if mine and theirs else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def show(name: str, figures: dict[str, Any], console: Console) -> None:
    """The figures as tables."""
    columns = [key for key in ("ibid", "ibid, same questions as stock", "stock") if figures[key]]
    table = Table("", *columns, title=name)
    for measure in figures["ibid"]:
        table.add_row(measure, *(str(figures[column][measure]) for column in columns))
    console.print(table)
    times = Table(*POINTS, title="where the time goes, medians")
    times.add_row(*(str(figures["ms"][point]) for point in POINTS))
    console.print(times)
    console.print(
        f"median seconds, Ibid to stock: {figures['median seconds, Ibid to stock']}; "
        f"repaired citations: {figures['repaired citations']}; "
        f"faults: {figures['faults'] or 'none'}"
    )


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of SQuAD files")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--n", type=int, default=200, help="questions a file")
    parser.add_argument("--stock", type=int, default=50, help="of them, for the stock chain too")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    settings = load_settings()
    report: dict[str, Any] = {}
    for one in load(arguments.data):
        if one.format != "squad":
            continue

        def keep(rows: Rows, name: str = one.name) -> None:
            report[name] = {"summary": summary(rows), **asdict(rows)}
            if arguments.out:
                arguments.out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")

        rows = bench(one, settings, arguments.n, arguments.stock, arguments.seed, keep)
        show(one.name, summary(rows), Console())


if __name__ == "__main__":
    main()
