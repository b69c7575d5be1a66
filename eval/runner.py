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
from eval.cases import Case, Evidence
from eval.metrics import Span, Verdict
from eval.scoring import Measure, refused, score, span
from eval.usage import Prices, counted, usage_values
from rag import readers
from rag.errors import ArticleError, CaseError
from rag.schema import Answer, Article, ArticleInfo, Passage, Turn

log = logging.getLogger(__name__)

DEPTH = 10
"""How many passages are searched for the retrieval metrics."""


class Answerer(Protocol):
    """What answers: the two methods of `rag.assistant.Assistant` that a run needs."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The whole answer."""

    def search(self, question: str, k: int = 10) -> list[Passage]:
        """The best ``k`` passages, best first."""


class Articles(Protocol):
    """What holds the articles: the two methods of `rag.library.Library` that a run needs."""

    def articles(self) -> list[ArticleInfo]:
        """All of them, without their text."""

    def article(self, article_id: str) -> Article:
        """One, with its text."""


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
        root: the set file, or a folder; see `resolve`.
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


# Where the evidence stands ---------------------------------------------------------------------


def resolve(cases: Sequence[Case], library: Articles, root: Path) -> dict[str, tuple[Span, ...]]:
    """Where the evidence of each case stands in the library, by case id.

    The named file is read and its articles are looked up by id (hence source) or digest, so a
    copy added from elsewhere counts. Every occurrence of a quote is gold, since the same words
    support as well wherever they stand.

    Args:
        root: the set file, or a folder. The path of an article is relative to the working
            folder, else to ``root`` or any folder above it.

    Raises:
        CaseError: two cases share an id, a file is missing or cannot be read, the library lacks
            its article, or the article lacks the quote.
    """
    sought = _Evidence(library, root)
    gold: dict[str, tuple[Span, ...]] = {}
    for case in cases:
        if case.id in gold:
            raise CaseError(f"case {case.id}: two cases have this id; give one another")
        spans = [span for evidence in case.evidence for span in sought.spans(case, evidence)]
        gold[case.id] = tuple(dict.fromkeys(spans))
    return gold


def articles_named(cases: Sequence[Case], root: Path) -> list[Path]:
    """The files and folders that the evidence of the cases names, each once, in that order.

    They hold the answers and nothing else: a library of these alone is easier to search than
    one with their neighbours.

    Raises:
        CaseError: one of them does not exist.
    """
    paths = (_find(case, one.article, root) for case in cases for one in case.evidence)
    return list(dict.fromkeys(paths))


class _Evidence:
    """Finds quotes, reading each file and each article once."""

    def __init__(self, library: Articles, root: Path) -> None:
        self._library = library
        self._root = root
        self._infos = library.articles()
        self._read: dict[Path, list[Article]] = {}
        self._stored: dict[str, str] = {}

    def spans(self, case: Case, evidence: Evidence) -> list[Span]:
        """Every place of the quote. Raises CaseError where there is none."""
        path = _find(case, evidence.article, self._root)
        written = self._articles(case, path)
        known = {key for article in written for key in (article.id, article.digest)}
        stored = [info.id for info in self._infos if info.id in known or info.digest in known]
        if not stored:
            raise CaseError(
                f"case {case.id}: the library does not hold {evidence.article}; add {path} to it"
            )
        found = [
            Span(article_id, start, start + len(evidence.quote))
            for article_id in stored
            for start in _places(evidence.quote, self._text(article_id))
        ]
        if found:
            return found
        if any(evidence.quote in article.text for article in written):
            raise CaseError(
                f"case {case.id}: the library holds another version of {evidence.article}; "
                f"add {path} again"
            )
        raise CaseError(
            f"case {case.id}: {evidence.article} does not say {_short(evidence.quote)}; "
            "copy the quote exactly as it stands there"
        )

    def _articles(self, case: Case, path: Path) -> list[Article]:
        if path not in self._read:
            try:
                self._read[path] = readers.read(path)
            except ArticleError as error:
                raise CaseError(f"case {case.id}: {error}") from error
        return self._read[path]

    def _text(self, article_id: str) -> str:
        if article_id not in self._stored:
            self._stored[article_id] = self._library.article(article_id).text
        return self._stored[article_id]


def _find(case: Case, name: str, root: Path) -> Path:
    root = root.absolute()
    for folder in (Path.cwd(), root, *root.parents):
        if (path := folder / name).exists():
            return path
    raise CaseError(
        f"case {case.id}: {name} is neither in {Path.cwd()} nor in {root} or above it; "
        "correct the path of the evidence"
    )


def _places(quote: str, text: str) -> list[int]:
    places = []
    start = text.find(quote)
    while start >= 0:
        places.append(start)
        start = text.find(quote, start + 1)
    return places


def _short(quote: str, limit: int = 60) -> str:
    words = " ".join(quote.split())
    return f"“{words}”" if len(words) <= limit else f"“{words[: limit - 1]}…”"
