"""``make bench-retrieval``: what each stage of retrieval is worth, and what it costs.

Every SQuAD and ClapNQ file of a folder becomes a throw-away library, chunked by our own chunker.
A hit is a passage that overlaps a gold span; passages are what a user gets, so in every stage
neighbouring chunks are merged. Stages are asked in turn for each question, so that whatever else
the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.bench.questions import Question, QuestionSet, load
from eval.measures.scoring import span
from eval.metrics import Span, containment, overlapping
from eval.metrics.retrieval import hit_at_k, ndcg_at_k, reciprocal_rank
from rag.decision import decision
from rag.index.library import Library, opened
from rag.models.embedder import embedder
from rag.models.reader import reader
from rag.models.reranker import reranker
from rag.opening import apart
from rag.protocols import Reranker
from rag.query.classification import classify
from rag.retrieve import evidence
from rag.retrieve.retriever import Retriever
from rag.schema import Filter, Passage
from rag.settings import Settings
from rag.settings import load as load_settings

DEPTH = 10
STAGES: dict[str, dict[str, Any]] = {
    "lexical": {"dense": False, "rerank": 0},
    "dense": {"lexical": False, "rerank": 0},
    "fusion": {"rerank": 0},
    "rerank": {},
}
_HITS = (1, 3, 5, 10)
METRICS = (*(f"hit@{k}" for k in _HITS), "mrr@10", "ndcg@10")
# A question's rank of gold (None: not among the first ten) and its milliseconds.
Found = tuple[int | None, float]


class CachedReranker:
    """A scorer that reads no pair twice, for what is not timed."""

    def __init__(self, scorer: Reranker) -> None:
        self._scorer = scorer
        self._known: dict[tuple[str, str], float] = {}

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """As the scorer's, from memory where it can."""
        new = [text for text in dict.fromkeys(texts) if (question, text) not in self._known]
        for text, score in zip(new, self._scorer.scores(question, new), strict=True):
            self._known[question, text] = score
        return [self._known[question, text] for text in texts]

    def probability(self, logit: float) -> float:
        """As the scorer's."""
        return self._scorer.probability(logit)


def bench(sets: Sequence[QuestionSet], settings: Settings, n: int | None, seed: int) -> Report:
    """All figures, in the shape that ``make bench-retrieval`` writes.

    ``n``: a sample of so many questions a file, drawn with ``seed``; None: all of them.
    """
    scorer = reranker(settings)
    report: Report = {}
    answerable: dict[str, list[float]] = {}
    unanswerable: dict[str, list[float]] = {}
    for one in sets:
        asked = sample(one.questions, n, seed)
        with library_of(one, settings) as own:
            report[one.name] = _file(one, asked, own, scorer)
            if one.format == "clapnq":
                scores = [_alone(question, own, scorer) for question in asked]
                pairs = list(zip(asked, scores, strict=True))
                answerable[one.name] = [score for question, score in pairs if question.spans]
                unanswerable[one.name] = [score for question, score in pairs if not question.spans]
    every_no = [score for scores in unanswerable.values() for score in scores]
    every_yes = [score for scores in answerable.values() for score in scores]
    for name, scores in answerable.items():
        yes, no = scores or every_yes, unanswerable[name] or every_no
        if yes and no:
            case = _abstention(
                "with its passage", yes, no, settings.answering.hedged * settings.strictness
            )
            report[name]["abstention"].append(case)
    return report


Report = dict[str, dict[str, Any]]


def sample(questions: Sequence[Question], n: int | None, seed: int) -> list[Question]:
    """All questions, or ``n`` of them drawn with a seed, in their order."""
    if n is None or n >= len(questions):
        return list(questions)
    chosen = sorted(random.Random(seed).sample(range(len(questions)), n))
    return [questions[i] for i in chosen]


@contextmanager
def library_of(one: QuestionSet, settings: Settings) -> Iterator[Library]:
    """A throw-away library of a question set's articles."""
    with tempfile.TemporaryDirectory(prefix="ibid-bench-") as folder:
        there = apart(settings, Path(folder))
        with opened(there, embedder(there), purpose="benchmark") as own:
            own.add(
                track(
                    one.articles,
                    f"{one.name}: embedding",
                    console=Console(stderr=True),
                    disable=not sys.stderr.isatty(),
                )
            )
            yield own


def staged(own: Library, scorer: Reranker) -> dict[str, Retriever]:
    """A retriever for each stage, with those before it switched on as well."""
    return {
        stage: Retriever(
            library=own, reranker=scorer, settings=own.settings.model_copy(update=switches)
        )
        for stage, switches in STAGES.items()
    }


def _file(
    one: QuestionSet, asked: Sequence[Question], own: Library, scorer: Reranker
) -> dict[str, Any]:
    answerable = [question for question in asked if question.spans]
    found: dict[str, list[Found]] = {stage: [] for stage in STAGES}
    sentences: list[int | None] = []
    scores: dict[str, list[float]] = {"with all": [], "article removed": [], "chunks removed": []}
    # The timed stages come first for each question, so nothing of theirs is in memory yet.
    memory = CachedReranker(scorer)
    stages = staged(own, memory)
    again = stages["rerank"]
    bounds = {article.id: _bounds(own, article.id) for article in one.articles}
    again.ranked("What is loaded on first use is not timed.", DEPTH)
    for question in track(
        answerable,
        f"{one.name}: asking",
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    ):
        for stage, retriever in stages.items():
            began = time.perf_counter()
            passages = retriever.passages(question.text, DEPTH)
            elapsed = 1000 * (time.perf_counter() - began)
            found[stage].append((gold_rank(passages, question), elapsed))
        scores["with all"].append(_best(passages))
        sentences.append(_sentence_rank(question, again, memory))
        if one.format == "squad":
            others = tuple(id_ for id_ in bounds if id_ not in question.article_ids)
            left = again.ranked(question.text, DEPTH, Filter(articles=others)) if others else []
            scores["article removed"].append(_best(left))
            near = _neighbourhood(question, bounds)
            scores["chunks removed"].append(_best(again.ranked(question.text, DEPTH, None, near)))
    threshold = own.settings.answering.hedged * own.settings.strictness
    return {
        "n": len(answerable) or len(asked),
        "chunks": own.catalog.count()[1],
        "stages": [stage_report(stage, found[stage]) for stage in STAGES] if answerable else [],
        "sentences": {f"top{k}": _within(sentences, k) for k in (1, 3, 6)},
        "abstention": [
            _abstention(case, scores["with all"], scores[case], threshold)
            for case in ("article removed", "chunks removed")
            if scores[case]
        ],
    }


