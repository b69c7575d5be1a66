"""The rows of a small run, each with its own fate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval import metrics
from eval.measures.scoring import score
from eval.metrics import Span
from eval.runs.runner import Row, asked
from eval.sets.cases import Case, Evidence
from rag.schema import Answer, ArticleInfo, Citation, Passage, Sentence, Status

INFO = ArticleInfo("t", "The tower", "seeds/tower.md", None, None, None, "d")


def row(
    name: str,
    status: Status | None,
    *,
    answerable: bool = True,
    cited: bool = True,
    relevance: tuple[bool, ...] | None = (True,),
    tags: tuple[str, ...] = (),
    seconds: float = 1.0,
    chance: float = 0.9,
) -> Row:
    """A row whose answer is right where it answers, and which failed where it has no status."""
    quote = Citation(1, INFO, 3, 9, "opened in 1889")
    sentence = Sentence("It opened in 1889.", (quote,) if cited else (), "verified")
    evidence = (Evidence("seeds/tower.md", "in 1889"),) if answerable else ()
    case = Case(name, "When?", answerable, ("1889",) if answerable else (), evidence, tags=tags)
    found = (Passage(INFO, 0, 20, "It opened in 1889.", chance, probability=chance),)
    answer = Answer("When?", (sentence,), found, status=status) if status else None
    gold = (Span("t", 5, 12),) if answerable else ()
    ranked = relevance if answerable and answer else None
    ranks = None if ranked is None else (ranked.index(True) + 1 if any(ranked) else None,)
    return Row(
        case=case,
        gold=gold,
        answer=answer,
        relevance=ranked,
        values=score(case, answer, ranked, gold, ranks),
        verdict=metrics.refusal(refused=status == "refused", answerable=answerable)
        if answer
        else None,
        seconds=seconds,
        error=None if answer else "ProviderError: no answer",
        ranks=ranks,
    )


def rows_of(cases: Sequence[Case], *asked_of: Any, **options: Any) -> list[Row]:
    """All rows of `eval.runs.runner.asked`, in the order of the cases."""
    rows = dict(asked(cases, *asked_of, **options))
    return [rows[number] for number in sorted(rows)]


ROWS = [
    row("1", "answered", tags=("fact",), seconds=1),
    row("2", "quoted", tags=("fact", "long"), relevance=(False, False, True), seconds=2),
    row("3", "answered", cited=False, relevance=(False,) * 4 + (True,), seconds=3),
    row("4", "refused", relevance=(False,) * 6, seconds=4, chance=0.4),
    row("5", "refused", answerable=False, tags=("none",), seconds=5, chance=0.1),
    row("6", "refused", answerable=False, tags=("none",), seconds=6, chance=0.2),
    row("7", "answered", answerable=False, tags=("none",), seconds=7, chance=0.6),
    row("8", None, tags=("fact",), seconds=100),
]
