"""Promises of models at hand: found, told of, and never used or sent anything unasked."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rag.errors import ProviderError
from rag.models.chat import chat_model
from rag.models.found import Offer, Place, offers, places
from rag.models.providers import goes_to, ollama_address, provider_of, providers
from rag.settings import load


class Models(http.server.ThreadingHTTPServer):
    """A server of models on loopback; ``said`` is its answer by path, ``asked`` what came."""

    daemon_threads = True

    def __init__(self) -> None:
        self.said: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Models

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        body = self.server.said.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Models]:
    server = Models()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_the_models_of_a_running_ollama_are_offered(server: Models) -> None:
    server.said["/api/tags"] = as_json(
        {"models": [{"name": "llama3.2:3b", "size": 2_000_000_000}, {"name": "nomic-embed-text"}]}
    )
    environ = {"OLLAMA_HOST": server.url.removeprefix("http://")}

    found = offers(environ, places(environ)[:1])

    assert found == [
        Offer("Ollama", "llama3.2:3b", base_url=f"{server.url}/v1", size=2_000_000_000)
    ]


@pytest.mark.parametrize("by", ["llama.cpp", "LM Studio"])
def test_the_models_of_a_server_that_speaks_as_openai_does_are_offered(
    by: str, server: Models
) -> None:
    server.said["/v1/models"] = as_json(
        {"data": [{"id": "qwen3-8b", "meta": {"size": 5_000}}, {"id": "text-embedding-nomic"}]}
    )

    found = offers({}, [Place(by, server.url)])

    assert found == [Offer(by, "qwen3-8b", base_url=f"{server.url}/v1", size=5_000)]


def test_nothing_of_the_users_is_sent_while_looking(
    server: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"OPENAI_API_KEY": "sk-0123456789", "IBID_API_KEY": "ibid-0123456789"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    server.said["/api/tags"] = server.said["/v1/models"] = as_json({})

    offers({**secrets}, [Place(by, server.url) for by in ("Ollama", "llama.cpp", "LM Studio")])

    assert [command for command, _, _ in server.asked] == ["GET"] * 3
    assert {path for _, path, _ in server.asked} == {"/api/tags", "/v1/models"}
    sent = json.dumps(server.asked)
    assert not any(secret in sent for secret in secrets.values())


def test_only_loopback_ports_and_ollama_host_are_looked_at() -> None:
    assert [place.address for place in places({})] == [
        "http://127.0.0.1:11434",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:1234",
    ]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::]:1234", "http://127.0.0.1:1234"),
        (":4321", "http://127.0.0.1:4321"),
        ("box.lan", "http://box.lan:11434"),
        ("box.lan:99", "http://box.lan:99"),
        ("http://box.lan", "http://box.lan:80"),
        ("https://box.lan/ollama/", "https://box.lan:443/ollama"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ('"box.lan:99"', "http://box.lan:99"),
    ],
)
def test_ollama_host_is_read_in_each_way_in_which_ollama_takes_it(said: str, address: str) -> None:
    assert ollama_address({"OLLAMA_HOST": said}) == address


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        as_json({"data": 3}),
        as_json({"data": [3, None, {}, {"id": 3}, {"id": ""}]}),
        as_json({"data": [{"id": "\x1b[31mred"}, {"id": "x" * 1000}]}),
        as_json({"data": [{"id": "m", "meta": {"size": "large"}}] * 100_000}),
        b"[" * 900_000,
    ],
)
def test_a_server_that_makes_no_sense_offers_nothing(body: bytes, server: Models) -> None:
    server.said["/v1/models"] = body
    assert offers({}, [Place("llama.cpp", server.url)]) == []


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        found = offers({}, [Place("Ollama", f"http://127.0.0.1:{silent.getsockname()[1]}")])
    assert found == []
    assert time.monotonic() - began < 5


def test_an_address_that_is_none_offers_nothing() -> None:
    environ = {"OLLAMA_HOST": "http://[not an address"}
    assert offers(environ, places(environ)[:1]) == []


@pytest.mark.parametrize(
    ("key", "provider", "host"),
    [
        ("OPENAI_API_KEY", "openai:", "api.openai.com"),
        ("ANTHROPIC_API_KEY", "anthropic:", "api.anthropic.com"),
        ("GOOGLE_API_KEY", "google_genai:", "generativelanguage.googleapis.com"),
        ("MISTRAL_API_KEY", "mistralai:", "api.mistral.ai"),
        ("BASETEN_API_KEY", "baseten:", "baseten"),
    ],
)
def test_a_key_in_the_environment_offers_its_provider_and_says_where_data_goes(
    key: str, provider: str, host: str
) -> None:
    (offer,) = offers({key: "k-123456"}, [])
    assert (offer.model, offer.host, offer.key) == (provider, host, key)
    assert "k-123456" not in repr(offer)


def test_an_empty_key_offers_nothing() -> None:
    assert offers({"OPENAI_API_KEY": " "}, []) == []


def test_of_a_provider_whose_package_is_here_its_models_are_known() -> None:
    (openai,) = offers({"OPENAI_API_KEY": "k"}, [])
    assert "gpt-4.1-mini" in openai.models
    assert not any("embedding" in name for name in openai.models)
    assert openai.package == ""


def test_of_a_provider_whose_package_is_missing_it_is_told_what_to_install() -> None:
    (mistral,) = offers({"MISTRAL_API_KEY": "k"}, [])
    assert (mistral.package, mistral.models) == ("langchain-mistralai", ())
    with pytest.raises(ProviderError, match="run: pip install langchain-mistralai"):
        chat_model(load(model="mistralai:mistral-small-latest"))


def test_every_provider_that_we_know_more_of_is_one_that_langchain_knows() -> None:
    assert {one.name for one in providers().values() if one.host} <= {*providers()}
    assert provider_of("claude-sonnet-4-5") == providers()["anthropic"]
    assert provider_of("nobody-knows") is None


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({"model": "qwen2.5-coder-1.5b"}, ""),
        ({"model": "/models/mine.gguf"}, ""),
        ({"model": "hf:a/b/c.gguf"}, ""),
        ({"model": "openai:gpt-4.1-mini"}, "api.openai.com"),
        ({"model": "openai:gpt-4.1-mini", "answers": "quotes"}, ""),
        ({"model": "claude-sonnet-4-5"}, "api.anthropic.com"),
        ({"model": "ollama:llama3.2"}, ""),
        ({"model": "m", "base_url": "http://127.0.0.1:1234/v1"}, ""),
        ({"model": "m", "base_url": "http://[::1]:1234/v1"}, ""),
        ({"model": "m", "base_url": "http://localhost:1234/v1"}, ""),
        ({"model": "m", "base_url": "http://127.0.0.1.evil.example/v1"}, "127.0.0.1.evil.example"),
        ({"model": "qwen2.5-coder-1.5b", "base_url": "https://box.lan/v1"}, "box.lan"),
        ({"model": "nobody-knows"}, "nobody-knows"),
    ],
)
def test_it_is_known_where_questions_go(
    given: dict[str, Any], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OLLAMA_HOST", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    assert goes_to(load(**given)) == host


def test_another_address_of_a_provider_is_where_questions_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    monkeypatch.setenv("OLLAMA_HOST", "box.lan")
    assert goes_to(load(model="openai:gpt-4.1-mini")) == "gateway.example"
    assert goes_to(load(model="ollama:llama3.2")) == "box.lan"
