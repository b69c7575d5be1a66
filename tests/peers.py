"""Another system that answers questions: OpenAI-compatible, on loopback, and wholly scripted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Sent:
    """What it sends: a status, headers, a body. ``hangs``: nothing, until it is closed.

    ``drops``: nothing, and it hangs up.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False


@dataclass(frozen=True)
class Asked:
    """What came: where to, with what key, and the JSON."""

    path: str
    key: str | None
    json: Any


class Peer:
    """Sends what ``script`` makes of each request, in the order in which they come."""

    def __init__(self, script: Callable[[Asked], Sent]) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self._closed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()  # waits for the threads of the requests
        self._thread.join()

    @property
    def questions(self) -> list[str]:
        return [one.json["messages"][-1]["content"] for one in self.asked if one.json]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(Asked(self.path, self.headers["Authorization"], None))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._send(Asked(self.path, self.headers["Authorization"], json.loads(body)))

            def _send(self, asked: Asked) -> None:
                peer.asked.append(asked)
                sent = peer.script(asked)
                if sent.hangs:
                    peer._closed.wait()
                    return
                if sent.drops:
                    return
                body = sent.body if isinstance(sent.body, bytes) else json.dumps(sent.body).encode()
                self.send_response(sent.status)
                for name, value in sent.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def peer(script: Callable[[Asked], Sent]) -> Iterator[Peer]:
    """Such a system until the block ends."""
    made = Peer(script)
    try:
        yield made
    finally:
        made.close()


def completion(text: Any, message: Mapping[str, Any] | None = None, **beside: Any) -> Sent:
    """A chat completion with further fields in its message, and beside its choices."""
    said = {"role": "assistant", "content": text, **(message or {})}
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    return Sent({"id": "x", "object": "chat.completion", "choices": [choice], **beside})


def answers(script: Mapping[str, Any]) -> Callable[[Asked], Sent]:
    """What is said to each question: a text, or what is sent. It lists the model "peer-1"."""

    def send(asked: Asked) -> Sent:
        if asked.json is None:
            return Sent({"object": "list", "data": [{"id": "peer-1", "object": "model"}]})
        said = script[asked.json["messages"][-1]["content"]]
        return said if isinstance(said, Sent) else completion(said)

    return send
