"""Traces: a span a stage, of the caller's trace, without a word of what was asked or read."""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, tiny_library
from fastapi.testclient import TestClient
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from lookers import FAR, SAID, SEATS, SECRETS, Engine, assistant_of
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from rag import observing
from rag.index.library import Library
from rag.schema import Turn
from ui.telemetry import names, tracing
from ui.telemetry.caller import calling
from ui.window.server.headless import application

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("traced")) as library:
        yield library


class Spans:
    """The spans that have ended."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        [span] = [span for span in self.all() if span.name == name]
        return span

    def parent(self, name: str) -> str:
        above = self.named(name).parent
        assert above
        return next(s.name for s in self.all() if s.context and s.context.span_id == above.span_id)

    def of(self, name: str) -> dict[str, Any]:
        return dict(self.named(name).attributes or {})

    def whole(self) -> str:
        return "\n".join(str(span.to_json()) for span in self.all())


@pytest.fixture
def spans(request: pytest.FixtureRequest) -> Iterator[Spans]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    is_told = getattr(request, "param", False)
    with observing.watched(tracing.Traces(provider, is_told=is_told).watch):
        yield Spans(exporter)
    provider.shutdown()


class CountedModel(ScriptedModel):
    """Tells its tokens with its last piece, as OpenAI's do."""

    def _stream(self, *given: Any, **named: Any) -> Iterator[ChatGenerationChunk]:
        yield from super()._stream(*given, **named)
        usage: Any = {"input_tokens": 321, "output_tokens": 7, "total_tokens": 328}
        yield ChatGenerationChunk(message=AIMessageChunk("", usage_metadata=usage))


def test_each_stage_is_a_span_within_that_of_the_question(spans: Spans, library: Library) -> None:
    answer = assistant_of(library, CountedModel(SAID)).ask(SEATS)
    root = "invoke_agent ibid"
    stages = ["classify", "search", "rerank", "read", "chat scripted", "check"]
    ended = [span.name for span in spans.all() if span.name != "wait"]
    assert ended == ["classify", "rerank", "search", "read", "chat scripted", "check", root]
    assert [spans.parent(name) for name in stages] == [root, root, "search", root, root, root]
    assert spans.named(root).parent is None
    assert len({span.context.trace_id for span in spans.all() if span.context}) == 1
    told = spans.of(root)
    assert told[names.OPERATION] == "invoke_agent"
    assert told[names.AGENT] == "ibid"
    assert told[names.REQUEST_MODEL] == "scripted"
    assert told[names.STATUS] == answer.status
    assert told[names.SENTENCES] == len(answer.sentences)
    assert told[names.CITATIONS] == 1
    assert spans.of("search")[names.OPERATION] == "retrieval"
    assert [spans.of(name)[names.STAGE] for name in stages] == [
        "classify", "search", "rerank", "read", "write", "check",
    ]  # fmt: skip
    chat = spans.of("chat scripted")
    assert (chat[names.OPERATION], chat[names.REQUEST_MODEL]) == ("chat", "scripted")
    assert (chat[names.INPUT_TOKENS], chat[names.OUTPUT_TOKENS]) == (321, 7)
    assert spans.named("chat scripted").kind == SpanKind.CLIENT


async def test_an_awaited_answer_has_the_same_spans(spans: Spans, library: Library) -> None:
    await assistant_of(library, ScriptedModel(SAID)).aask(SEATS)
    ended = [span.name for span in spans.all() if span.name != "wait"]
    stages = ["classify", "rerank", "search", "read", "chat scripted", "check"]
    assert ended == [*stages, "invoke_agent ibid"]
    assert spans.parent("rerank") == "search"


def test_without_a_model_none_is_named(spans: Spans, library: Library) -> None:
    assistant_of(library).ask(SEATS)
    assert names.REQUEST_MODEL not in spans.of("invoke_agent ibid")
    assert not any(span.name.startswith("chat") for span in spans.all())


def test_no_word_of_question_article_or_answer_is_in_them(spans: Spans, library: Library) -> None:
    said = (Turn("user", SEATS), Turn("assistant", "It has 240 seats."))
    assistant_of(library, ScriptedModel(SAID)).ask(SEATS)
    assistant_of(library, ScriptedModel(SAID)).ask("And what did it do with the old boat?", said)
    assistant_of(library).ask(FAR)
    failing = ScriptedModel(error=RuntimeError("the boat has 240 seats"))
    assistant_of(library, failing).ask(SEATS)
    assert len(spans.all()) > 20
    assert [word for word in SECRETS if word in spans.whole()] == []
    assert names.INPUT_MESSAGES not in spans.whole()


@pytest.mark.parametrize("spans", [True], indirect=True)
def test_what_was_said_is_in_them_where_that_is_asked_for(spans: Spans, library: Library) -> None:
    answer = assistant_of(library, ScriptedModel(SAID)).ask(SEATS)
    root, chat = spans.of("invoke_agent ibid"), spans.of("chat scripted")
    [asked] = json.loads(root[names.INPUT_MESSAGES])
    assert asked == {"role": "user", "parts": [{"type": "text", "content": SEATS}]}
    [told] = json.loads(root[names.OUTPUT_MESSAGES])
    assert told["parts"][0]["content"] == answer.text
    system, user = json.loads(chat[names.INPUT_MESSAGES])
    assert (system["role"], user["role"]) == ("system", "user")
    assert "240 seats" in user["parts"][0]["content"]
    assert json.loads(chat[names.OUTPUT_MESSAGES])[0]["parts"][0]["content"] == SAID


