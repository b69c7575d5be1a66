"""One trace a question, one span a stage, where the standard ``OTEL_*`` variables ask for it.

OpenTelemetry is imported here alone, and only then. No text of a question, an article or an answer
is in a span unless ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` asks for that.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points, version
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag import observing
from ui.telemetry import names
from ui.telemetry.caller import carried

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

    from rag.errors import IbidError
    from rag.schema import Answer

log = logging.getLogger("ibid")
Environment = Mapping[str, str]

_WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_CAPTURES = frozenset({"true", "1", "span_only", "span_and_event"})
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_ROLES = {"human": "user", "ai": "assistant"}
_SHORTEST_WAIT_S = 0.001


def is_wanted(environment: Environment = os.environ) -> bool:
    """Whether the variables ask for traces: they name where to, or with what."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    if exporters:
        return exporters.lower() != "none"
    return any(environment.get(name) for name in _WHERE)


def captures_text(environment: Environment = os.environ) -> bool:
    """Whether what was said is to be in the spans."""
    return environment.get(_CAPTURE, "").strip().lower() in _CAPTURES


@contextmanager
def provided(environment: Environment = os.environ) -> Iterator[TracerProvider | None]:
    """What sends spans to where the variables say, until all are sent.

    None, and the log says why, where that cannot be: traces are no reason not to start.
    """
    provider = None
    try:
        provider = _provider(environment)
    except Exception as error:  # each exporter and each of its settings has its own
        log.error(  # noqa: TRY400
            "traces cannot be sent (%s); pip install 'ibid-rag[otel]', or unset OTEL_*", error
        )
    try:
        yield provider
    finally:
        if provider is not None:
            provider.shutdown()


def _provider(environment: Environment) -> TracerProvider:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {"service.version": version("ibid-rag")}
    said = environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not environment.get("OTEL_SERVICE_NAME") and "service.name=" not in said:
        named["service.name"] = "ibid"
    # Its own end is `provided`'s: at the interpreter's it would wait for a collector.
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    for name in exporters(environment):
        found = next(iter(entry_points(group="opentelemetry_traces_exporter", name=name)), None)
        if found is None:
            raise LookupError(f"there is no exporter {name}")
        provider.add_span_processor(BatchSpanProcessor(found.load()()))
    return provider


def exporters(environment: Environment) -> list[str]:
    """The exporters that are asked for, by the names of their entry points."""
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), "http")
    otlp = "otlp_proto_grpc" if protocol.strip().lower() == "grpc" else "otlp_proto_http"
    asked = environment.get("OTEL_TRACES_EXPORTER") or "otlp"
    return [otlp if name.strip() == "otlp" else name.strip() for name in asked.split(",")]


class Traces:
    """Makes a trace of each question; ``is_told``: with what was asked, read and said."""

    def __init__(self, provider: TracerProvider, *, is_told: bool) -> None:
        self._tracer = provider.get_tracer("ibid", version("ibid-rag"), names.SCHEMA)
        self._is_told = is_told

    def watch(self, question: str, model: str) -> observing.Watch:
        """Trace one question, as part of its caller's trace where there is one."""
        return _Trace(self._tracer, question, model, is_told=self._is_told)


class _Trace(observing.Watch):
    """One question. Its stages come one after the other, or one within another."""

    def __init__(self, tracer: Tracer, question: str, model: str, *, is_told: bool) -> None:
        from opentelemetry.trace.propagation import tracecontext

        self._tracer = tracer
        self._model = model
        self._is_told = is_told
        before = tracecontext.TraceContextTextMapPropagator().extract(dict(carried()))
        self._root = tracer.start_span(f"{names.INVOKE_AGENT} ibid", before)
        self._open = [self._root]
        self._root.set_attributes({names.OPERATION: names.INVOKE_AGENT, names.AGENT: "ibid"})
        if model:
            self._root.set_attribute(names.REQUEST_MODEL, model)
        self._say(self._root, names.INPUT_MESSAGES, [("human", question)])

    @contextmanager
    def stage(self, name: observing.Stage) -> Iterator[observing.Step]:
        span = self._span(name)
        self._open.append(span)
        step = _Traced(span)
        try:
            yield step
        except Exception as error:
            _fail(span, type(error).__qualname__)  # its words may be anything
            raise
        finally:
            self._say(span, names.INPUT_MESSAGES, step.prompt)
            self._say(span, names.OUTPUT_MESSAGES, step.draft)
            self._open.remove(span)
            span.end()

    def _span(self, name: observing.Stage) -> Span:
        from opentelemetry.trace import SpanKind, set_span_in_context

        within = set_span_in_context(self._open[-1])
        if name in ("write", "rewrite"):
            span = self._tracer.start_span(
                f"{names.CHAT} {self._model}", within, kind=SpanKind.CLIENT
            )
            span.set_attributes({names.OPERATION: names.CHAT, names.REQUEST_MODEL: self._model})
        else:
            span = self._tracer.start_span(name, within)
        if name == "search":
            span.set_attribute(names.OPERATION, names.RETRIEVAL)
        span.set_attribute(names.STAGE, name)
        return span

    def waited(self, line: observing.Line, seconds: float) -> None:
        if seconds < _SHORTEST_WAIT_S:
            return
        from opentelemetry.trace import set_span_in_context

        now = time.time_ns()
        began = now - int(seconds * 1e9)
        span = self._tracer.start_span(
            "wait", set_span_in_context(self._open[-1]), start_time=began
        )
        span.set_attribute(names.LINE, line)
        span.end(now)

    def failed(self, error: IbidError) -> None:
        self._root.set_attribute(names.ERROR_TYPE, error.kind or type(error).__qualname__)

    def ended(self, answer: Answer) -> None:
        cited = sum(len(sentence.citations) for sentence in answer.sentences)
        self._root.set_attributes(
            {
                names.STATUS: answer.status,
                names.SENTENCES: len(answer.sentences),
                names.CITATIONS: cited,
                names.PASSAGES: len(answer.passages),
            }
        )
        self._say(self._root, names.OUTPUT_MESSAGES, [("ai", answer.text)])

    def _say(self, span: Span, name: str, said: Sequence[tuple[str, str]]) -> None:
        if not self._is_told or not said:
            return
        messages = [
            {"role": _ROLES.get(role, role), "parts": [{"type": "text", "content": words}]}
            for role, words in said
        ]
        span.set_attribute(name, json.dumps(messages, ensure_ascii=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            _fail(self._root, type(error).__qualname__)
        elif error is not None:
            self._root.set_attribute(names.STATUS, "gone")
        self._root.end()


class _Traced(observing.Step):
    _COUNTS: Mapping[str, str] = {
        "input_tokens": names.INPUT_TOKENS,
        "output_tokens": names.OUTPUT_TOKENS,
    }

    def __init__(self, span: Span) -> None:
        self._span = span
        self.prompt: list[tuple[str, str]] = []
        self.draft: list[tuple[str, str]] = []

    def count(self, name: str, number: int) -> None:
        if name in self._COUNTS:
            self._span.set_attribute(self._COUNTS[name], number)

    def text(self, name: str, role: str, words: str) -> None:
        (self.draft if name == "draft" else self.prompt).append((role, words))


def _fail(span: Span, kind: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute(names.ERROR_TYPE, kind)
    span.set_status(Status(StatusCode.ERROR))
