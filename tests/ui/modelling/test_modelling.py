"""Promises of ``ibid models serve``: whoever has no models gets from it what they would make."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from doubles import WordReader, WordScorer
from langchain_openai import OpenAIEmbeddings
from pydantic import SecretStr
from tiny import TinyEmbedder

from rag.errors import ModelAway, SettingsError
from rag.loaders import read
from rag.models.embedder import embedder
from rag.models.inventory import Here
from rag.models.reader import reader_of
from rag.models.reranker import reranker
from rag.opening import open_assistant, open_library
from rag.schema import Answer
from rag.settings import Settings, load
from ui.modelling.routes import MOST_TEXTS
from ui.modelling.serving import application, serve

SEEDS = Path(__file__).parents[3] / "seeds"
TOKEN = "tok-0123456789abcdef"
TEXTS = ["The ferry has 240 seats.", "Bread is baked at night."]
QUESTION = "How many seats has the ferry?"


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of a service with the doubles as models."""
    web = application(settings, Here(TinyEmbedder(), WordScorer(), WordReader()))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, ws="none"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        running.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            running.join(30)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(load()) as url:
        yield url


def at(url: str, version: str = "", **given: Any) -> Settings:
    versioned = url + version
    return load(embedder_url=versioned, reranker_url=versioned, reader_url=url, **given)


@pytest.mark.parametrize("version", ["", "/v1"])
def test_an_ibid_gets_from_another_what_its_own_models_would_make(url: str, version: str) -> None:
    mine = at(url, version)
    texts = [f"{text} {n}" for n in range(100) for text in TEXTS]  # more than are taken at once
    made = embedder(mine).embed_documents(texts)
    assert np.allclose(made, TinyEmbedder().embed_documents(texts), atol=1e-12)
    scores = reranker(mine).scores(QUESTION, texts)
    assert np.allclose(scores, WordScorer().scores(QUESTION, texts), atol=1e-9)
    titles = ["Ferry"] * len(texts)
    assert reader_of(mine).read(QUESTION, titles, texts) == WordReader().read(
        QUESTION, titles, texts
    )


def test_it_takes_no_more_texts_than_it_says_and_an_ibid_gives_it_fewer(url: str) -> None:
    most = httpx.get(f"{url}/info").json()["max_client_batch_size"]
    assert most == MOST_TEXTS
    assert httpx.post(f"{url}/embed", json={"inputs": ["a"] * (most + 1)}).status_code == 422
    assert httpx.post(f"{url}/embed", json={"inputs": ["a"] * most}).status_code == 200
    mine = at(url, **{"model_servers.at_once": 300})
    assert len(embedder(mine).embed_documents(["a"] * 300)) == 300


def test_a_client_of_openai_is_given_its_own_shape(url: str) -> None:
    client = OpenAIEmbeddings(
        model="any",
        base_url=f"{url}/v1",
        api_key=SecretStr("none"),
        check_embedding_ctx_length=False,
    )
    assert np.allclose(client.embed_documents(TEXTS), TinyEmbedder().embed_documents(TEXTS))
    packed = httpx.post(
        f"{url}/v1/embeddings", json={"input": TEXTS[0], "encoding_format": "base64"}
    ).json()["data"][0]["embedding"]
    vector = np.frombuffer(base64.b64decode(packed), dtype="<f4")
    assert np.allclose(vector, TinyEmbedder().embed_query(TEXTS[0]), atol=1e-6)


