"""``make calibrate``: scores of the cross-encoder to probabilities, fitted on our own questions.

What is fitted, the slope and intercept of Platt's method (Advances in Large Margin Classifiers,
1999) and the answering threshold, comes from ``eval/sets/seeds.jsonl`` alone. What it is worth is
checked on sets that it has not seen.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.bench.questions import Question, QuestionSet, load
from eval.bench.retrieval import DEPTH, gold_rank, library_of, sample
from eval.cases import load as load_cases
from rag.library import Library
from rag.readers import read
from rag.reranking import Reranker, reranker
from rag.retrieval import Retriever
from rag.schema import Filter, Passage
from rag.settings import load as load_settings

SEEDS = Path("eval/sets/seeds.jsonl")
BINS = 10
Array = NDArray[np.float64]


class Raw:
    """The cross-encoder with its score in place of a probability."""

    def __init__(self, scorer: Reranker) -> None:
        self.scores = scorer.scores

    def probability(self, logit: float) -> float:
        """The score itself."""
        return logit


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


def belonging_together(questions: Iterable[Question]) -> dict[str, frozenset[str]]:
    """For each article, those that some question needs together with it, and theirs in turn.

    With one of them gone, another may still answer; only with all gone, none does.
    """
    groups: dict[str, frozenset[str]] = {}
    for question in questions:
        group = frozenset(question.article_ids).union(
            *(groups.get(article_id, frozenset()) for article_id in question.article_ids)
        )
        groups.update(dict.fromkeys(group, group))
    return groups


def scored(
    asked: Sequence[Question], own: Library, scorer: Reranker
) -> tuple[Array, NDArray[np.bool_], Array, Array]:
    """What the cross-encoder makes of a set.

    Returns:
        The scores of all passages and whether each answers its question; then, for each
        answerable question, the best score with its articles there and with them gone.
    """
    retriever = Retriever(library=own, reranker=Raw(scorer), settings=own.settings)
    everywhere = {info.id for info in own.articles()}
    groups = belonging_together(asked)
    scores: list[float] = []
    answers: list[bool] = []
    there: list[float] = []
    gone: list[float] = []
    for question in asked:
        passages = retriever.ranked(question.text, DEPTH)
        scores += [passage.score for passage in passages]
        answers += [_answers(passage, question) for passage in passages]
        if question.spans:
            apart = everywhere.difference(*(groups[id_] for id_ in question.article_ids))
            rest = retriever.ranked(question.text, DEPTH, Filter(articles=tuple(apart)))
            there.append(max(passage.score for passage in passages))
            gone.append(max((passage.score for passage in rest), default=-20.0))
    return np.array(scores), np.array(answers), np.array(there), np.array(gone)


def _answers(passage: Passage, question: Question) -> bool:
    return gold_rank([passage], question) == 1


def fit(scores: Array, answers: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the logistic curve through the scores."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), answers)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def probabilities(scores: Array, curve: tuple[float, float]) -> Array:
    """The curve at each score."""
    return np.asarray(1 / (1 + np.exp(-(curve[0] * scores + curve[1]))))


def best_threshold(there: Array, gone: Array) -> float:
    """Where the share of right decisions is greatest, halfway to the next score below."""
    scores = np.unique(np.concatenate([there, gone]))
    right = [(np.mean(there >= at) + np.mean(gone < at)) / 2 for at in scores]
    best = int(np.argmax(right))
    return float((scores[best] + scores[max(best - 1, 0)]) / 2)


def reliability(chances: Array, answers: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Per tenth of probability that holds any: what was said, what was so, and how many."""
    places = np.minimum((chances * BINS).astype(int), BINS - 1)
    return [
        (float(chances[places == i].mean()), float(answers[places == i].mean()), int(n))
        for i in range(BINS)
        if (n := np.sum(places == i))
    ]


def expected_calibration_error(rows: Sequence[tuple[float, float, int]]) -> float:
    """The mean gap between what was said and what was so (Naeini et al., AAAI 2015)."""
    return sum(abs(said - so) * n for said, so, n in rows) / sum(n for _, _, n in rows)


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
        scores, answers, there, gone = scored(own_set.questions, own, scorer)
    curve = fit(scores, answers)
    threshold = best_threshold(there, gone)
    at = float(probabilities(np.array([threshold]), curve)[0])
    console.print(f"calibration = [{curve[0]:.4f}, {curve[1]:.4f}]   (rag/models.toml)")
    console.print(f"answer_threshold = {at:.3f}   (rag/settings.py; a score of {threshold:.2f})")
    _show(console, "seeds, fitted on them", scores, answers, there, gone, curve, threshold)
    for other in load(arguments.data) if arguments.data else []:
        asked = [q for q in sample(other.questions, arguments.n, arguments.seed) if q.spans]
        if asked:
            with library_of(other, settings) as own:
                found = scored(asked, own, scorer)
            _show(console, other.name, *found, curve, threshold)


def _show(console: Console, name: str, *found: Any) -> None:
    scores, answers, there, gone, curve, threshold = found
    rows = reliability(probabilities(scores, curve), answers)
    console.print(
        f"\n[bold]{name}[/bold]: {len(there)} questions, {len(scores)} passages, "
        f"ECE {expected_calibration_error(rows):.3f}; at the threshold "
        f"{np.mean(there >= threshold):.1%} answered, {np.mean(gone < threshold):.1%} refused"
    )
    table = Table("said", "so", "passages")
    for said, so, n in rows:
        table.add_row(f"{said:.2f}", f"{so:.2f}", str(n))
    console.print(table)


if __name__ == "__main__":
    main()
