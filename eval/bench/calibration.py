"""``make calibrate``: scores of the cross-encoder to probabilities, fitted on our own questions.

What is fitted, the slope and intercept of Platt's method (Advances in Large Margin Classifiers,
1999), comes from ``eval/sets/seeds.jsonl`` alone. What it is worth is checked on sets that it has
not seen. The probability of an answer is another: ``make train-decision`` fits it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval import metrics
from eval.bench.questions import Question, QuestionSet, load
from eval.bench.retrieval import DEPTH, gold_rank, library_of, sample
from eval.sets.cases import load as load_cases
from rag.decision import log_odds
from rag.index.library import Library
from rag.loaders import read
from rag.models.registry import listed
from rag.models.reranker import reranker
from rag.protocols import Reranker
from rag.retrieve.retriever import Retriever
from rag.schema import Filter
from rag.settings import load as load_settings

SEEDS = Path("eval/sets/seeds.jsonl")
# Of the questions that the articles answer, how many are above the threshold that is shown.
ANSWERED = 0.985
Array = NDArray[np.float64]


def seeds() -> QuestionSet:
    """Our own cases as a question set: those that can be asked without a history."""
    articles = {article.source: article for article in read(Path("seeds"))}
    cases = [case for case in load_cases(SEEDS) if not case.history]
    questions = []
    for case in cases:
        spans = []
        for evidence in case.evidence:
            article = articles[f"ibid:{evidence.article}"]
            at = article.text.index(evidence.quote)
            spans.append((article.id, at, at + len(evidence.quote)))
        asked_of = tuple(dict.fromkeys(article_id for article_id, _, _ in spans))
        questions.append(Question(case.question, asked_of, tuple(spans), case.answers))
    return QuestionSet("seeds", "squad", tuple(articles.values()), tuple(questions))


def stories(own: Library) -> dict[str, frozenset[str]]:
    """For each article, those that tell the same story: an update, or another paper's report.

    With one of them gone, another may still answer; only with all gone, none does. Seeds of one
    story share the first two words of their file names; elsewhere each article is its own story.
    """
    told: dict[str, set[str]] = {}
    for info in own.articles():
        name = info.source.rpartition("/")[2]
        key = "-".join(name.split("-")[:2]) if info.source.startswith("ibid:seeds/") else info.id
        told.setdefault(key, set()).add(info.id)
    return {id_: frozenset(ids) for ids in told.values() for id_ in ids}


def scored(
    asked: Sequence[Question], own: Library, scorer: Reranker
) -> tuple[Array, NDArray[np.bool_], Array]:
    """The highest score of a passage for each question that has an answer.

    A score is the logit that stands behind a probability: only a probability tells retrieval
    which passages to read on in.

    Returns:
        With the articles that answer it in the library, and whether that passage does answer;
        then with all articles of their stories gone.
    """
    retriever = Retriever(library=own, reranker=scorer, settings=own.settings)
    slope, intercept = listed()[own.settings.reranker].calibration
    everywhere = {info.id for info in own.articles()}
    story = stories(own)
    there: list[float] = []
    right: list[bool] = []
    gone: list[float] = []
    for question in asked:
        if question.spans:
            best = max(
                retriever.ranked(question.text, DEPTH), key=lambda one: one.probability or 0.0
            )
            there.append(best.probability or 0.0)
            right.append(gold_rank([best], question) == 1)
            apart = everywhere.difference(*(story[id_] for id_ in question.article_ids))
            rest = retriever.ranked(question.text, DEPTH, Filter(articles=tuple(apart)))
            gone.append(max((passage.probability or 0.0 for passage in rest), default=0.0))
    with_them, without = (
        (np.array([log_odds(chance) for chance in chances]) - intercept) / slope
        for chances in (there, gone)
    )
    return with_them, np.array(right), without


def fit(scores: Array, answers: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the logistic curve through the scores."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), answers)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def probabilities(scores: Array, curve: tuple[float, float]) -> Array:
    """The curve at each score."""
    return np.asarray(1 / (1 + np.exp(-(curve[0] * scores + curve[1]))))


def threshold_for(there: Array) -> float:
    """The highest score that still answers `ANSWERED` of the questions that have an answer."""
    return float(np.quantile(there, 1 - ANSWERED))


def main() -> None:
    """Fit on the seeds, check on the sets of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of question sets to check on")
    parser.add_argument("--n", type=int, default=200, help="questions a set")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    settings, console = load_settings(), Console()
    scorer = reranker(settings)
    own_set = seeds()
    with library_of(own_set, settings) as own:
        there, right, gone = scored(own_set.questions, own, scorer)
    curve = fit(*_outcomes(there, right, gone))
    threshold = threshold_for(there)
    console.print(f"calibration = [{curve[0]:.4f}, {curve[1]:.4f}]   (rag/models.toml)")
    _show(console, "seeds, fitted on them", there, right, gone, curve, threshold)
    for other in load(arguments.data) if arguments.data else []:
        asked = [q for q in sample(other.questions, arguments.n, arguments.seed) if q.spans]
        if asked:
            with library_of(other, settings) as own:
                figures = scored(asked, own, scorer)
            _show(console, other.name, *figures, curve, threshold)


def _outcomes(
    there: Array, right: NDArray[np.bool_], gone: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Scores and whether the passage answers: with its story gone, none does."""
    return np.concatenate([there, gone]), np.concatenate([right, np.zeros(len(gone), bool)])


def _show(console: Console, name: str, *found: Any) -> None:
    there, right, gone, curve, threshold = found
    scores, answers = _outcomes(there, right, gone)
    chances, truths = probabilities(scores, curve).tolist(), answers.tolist()
    console.print(
        f"\n[bold]{name}[/bold]: {len(there)} questions, with and without their articles; "
        f"ECE {metrics.calibration_error(chances, truths):.3f}; at the threshold "
        f"{np.mean(there >= threshold):.1%} answered, {np.mean(gone < threshold):.1%} refused"
    )
    table = Table("said", "so", "n")
    for one in metrics.reliability(chances, truths):
        table.add_row(f"{one.said:.2f}", f"{one.so:.2f}", str(one.n))
    console.print(table)


if __name__ == "__main__":
    main()
