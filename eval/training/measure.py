"""What a reader is worth on titles that it was not trained on."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.training.examples import HELD_OUT, Row, squad

_MOST_WIDE = 30  # tokens of an answer
_ARTICLES = re.compile(r"\b(a|an|the)\b")

Read = Callable[[Sequence[tuple[str, str]]], Iterable[tuple[Any, float, Any, Any]]]


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out rows: near misses and answerable questions, at most 800, drawn by the seed."""

    rows: tuple[Row, ...]


def held_out(folder: Path, seed: int, most: int = 800) -> Held:
    """The held-out rows of SQuAD 2.0's titles."""
    found = squad(folder, "squad2_dev_27_titles", held_out=True, seed=seed)
    assert set(HELD_OUT) >= {"squad2_dev_27_titles"}
    return Held(tuple(random.Random(seed).sample(found, min(most, len(found)))))


def measured(held: Held, read: Read) -> dict[str, float]:
    """AUROC of three scores on human near misses, and exact match and F1 of the span."""
    verdicts, nulls, exact, shared = [], [], [], []
    pairs = [(row.question, f"{row.title}. {row.context}") for row in held.rows]
    for row, (_, text), (encoding, verdict, start, end) in zip(
        held.rows, pairs, read(pairs), strict=True
    ):
        first, last, best = best_span(start, end)
        verdicts.append(verdict)
        nulls.append(best - float(start[0] + end[0]))
        if row.golds:
            said = text[encoding.offsets[first][0] : encoding.offsets[last][1]]
            exact.append(max(normalised(said) == normalised(gold) for gold in row.golds))
            shared.append(max(token_f1(said, gold) for gold in row.golds))
    labels = [bool(row.golds) for row in held.rows]
    both = [a + b for a, b in zip(verdicts, nulls, strict=True)]
    return {
        "n": len(labels),
        "auroc": round(auroc(labels, verdicts), 4),
        "auroc_null": round(auroc(labels, nulls), 4),
        "auroc_both": round(auroc(labels, both), 4),
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


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """The probability that a positive scores above a negative."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))


def normalised(text: str) -> str:
    """As SQuAD's own script compares answers: small letters, no articles, no punctuation."""
    bare = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def token_f1(said: str, gold: str) -> float:
    """The harmonic mean of precision and recall of the words."""
    mine, theirs = normalised(said).split(), normalised(gold).split()
    common = sum(min(mine.count(word), theirs.count(word)) for word in set(mine))
    return 2 * common / (len(mine) + len(theirs)) if common else 0.0
