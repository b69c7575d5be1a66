"""Ask every question of a set and score what comes back.

A failing question is a row with an error, not the end of the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval import metrics
from eval.cases import Case
from eval.evidence import Articles, resolve
from eval.metrics import Span, Verdict
from eval.scoring import Measure, refused, score, span
from eval.usage import Prices, counted, usage_values
from rag.schema import Answer, Passage, Turn

log = logging.getLogger(__name__)

DEPTH = 10
"""How many passages are searched for the retrieval metrics."""


class Answerer(Protocol):
    """What answers: the two methods of `rag.assistant.Assistant` that a run needs."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The whole answer."""

    def search(self, question: str, k: int = 10) -> list[Passage]:
        """The best ``k`` passages, best first."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case.

    ``gold`` is where its evidence stands in the library. ``relevance`` says of each ranked
    passage, best first, whether it overlaps ``gold``; None without evidence or without passages.
    ``ranks`` says of each span of ``gold`` at which rank, from 1, a passage first overlaps it;
    None at none, and all of it None as ``relevance``. ``values`` holds the measures by name (see
    `eval.scoring.score`), None where undefined. ``seconds`` is the wall time of the answer alone.
    ``error`` is ``"ErrorType: message"``.
    """

    case: Case
    gold: tuple[Span, ...]
    answer: Answer | None
    relevance: tuple[bool, ...] | None
    values: Mapping[str, float | None]
    verdict: Verdict | None
    seconds: float
    error: str | None = None
    ranks: tuple[int | None, ...] | None = None


def run(
    cases: Sequence[Case],
    assistant: Answerer,
    library: Articles,
    *,
    root: Path | None = None,
    on_case: Callable[[int, Row], None] | None = None,
    measures: Sequence[Measure] = (),
    prices: Prices | None = None,
) -> list[Row]:
    """Ask all cases, one after the other, and return their rows in the same order.

    Retrieval is measured on ``assistant.search(question, k=10)``, so also where the assistant
    refuses or reads fewer passages. A follow-up cannot be searched for as it stands; there the
    passages of its answer are taken, in their order, which are fewer than ten.

    Args:
        root: the set file, or a folder; see `eval.evidence.resolve`.
        on_case: told each row as it is done, counted from 1. An interrupt leaves the run at
            once, so whoever wants the rows until then keeps them here.
        measures: those that need a model of their own; what they return joins the values.
        prices: what the provider asks for tokens; without them nothing has a cost.

    Raises:
        CaseError: evidence is not in the library. Found before the first question is asked.
    """
    gold = resolve(cases, library, root or Path.cwd())
    rows = []
    for number, case in enumerate(cases, start=1):
        row = _ask(case, assistant, gold[case.id], measures, prices)
        rows.append(row)
        if on_case:
            on_case(number, row)
    return rows


def _ask(
    case: Case,
    assistant: Answerer,
    gold: tuple[Span, ...],
    measures: Sequence[Measure],
    prices: Prices | None,
) -> Row:
    answer: Answer | None = None
    own_values: dict[str, float | None] = {}
    passages: Sequence[Passage] | None = None
    error: str | None = None
    seconds = 0.0
    started = time.perf_counter()
    try:
        try:
            with counted() as tokens:
                answer = assistant.ask(case.question, case.history)
        finally:
            seconds = time.perf_counter() - started
        own_values |= usage_values(tokens, prices)
        if gold:
            passages = answer.passages if case.history else assistant.search(case.question, k=DEPTH)
        for measure in measures:
            own_values |= measure(case, answer)
    except Exception as failure:
        log.debug("case %s failed", case.id, exc_info=True)
        message = " ".join(str(failure).split())
        error = f"{type(failure).__name__}: {message}".removesuffix(": ")

    found = None if passages is None else [span(passage) for passage in passages]
    relevance = None if found is None else metrics.overlapping(found, gold)
    ranks = None if found is None else metrics.first_ranks(found, gold)
    verdict = (
        metrics.refusal(refused=refused(answer), answerable=case.answerable) if answer else None
    )
    return Row(
        case=case,
        gold=gold,
        answer=answer,
        relevance=relevance,
        values=score(case, answer, relevance, gold, ranks) | own_values,
        verdict=verdict,
        seconds=seconds,
        error=error,
        ranks=ranks,
    )
