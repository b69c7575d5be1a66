"""What has been asked, refused, waited for and spent, as Prometheus counts it.

No label holds a word of a question or an article, a name or an id: each has few values, known
before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from rag import observing
from rag.errors import IbidError

if TYPE_CHECKING:
    from rag.schema import Answer

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Refusal = Literal["no passages", "nothing near", "unlikely", "not stated", "no more"]
_REFUSALS: tuple[Refusal, ...] = (
    "no passages", "nothing near", "unlikely", "not stated", "no more",
)  # fmt: skip
_STATUSES = ("answered", "quoted", "hedged", "refused", "own", "failed", "gone")
Count = Callable[[], tuple[int, int] | None]


class Metrics:
    """The figures of one process. ``count`` tells how many articles and chunks there are."""

    def __init__(self, count: Count = lambda: None) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Now(count))
        self.questions = self._counter("questions", "Questions that came to an end.", "status")
        self.refusals = self._counter("refusals", "Questions that were refused.", "reason")
        self.verdicts = self._counter("verdicts", "Sentences of finished answers.", "support")
        self.failures = self._counter("model_errors", "Failures of the language model.", "kind")
        self.tokens = self._counter("model_tokens", "Tokens read and written by it.", "direction")
        self.requests = self._counter(
            "http_requests", "Requests that were answered.", "method", "path", "status"
        )
        self.stages = self._histogram("stage_seconds", "Seconds of each stage.", "stage")
        self.waits = self._histogram("wait_seconds", "Seconds that a turn was waited for.", "line")
        self.answers = self._histogram("answer_seconds", "Seconds from a question on.", "to")
        self._begin_at_nothing()

    def _begin_at_nothing(self) -> None:
        """A rate is told from the first one on only where there was a nothing before."""
        for status in _STATUSES:
            self.questions.labels(status)
        for reason in _REFUSALS:
            self.refusals.labels(reason)
        for stage in observing.STAGES:
            self.stages.labels(stage)

    def watch(self, question: str, model: str) -> observing.Watch:
        """Count one question."""
        return _Counting(self)

    def request(self, method: str, path: str, status: int) -> None:
        """Count an answered request, ``path`` being a template."""
        known = method if method in _METHODS else "other"
        self.requests.labels(known, path, str(status)).inc()

    def told(self, accept: str) -> tuple[bytes, str]:
        """All of it in the form that is asked for, and which media type that is."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"ibid_{name}", words, labels, registry=self._registry)

    def _histogram(self, name: str, words: str, *labels: str) -> Histogram:
        return Histogram(f"ibid_{name}", words, labels, registry=self._registry, buckets=_SECONDS)


class _Counting(observing.Watch):
    """One question."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._is_drafted = False
        self._is_over = False

    @contextmanager
    def stage(self, name: observing.Stage) -> Iterator[observing.Step]:
        began = time.perf_counter()
        self._is_drafted |= name == "write"
        try:
            yield _Tokens(self._metrics)
        finally:
            self._metrics.stages.labels(name).observe(time.perf_counter() - began)

    def waited(self, line: observing.Line, seconds: float) -> None:
        self._metrics.waits.labels(line).observe(seconds)

    def failed(self, error: IbidError) -> None:
        self._metrics.failures.labels(error.kind or "other").inc()

    def ended(self, answer: Answer) -> None:
        self._over(answer.status)
        for sentence in answer.sentences:
            if not sentence.is_own:
                self._metrics.verdicts.labels(sentence.support).inc()
        if answer.status == "refused":
            self._metrics.refusals.labels(refusal(answer, is_drafted=self._is_drafted)).inc()
        timings = answer.timings
        points = {
            "sources": timings.sources_ms,
            "first_token": timings.first_token_ms,
            "whole": timings.total_ms,
        }
        for point, milliseconds in points.items():
            if milliseconds is not None:
                self._metrics.answers.labels(point).observe(milliseconds / 1000)

    def _over(self, status: str) -> None:
        if not self._is_over:
            self._is_over = True
            self._metrics.questions.labels(status).inc()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over("failed" if isinstance(error, Exception) else "gone")


class _Tokens(observing.Step):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def count(self, name: str, number: int) -> None:
        if name in ("input_tokens", "output_tokens"):
            self._metrics.tokens.labels(name.removesuffix("_tokens")).inc(number)


class _Now:
    """What is so at the moment at which it is asked for."""

    def __init__(self, count: Count) -> None:
        self._count = count

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        counted = self._count()
        if counted is not None:
            yield GaugeMetricFamily("ibid_articles", "Articles of the library.", counted[0])
            yield GaugeMetricFamily("ibid_chunks", "Chunks of the library.", counted[1])
        waiting = GaugeMetricFamily("ibid_waiting", "Who wait for a turn.", labels=["line"])
        taken = GaugeMetricFamily("ibid_working", "Who have their turn.", labels=["line"])
        for line, numbers in observing.lines().items():
            waiting.add_metric([line], numbers[0])
            taken.add_metric([line], numbers[1])
        yield waiting
        yield taken


def refusal(answer: Answer, *, is_drafted: bool) -> Refusal:
    """Why an answer was refused: where on its way it ended. ``is_drafted``: a model was asked."""
    if any(sentence.because.kind == "no more" for sentence in answer.sentences):
        return "no more"
    if not answer.passages:
        return "no passages"
    if not answer.evidence:
        return "nothing near"
    return "not stated" if is_drafted else "unlikely"


def count_of(engine: Any) -> Count:
    """Counts what an engine's library holds; nothing where that cannot be had just now."""

    def count() -> tuple[int, int] | None:
        try:
            articles, chunks = engine.library.catalog.count()
        except (AttributeError, IbidError):  # it loads still, or is closed
            return None
        return int(articles), int(chunks)

    return count
