"""Fit the decision: ``python -m eval.training.decision --data FOLDER``.

Two logistic regressions, on questions that are in no test: those of the SQuAD titles that the
reader was not trained on, each title an article, some of them asked with their article gone; and
the half of ``everyday.jsonl`` that is there to develop on. The first weighs what reranker and
reader say of a sentence, the second the language model's vote as well.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval.bench.questions import QuestionSet
from eval.bench.retrieval import library_of
from eval.sets.cases import load as load_cases
from eval.training.sources import sets_in, squad
from rag.answer.weighing import weigh
from rag.assistant import Assistant
from rag.decision import Decision, Signals, Vote, decision
from rag.index.library import Library
from rag.loaders import read
from rag.loaders.text import build
from rag.models.chat import chat_model
from rag.models.reader import reader
from rag.models.reranker import reranker
from rag.prompts import chance_of_silence, says_not_found
from rag.query.classification import classify
from rag.query.wording import readable
from rag.retrieve.candidates import sentences_of
from rag.retrieve.readings import signals
from rag.schema import Article, Citation, Filter, Passage
from rag.settings import Settings, load
from rag.verify.markers import cite

WEIGHTS = Path(__file__).parents[2] / "rag" / "decision.toml"
EVERYDAY = Path(__file__).parents[1] / "sets"
_SQUAD = 200  # questions with an answer, as many near misses
_GONE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the places of its answer, none where it has none, and where to look."""

    question: str
    gold: tuple[tuple[str, int, int], ...]
    only: Filter | None = None

    def is_gold(self, place: Passage | Citation) -> bool:
        """Whether the place overlaps an answer."""
        return any(
            place.article.id == id_ and place.start < end and start < place.end
            for id_, start, end in self.gold
        )


@contextmanager
def squad_library(
    data: Path, settings: Settings, seed: int
) -> Iterator[tuple[Library, list[Asked]]]:
    """The held-out titles as articles, and questions on them, drawn by the seed."""
    rows = squad(data, "squad2_dev_27_titles", held_out=True, seed=seed)
    paragraphs: dict[str, list[str]] = {}
    for row in rows:
        if row.context not in paragraphs.setdefault(row.title, []):
            paragraphs[row.title].append(row.context)
    articles = {
        title: build("\n\n".join(texts), {"source": f"squad:{title}", "title": title}, Path(title))
        for title, texts in paragraphs.items()
    }
    rng = random.Random(seed)
    answerable, not_there = (
        rng.sample([row for row in rows if bool(row.golds) == has], _SQUAD) for has in (True, False)
    )
    gone = rng.sample([row for row in rows if row.golds], _GONE)
    asked = [Asked(row.question, tuple(_places(articles[row.title], row))) for row in answerable]
    asked += [Asked(row.question, ()) for row in not_there]
    for row in gone:
        others = tuple(one.id for title, one in articles.items() if title != row.title)
        asked.append(Asked(row.question, (), Filter(articles=others)))
    with library_of(_set(articles), settings) as own:
        yield own, asked


def _set(articles: Mapping[str, Article]) -> QuestionSet:
    return QuestionSet("calibration", "squad", tuple(articles.values()), ())


def _places(article: Article, row: Any) -> Iterator[tuple[str, int, int]]:
    at = article.text.index(" ".join(row.context.split())[:40])
    for gold in set(row.golds):
        if (start := article.text.find(gold, at)) >= 0:
            yield article.id, start, start + len(gold)


@contextmanager
def everyday_library(settings: Settings) -> Iterator[tuple[Library, list[Asked]]]:
    """The articles of ``everyday.jsonl``, and the questions that are there to develop on."""
    articles = {Path(one.source).name: one for one in read(EVERYDAY / "everyday")}
    asked = []
    for case in load_cases(EVERYDAY / "everyday.jsonl"):
        if "develop" in case.tags:
            gold = []
            for evidence in case.evidence:
                article = articles[Path(evidence.article).name]
                at = article.text.index(evidence.quote)
                gold.append((article.id, at, at + len(evidence.quote)))
            asked.append(Asked(case.question, tuple(gold)))
    with library_of(_set(articles), settings) as own:
        yield own, asked


def sentences(asked: Sequence[Asked], assistant: Assistant) -> list[list[tuple[Signals, bool]]]:
    """For each question, each sentence that may be evidence: its signals, and whether it is."""
    judgements = []
    settings = assistant.library.settings
    for one in asked:
        question = classify(readable(one.question))
        passages = assistant.search(question.text, settings.passages, one.only)[: settings.read]
        candidates = list(sentences_of(passages))
        judged = signals(
            question.text,
            passages,
            candidates,
            assistant.retriever.reranker,
            assistant.reader,
            settings.evidence,
        )
        judgements.append(
            [
                (s, one.is_gold(candidate.citation))
                for candidate, (s, _) in zip(candidates, judged, strict=True)
            ]
        )
    return judgements