def test_scores_come_best_first_and_from_0_to_1_where_they_are_not_wanted_raw(url: str) -> None:
    texts = [*reversed(TEXTS)]
    ranks = httpx.post(f"{url}/rerank", json={"query": QUESTION, "texts": texts}).json()
    assert [one["index"] for one in ranks] == [1, 0]
    assert all(0 <= one["score"] <= 1 for one in ranks)
    asked = {"query": QUESTION, "documents": texts, "top_n": 1, "model": "any"}
    (best,) = httpx.post(f"{url}/v1/rerank", json=asked).json()["results"]
    assert best["index"] == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/embed", b"{"),
        ("/embed", b'{"inputs": [1]}'),
        ("/embed", b'{"inputs": {"a": "b"}}'),
        ("/embed", b'{"inputs": "' + b"x" * 100_001 + b'"}'),
        ("/v1/embeddings", b"[]"),
        ("/rerank", b'{"query": "a"}'),
        ("/v1/rerank", b'{"query": "a", "documents": ["b"], "top_n": 0}'),
        ("/read", b'{"question": "a", "titles": [], "texts": ["b"]}'),
        ("/embed", b"[" * 100_000),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_repeated(url: str, path: str, body: bytes) -> None:
    said = httpx.post(url + path, content=body, headers={"Content-Type": "application/json"})
    assert said.status_code in (400, 422) and len(said.content) < 300


def test_what_is_too_large_is_refused(url: str) -> None:
    body = b'{"inputs": "' + b"x" * 5_000_000 + b'"}'
    assert httpx.post(f"{url}/embed", content=body).status_code == 413


def test_whoever_has_no_token_gets_nothing_but_a_sign_of_life() -> None:
    with serving(load(models_token=TOKEN)) as url:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            for path in ("/embed", "/rerank", "/read", "/v1/embeddings", "/v1/rerank"):
                said = httpx.post(url + path, json={}, headers=headers)
                assert said.status_code == 401 and TOKEN not in said.text
            assert httpx.get(f"{url}/info", headers=headers).status_code == 401
        assert httpx.get(f"{url}/health").status_code == 200
        with pytest.raises(ModelAway, match="refuses the token"):
            embedder(at(url)).embed_query("a")
        tokens = dict.fromkeys(("embedder_token", "reranker_token", "reader_token"), TOKEN)
        mine = at(url, **tokens)
        assert embedder(mine).embed_query("a") and reranker(mine).scores("a", ["b"])
        assert reader_of(mine).read("a", ["b"], ["c"])


def test_no_other_machine_is_let_in_without_a_token() -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        with pytest.raises(SettingsError, match="IBID_MODELS_TOKEN_FILE"):
            serve(load(), host, 0)


def test_a_model_that_is_not_here_is_told_in_one_line(tmp_path: Path) -> None:
    code = "import sys; from ui.cli.main import main; main(['models', 'serve', '--port', '0'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120,
        env={"IBID_MODELS_DIR": str(tmp_path / "models"), "PATH": "", "PYTHONPATH": _ROOT},
    )  # fmt: skip
    assert done.returncode == 1 and "ibid models pull" in done.stderr
    assert "Traceback" not in done.stderr


_ROOT = str(SEEDS.parent)
ASKED = [
    "Which group led the offensive on Aleppo?",
    "When did Apollo 11 land on the Moon?",
    "How many puffins were counted on Skerra?",
    "Why did the Calder glassworks close?",
    "Who is Ines Halloran?",
    "When does the tram in Tarnwick open?",
    "What is the boiling point of ethanol?",
    "What do the articles say about the harbour flood?",
    "Compare the Osier Bridge and the Kestrel Bridge.",
    "Thank you, that helps",
]


def said(answer: Answer) -> tuple[Any, ...]:
    """All of an answer that a person sees."""
    sentences = [
        (
            one.text,
            one.support,
            one.lead,
            [(c.article.source, c.start, c.end) for c in one.citations],
        )
        for one in answer.sentences
    ]
    return answer.status, sentences, [p.chunk_ids for p in answer.passages], answer.notice


@pytest.mark.model
@pytest.mark.timeout(900)
def test_a_replica_without_any_weights_answers_as_one_that_has_them(tmp_path: Path) -> None:
    here = load(library=tmp_path / "library", answers="quotes")
    with open_library(here) as own:
        own.add(read(SEEDS))
        assistant = open_assistant(own)
        expected = [said(assistant.ask(question)) for question in ASKED]
        kept = own.catalog.count()
    assert {status for status, *_ in expected} >= {"quoted", "refused", "own"}
    code = "from ui.cli.main import main; main(['models', 'serve', '--port', '0'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as served:
        try:
            assert served.stdout is not None
            url = served.stdout.readline().split(" at ")[1].split()[0]
            limits = {"models_dir": tmp_path / "none", "model_servers.timeout": 120.0}
            for version in ("", "/v1"):
                mine = at(url, version, library=here.library, answers="quotes", **limits)
                with open_library(mine) as own:
                    replica = open_assistant(own)
                    assert [said(replica.ask(question)) for question in ASKED] == expected
                    assert {one.outcome for one in own.add(read(SEEDS))} == {"same"}
                    assert own.catalog.count() == kept
        finally:
            served.terminate()
            served.wait(60)
    assert served.returncode == 0
