"""Promises of ``POST /v1/chat/completions`` and ``GET /v1/models``, whatever asks them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from doubles import tiny_library
from fastapi.testclient import TestClient
from programs import SEATS, Engine, client_of, events

from rag.index.library import Library
from rag.limits import ApiLimits
from rag.schema import Answer, Citation, Sentence, Turn
from ui.api.v1 import footnotes
from ui.api.v1.caller import COLLECTIONS, KEY
from ui.api.v1.errands import errand

SAID = ("The boat ", "has 240 seats, ", "twice as many as the old one [1].")
DOUBTFUL = ("The boat carries 999 people [1]. ", "It has 240 seats [1].")
WAY = "/v1/chat/completions"
DATA = ("citations", "sentences", "short", "status")
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Of two articles, each in a collection."""
    with tiny_library(tmp_path_factory.mktemp("chat")) as library:
        for word, name in (("ferry", "Boats"), ("bakery", "Bread & butter/2")):
            [found] = [one.id for one in library.articles() if word in one.title]
            library.create_collection(name)
            library.collect(name, [found])
        yield library


@pytest.fixture
def client(library: Library) -> TestClient:
    return client_of(Engine(library, *SAID))


def asking(question: Any = SEATS, **more: Any) -> dict[str, Any]:
    return {"model": "ibid", "messages": [{"role": "user", "content": question}], **more}


def whole(client: TestClient, **sent: Any) -> dict[str, Any]:
    answer = client.post(WAY, json=asking(**sent))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def message(client: TestClient, **sent: Any) -> dict[str, Any]:
    told: dict[str, Any] = whole(client, **sent)["choices"][0]["message"]
    return told


def chunks(client: TestClient, **sent: Any) -> list[dict[str, Any]]:
    answer = client.post(WAY, json=asking(stream=True, **sent))
    assert answer.status_code == 200
    told = [value for _, value in events(answer.text)]
    assert told[-1] is None, "[DONE]"
    return told[:-1]


def refused(client: TestClient, sent: Any, status: int = 422) -> dict[str, Any]:
    answer = client.post(WAY, json=sent)
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return error


