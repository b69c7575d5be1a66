"""What Prometheus reads: every count right, no word of a question, and for the owner alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from doubles import ScriptedModel, tiny_library
from fastapi.testclient import TestClient
from lookers import FAR, SAID, SEATS, SECRETS, Engine, assistant_of
from prometheus_client.parser import text_string_to_metric_families

from rag import observing
from rag.errors import IbidError
from rag.index.library import Library
from rag.schema import Status, Turn
from ui import users
from ui.telemetry import metrics
from ui.telemetry.metrics import Metrics, count_of
from ui.window.server import headless, serve

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("counted")) as library:
        yield library


@pytest.fixture
def counted(library: Library) -> Iterator[Metrics]:
    seen = Metrics(count_of(Engine(library)))
    with observing.watched(seen.watch):
        yield seen


Told = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Told:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def told(seen: Metrics) -> Told:
    return parsed(seen.told("")[0].decode())


def of(told: Told, name: str, **labels: str) -> float:
    return told.get((name, tuple(sorted(labels.items()))), 0.0)


def test_answers_refusals_and_verdicts_are_counted(counted: Metrics, library: Library) -> None:
    quoted = assistant_of(library).ask(SEATS)
    worded = assistant_of(library, ScriptedModel(SAID)).ask(SEATS)
    refused = assistant_of(library).ask(FAR)
    own = assistant_of(library).ask("How many articles are there?")
    assert (quoted.status, refused.status, own.status) == ("quoted", "refused", "own")
    now = told(counted)
    by_status = {worded.status: 1.0, "refused": 1.0, "own": 1.0}
    by_status["quoted"] = by_status.get("quoted", 0.0) + 1
    for status in get_args(Status):
        if status != "pending":
            count = of(now, "ibid_questions_total", status=status)
            assert count == by_status.get(status, 0.0), status
    verdicts = [
        s.support for a in (quoted, worded, refused, own) for s in a.sentences if not s.is_own
    ]
    assert of(now, "ibid_verdicts_total", support="verified") == verdicts.count("verified") > 0
    reasons = [label for (name, labels), value in now.items() for _, label in labels
               if name == "ibid_refusals_total" and value]  # fmt: skip
    assert reasons == [metrics.refusal(refused, is_drafted=False)]


def test_each_stage_is_timed_and_a_question_that_no_model_writes_for_has_fewer(
    counted: Metrics, library: Library
) -> None:
    assistant_of(library).ask(SEATS)
    now = told(counted)
    for stage in ("classify", "search", "rerank", "read", "check"):
        assert of(now, "ibid_stage_seconds_count", stage=stage) >= 1, stage
    assert of(now, "ibid_stage_seconds_count", stage="write") == 0
    assert of(now, "ibid_wait_seconds_count", line="read") == 3
    assistant_of(library, ScriptedModel(SAID)).ask(SEATS)
    now = told(counted)
    assert of(now, "ibid_stage_seconds_count", stage="write") == 1
    assert of(now, "ibid_wait_seconds_count", line="write") == 1
    assert of(now, "ibid_answer_seconds_count", to="first_token") == 1
    assert of(now, "ibid_answer_seconds_count", to="whole") == 2


async def test_one_that_is_awaited_is_timed_the_same(counted: Metrics, library: Library) -> None:
    await assistant_of(library, ScriptedModel(SAID)).aask(SEATS)
    now = told(counted)
    for stage in ("classify", "search", "rerank", "read", "write", "check"):
        assert of(now, "ibid_stage_seconds_count", stage=stage) >= 1, stage


def test_a_follow_up_that_the_model_puts_otherwise_has_its_stage(
    counted: Metrics, library: Library
) -> None:
    said = (Turn("user", SEATS), Turn("assistant", "It has 240 seats."))
    question = "And what did it do with the old one then?"
    assistant_of(library, ScriptedModel(SAID)).ask(question, said)
    assert of(told(counted), "ibid_stage_seconds_count", stage="rewrite") == 1


def test_a_model_that_fails_is_counted_by_the_kind_of_its_failure(
    counted: Metrics, library: Library
) -> None:
    assistant_of(library, ScriptedModel(error=RuntimeError("boat"))).ask(SEATS)
    now = told(counted)
    failures = {labels: v for (name, labels), v in now.items() if name == "ibid_model_errors_total"}
    assert list(failures.values()) == [1.0]
    [((_, kind),)] = failures
    assert kind == "ask again"


async def test_who_hangs_up_and_what_fails_is_counted_too(
    counted: Metrics, library: Library
) -> None:
    stream = assistant_of(library).astream(SEATS)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert of(told(counted), "ibid_questions_total", status="gone") == 1

    class Broken:
        def scores(self, question: str, texts: Any) -> list[float]:
            raise OSError("a reranker that broke")

    own = assistant_of(library)
    object.__setattr__(own.retriever, "reranker", Broken())
    with pytest.raises(OSError, match="broke"):
        own.ask(SEATS)
    assert of(told(counted), "ibid_questions_total", status="failed") == 1


def test_what_there_is_and_who_waits_is_told_as_it_is_now(
    counted: Metrics, library: Library
) -> None:
    now = told(counted)
    articles, chunks = library.catalog.count()
    assert of(now, "ibid_articles") == articles == 2
    assert of(now, "ibid_chunks") == chunks > 0
    for line in ("read", "write"):
        assert of(now, "ibid_waiting", line=line) == 0
        assert ("ibid_working", (("line", line),)) in now


def test_a_library_that_cannot_be_counted_is_left_out() -> None:
    class Closed:
        @property
        def library(self) -> Any:
            raise IbidError("it was closed")

    assert "ibid_articles" not in Metrics(count_of(Closed())).told("")[0].decode()
    assert "ibid_articles" not in Metrics(count_of(None)).told("")[0].decode()


def test_no_word_of_a_question_or_an_article_is_in_it(counted: Metrics, library: Library) -> None:
    for question in (SEATS, FAR):
        assistant_of(library, ScriptedModel(SAID)).ask(question)
    text = counted.told("")[0].decode()
    assert [word for word in SECRETS if word in text] == []


def test_a_question_that_nobody_looks_at_is_answered_the_same(library: Library) -> None:
    alone = assistant_of(library).ask(SEATS)
    with observing.watched(Metrics().watch):
        seen = assistant_of(library).ask(SEATS)
    assert (alone.sentences, alone.evidence) == (seen.sentences, seen.evidence)


def client_of(library: Library, service: Any = headless, **given: Any) -> TestClient:
    web = service.application(Engine(library), library.folder, **given)
    return TestClient(web, base_url="http://127.0.0.1", client=("127.0.0.1", 1))


@pytest.mark.parametrize("service", [headless, serve], ids=["headless", "window"])
def test_where_nobody_signs_in_it_is_told_to_this_machine(library: Library, service: Any) -> None:
    with client_of(library, service) as client:
        assistant_of(library).ask(SEATS)
        client.get("/no/such/boat")
        client.request("BREW", "/healthz")
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        now = parsed(answer.text)
        as_openmetrics = {"Accept": "application/openmetrics-text"}
        assert client.get("/metrics", headers=as_openmetrics).text.endswith("# EOF\n")
    assert of(now, "ibid_questions_total", status="quoted") == 1
    requests = {
        labels: v for (name, labels), v in now.items() if name == "ibid_http_requests_total"
    }
    asked = {dict(labels)["path"]: dict(labels) for labels in requests}
    assert asked["none"]["status"] == "404"
    assert {one["method"] for one in map(dict, requests)} <= {"GET", "other"}
    assert "boat" not in answer.text
    assistant_of(library).ask(SEATS)  # its server has ended, and nobody counts
    assert observing.asked(SEATS, "") is observing.UNSEEN


def test_where_users_sign_in_only_an_owner_is_told(library: Library, tmp_path: Path) -> None:
    file = tmp_path / users.USERS
    for name, role in (("ann", "owner"), ("bob", "editor"), ("cid", "reader")):
        users.add(file, name, PASSWORD, role)  # type: ignore[arg-type]
    with client_of(library, users=file) as client:
        assert client.get("/metrics").status_code == 401
        for name, status in (("cid", 403), ("bob", 403), ("ann", 200)):
            client.cookies.clear()
            client.post("/sign-in", data={"name": name, "password": PASSWORD})
            assert client.get("/metrics").status_code == status, name
