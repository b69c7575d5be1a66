"""What goes wrong below ``/v1`` is told as problem details; elsewhere as before."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from rag import errors
from rag.schema import Filter
from ui.api.v1 import problems
from ui.api.v1.caller import Caller
from ui.api.v1.problems import ProblemError, Problems

_RAISED: dict[str, tuple[Exception, int, str]] = {
    "article": (errors.UnknownArticle("no article ab; ibid list shows"), 404, "unknown-article"),
    "collection": (errors.UnknownCollection("no collection “x”"), 404, "unknown-collection"),
    "question": (errors.QuestionError("the question is too long"), 422, "question"),
    "busy": (errors.LibraryInUse("/home/ann/lib: in use by process 7"), 409, "in-use"),
    "full": (errors.LibraryReadOnly("/home/ann/lib: no room", "read only"), 409, "read-only"),
    "taken": (errors.LibraryError("another has it", "collection taken"), 409, "collection-taken"),
    "broken": (errors.LibraryError("/home/ann/lib/c.db: malformed", "disk"), 503, "library"),
    "away": (errors.LibraryError("lib at db.local: no", "database away"), 503, "database-away"),
    "provider": (errors.ProviderError("key sk-secret refused", "key"), 502, "model-failed"),
    "model": (errors.DownloadFailed("https://models/x"), 503, "no-model"),
    "read": (errors.ArticleError("/home/ann/spool/1f.pdf: it is damaged"), 422, "article"),
    "other": (errors.IbidError("/home/ann: something else"), 409, "not-now"),
    "disk": (OSError(28, "No space left", "/home/ann/x"), 507, "disk"),
    "rights": (PermissionError(13, "Permission denied", "/home/ann/x"), 507, "disk"),
    "fault": (RuntimeError("sk-secret in /home/ann"), 500, "internal"),
    "own": (ProblemError("unknown-job"), 404, "unknown-job"),
}


class Given(BaseModel):
    n: int


class Refusing:
    """Refuses one path in plain words, as the middlewares do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[problems.REQUEST] = "r-1"
        if scope["type"] == "http" and scope["path"] in ("/v1/full", "/full"):
            words = PlainTextResponse("Zu viele", 429, {"Retry-After": "7"})
            await words(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _routes(prefix: str) -> APIRouter:
    router = APIRouter(prefix=prefix)

    @router.get("/raise/{name}")
    def fail(name: str) -> None:
        raise _RAISED[name][0]

    @router.get("/theirs")
    def theirs() -> None:
        Caller("key", "reader", ("mine",)).within(Filter(collections=("other",)))

    @router.post("/given")
    def given(given: Given) -> None:
        return None

    return router


@pytest.fixture
def client() -> Iterator[TestClient]:
    web = FastAPI()
    problems.install(web)
    for prefix in ("/v1", "/window"):
        web.include_router(_routes(prefix))
    web.add_middleware(Refusing)
    web.add_middleware(Problems)
    with TestClient(web, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", _RAISED)
def test_every_error_has_a_status_a_kind_and_what_to_do_and_nothing_of_this_machine(
    client: TestClient, name: str
) -> None:
    _, status, kind = _RAISED[name]
    answer = client.get(f"/v1/raise/{name}")
    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert told["type"] == f"/v1/docs#{kind}"
    assert told["instance"] == f"/v1/raise/{name}"
    assert told["request_id"] == "r-1"
    assert len(told["detail"]) > 10
    for secret in ("/home", "sk-secret", "Traceback", "process 7"):
        assert secret not in answer.text


def test_what_is_raised_elsewhere_is_answered_as_it_was(client: TestClient) -> None:
    assert client.get("/window/raise/article").text == "Internal Server Error"
    assert client.post("/window/given", json={}).json()["detail"][0]["loc"] == ["body", "n"]
    assert client.get("/nowhere").json() == {"detail": "Not Found"}
    assert client.get("/full").text == "Zu viele"


def test_a_collection_that_is_not_the_callers_is_not_there(client: TestClient) -> None:
    answer = client.get("/v1/theirs")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/v1/docs#unknown-collection"


def test_a_request_that_makes_no_sense_is_told_where_but_not_what_was_sent(
    client: TestClient,
) -> None:
    answer = client.post("/v1/given", json={"n": "sk-secret"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "body.n"
    assert "sk-secret" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/nowhere", 404), ("GET", "/v1/given", 405)]
)
def test_a_way_that_is_not_there_is_a_problem_too(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == answer.json()["status"] == status


def test_plain_refusals_of_others_become_problems_and_keep_their_headers(
    client: TestClient,
) -> None:
    answer = client.get("/v1/full")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["type"] == "/v1/docs#too-many"
    assert "Zu viele" not in answer.text


def test_every_kind_of_problem_says_what_to_do_or_has_words_of_its_error() -> None:
    for name, kind in problems.KINDS.items():
        assert 400 <= kind.status < 600, name
        assert kind.detail or name in ("question", "article")
