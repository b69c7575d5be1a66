"""Promises of ``POST /v1/ask`` and ``POST /v1/search``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, tiny_library
from fastapi.testclient import TestClient
from langchain_core.outputs import ChatGenerationChunk
from programs import SEATS, Engine, client_of, events

from rag.index.library import Library
from rag.limits import ApiLimits, WindowLimits
from rag.schema import Answer
from ui.api.v1.caller import COLLECTIONS, KEY

SAID = ("The boat ", "has 240 seats, ", "twice as many as the old one [1].")
DOUBTFUL = ("The boat carries 999 people [1]. ", "It has 240 seats [1].")
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """For all tests: none changes what the others see of it."""
    with tiny_library(tmp_path_factory.mktemp("asked")) as library:
        yield library


@pytest.fixture
def engine(library: Library) -> Engine:
    return Engine(library, *SAID)


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return client_of(engine)


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "id": "", "timings": None}


def ask(client: TestClient, **given: Any) -> dict[str, Any]:
    answer = client.post("/v1/ask", json={"question": SEATS, **given})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def streamed(client: TestClient, **given: Any) -> list[tuple[str, Any]]:
    answer = client.post("/v1/ask", json={"question": SEATS, "stream": True, **given})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events(answer.text)


def test_an_answer_has_a_verdict_and_a_citation_for_each_sentence(client: TestClient) -> None:
    answer = ask(client, passages=True)
    assert answer["id"].startswith("ans_")
    [sentence] = answer["sentences"]
    [citation] = answer["citations"]
    assert "240" in answer["text"]
    assert sentence["verdict"] == citation["verdict"] == "verified"
    assert citation["sentence"] == sentence["text"] == answer["text"]
    assert sentence["citations"] == [citation["number"]]
    assert answer["short"]["text"] == "240"
    assert answer["passages"][0]["article"]["title"] == "A new ferry for Aldwick"
    assert ask(client)["passages"] is None


@pytest.mark.parametrize("said", [SAID, DOUBTFUL, ("NOT FOUND",), ()], ids=str)
@pytest.mark.parametrize("answers", ["strict", "lenient", "quotes"])
def test_a_stream_ends_in_the_same_answer_and_its_last_text_is_the_answers(
    library: Library, said: tuple[str, ...], answers: str
) -> None:
    client = client_of(Engine(library, *said))
    for question in (SEATS, "Who painted the Mona Lisa?", "Hello!"):
        whole = ask(client, question=question, answers=answers, passages=True)
        told = streamed(client, question=question, answers=answers, passages=True)
        names = [name for name, _ in told]
        assert names[0] == "sources" and names[-1] == "done"
        assert names.count("sources") == names.count("done") == 1
        done = told[-1][1]
        assert timeless(done) == timeless(whole)
        last = dict(told)
        assert last["text"]["text"] == done["text"]
        assert last["verdicts"] == {name: done[name] for name in ("sentences", "citations")}
        assert last["sources"]["passages"] == done["passages"]


def test_what_no_article_supports_is_never_streamed(library: Library) -> None:
    client = client_of(Engine(library, *DOUBTFUL))
    assert "999" not in json.dumps(streamed(client, answers="strict"))
    assert "999" in json.dumps(streamed(client, answers="lenient"))


def test_the_sources_are_numbered_as_the_answer_cites_them(client: TestClient) -> None:
    told = dict(streamed(client))
    quotes = {one["number"]: one["quote"] for one in told["sources"]["evidence"]}
    assert told["sources"]["passages"] is None
    for citation in told["done"]["citations"]:
        assert quotes[citation["number"]] == citation["quote"]


def test_a_question_goes_on_with_what_was_said_before(client: TestClient) -> None:
    history = [
        {"role": "user", "text": "How many seats has the boat?"},
        {"role": "assistant", "text": "The boat has 240 seats."},
    ]
    answer = ask(client, question="And who is its captain?", history=history, answers="quotes")
    assert "Ines Roth" in answer["text"]
    assert answer["standalone"] not in ("", "And who is its captain?")


def test_a_search_gives_so_many_passages_best_first(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": SEATS, "k": 1}).json()
    [passage] = found["passages"]
    assert found["query"] == SEATS
    assert "240" in passage["text"] and passage["probability"] > 0.5
    more = client.post("/v1/search", json={"query": SEATS}).json()["passages"]
    assert more[0] == passage
    assert [one["probability"] for one in more] == sorted(
        (one["probability"] for one in more), reverse=True
    )


def test_only_the_articles_that_a_filter_names_are_asked(client: TestClient) -> None:
    def titles(**only: Any) -> set[str]:
        found = client.post("/v1/search", json={"query": "boat bakery", "filter": only}).json()
        return {one["article"]["title"] for one in found["passages"]}

    everything = titles()
    assert len(everything) == 2
    assert titles(since="2021-01-01", until="2021-12-31") == {"A new ferry for Aldwick"}
    assert titles(since="2022-01-01") == set()
    assert titles(languages=["de"]) == set()
    [ferry] = [
        one["article"]["id"]
        for one in client.post("/v1/search", json={"query": SEATS, "k": 1}).json()["passages"]
    ]
    assert titles(articles=[ferry]) == {"A new ferry for Aldwick"}
    refused = ask(client, filter={"since": "2022-01-01"})
    assert (refused["status"], refused["citations"]) == ("refused", [])


def test_who_has_a_key_for_a_collection_is_told_of_its_articles_alone(tmp_path: Path) -> None:
    theirs: tuple[str, ...] = ()

    def note(scope: dict[str, Any]) -> None:
        scope[KEY] = "program"
        scope[COLLECTIONS] = theirs

    with tiny_library(tmp_path, answers="quotes") as library:
        engine = Engine(library)
        boats, ovens = (
            next(one.id for one in library.articles() if word in one.title)
            for word in ("ferry", "bakery")
        )
        for name, article in (("Boats", boats), ("Ovens", ovens)):
            library.create_collection(name)
            library.collect(name, [article])
        client = client_of(engine, note)

        def found(**only: Any) -> set[str]:
            sent = {"query": "boat bakery", "filter": only}
            answer = client.post("/v1/search", json=sent)
            assert answer.status_code == 200, answer.text
            return {one["article"]["id"] for one in answer.json()["passages"]}

        assert found() == {boats, ovens}
        assert found(collections=["Ovens"]) == found(collections=["ovens"]) == {ovens}
        theirs = ("Ovens",)
        assert found() == found(collections=["Ovens"]) == {ovens}
        assert ask(client)["status"] == "refused"
        for name in (boats, "nowhere"):
            sent = {"query": "boat", "filter": {"articles": [ovens, name]}}
            answer = client.post("/v1/search", json=sent)
            assert answer.status_code == 404
            assert answer.json()["type"].endswith("#unknown-article")
        foreign = client.post(
            "/v1/ask", json={"question": SEATS, "filter": {"collections": ["Boats"]}}
        )
        absent = client.post(
            "/v1/ask", json={"question": SEATS, "filter": {"collections": ["Nowhere"]}}
        )
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json() == absent.json(), "whether it is there is not theirs to know"
        theirs = ("Gone",)  # a collection that was deleted
        assert found() == set()


@pytest.mark.parametrize("question", ["", "  \n", "\x00", "\ufeff"])
@pytest.mark.parametrize("way", ["ask", "search"])
def test_an_empty_question_is_refused_with_what_to_do(
    client: TestClient, way: str, question: str
) -> None:
    name = "question" if way == "ask" else "query"
    answer = client.post(f"/v1/{way}", json={name: question})
    assert answer.status_code == 422
    assert "ask something" in answer.json()["detail"]


@pytest.mark.parametrize(("way", "name"), [("ask", "question"), ("search", "query")])
def test_a_question_that_is_too_long_is_told_how_long_it_may_be(
    client: TestClient, way: str, name: str
) -> None:
    assert client.post(f"/v1/{way}", json={name: "x" * 2000}).status_code == 200
    answer = client.post(f"/v1/{way}", json={name: "x" * 2001})
    assert answer.status_code == 422
    assert "2,001" in answer.json()["detail"] and "2,000" in answer.json()["detail"]


HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"17",
    b"{",
    b"\xff\xfe{}",
    b'{"question": "\xff"}',
    b"[" * 100_000,
    b'{"question": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"question": {"a": ' * 5_000,
    b'{"question": 1}',
    b'{"question": "a", "unknown": 1}',
    b'{"question": "a", "history": "b"}',
    b'{"question": "a", "history": [{"role": "system", "text": "b"}]}',
    b'{"question": "a", "filter": {"since": "yesterday"}}',
    b'{"question": "a", "filter": {"since": 1e999}}',
    b'{"question": "a", "filter": {"publishers": [""]}}',
    b'{"question": "a", "filter": {"collections": ["\\ud800"]}}',
    b'{"question": "a", "filter": {"collections": ["\\u0000"]}}',
    b'{"question": "a", "answers": "any"}',
    b'{"question": "a", "model": "\\ud800"}',
    b'{"question": "a", "stream": "\\ud800"}',
    b'{"query": "a", "k": ' + b"9" * 5_000 + b"}",
    b'{"query": "a", "k": NaN}',
    b'{"query": "a", "k": 0}',
    b'{"query": "a", "k": 101}',
    b'{"\\ud800": "a"}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:50]))
@pytest.mark.parametrize("way", ["ask", "search"])
def test_what_makes_no_sense_is_refused_as_a_problem(
    client: TestClient, way: str, body: bytes
) -> None:
    answer = client.post(f"/v1/{way}", content=body, headers=JSON)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code and told["detail"]


@pytest.mark.parametrize("words", ["\x00 seats \x07", "\ud800 seats", "\u202e seats 𝔸 🚢"])
def test_a_question_with_unseen_characters_is_asked_without_them(
    client: TestClient, words: str
) -> None:
    for way, name in (("ask", "question"), ("search", "query")):
        answer = client.post(f"/v1/{way}", content=json.dumps({name: words}), headers=JSON)
        assert answer.status_code == 200
        assert not set(answer.json()[name]) & set("\x00\x07\ud800\u202e")


def test_a_history_may_hold_anything(client: TestClient) -> None:
    history = [{"role": "user", "text": one} for one in ("\ud800", "\x00", "", "x" * 50_000)]
    sent = json.dumps({"question": SEATS, "history": history * 20})
    assert client.post("/v1/ask", content=sent, headers=JSON).status_code == 200


def test_while_models_load_a_program_is_told_when_to_come_again(library: Library) -> None:
    engine = Engine(library, api=ApiLimits(loading_s=0.1))
    engine.is_loading = True
    client = client_of(engine)
    for way, sent in (("ask", {"question": SEATS}), ("search", {"query": SEATS})):
        answer = client.post(f"/v1/{way}", json=sent)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "loaded" in answer.json()["detail"]
    answer = client.post("/v1/ask", json={"question": SEATS, "stream": True})
    assert answer.status_code == 503, "told before a stream begins"


class Lacking:
    """Models that are missing, and perhaps being fetched."""

    def __init__(self, state: str) -> None:
        self.state = state

    def lacks(self, what: str) -> bool:
        return what == "searching"

    @property
    def now(self) -> Lacking:
        return self


@pytest.mark.parametrize(
    ("state", "words"), [("idle", "ibid setup"), ("fetching", "being fetched")]
)
def test_without_models_a_program_is_told_what_is_missing(
    engine: Engine, client: TestClient, state: str, words: str
) -> None:
    engine.is_absent, engine.fetching = True, Lacking(state)
    answer = client.post("/v1/ask", json={"question": SEATS})
    assert answer.status_code == 503
    assert words in answer.json()["detail"]
    assert ("retry-after" in answer.headers) == (state == "fetching")


def test_a_model_that_fails_ends_in_quotations_and_a_notice(library: Library) -> None:
    failing = ScriptedModel("It ", error=RuntimeError("secret detail"))
    client = client_of(Engine(library, model=failing))
    answer = ask(client)
    assert answer["status"] == "quoted" and answer["notice"]
    assert dict(streamed(client))["done"]["notice"] == answer["notice"]


class Broken(Engine):
    """What answers has a fault."""

    def assistant_for(self, wishes: Any) -> Any:
        return self

    async def astream(self, *given: Any) -> AsyncIterator[Answer]:
        yield Answer(SEATS)
        raise RuntimeError("secret detail")


def test_a_fault_is_told_without_its_words(library: Library) -> None:
    client = client_of(Broken(library))
    whole = client.post("/v1/ask", json={"question": SEATS})
    told = events(client.post("/v1/ask", json={"question": SEATS, "stream": True}).text)
    assert whole.status_code == 500
    assert told[-1][0] == "error"
    for problem in (whole.json(), told[-1][1]):
        assert problem["type"].endswith("#internal")
        assert "secret" not in json.dumps(problem)


def test_an_answer_that_takes_too_long_is_ended(library: Library) -> None:
    client = client_of(Engine(library, window=WindowLimits(answer_s=1e-6)))
    answer = client.post("/v1/ask", json={"question": SEATS})
    assert answer.status_code == 502 and "too long" in answer.json()["detail"]


def test_words_that_no_utf_8_can_say_are_told_all_the_same(library: Library) -> None:
    client = client_of(Engine(library, "It has 240 seats\ud800 [1]."))
    assert "240" in ask(client, answers="lenient")["text"]
    assert "240" in dict(streamed(client, answers="lenient"))["text"]["text"]


def test_the_way_to_answer_is_chosen_by_whoever_asks(engine: Engine, client: TestClient) -> None:
    assert ask(client, answers="quotes")["status"] == "quoted"
    assert engine.wished.answers == "quotes"
    assert ask(client, model=engine.settings.model)["text"]
    assert not engine.wished.model, "it is the one that is set"


def test_a_model_that_is_not_there_cannot_be_asked_for(client: TestClient) -> None:
    for name in ("gpt-99", "/etc/passwd", "../secret", "https://attacker.example"):
        answer = client.post("/v1/ask", json={"question": SEATS, "model": name})
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("#unknown-model")


class Thinking(ScriptedModel):
    """Says nothing for a while."""

    async def _astream(self, *given: Any, **named: Any) -> AsyncIterator[ChatGenerationChunk]:
        for _ in range(20):
            await asyncio.sleep(0.05)
        async for one in super()._astream(*given, **named):
            yield one


def test_a_stream_says_that_it_lives_while_the_model_thinks(library: Library) -> None:
    engine = Engine(library, model=Thinking(*SAID), api=ApiLimits(keep_alive_s=0.05))
    told = client_of(engine).post("/v1/ask", json={"question": SEATS, "stream": True}).text
    assert told.index("event: sources") < told.rindex("\n: ") < told.index("event: done")
