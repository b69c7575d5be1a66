"""What a reader is worth on titles that it was not trained on.

``python -m eval.training.measure --data FOLDER`` measures the one that Ibid ships.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from eval import metrics
from eval.training.sources import Row, sets_in, squad
from rag.index.chunking import in_context
from rag.language.facts import analyse
from rag.models.reader import reader
from rag.models.reranker import reranker
from rag.settings import load

_MOST_WIDE = 30  # tokens of an answer

Read = Callable[[Sequence[tuple[str, str]]], Iterable[tuple[Any, float, Any, Any]]]


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out rows: near misses and answerable questions, at most 800, drawn by the seed."""

    rows: tuple[Row, ...]


def held_out(folder: Path, seed: int, most: int = 800) -> Held:
    """The held-out rows of SQuAD 2.0's titles."""
    found = squad(folder, "squad2_dev_27_titles", held_out=True, seed=seed)
    return Held(tuple(random.Random(seed).sample(found, min(most, len(found)))))


def measured(held: Held, read: Read) -> dict[str, float]:
    """AUROC of three scores on human near misses, and exact match and F1 of the span."""
    verdicts, nulls, exact, shared = [], [], [], []
    pairs = [(row.question, in_context(row.title, row.context)) for row in held.rows]
    for row, (_, text), (encoding, verdict, start, end) in zip(
        held.rows, pairs, read(pairs), strict=True
    ):
        first, last, best = best_span(start, end)
        verdicts.append(verdict)
        nulls.append(best - float(start[0] + end[0]))
        if row.golds:
            predicted = text[encoding.offsets[first][0] : encoding.offsets[last][1]]
            exact.append(metrics.exact_match(predicted, row.golds) or 0.0)
            shared.append(metrics.token_f1(predicted, row.golds) or 0.0)
    labels = [bool(row.golds) for row in held.rows]
    both = [a + b for a, b in zip(verdicts, nulls, strict=True)]
    return {
        "n": len(labels),
        "auroc": _rounded(metrics.auroc(verdicts, labels)),
        "auroc_null": _rounded(metrics.auroc(nulls, labels)),
        "auroc_both": _rounded(metrics.auroc(both, labels)),
        "exact": round(sum(exact) / max(1, len(exact)), 4),
        "f1": round(sum(shared) / max(1, len(shared)), 4),
    }


def best_span(start: Any, end: Any) -> tuple[int, int, float]:
    """The likeliest answer in a text as first token, last token, sum of logits; not position 0."""
    best = (1, 1, float("-inf"))
    starts, ends = start.tolist(), end.tolist()
    likely = sorted(range(1, len(starts)), key=lambda i: -starts[i])[:20]
    for first in likely:
        for last in range(first, min(first + _MOST_WIDE, len(ends))):
            if starts[first] + ends[last] > best[2]:
                best = (first, last, starts[first] + ends[last])
    return best


def main(
    data: Annotated[Path, typer.Option(help="folder with answerability/")],
    out: Annotated[Path | None, typer.Option(help="file for the figures, as JSON")] = None,
    seed: int = 1,
) -> None:
    """The packaged reader, in int8, beside word overlap and the reranker that it began as."""
    folder = sets_in(data)
    held, settings = held_out(folder, seed), load()
    labels = [bool(row.golds) for row in held.rows]
    scorer, own = reranker(settings), reader()
    readings = [own.read(row.question, [row.title], [row.context])[0] for row in held.rows]
    texts = [in_context(row.title, row.context) for row in held.rows]
    scores = {
        "word overlap": [_overlap(row.question, row.context) for row in held.rows],
        "reranker": [
            scorer.scores(row.question, [text])[0]
            for row, text in zip(held.rows, texts, strict=True)
        ],
        "reader, answers": [reading.answers for reading in readings],
        "reader, margin": [reading.margin for reading in readings],
        "reader, both": [reading.answers + reading.margin for reading in readings],
    }
    told = [
        (row.context[reading.spans[0].start : reading.spans[0].end], row.golds)
        for row, reading in zip(held.rows, readings, strict=True)
        if row.golds and reading.spans
    ]
    exact = [metrics.exact_match(said, golds) or 0.0 for said, golds in told]
    shared = [metrics.token_f1(said, golds) or 0.0 for said, golds in told]
    figures = {
        "n": len(labels),
        "titles": sorted({row.title for row in held.rows}),
        "auroc": {
            name: [_rounded(metrics.auroc(values, labels)), *_interval(values, labels, seed)]
            for name, values in scores.items()
        },
        "exact": [round(sum(exact) / len(exact), 3), *_wilson(sum(exact), len(exact))],
        "f1": round(sum(shared) / len(shared), 3),
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if out:
        out.write_text(text + "\n", encoding="utf-8")


def _overlap(question: str, text: str) -> float:
    asked, there = analyse(question).content, analyse(text).content
    return len(asked & there) / max(1, len(asked))


def _interval(values: Sequence[float], labels: Sequence[bool], seed: int) -> list[float]:
    bounds = metrics.auroc_interval(values, labels, seed=seed)
    return [round(bound, 3) for bound in bounds] if bounds else []


def _rounded(value: float | None) -> float:
    return round(value or 0.0, 4)


def _wilson(part: float, n: int) -> list[float]:
    return [round(bound, 3) for bound in metrics.wilson(part, n) or ()]


if __name__ == "__main__":
    typer.run(main)