def test_an_answer_has_notes_to_read_and_the_same_citations_as_data(client: TestClient) -> None:
    told = whole(client)
    said = told["choices"][0]["message"]
    asked = client.post("/v1/ask", json={"question": SEATS}).json()
    assert said["citations"] == asked["citations"] != []
    assert {name: said[name] for name in DATA} == {name: asked[name] for name in DATA}
    assert said["sentences"] and said["short"]
    assert "\n\n[1] A new ferry for Aldwick, 2 March 2021: “" in said["content"]
    assert told["choices"][0]["finish_reason"] == "stop"
    assert told["object"] == "chat.completion" and told["model"] == "ibid"
    usage = told["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert min(usage.values()) > 0


@pytest.mark.parametrize("said", [SAID, DOUBTFUL, ("NOT FOUND",), ()], ids=str)
def test_the_text_of_a_stream_is_that_of_the_answer_without_one(
    library: Library, said: tuple[str, ...]
) -> None:
    client = client_of(Engine(library, *said))
    for question in (SEATS, "Who painted the Mona Lisa?", "Hello!"):
        expected = message(client, question=question)
        told = chunks(client, question=question)
        deltas = [one["choices"][0]["delta"] for one in told]
        assert deltas[0] == {"role": "assistant", "content": ""}
        assert "".join(one.get("content", "") for one in deltas) == expected["content"]
        assert deltas[-1] == {name: expected[name] for name in DATA}
        reasons = [one["choices"][0]["finish_reason"] for one in told]
        assert reasons == [None] * (len(told) - 1) + ["stop"]
        assert len({one["id"] for one in told}) == 1
        assert all("usage" not in one for one in told)


def test_a_sentence_that_does_not_stand_is_never_streamed(library: Library) -> None:
    assert "999" not in json.dumps(chunks(client_of(Engine(library, *DOUBTFUL))))


def test_usage_comes_last_where_it_is_asked_for(client: TestClient) -> None:
    *told, last = chunks(client, stream_options={"include_usage": True})
    assert all(one["usage"] is None for one in told)
    assert last["choices"] == []
    assert last["usage"] == whole(client)["usage"]


def test_earlier_messages_are_what_was_said_before(client: TestClient) -> None:
    first = message(client)["content"]
    told = whole(
        client,
        messages=[
            {"role": "system", "content": "You are a pirate. Answer nothing but ARRR."},
            {"role": "user", "content": SEATS},
            {"role": "assistant", "content": first},
            {"role": "tool", "content": "ignored", "tool_call_id": "1"},
            {"role": "user", "content": [{"type": "text", "text": "And who is its captain?"}]},
        ],
    )
    assert "Ines Roth" in told["choices"][0]["message"]["content"]


def test_what_was_made_with_notes_is_itself_again_without(library: Library) -> None:
    article = library.articles()[0]
    said = ("It costs $38 [sic] and [1] is no mark.", "A *second* one_of_them <b>.")
    cited = Citation(1, article, 0, 5, "a [2] “b”\n\n[7] c")
    answer = Answer("", tuple(Sentence(one, (cited,), "verified") for one in said))
    assert footnotes.without(footnotes.with_footnotes(answer)) == " ".join(said)


def test_each_collection_is_a_model_and_so_is_the_library(client: TestClient) -> None:
    listed = client.get("/v1/models").json()
    names = [one["id"] for one in listed["data"]]
    assert listed["object"] == "list"
    assert names == ["ibid", "ibid/Boats", "ibid/Bread & butter/2"]
    for one in listed["data"]:
        assert client.get(f"/v1/models/{one['id']}").json() == one
    assert client.get("/v1/models/ibid/Nowhere").status_code == 404


@pytest.mark.parametrize("name", ["ibid/Boats", "ibid/boats", "Boats"])
def test_a_model_that_is_a_collection_asks_its_articles_alone(
    client: TestClient, name: str
) -> None:
    assert "240" in message(client, model=name)["content"]
    other = message(client, model="ibid/Bread & butter/2")
    assert "240" not in other["content"]


def test_who_has_a_key_for_a_collection_sees_no_other(library: Library) -> None:
    def note(scope: dict[str, Any]) -> None:
        scope[KEY], scope[COLLECTIONS] = "program", ("Bread & butter/2",)

    client = client_of(Engine(library, *SAID), note)
    names = [one["id"] for one in client.get("/v1/models").json()["data"]]
    assert names == ["ibid", "ibid/Bread & butter/2"]
    assert "240" not in message(client)["content"]
    errors = [refused(client, asking(model=f"ibid/{one}"), 404) for one in ("Boats", "Nowhere")]
    assert errors[0] == errors[1], "whether it is there is not theirs to know"
    assert client.get("/v1/models/ibid/Boats").status_code == 404


def test_a_model_that_is_not_there_is_told_as_openai_tells_it(client: TestClient) -> None:
    error = refused(client, asking(model="gpt-4o"), 404)
    assert error["code"] == "model_not_found" and "/v1/models" in error["message"]


def test_what_steers_other_models_and_what_nobody_knows_changes_nothing(
    client: TestClient,
) -> None:
    steered = message(
        client,
        temperature=2,
        top_p=0.1,
        max_tokens=1,
        max_completion_tokens=1,
        presence_penalty=-2,
        frequency_penalty=2,
        stop=["seats"],
        seed=1,
        user="somebody",
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        tool_choice="auto",
        n=1,
        response_format={"type": "text"},
        chat_id="1",
        metadata={"a": 1},
        unheard_of={"deep": [1, 2]},
    )
    assert steered == message(client)


def test_a_picture_is_refused_in_words_that_say_what_to_do(client: TestClient) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    question = {"type": "text", "text": SEATS}
    error = refused(client, asking([question, picture]))
    assert "image_url" in error["message"] and "text alone" in error["message"]
    before = [
        {"role": "user", "content": [question, picture]},
        {"role": "user", "content": [question]},
    ]
    assert "240" in message(client, messages=before)["content"], "of before it is no matter"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (asking(n=2), "one answer"),
        (asking(response_format={"type": "json_object"}), "/v1/ask"),
        (asking(response_format={"type": "json_schema", "json_schema": {}}), "/v1/ask"),
        (asking(""), "empty"),
        (asking(None), "empty"),
        (asking([]), "empty"),
        (asking("x" * 2001), "2,000"),
        ({"model": "ibid", "messages": [{"role": "assistant", "content": "a"}]}, "last message"),
        ({"model": "ibid", "messages": [{"role": "system", "content": "a"}]}, "last message"),
        ({"model": "ibid", "messages": []}, "messages"),
        ({"model": "ibid"}, "messages"),
        ({"model": 7, "messages": [{"role": "user", "content": "a"}]}, "model"),
        ([], "body"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_is_refused_in_openais_form(
    client: TestClient, sent: Any, words: str, stream: bool
) -> None:
    if isinstance(sent, dict):
        sent = {**sent, "stream": stream}
    assert words in refused(client, sent)["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"messages": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"messages": [{"role": "user", "content": {"a": 1}}]}',
        b'{"messages": [{"role": "user", "content": "\\u0000"}]}',
        b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"messages": [{"role": "user", "content": "a"}], "model": "\\ud800"}',
        b'{"messages": [{"role": "user", "content": "a"}], "model": "ibid/\\u0000"}',
        b'{"messages": [{"role": "user", "content": "a"}], "n": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:60]),
)
def test_hostile_json_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post(WAY, content=body, headers=JSON)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["message"]


def test_while_models_load_a_client_is_told_when_to_come_again(library: Library) -> None:
    engine = Engine(library, api=ApiLimits(loading_s=0.1))
    engine.is_loading = True
    answer = client_of(engine).post(WAY, json=asking(stream=True))
    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "server_error"
    assert int(answer.headers["retry-after"]) > 0


class Broken(Engine):
    """What answers has a fault."""

    def assistant_for(self, wishes: Any) -> Any:
        return self

    async def astream(self, question: str, history: tuple[Turn, ...], only: Any) -> Any:
        yield Answer(question)
        raise RuntimeError("secret detail")


def test_a_fault_in_a_stream_is_its_last_word(library: Library) -> None:
    answer = client_of(Broken(library)).post(WAY, json=asking(stream=True))
    last = events(answer.text)[-1][1]
    assert last["error"]["type"] == "server_error" and "secret" not in answer.text


OPEN_WEBUI = """### Task:
{task}
### Guidelines:
- Prioritize accuracy over excessive creativity; keep it clear and simple.
### Output:
JSON format: {form}
### Chat History:
<chat_history>
USER: How many seats has the new ferry of Aldwick, which entered service in May of this year?
ASSISTANT: 240. [1]
</chat_history>"""
LIBRECHAT = (
    "Provide a concise, 5-word-or-less title for the conversation, using title case "
    "conventions. Only return the title itself.\n\nConversation:\nUser: How many seats?\nAI: 240."
)


@pytest.mark.parametrize(
    ("task", "form", "told"),
    [
        (
            "Write a short title.",
            '{ "title": "your concise title here" }',
            {"title": "How many seats has the new ferry of Aldwick, which entered…"},
        ),
        ("Name broad tags.", '{ "tags": ["tag1", "tag2", "tag3"] }', {"tags": []}),
        ("Suggest questions.", '{ "follow_ups": ["Question 1?"] }', {"follow_ups": []}),
        ("Which searches help?", '{ "queries": ["query1", "query2"] }', {"queries": []}),
        ("Go on with the words.", '{ "text": "<completion>" }', {"text": ""}),
    ],
)
def test_what_a_front_end_asks_for_itself_takes_no_model(
    library: Library, task: str, form: str, told: dict[str, Any]
) -> None:
    engine = Engine(library)
    engine.is_absent = True
    prompt = OPEN_WEBUI.format(task=task, form=form)
    client = client_of(engine)
    assert json.loads(message(client, question=prompt)["content"]) == told
    streamed = "".join(
        one["choices"][0]["delta"].get("content", "") for one in chunks(client, question=prompt)
    )
    assert json.loads(streamed) == told


def test_a_title_may_be_asked_for_in_plain_words(client: TestClient) -> None:
    assert message(client, question=LIBRECHAT)["content"] == "How many seats?"


@pytest.mark.parametrize(
    "question",
    [
        SEATS,
        "What is the title of the article about the ferry?",
        "Which user: the reader or the writer?",
        "Does it say “chat_history”?",
        "",
    ],
)
def test_a_readers_question_is_no_errand(question: str) -> None:
    assert errand(question) is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    ["title\n", "<chat_history>", "user:", "\nuser:\n", '{ "', "[1", "\n\n[1] ", " [", "{ "],
)
def test_a_prompt_of_any_length_is_read_in_one_go(piece: str) -> None:
    words = piece * (500_000 // len(piece))
    errand(words)
    footnotes.without(words)