def fit_text(found: Sequence[Sequence[tuple[Signals, bool]]]) -> dict[str, float]:
    """The weights of `Signals`: over all sentences, then scaled to the best of each question."""
    rows = [(list(asdict(s).values()), is_gold) for some in found for s, is_gold in some]
    names = list(Signals.__dataclass_fields__)
    weights, intercept = _logistic([x for x, _ in rows], [y for _, y in rows])
    best = [max(_scored(some, weights), key=lambda one: one[0]) for some in found if some]
    (slope,), shift = _logistic([[score] for score, _ in best], [is_gold for _, is_gold in best])
    del intercept  # the second curve has its own
    return {
        "intercept": float(shift),
        **{name: float(slope * w) for name, w in zip(names, weights, strict=True)},
    }


def _scored(some: Sequence[tuple[Signals, bool]], weights: Any) -> Iterator[tuple[float, bool]]:
    for one, is_gold in some:
        yield float(np.dot(weights, list(asdict(one).values()))), is_gold


def _logistic(rows: Sequence[Sequence[float]], answers: Sequence[bool]) -> tuple[Any, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=1000).fit(rows, answers)
    return model.coef_[0], float(model.intercept_[0])


def votes(asked: Sequence[Asked], assistant: Assistant) -> Iterator[tuple[Vote, bool]]:
    """The model's vote on each question, and whether the evidence that it leads to answers."""
    for number, one in enumerate(asked, start=1):
        done = assistant.chain.invoke({"question": one.question, "only": one.only})
        draft, evidence = done["draft"], done["evidence"]
        not_found = chance_of_silence(draft, done.get("not_found"))
        if number % 20 == 0:
            print(f"{number} of {len(asked)} asked", file=sys.stderr)
        if not evidence or not_found is None:
            continue
        weighed = weigh(
            done["query"],
            () if says_not_found(draft) else cite(draft, evidence),
            evidence,
            done["passages"],
            assistant.library.settings,
            assistant.verifier,
            not_found=not_found,
        )
        if weighed.vote:
            yield weighed.vote, one.is_gold(weighed.evidence or evidence[0])


def fit_vote(found: Sequence[tuple[Vote, bool]]) -> dict[str, float]:
    """The weights of `Vote`."""
    rows = [[float(x) for x in asdict(vote).values()] for vote, _ in found]
    weights, intercept = _logistic(rows, [is_gold for _, is_gold in found])
    names = list(Vote.__dataclass_fields__)
    return {"intercept": intercept, **dict(zip(names, map(float, weights), strict=True))}


def write(path: Path, text: dict[str, float], vote: dict[str, float]) -> None:
    """Put the weights down where Ibid reads them."""
    lines = ["# Fitted by make train-decision; see eval/README.md."]
    for name, weights in (("text", text), ("vote", vote)):
        lines += ["", f"[{name}]", *(f"{key} = {value:.4f}" for key, value in weights.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(
    data: Annotated[Path, typer.Option(help="folder with answerability/")],
    seed: int = 1,
    model: Annotated[bool, typer.Option(help="ask the language model too: half an hour")] = True,
    sample: Annotated[int, typer.Option(help="questions of SQuAD for the model")] = 60,
) -> None:
    """Fit both regressions, or the first alone, and keep the weights in the package."""
    folder = sets_in(data)
    settings, now = load(), decision()
    scorer, own_reader = reranker(settings), reader()
    found: list[list[tuple[Signals, bool]]] = []
    for opened_library in (squad_library(folder, settings, seed), everyday_library(settings)):
        with opened_library as (own, asked):
            assistant = Assistant(own, scorer, own_reader, None)
            found += sentences(asked, assistant)
    text = fit_text(found)
    write(WEIGHTS, text, dict(now.vote))
    print(json.dumps({"text": text, "n": len(found)}))
    if not model:
        return
    llm = chat_model(settings)
    cast: list[tuple[Vote, bool]] = []
    weights = Decision(text, now.vote)
    with everyday_library(settings) as (own, asked):
        assistant = Assistant(own, scorer, own_reader, llm, settings.model, weights=weights)
        cast += votes(asked, assistant)
    with squad_library(folder, settings, seed) as (own, asked):
        assistant = Assistant(own, scorer, own_reader, llm, settings.model, weights=weights)
        cast += votes(random.Random(seed).sample(asked, min(sample, len(asked))), assistant)
    vote = fit_vote(cast)
    write(WEIGHTS, text, vote)
    print(json.dumps({"vote": vote, "n": len(cast)}))


if __name__ == "__main__":
    typer.run(main)