def gold_rank(passages: Sequence[Passage], question: Question, depth: int = DEPTH) -> int | None:
    """The rank, from 1, of the first passage that overlaps a gold span."""
    gold = [Span(*place) for place in question.spans]
    for rank, passage in enumerate(passages[:depth], start=1):
        if any(overlapping([span(passage)], gold)):
            return rank
    return None


def _sentence_rank(question: Question, retriever: Retriever, memory: CachedReranker) -> int | None:
    passages = retriever.passages(question.text, retriever.settings.passages)
    asked = classify(question.text)
    gold = [Span(*place) for place in question.spans]
    chosen = evidence.choose(asked, passages, memory, reader(), decision(), retriever.settings)
    for citation in chosen:
        if len(question.spans) == 1 or len(question.answers[0].split()) <= 8:
            is_gold = containment(citation.quote, question.answers) == 1.0
        else:  # a long answer stands in no one sentence; the sentences that it is made of do
            is_gold = any(overlapping([span(citation)], gold))
        if is_gold:
            return citation.number
    return None


def _alone(question: Question, own: Library, scorer: Reranker) -> float:
    retriever = Retriever(library=own, reranker=scorer, settings=own.settings)
    return _best(retriever.ranked(question.text, DEPTH, Filter(articles=question.article_ids)))


def _best(passages: Sequence[Passage]) -> float:
    return max((passage.probability or 0.0 for passage in passages), default=0.0)


def _bounds(own: Library, article_id: str) -> list[tuple[str, int, int]]:
    return [(c.id, c.start, c.end) for c in own.catalog.chunks_of(article_id)]


def _neighbourhood(
    question: Question, bounds: dict[str, list[tuple[str, int, int]]]
) -> frozenset[str]:
    """The chunks that overlap a gold span, and the one before and after each."""
    near: set[str] = set()
    for article_id, start, end in question.spans:
        chunks = bounds[article_id]
        for i, (_, from_, to) in enumerate(chunks):
            if from_ < end and start < to:
                near.update(chunk_id for chunk_id, _, _ in chunks[max(0, i - 1) : i + 2])
    return frozenset(near)


def stage_report(stage: str, found: Sequence[Found]) -> dict[str, Any]:
    """The figures and the median milliseconds of one stage, from what it found."""
    import numpy as np

    # The first passage that overlaps a gold span is the one relevant document of its question:
    # a second chunk over the same words is not a second thing to be found.
    figures = [_figures(rank) for rank, _ in found]
    times = [elapsed for _, elapsed in found]
    return {
        "stage": stage,
        **{name: round(float(np.mean([one[name] for one in figures])), 4) for name in METRICS},
        "p50_ms": round(float(np.percentile(times, 50)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
    }


def _figures(rank: int | None) -> dict[str, float]:
    """What a question is worth to each metric, by the rank of its gold."""
    relevance = [place == rank for place in range(1, DEPTH + 1)]
    hits = {f"hit@{k}": hit_at_k(relevance, k) for k in _HITS}
    told = {**hits, "mrr@10": reciprocal_rank(relevance), "ndcg@10": ndcg_at_k([rank], DEPTH)}
    return {name: value or 0.0 for name, value in told.items()}


def _abstention(
    case: str, yes: Sequence[float], no: Sequence[float], threshold: float
) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    labels = [1] * len(yes) + [0] * len(no)
    return {
        "case": case,
        "auroc": round(float(roc_auc_score(labels, [*yes, *no])), 4),
        "answered": _share(yes, lambda score: score >= threshold),
        "refused": _share(no, lambda score: score < threshold),
    }


def _within(ranks: Sequence[int | None], k: int) -> float | None:
    return _share(ranks, lambda rank: rank is not None and rank <= k)


def _share(values: Sequence[Any], holds: Callable[[Any], bool]) -> float | None:
    return round(sum(map(holds, values)) / len(values), 4) if values else None


def show(report: Report, console: Console) -> None:
    """The report as tables."""
    for name, figures in report.items():
        console.print(f"\n[bold]{name}[/bold]  n = {figures['n']}, {figures['chunks']} chunks")
        if figures["stages"]:
            table = Table(*figures["stages"][0])
            for stage in figures["stages"]:
                table.add_row(*(str(value) for value in stage.values()))
            console.print(table)
            shares = ", ".join(f"{k} {v}" for k, v in figures["sentences"].items())
            console.print(f"a sentence with the gold answer: {shares}")
        for case in figures["abstention"]:
            console.print(
                f"answerable against {case['case']}: AUROC {case['auroc']}, "
                f"answered {case['answered']}, refused {case['refused']}"
            )


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of question sets")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--n", type=int, help="questions a file; default: all")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    report = bench(load(arguments.data), load_settings(), arguments.n, arguments.seed)
    show(report, Console())
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