def test_a_model_that_fails_is_told_by_kind(spans: Spans, library: Library) -> None:
    assistant_of(library, ScriptedModel(error=RuntimeError("secret"))).ask(SEATS)
    chat = spans.named("chat scripted")
    assert chat.status.status_code == StatusCode.ERROR
    assert chat.status.description is None
    assert spans.of("chat scripted")[names.ERROR_TYPE] == "RuntimeError"
    assert spans.of("invoke_agent ibid")[names.ERROR_TYPE] == "ask again"
    assert "secret" not in spans.whole()


async def test_who_hangs_up_ends_the_spans(spans: Spans, library: Library) -> None:
    stream = assistant_of(library).astream(SEATS)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert spans.of("invoke_agent ibid")[names.STATUS] == "gone"


async def test_the_trace_of_the_caller_goes_on(spans: Spans, library: Library) -> None:
    headers = [(b"traceparent", CALLER.encode()), (b"tracestate", b"other=1")]
    with calling({"type": "http", "headers": headers}):
        await assistant_of(library).aask(SEATS)
    root = spans.named("invoke_agent ibid")
    assert root.context and root.parent
    assert f"{root.context.trace_id:032x}" == CALLER.split("-")[1]
    assert f"{root.parent.span_id:016x}" == CALLER.split("-")[2]
    assert root.context.trace_state.to_header() == "other=1"


@pytest.mark.parametrize("header", ["", "00-nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_header_that_makes_no_sense_begins_a_new_trace(
    spans: Spans, library: Library, header: str
) -> None:
    with calling({"type": "http", "headers": [(b"traceparent", header.encode())]}):
        assistant_of(library).ask(SEATS)
    assert spans.named("invoke_agent ibid").parent is None


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
        ({"OTEL_SDK_DISABLED": "TRUE", "OTEL_TRACES_EXPORTER": "otlp"}, False),
        ({"OTEL_SERVICE_NAME": "mine"}, False),
    ],
)
def test_traces_are_made_only_where_the_standard_variables_ask_for_them(
    environment: dict[str, str], wanted: bool
) -> None:
    assert tracing.is_wanted(environment) is wanted


@pytest.mark.parametrize(
    ("value", "told"),
    [("", False), ("false", False), ("NO_CONTENT", False), ("EVENT_ONLY", False), ("true", True),
     ("SPAN_ONLY", True), ("span_and_event", True)],
)  # fmt: skip
def test_text_is_told_only_where_the_standard_variable_asks_for_it(value: str, told: bool) -> None:
    name = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    assert tracing.captures_text({name: value}) is told


def test_the_exporter_is_that_of_the_protocol() -> None:
    assert tracing.exporters({}) == ["otlp_proto_http"]
    grpc = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_TRACES_EXPORTER": "console, otlp"}
    assert tracing.exporters(grpc) == ["console", "otlp_proto_grpc"]


def test_an_exporter_that_is_not_there_is_told_and_keeps_nothing_from_starting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    unknown = tracing.provided({"OTEL_TRACES_EXPORTER": "zipkin9"})
    with caplog.at_level(logging.ERROR, "ibid"), unknown as provider:
        assert provider is None
    assert "no exporter zipkin9" in caplog.text
    assert "ibid-rag[otel]" in caplog.text


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A collector of OpenTelemetry's protocol over HTTP, on loopback, and what it was sent."""
    came: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                came.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_running_service_sends_them_to_the_collector_that_is_named(
    library: Library,
    collector: tuple[str, list[ExportTraceServiceRequest]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, came = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    web = application(Engine(library), library.folder)
    with TestClient(web, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        sent = client.post("/v1/ask", json={"question": SEATS}, headers={"traceparent": CALLER})
        assert sent.status_code == 200
    spans = [
        (span, resource.resource)
        for request in came
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {"invoke_agent ibid", "classify", "search", "read", "check"} <= {
        s.name for s, _ in spans
    }
    root, resource = next(pair for pair in spans if pair[0].name == "invoke_agent ibid")
    assert root.trace_id.hex() == CALLER.split("-")[1]
    assert {one.key: one.value.string_value for one in resource.attributes}[
        "service.name"
    ] == "ibid"
    assert not any(word in str(came) for word in SECRETS)


def test_the_names_are_those_of_the_conventions_that_are_installed() -> None:
    incubating = "opentelemetry.semconv._incubating.attributes"
    gen_ai = importlib.import_module(f"{incubating}.gen_ai_attributes")
    stable = importlib.import_module("opentelemetry.semconv.attributes.error_attributes")
    known = {value for module in (gen_ai, stable) for value in vars(module).values()
             if isinstance(value, str)}  # fmt: skip
    ours = {value for name, value in vars(names).items() if name.isupper()}
    attributes = {name for name in ours if name.startswith(("gen_ai.", "error."))}
    assert len(attributes) >= 8
    assert attributes <= known
    operations = {one.value for one in gen_ai.GenAiOperationNameValues}
    assert {names.INVOKE_AGENT, names.RETRIEVAL, names.CHAT} <= operations
    schemas = importlib.import_module("opentelemetry.semconv.schemas")
    assert names.SCHEMA in {one.value for one in schemas.Schemas}


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import rag.assistant, rag.opening", {"opentelemetry", "prometheus_client"}),
        # FastAPI imports the interface of OpenTelemetry by itself.
        ("import ui.window.server.serve", {"opentelemetry.sdk", "prometheus_client"}),
        ("import ui.telemetry.looking", {"opentelemetry.sdk"}),
    ],
)
def test_nothing_is_imported_before_anybody_looks(statement: str, absent: set[str]) -> None:
    code = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert absent.isdisjoint(done.stdout.split())


def test_what_the_framework_would_tell_by_itself_is_not_told(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    web = application(Engine(library), library.folder)
    with TestClient(web, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        assert client.get("/metrics?boat=240").status_code == 200
    assert exporter.get_finished_spans() == ()
