"""OpenAI's own client and LangChain's take the library for a model, and lose no citation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from doubles import tiny_library
from fastapi import FastAPI
from fastapi.testclient import TestClient
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from programs import HERE, SEATS, Engine, application

from rag.index.library import Library
from ui.api.v1.documents import CitationDocument

SAID = ("The boat ", "has 240 seats, ", "twice as many as the old one [1].")
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
BASE = f"{HERE}/v1"
FIRST: list[Any] = [{"role": "user", "content": SEATS}]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("clients")) as library:
        yield library


@pytest.fixture
def web(library: Library) -> FastAPI:
    return application(Engine(library, *SAID))


@pytest.fixture
def own(web: FastAPI) -> Iterator[openai.OpenAI]:
    with TestClient(web, base_url=HERE, raise_server_exceptions=False) as http:
        yield openai.OpenAI(base_url=BASE, api_key="ibid_key", http_client=http, max_retries=0)


@pytest.fixture
def awaited(web: FastAPI) -> openai.AsyncOpenAI:
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=web))
    return openai.AsyncOpenAI(base_url=BASE, api_key="ibid_key", http_client=http, max_retries=0)


def citations(of: Any) -> list[CitationDocument]:
    """What a message or the delta of a chunk has beside OpenAI's own fields."""
    return [CitationDocument.model_validate(one) for one in of.model_extra["citations"]]


def test_the_client_lists_the_library_and_asks_it(own: openai.OpenAI) -> None:
    assert [one.id for one in own.models.list()] == ["ibid"]
    assert own.models.retrieve("ibid").owned_by == "ibid"
    told = own.chat.completions.create(model="ibid", messages=FIRST, temperature=0.5, max_tokens=9)
    [choice] = told.choices
    [citation] = citations(choice.message)
    assert choice.finish_reason == "stop" and choice.message.role == "assistant"
    assert citation.verdict == "verified" and "240" in citation.quote
    assert f"[{citation.number}] {citation.article.title}" in (choice.message.content or "")
    assert told.usage and told.usage.total_tokens > told.usage.prompt_tokens > 0


def test_the_client_streams_the_same_text_and_the_same_citations(own: openai.OpenAI) -> None:
    whole = own.chat.completions.create(model="ibid", messages=FIRST)
    stream = own.chat.completions.create(
        model="ibid", messages=FIRST, stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = list(stream)
    text = "".join(one.choices[0].delta.content or "" for one in chunks)
    assert text == whole.choices[0].message.content
    assert citations(chunks[-1].choices[0].delta) == citations(whole.choices[0].message)
    assert last.usage == whole.usage


def test_the_client_can_gather_a_stream_by_itself(own: openai.OpenAI) -> None:
    whole = own.chat.completions.create(model="ibid", messages=FIRST)
    with own.chat.completions.stream(model="ibid", messages=FIRST) as stream:
        gathered = stream.get_final_completion()
    assert gathered.choices[0].message.content == whole.choices[0].message.content
    assert citations(gathered.choices[0].message) == citations(whole.choices[0].message)


async def test_the_asynchronous_client_gets_the_same(awaited: openai.AsyncOpenAI) -> None:
    whole = await awaited.chat.completions.create(model="ibid", messages=FIRST)
    stream = await awaited.chat.completions.create(model="ibid", messages=FIRST, stream=True)
    chunks = [one async for one in stream]
    text = "".join(one.choices[0].delta.content or "" for one in chunks)
    assert text == whole.choices[0].message.content
    assert citations(chunks[-1].choices[0].delta) == citations(whole.choices[0].message)


def test_the_client_goes_on_with_a_conversation(own: openai.OpenAI) -> None:
    first = own.chat.completions.create(model="ibid", messages=FIRST)
    then = [
        {"role": "system", "content": "Be brief."},
        *FIRST,
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": "And who is its captain?"},
    ]
    told = own.chat.completions.create(model="ibid", messages=then)  # type: ignore[arg-type]
    assert "Ines Roth" in (told.choices[0].message.content or "")


def test_the_client_raises_its_own_errors_with_words_that_say_what_to_do(
    own: openai.OpenAI,
) -> None:
    with pytest.raises(openai.NotFoundError, match="/v1/models") as unknown:
        own.chat.completions.create(model="gpt-4o", messages=FIRST)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        own.models.retrieve("gpt-4o")
    with pytest.raises(openai.UnprocessableEntityError, match="text alone"):
        own.chat.completions.create(
            model="ibid",
            messages=[{"role": "user", "content": [PICTURE]}],  # type: ignore[typeddict-item, list-item]
        )
    with pytest.raises(openai.UnprocessableEntityError, match="2,000"):
        own.chat.completions.create(
            model="ibid", messages=[{"role": "user", "content": "x" * 2001}], stream=True
        )


class Broken(Engine):
    """What answers has a fault."""

    def assistant_for(self, wishes: Any) -> Any:
        return self

    async def astream(self, *given: Any) -> Any:
        raise RuntimeError("secret detail")
        yield


def test_a_stream_that_breaks_off_raises_the_clients_own_error(library: Library) -> None:
    with TestClient(application(Broken(library)), base_url=HERE) as http:
        own = openai.OpenAI(base_url=BASE, api_key="ibid_key", http_client=http, max_retries=0)
        stream = own.chat.completions.create(model="ibid", messages=FIRST, stream=True)
        with pytest.raises(openai.APIError, match="owner"):
            list(stream)


@pytest.fixture
def chain(web: FastAPI, own: openai.OpenAI) -> ChatOpenAI:
    return ChatOpenAI(
        model="ibid",
        base_url=BASE,
        api_key="ibid_key",  # type: ignore[arg-type]
        http_client=TestClient(web, base_url=HERE),
        http_async_client=httpx.AsyncClient(transport=httpx.ASGITransport(app=web)),
        max_retries=0,
        temperature=0.2,
    )


def test_langchains_model_is_invoked_and_streamed(chain: ChatOpenAI, own: openai.OpenAI) -> None:
    expected = own.chat.completions.create(model="ibid", messages=FIRST)
    text = expected.choices[0].message.content
    told = chain.invoke([SystemMessage("Be brief."), HumanMessage(SEATS)])
    assert told.content == text
    assert told.usage_metadata and told.usage_metadata["output_tokens"] > 0
    assert "".join(str(one.content) for one in chain.stream(SEATS)) == text


async def test_langchains_model_is_awaited(chain: ChatOpenAI) -> None:
    told = await chain.ainvoke(SEATS)
    assert "".join([str(one.content) async for one in chain.astream(SEATS)]) == told.content


def test_langchains_model_goes_on_with_a_conversation(chain: ChatOpenAI) -> None:
    first = chain.invoke(SEATS)
    then = [
        HumanMessage(SEATS),
        AIMessage(str(first.content)),
        HumanMessage("And who is its captain?"),
    ]
    assert "Ines Roth" in str(chain.invoke(then).content)
