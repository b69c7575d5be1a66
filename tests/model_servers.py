"""A server of embedder, reranker and reader on loopback that gets into trouble when it is told to.

Untroubled it speaks as Text Embeddings Inference, OpenAI and Jina do, with the doubles as models.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from doubles import WordReader, WordScorer
from tiny import TinyEmbedder

Trouble = Callable[[BaseHTTPRequestHandler], None]
_PATIENCE_S = 30


class ScriptedServer:
    """``troubles``: what befalls the next requests; ``always``: what befalls all after those.

    ``most`` texts are taken at once, with ``too_much`` for more. ``requests`` are path and body of
    all that came, ``tokens`` what was sent as one; ``came`` is set by each.
    """

    def __init__(self) -> None:
        self.embedder = TinyEmbedder()
        self.troubles: list[Trouble] = []
        self.always: Trouble | None = None
        self.most, self.too_much = 1_000, 413
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str | None] = []
        self.came = threading.Event()
        self.ended = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the port of the last time."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more; whoever hangs is let go."""
        self.ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing, until it is stopped."""
        self.ended.wait(_PATIENCE_S)

    def answer(self, path: str, given: dict[str, Any]) -> Any:
        """What is right, or None where there is nothing."""
        scorer, texts = WordScorer(), _texts(given)
        if path == "/embed":
            return self.embedder.embed_documents(texts)
        if path == "/v1/embeddings":
            made = self.embedder.embed_documents(texts)
            return {
                "data": [{"index": i, "embedding": made[i]} for i in reversed(range(len(made)))]
            }
        if path == "/rerank":
            scores = scorer.scores(given["query"], texts)
            return [{"index": i, "score": scores[i]} for i in reversed(range(len(scores)))]
        if path == "/v1/rerank":
            scores = [1 / (1 + math.exp(-one)) for one in scorer.scores(given["query"], texts)]
            return {"results": [{"index": i, "relevance_score": s} for i, s in enumerate(scores)]}
        if path == "/read":
            made_of = WordReader().read(given["question"], given["titles"], texts)
            return [
                {
                    "answers": one.answers,
                    "says_yes": one.says_yes,
                    "none": one.none,
                    "spans": [span._asdict() for span in one.spans],
                }
                for one in made_of
            ]
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if server._server is None:  # a connection that was kept
                    self.close_connection = True
                    return
                server.requests.append((self.path, given))
                server.tokens.append(self.headers["Authorization"])
                server.came.set()
                trouble = server.troubles.pop(0) if server.troubles else server.always
                if trouble is not None:
                    self.close_connection = True
                    trouble(self)
                elif len(_texts(given)) > server.most:
                    says(b"{}", server.too_much)(self)
                elif (answer := server.answer(self.path, given)) is None:
                    says(b"{}", 404)(self)
                else:
                    says(json.dumps(answer).encode())(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def says(body: bytes, status: int = 200, **headers: str) -> Trouble:
    """Answers with this."""

    def trouble(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return trouble


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Closes the connection in the middle of its answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"[[")


def _texts(given: dict[str, Any]) -> list[str]:
    found = next((given[n] for n in ("inputs", "input", "texts", "documents") if n in given), [])
    return [found] if isinstance(found, str) else found
