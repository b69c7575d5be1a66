"""Ask every question of a set and score what comes back.

A failing question is a row with an error, not the end of the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Protocol

from eval import metrics
from eval.measures.disclosure import ALL, Disclosure
from eval.measures.scoring import Measure, refused, score, span
from eval.metrics import Span, Verdict
from eval.runs.usage import Prices, counted, token_values, usage_values
from eval.sets.cases import Case
from eval.sets.evidence import Articles, filters, resolve
from eval.targets.reply import Reply
from rag.schema import Answer, Filter, Passage, Turn

log = logging.getLogger(__name__)

DEPTH = 10
"""How many passages are searched for the retrieval metrics."""

_GLANCE = 0.1  # seconds between two looks at whether all threads have ended


class Answerer(Protocol):
    """What answers: the two methods of `rag.assistant.Assistant` that a run needs.

    Of another system (`eval.targets.reply.Target`) the first, whose reply has the passages too.
    """

    def ask(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> Answer | Reply:
        """The whole answer, from the articles that ``only`` lets through."""

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        """The best ``k`` passages, best first."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case.

    ``gold`` is where its evidence stands in the library. ``relevance`` says of each ranked
    passage, best first, whether it overlaps ``gold``; None without evidence or without passages.
    ``ranks`` says of each span of ``gold`` at which rank, from 1, a passage first overlaps it;
    None at none, and all of it None as ``relevance``. ``values`` holds the measures by name (see
    `scoring.score`), None where undefined. ``seconds`` is the wall time of the answer alone.
    ``error`` is ``"ErrorType: message"``; ``unmeasured`` has one for each measure that failed.
    ``found`` are the passages that were searched for the measures of retrieval; none of a
    follow-up or of a case without evidence. ``disclosed`` is what another system tells of its
    answer; Ibid tells all.
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
    found: tuple[Passage, ...] = ()
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    disclosed: Disclosure = ALL


def asked(
    cases: Sequence[Case],
    assistant: Answerer,
    library: Articles,
    *,
    root: Path | None = None,
    workers: int = 1,
    skip: Container[int] = (),
    measures: Sequence[Measure] = (),
    prices: Prices | None = None,
    collections: Sequence[str] = (),
) -> Iterator[tuple[int, Row]]:
    """Ask the cases and yield each row as it is done, with the number of its case from 1.

    Retrieval is measured on ``assistant.search(question, k=10)``, so also where the assistant
    refuses or reads fewer passages. A follow-up cannot be searched for as it stands; there the
    passages of its answer are taken, in their order, which are fewer than ten. So they are of
    another system, which is asked for nothing else.

    Interrupted with one worker, it leaves the question in hand; with several, it asks no more,
    waits for those in hand, yields them, and raises the interrupt then.

    Args:
        root: the set file, or a folder; see `eval.sets.evidence.resolve`.
        workers: threads that ask at the same time; seconds then say how it is under such a load.
        skip: numbers of cases that are not to be asked.
        measures: those that need a model of their own; what they return joins the values.
        prices: what the provider asks for tokens; without them nothing has a cost.
        collections: only their articles may answer; none: any may.

    Raises:
        CaseError: evidence is not in the library. Found before the first question is asked.
    """
    gold = resolve(cases, library, root or Path.cwd())
    only = filters(cases, library, root or Path.cwd())
    within = Filter(collections=tuple(collections)) if collections else None
    left = ((number, case) for number, case in enumerate(cases, start=1) if number not in skip)

    def ask(case: Case) -> Row:
        may = only.get(case.id, within)
        if within and may:
            may = replace(may, collections=within.collections)
        return _ask(case, assistant, gold[case.id], may, measures, prices)

    if workers == 1:
        for number, case in left:
            yield number, ask(case)
    else:
        yield from _at_once(left, ask, workers)


