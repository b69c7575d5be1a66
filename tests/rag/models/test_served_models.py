"""Promises of models on servers: what they say is wrong until it is shown to be right."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from doubles import WordReader
from model_servers import ScriptedServer, Trouble, breaks_off, says
from tiny import TinyEmbedder

from rag.errors import ModelAway, SettingsError
from rag.models.embedder import SentenceEmbedder, embedder
from rag.models.reader import reader_of
from rag.models.registry import listed
from rag.models.reranker import reranker
from rag.models.served import ServedEmbedder, ServedReader, ServedReranker, Stored
from rag.settings import Settings, flat, load

TOKEN = "tok-0123456789abcdef"
TEXTS = ["The ferry has 240 seats.", "Bread is baked at night.", "Nine minutes by ferry."]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


def at(server: ScriptedServer, version: str = "", **given: Any) -> Settings:
    """Settings under which all three are there; each server has a port, and so a state, of its own.

    A server that does not answer is not left alone, unless that is given.
    """
    url = server.url + version
    limits = {"model_servers.pause": 0.0}
    asked = {"embedder_url": url, "reranker_url": url, "reader_url": server.url, **limits, **given}
    return load(**asked)


def embedding(settings: Settings) -> ServedEmbedder:
    made = embedder(settings)
    assert isinstance(made, ServedEmbedder)
    return made


def reranking(settings: Settings) -> ServedReranker:
    made = reranker(settings)
    assert isinstance(made, ServedReranker)
    return made


def reading(settings: Settings) -> ServedReader:
    made = reader_of(settings)
    assert isinstance(made, ServedReader)
    return made


@pytest.mark.parametrize("version", ["", "/v1"])
def test_both_shapes_say_what_the_models_say(server: ScriptedServer, version: str) -> None:
    mine = at(server, version)
    assert embedding(mine).embed_documents(TEXTS) == [
        pytest.approx(one) for one in TinyEmbedder().embed_documents(TEXTS)
    ]
    scores = reranking(mine).scores("How many seats has the ferry?", TEXTS)
    assert scores.index(max(scores)) == 0 and scores.index(min(scores)) == 1
    assert {path for path, _ in server.requests} == {
        f"{version}/{'embeddings' if version else 'embed'}",
        f"{version}/rerank",
    }


def test_the_same_scores_come_of_logits_and_of_probabilities(server: ScriptedServer) -> None:
    one, other = (
        reranking(at(server, version)).scores("How many seats has the ferry?", TEXTS)
        for version in ("", "/v1")
    )
    assert one == pytest.approx(other, abs=1e-9)


def test_the_reader_reads_as_it_does_here(server: ScriptedServer) -> None:
    made = reading(at(server)).read("How many seats has the ferry?", ["Ferry"] * 3, TEXTS)
    assert made == WordReader().read("How many seats has the ferry?", ["Ferry"] * 3, TEXTS)
    assert TEXTS[0][made[0].spans[0].start : made[0].spans[0].end]


def test_a_listed_model_is_the_same_wherever_it_runs(server: ScriptedServer) -> None:
    made = embedding(at(server))
    assert made.fingerprint == listed()["all-minilm-l6-v2"].fingerprint
    away, here = reranking(at(server)), listed()["ms-marco-minilm-l-12-v2"].calibration
    assert away.probability(0.0) == pytest.approx(1 / (1 + 2.718281828459045 ** -here[1]))
    assert embedding(at(server, embedder="some/model")).fingerprint == "some/model"
    assert not isinstance(embedder(load(embedder="some/model")), ServedEmbedder)
    assert isinstance(embedder(load(embedder="some/model")), SentenceEmbedder)


def test_what_a_model_is_called_there_and_what_it_wants_before_a_text_can_be_told(
    server: ScriptedServer,
) -> None:
    prompts = {"model_servers.query_prompt": "query: ", "model_servers.passage_prompt": "passage: "}
    names = {"model_servers.embedder": "its-name", "model_servers.reranker": "other-name"}
    mine = at(server, "/v1", embedder="some/e5", **prompts, **names)
    embedding(mine).embed_query("How many?")
    embedding(mine).embed_documents(["Nine."])
    reranking(mine).scores("How many?", ["Nine."])
    (_, asked), (_, told), (_, ranked) = server.requests
    assert (asked["model"], asked["input"]) == ("its-name", ["query: How many?"])
    assert told["input"] == ["passage: Nine."]
    assert ranked["model"] == "other-name"


def test_a_listed_model_gets_its_own_prompt(server: ScriptedServer) -> None:
    mine = at(server, embedder="fastembed:bge-small-en-v1.5")
    embedding(mine).embed_query("How many?")
    assert server.requests[0][1]["inputs"] == [
        listed()["bge-small-en-v1.5"].query_prompt + "How many?"
    ]


def test_each_gets_its_token_and_no_error_tells_it(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:  # fmt: skip
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("IBID_EMBEDDER_TOKEN_FILE", str(tmp_path / "token"))
    mine = at(server)
    embedding(mine).embed_query("How many?")
    assert server.tokens == [f"Bearer {TOKEN}"]
    server.always = says(f"wrong token {TOKEN}".encode(), 401)
    with pytest.raises(ModelAway, match="refuses the token") as caught:
        embedding(mine).embed_query("How few?")
    server.always = says(f"wrong token {TOKEN}".encode(), 500)
    with pytest.raises(ModelAway) as also:
        embedding(mine).embed_query("How few?")
    told = f"{caught.value}{also.value}{caplog.text}{flat(mine)}{mine!r}{caught.value.facts}"
    assert TOKEN not in told


@pytest.mark.parametrize(
    "url", ["ftp://x", "box:80", "http://", "http://u:p@box", "http://box?key=1", "http://box:x"]
)
def test_an_address_that_is_none_is_told_without_what_is_secret_in_it(url: str) -> None:
    for make in (embedder, reranker, reader_of):
        with pytest.raises(SettingsError, match=r"_url is no web address") as caught:
            make(load(embedder_url=url, reranker_url=url, reader_url=url))
        assert "key=1" not in str(caught.value) and "u:p" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_token_that_no_header_can_carry_is_told_and_not_shown(server: ScriptedServer) -> None:
    for token in ("tök-secret", "tok\nsecret", "tok secret"):
        with pytest.raises(SettingsError, match="IBID_EMBEDDER_TOKEN") as caught:
            embedder(at(server, embedder_token=token))
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("version", ["", "/v1"])
def test_a_server_is_given_no_more_texts_than_it_takes(
    server: ScriptedServer, status: int, version: str
) -> None:
    server.most, server.too_much = 3, status
    texts = [f"Bridge {n} carries {n} people." for n in range(20)]
    mine = at(server, version)
    made = embedding(mine).embed_documents(texts)
    assert made == [pytest.approx(one) for one in TinyEmbedder().embed_documents(texts)]
    server.requests.clear()
    assert len(reranking(mine).scores("people", texts)) == 20
    assert len(reading(mine).read("people", [""] * 20, texts)) == 20
    server.requests.clear()
    embedding(mine).embed_documents(texts)
    assert len(server.requests) == 10  # it is known by then that two are taken


def test_a_single_text_that_is_not_taken_ends_it(server: ScriptedServer) -> None:
    server.most, server.too_much = 0, 413
    with pytest.raises(ModelAway, match="answers 413"):
        embedding(at(server)).embed_documents(TEXTS)


def test_no_more_texts_are_sent_at_once_than_the_settings_say(server: ScriptedServer) -> None:
    embedding(at(server, **{"model_servers.at_once": 2})).embed_documents(TEXTS)
    assert [len(given["inputs"]) for _, given in server.requests] == [2, 1]


@pytest.mark.parametrize(
    "busy",
    [
        says(b"", 429, Retry_After="0"),
        says(b"", 503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        says(b"", 429),
        says(b"", 429, Retry_After="soon"),
    ],
)
def test_a_server_that_is_busy_is_asked_again(server: ScriptedServer, busy: Trouble) -> None:
    server.troubles = [busy, busy]
    assert len(embedding(at(server)).embed_documents(TEXTS)) == 3
    assert len(server.requests) == 3


def test_a_server_that_is_busy_for_longer_than_one_waits_is_away(server: ScriptedServer) -> None:
    server.always = says(b"", 429, Retry_After="99999999999999")
    with pytest.raises(ModelAway, match="too busy"):
        embedding(at(server)).embed_documents(TEXTS)
    assert len(server.requests) == 1


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server: ScriptedServer) -> None:
    made = embedding(at(server))
    made.embed_query("How many?")
    server.troubles = [breaks_off]
    made.embed_query("How few?")
    assert len(server.requests) == 3


WRONG = {
    "no JSON": b"<html>",
    "half of it": b"[[0.5, 0.5",
    "too few": json.dumps([[0.5, 0.5]]).encode(),
    "too many": json.dumps([[0.5, 0.5]] * 4).encode(),
    "NaN": b"[[0.5, NaN], [1, 2], [1, 2]]",
    "infinite": b"[[0.5, 1e999], [1, 2], [1, 2]]",
    "too long to square": b"[[0.5, 1e300], [1, 2], [1, 2]]",
    "no direction": b"[[0, 0], [1, 2], [1, 2]]",
    "no number in it": b"[[], [], []]",
    "several lengths": b"[[1], [1, 2], [1, 2]]",
    "words": b'[["1", "2"], ["1", "2"], ["1", "2"]]',
    "truth": b"[[true, false], [true, false], [true, false]]",
    "another shape": b'{"error": "none"}',
    "nested without end": b"[" * 200_000,
    "null": b"null",
    "nothing": b"",
    "no UTF-8": b'[["\xff"]]',
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_vectors_that_are_none_are_refused(server: ScriptedServer, body: bytes) -> None:
    server.always = says(body)
    with pytest.raises(ModelAway, match="IBID_EMBEDDER_URL") as caught:
        embedding(at(server)).embed_documents(TEXTS)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "data",
    [
        [{"index": 0, "embedding": [1.0]}] * 3,
        [{"index": i, "embedding": [1.0]} for i in (1, 2, 3)],
        [{"index": i, "embedding": [1.0]} for i in (-1, 0, 1)],
        [{"embedding": [1.0]}] * 3,
    ],
)
def test_embeddings_numbered_otherwise_are_refused(
    server: ScriptedServer, data: list[dict[str, Any]]
) -> None:
    server.always = says(json.dumps({"data": data}).encode())
    with pytest.raises(ModelAway):
        embedding(at(server, "/v1")).embed_documents(TEXTS)


@pytest.mark.parametrize(
    ("version", "body"),
    [
        ("", [{"index": 0, "score": 1.0}] * 3),
        ("", [{"index": i, "score": "1"} for i in range(3)]),
        ("", [{"index": i, "score": 1.0} for i in range(2)]),
        ("", [{"index": i, "score": 1.0} for i in range(4)]),
        ("", {"results": []}),
        ("/v1", {"results": [{"index": i, "relevance_score": 3.5} for i in range(3)]}),
        ("/v1", {"results": [{"index": i, "relevance_score": None} for i in range(3)]}),
    ],
)
def test_scores_that_are_none_are_refused(server: ScriptedServer, version: str, body: Any) -> None:
    server.always = says(json.dumps(body).encode())
    with pytest.raises(ModelAway, match="IBID_RERANKER_URL"):
        reranking(at(server, version)).scores("seats", TEXTS)


def test_logits_under_a_version_are_taken_where_the_settings_say_so(server: ScriptedServer) -> None:
    results = [{"index": i, "relevance_score": 3.5 - i} for i in range(3)]
    server.always = says(json.dumps({"results": results}).encode())
    mine = at(server, "/v1", **{"model_servers.scores": "logits"})
    assert reranking(mine).scores("seats", TEXTS) == [3.5, 2.5, 1.5]


@pytest.mark.parametrize(
    "spans",
    [
        [{"start": 0, "end": 999, "logit": 1.0}],
        [{"start": -1, "end": 2, "logit": 1.0}],
        [{"start": 3, "end": 3, "logit": 1.0}],
        [{"start": 0, "end": 2, "logit": 1.0}, {"start": 3, "end": 4, "logit": 2.0}],
    ],
)
def test_words_that_the_text_has_not_are_refused(
    server: ScriptedServer, spans: list[dict[str, Any]]
) -> None:
    one = {"answers": 1.0, "says_yes": 0.0, "none": 0.0, "spans": spans}
    server.always = says(json.dumps([one]).encode())
    with pytest.raises(ModelAway, match="IBID_READER_URL"):
        reading(at(server)).read("seats", ["Ferry"], TEXTS[:1])


def floods(handler: BaseHTTPRequestHandler) -> None:
    """Sends numbers without an end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"[0.123456789," * 10_000)
    except OSError:
        pass


