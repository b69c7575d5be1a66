"""Would it have answered alike if it had been asked otherwise, or of a library put otherwise?

The same cases are run again with one thing changed that should change nothing: the words of the
question, the order in which the articles were added, or other articles beside them. Rewordings by
rule are those of CheckList (Ribeiro et al. 2020): invariance tests.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eval import prompts
from eval.compare.runs import Flip
from eval.metrics import Span
from eval.metrics.paired import Difference, paired, paired_f1
from eval.report.stages import outcome as told
from eval.report.summary import Figure, proportion
from eval.runs.runner import Row
from eval.sets.cases import Case
from rag.language.sentences import split
from rag.loaders.text import build
from rag.prompts import inert
from rag.schema import Article
from rag.verify.claims import unstated

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


Outcome = Literal["right", "wrong", "refused", "failed"]

BY_MODEL = "by a model"
SHUFFLED = "articles shuffled"
DISTRACTED = "distractors added"
_SENTENCES = 20  # of a distractor
_SHORTEST_MISSPELT = 5
_LONGEST_QUESTION = 500
_WORD = re.compile(r"[a-z]+")


# The question in other words --------------------------------------------------------------------


def _typed_wrong(question: str) -> str:
    """Two letters changed round in the longest word that is no name; the first of equally long."""
    words = [word for word in _WORD.finditer(question) if _is_whole(question, word)]
    for word in sorted(words, key=lambda one: -len(one.group())):
        middle = (word.start() + word.end()) // 2
        one, other = question[middle - 1], question[middle]
        if len(word.group()) >= _SHORTEST_MISSPELT and one != other:
            return f"{question[: middle - 1]}{other}{one}{question[middle + 1 :]}"
    return question


def _is_whole(question: str, word: re.Match[str]) -> bool:
    around = question[max(0, word.start() - 1) : word.start()] + question[word.end() :][:1]
    return not any(character.isalnum() for character in around)


REWORDINGS: Mapping[str, Callable[[str], str]] = {
    "polite": lambda question: f"Could you please tell me: {question}",
    "chatty": lambda question: f"I was wondering about this. {question} Thanks!",
    "no question mark": lambda question: question.rstrip(" ?"),
    "lower case": str.lower,
    "a typing error": _typed_wrong,
}
"""Rules that change a question's words and not what it asks, by name."""

KINDS = (*REWORDINGS, SHUFFLED, DISTRACTED)
"""All that can be changed without a language model."""

MEANINGS: Mapping[str, str] = {
    "polite": "“Could you please tell me:” before the question",
    "chatty": "a remark before the question, and thanks after it",
    "no question mark": "the question mark left out",
    "lower case": "all letters small",
    "a typing error": "two letters changed round in the longest word that is no name",
    BY_MODEL: "the question in the words of a language model",
    SHUFFLED: "the same articles, added in another order",
    DISTRACTED: "as many made-up articles beside them",
}
"""What each change does, for a reader."""


def reworded(cases: Sequence[Case], rule: Callable[[str], str]) -> list[Case]:
    """The cases whose question a rule changes, with the changed question and all else as it was."""
    changed = ((case, rule(case.question)) for case in cases)
    return [replace(case, question=words) for case, words in changed if words != case.question]


@dataclass(frozen=True, slots=True)
class Rewording:
    """What a language model made of the question of the case ``id``.

    It does not ``fit``, and is not asked, where it has other names, dates or numbers than the
    question, is no question or is the same: such words may ask for something else. What is left
    may do so still.
    """

    id: str
    question: str
    words: str
    fit: bool


def by_model(model: BaseChatModel) -> Callable[[Case], Rewording]:
    """What lets a language model find other words for the question of a case."""
    prompt = prompts.few_shot("rephrase")

    def rule(case: Case) -> Rewording:
        question = case.question
        asked = prompt.messages(lambda question: question, inert(question))
        words = " ".join(model.invoke(asked).text.split())
        is_kept = not (unstated(words, question) or unstated(question, words))
        is_question = words.endswith("?") and len(words) <= _LONGEST_QUESTION
        return Rewording(case.id, question, words, is_question and is_kept and words != question)

    return rule


# Other articles ---------------------------------------------------------------------------------


def mixtures(
    articles: Sequence[Article], gold: Sequence[Span], count: int, seed: int = 0
) -> list[Article]:
    """Made-up articles of the articles' own sentences, none of which is gold evidence.

    Each sentence is true and on the subject of some question, and stands in the wrong company.
    Fewer than ``count`` where the articles have too few sentences.
    """
    chance = random.Random(seed)
    pool = [
        article.text[start:end]
        for article in articles
        for start, end in split(article.text)
        if not any(Span(article.id, start, end).overlaps(span) for span in gold)
    ]
    chance.shuffle(pool)
    made = []
    for number in range(1, count + 1):
        sentences = pool[(number - 1) * _SENTENCES : number * _SENTENCES]
        if not sentences:
            break
        facts = {"title": f"Gathered notes {number}", "source": f"ibid:distractor-{number}"}
        made.append(build("\n\n".join(sentences), facts, Path(f"distractor-{number}.txt")))
    return made


def shuffled(articles: Sequence[Article], seed: int = 0) -> list[Article]:
    """The articles in another order, the same one whatever order they come in."""
    held = sorted(articles, key=lambda article: article.id)
    random.Random(seed).shuffle(held)
    return held


# What it comes to -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shift:
    """What one change did to the ``n`` cases that it touched.

    ``consistency`` is the share of them whose `outcome` is the same, ``moved`` are the others.
    ``containment`` and ``refusal_f1`` are the changed run less the original, over those cases:
    negative is worse; None where there is nothing to compare. ``failed`` counts the cases that
    failed in one run or in both.
    """

    name: str
    n: int
    consistency: Figure
    containment: Difference | None
    refusal_f1: Difference | None
    moved: tuple[Flip, ...]
    failed: int

    @property
    def changed(self) -> tuple[str, ...]:
        """The ids of the cases that came out otherwise."""
        return tuple(flip.first.case.id for flip in self.moved)


def outcome(row: Row) -> Outcome:
    """What a reader gets, in one word. Wrong is what holds no gold answer, or has none to hold."""
    if row.answer is None or row.verdict is None:
        return "failed"
    if row.verdict in ("TP", "FP"):
        return "refused"
    return "right" if row.verdict == "TN" and row.values.get("containment") == 1 else "wrong"


def shift(name: str, original: Sequence[Row], changed: Sequence[Row], seed: int = 0) -> Shift:
    """Hold the rows of a changed run against those of the same cases, by their ids."""
    before = {row.case.id: row for row in original}
    pairs = [(before[row.case.id], row) for row in changed if row.case.id in before]
    moved = tuple(
        Flip(was, row, told(was), told(row)) for was, row in pairs if outcome(was) != outcome(row)
    )
    return Shift(
        name=name,
        n=len(pairs),
        consistency=proportion("consistency", len(pairs) - len(moved), len(pairs)),
        containment=paired(
            [was.values.get("containment") for was, _ in pairs],
            [row.values.get("containment") for _, row in pairs],
            seed,
        ),
        refusal_f1=paired_f1(
            [was.verdict for was, _ in pairs], [row.verdict for _, row in pairs], seed
        ),
        moved=moved,
        failed=sum("failed" in (outcome(was), outcome(row)) for was, row in pairs),
    )