def _at_once(
    left: Iterator[tuple[int, Case]], ask: Callable[[Case], Row], workers: int
) -> Iterator[tuple[int, Row]]:
    """Rows as several threads bring them. The threads are daemons, so a second Ctrl-C ends all."""
    rows: SimpleQueue[tuple[int, Row]] = SimpleQueue()
    stop, taking = Event(), Lock()

    def work() -> None:
        while not stop.is_set():
            with taking:
                number, case = next(left, (0, None))
            if case is None:
                return
            rows.put((number, ask(case)))

    threads = [Thread(target=work, daemon=True, name="ibid-eval") for _ in range(workers)]
    to_start = list(threads)
    pressed: KeyboardInterrupt | None = None
    try:
        while True:
            done = None
            try:
                while to_start and not stop.is_set():
                    to_start.pop().start()
                done = _soon(rows)
                if done is None and not any(one.is_alive() for one in threads) and rows.empty():
                    break
            except KeyboardInterrupt as interrupt:
                if pressed:
                    raise
                pressed = interrupt
                stop.set()
            if done is not None:
                yield done
    finally:
        stop.set()
    if pressed:
        raise pressed


def _soon(rows: SimpleQueue[tuple[int, Row]]) -> tuple[int, Row] | None:
    """The next row, if one comes before the next glance at the threads."""
    with suppress(Empty):
        return rows.get(timeout=_GLANCE)
    return None


def _ask(
    case: Case,
    assistant: Answerer,
    gold: tuple[Span, ...],
    only: Filter | None,
    measures: Sequence[Measure],
    prices: Prices | None,
) -> Row:
    answer: Answer | None = None
    disclosed = ALL
    own_values: dict[str, float | None] = {}
    unmeasured: dict[str, str] = {}
    found: Sequence[Passage] = ()
    passages: Sequence[Passage] | None = None
    error: str | None = None
    seconds = 0.0
    started = time.perf_counter()
    try:
        try:
            with counted() as tokens:
                said = assistant.ask(case.question, case.history, only)
        finally:
            seconds = time.perf_counter() - started
        if isinstance(said, Reply):
            answer, disclosed, seconds = said.answer, said.disclosed, said.seconds
            own_values |= token_values(said.tokens, prices)
            passages = answer.passages if gold and disclosed.passages else None
        else:
            answer = said
            own_values |= usage_values(tokens, prices)
            passages, found = _ranked(case, said, assistant, only) if gold else (None, ())
        measured, unmeasured = _measured(case, answer, measures)
        own_values |= measured
    except Exception as failure:
        log.debug("case %s failed", case.id, exc_info=True)
        error = _told(failure)

    places = None if passages is None else [span(passage) for passage in passages]
    relevance = None if places is None else metrics.overlapping(places, gold)
    ranks = None if places is None else metrics.first_ranks(places, gold)
    verdict = (
        metrics.refusal(refused=refused(answer), answerable=case.answerable) if answer else None
    )
    return Row(
        case=case,
        gold=gold,
        answer=answer,
        relevance=relevance,
        values=score(case, answer, relevance, gold, ranks, disclosed) | own_values,
        verdict=verdict,
        seconds=seconds,
        error=error,
        ranks=ranks,
        found=tuple(found),
        unmeasured=unmeasured,
        disclosed=disclosed,
    )


def _ranked(
    case: Case, answer: Answer, assistant: Answerer, only: Filter | None
) -> tuple[Sequence[Passage], Sequence[Passage]]:
    """The passages by which retrieval is measured, and those that were searched for it alone."""
    if case.history:
        return answer.passages, ()
    found = assistant.search(case.question, DEPTH, only)
    return found, found


def _measured(
    case: Case, answer: Answer, measures: Sequence[Measure]
) -> tuple[dict[str, float | None], dict[str, str]]:
    """What the measures that need a model say, and why those failed that did."""
    values: dict[str, float | None] = {}
    unmeasured: dict[str, str] = {}
    for measure in measures:
        try:
            values |= measure(case, answer)
        except Exception as failure:
            log.debug("%s of case %s failed", measure.names, case.id, exc_info=True)
            unmeasured |= dict.fromkeys(measure.names, _told(failure))
    return values, unmeasured


def _told(failure: Exception) -> str:
    message = " ".join(str(failure).split())
    return f"{type(failure).__name__}: {message}".removesuffix(": ")