def test_an_answer_without_an_end_is_not_read_on(server: ScriptedServer) -> None:
    server.always = floods
    with pytest.raises(ModelAway, match="more than 1 MB"):
        embedding(at(server, **{"model_servers.answer_mb": 1})).embed_documents(TEXTS)


def test_a_packed_answer_is_not_unpacked(server: ScriptedServer) -> None:
    server.always = says(gzip.compress(b"[" * 1_000_000), Content_Encoding="gzip")
    with pytest.raises(ModelAway, match="packed"):
        embedding(at(server)).embed_documents(TEXTS)


def test_nobody_is_led_elsewhere(server: ScriptedServer) -> None:
    other = ScriptedServer()
    server.always = says(b"", 307, Location=f"{other.url}/embed")
    with pytest.raises(ModelAway, match="answers 307"):
        embedding(at(server, embedder_token=TOKEN)).embed_documents(TEXTS)
    assert not other.requests
    other.stop()


def drips(server: ScriptedServer) -> Trouble:
    def trouble(handler: BaseHTTPRequestHandler) -> None:
        """Sends its head a byte at a time, for as long as somebody listens."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        try:
            while not server.ended.wait(0.02):
                handler.wfile.write(b"x")
                handler.wfile.flush()
        except OSError:
            pass

    return trouble


def hangs(server: ScriptedServer) -> Trouble:
    return server.hang


@pytest.mark.parametrize("slow", [hangs, drips])
def test_a_server_that_is_too_slow_is_left_and_then_left_alone(
    server: ScriptedServer, slow: Callable[[ScriptedServer], Trouble]
) -> None:
    server.troubles = [slow(server)]
    limits = {"model_servers.timeout": 0.3, "model_servers.pause": 1_000.0}
    made = embedding(at(server, **limits))
    with pytest.raises(ModelAway, match=r"within 0\.3 seconds"):
        made.embed_query("How many?")
    for again in (made, embedding(at(server, **limits))):  # it is known in all the process
        with pytest.raises(ModelAway, match="a moment ago"):
            again.embed_query("How few?")
    assert len(server.requests) == 1


def test_others_do_not_wait_for_the_one_that_waits(server: ScriptedServer) -> None:
    server.troubles = [server.hang]
    made = embedding(at(server, **{"model_servers.timeout": 60.0}))
    waiting = threading.Thread(target=made.embed_query, args=["slow"])
    waiting.start()
    assert server.came.wait(30)
    made.embed_query("quick")
    assert waiting.is_alive()
    server.ended.set()  # it breaks off, and is asked once more
    waiting.join(30)
    assert not waiting.is_alive()


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_that_fails_is_left_alone_and_one_that_refuses_is_not(
    server: ScriptedServer, status: int
) -> None:
    made = reranking(at(server, **{"model_servers.pause": 1_000.0}))
    server.troubles = [says(b"", 404)]
    with pytest.raises(ModelAway, match="answers 404"):
        made.scores("seats", TEXTS)
    assert made.scores("seats", TEXTS)
    server.troubles = [says(b"", status)]
    with pytest.raises(ModelAway, match=f"answers {status}"):
        made.scores("seats", TEXTS)
    with pytest.raises(ModelAway, match="a moment ago"):
        made.scores("seats", TEXTS)


def test_no_vector_is_made_where_the_stored_ones_are_of_another_model(
    server: ScriptedServer,
) -> None:
    made = embedding(at(server))
    server.embedder = Shuffled()
    made.expects(lambda: [Stored(text, TinyEmbedder().embed_query(text)) for text in TEXTS])
    for make in (made.embed_query, lambda text: made.embed_documents([text])):
        with pytest.raises(ModelAway, match="other vectors") as caught:
            make("How many?")
    assert caught.value.kind == "embedder differs" and "ibid rebuild" in str(caught.value)
    server.embedder = TinyEmbedder()
    assert made.embed_query("How many?")


def test_a_text_that_was_stored_otherwise_is_no_sign_of_another_model(
    server: ScriptedServer,
) -> None:
    made = embedding(at(server))
    stored = [Stored(text, TinyEmbedder().embed_query(text)) for text in TEXTS]
    made.expects(lambda: [Stored("Another text.", stored[0].vector), *stored])
    assert made.embed_query("How many?")


def test_vectors_of_another_length_are_those_of_another_model(server: ScriptedServer) -> None:
    made = embedding(at(server))
    made.expects(lambda: [Stored(TEXTS[0], TinyEmbedder(dimensions=48).embed_query(TEXTS[0]))])
    with pytest.raises(ModelAway, match="other vectors"):
        made.embed_query("How many?")


def test_a_server_that_was_away_may_be_another_one_when_it_is_back(server: ScriptedServer) -> None:
    made = embedding(at(server))
    made.expects(lambda: [Stored(text, TinyEmbedder().embed_query(text)) for text in TEXTS])
    made.embed_query("How many?")
    server.troubles = [says(b"", 500)]
    with pytest.raises(ModelAway):
        made.embed_query("How few?")
    server.embedder = Shuffled()
    with pytest.raises(ModelAway, match="other vectors"):
        made.embed_query("How few?")


class Shuffled(TinyEmbedder):
    """Another model of as many dimensions."""

    def embed_query(self, text: str) -> list[float]:
        return super().embed_query(text)[::-1]


def test_half_a_character_is_sent_as_none(server: ScriptedServer) -> None:
    mine = at(server)
    assert embedding(mine).embed_query("half \ud83d of it")
    assert reranking(mine).scores("half \ud83d", ["of \ud83d it"])
    assert reading(mine).read("half \ud83d", ["\ud83d"], ["of \ud83d it"])


def test_nothing_is_asked_of_nothing(server: ScriptedServer) -> None:
    mine = at(server)
    assert embedding(mine).embed_documents([]) == []
    assert reranking(mine).scores("seats", []) == [] and reading(mine).read("seats", [], []) == []
    assert not server.requests


def test_a_replica_that_asks_servers_loads_no_weights_and_no_torch(server: ScriptedServer) -> None:
    code = f"""
import sys
from rag.settings import load
from rag.models.embedder import embedder
from rag.models.reader import reader_of
from rag.models.reranker import reranker
url = {server.url!r}
mine = load(embedder_url=url, reranker_url=url, reader_url=url, models_dir="/nowhere")
embedder(mine).embed_query("How many?")
reranker(mine).scores("How many?", ["Nine."])
reader_of(mine).read("How many?", [""], ["Nine."])
loaded = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(loaded & {{"torch", "onnxruntime", "sentence_transformers", "tokenizers"}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
