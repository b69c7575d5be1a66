"""Promises of deploy/nginx/nginx.conf, before two replicas that tell what they were sent."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
from cluster import ClusterError, program  # noqa: E402

try:
    NGINX = program("nginx")
except ClusterError:
    NGINX = ""
pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed")


class Replica(ThreadingHTTPServer):
    """Tells which one it is, and what came; ``drops``: it closes without a word what is posted."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.name, self.drops, self.came, self.goes_on = name, False, 0, threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.goes_on.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Replica

    def do_GET(self) -> None:
        self.server.came += 1
        if self.path == "/v1/stream":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"data: first\n\n")
            self.server.goes_on.wait(30)
            self.close_connection = True
            return
        told = {"name": self.server.name, **{k.lower(): v for k, v in self.headers.items()}}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.server.drops:
            self.server.came += 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def replicas() -> Iterator[list[Replica]]:
    both = [Replica("ibid-0"), Replica("ibid-1")]
    yield both
    for one in both:
        one.end()


@pytest.fixture
def asked(replicas: list[Replica], tmp_path: Path) -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (ROOT / "deploy/nginx/nginx.conf").read_text("utf-8")
    for one in replicas:
        text = text.replace(f"{one.name}:7860", f"127.0.0.1:{one.server_port}")
    text = text.replace("0.0.0.0:8080", f"127.0.0.1:{port}")
    text = text.replace("worker_processes auto", "worker_processes 1")
    (tmp_path / "nginx.conf").write_text(text, "utf-8")
    is_root = os.geteuid() == 0
    own = "daemon off;" + (" user root;" if is_root else "")
    command = [NGINX, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", "stderr", "-g", own]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False
        ) as client:
            for _ in range(600):
                try:
                    client.get("/nginx")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def name_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["name"])


def test_a_browser_stays_with_one_replica_and_all_browsers_have_both(asked: httpx.Client) -> None:
    def whose(browser: int) -> str:
        cookie = {"Cookie": f"ibid_browser={browser:032x}"}
        found = {name_of(asked.get("/", headers=cookie)) for _ in range(4)}
        assert len(found) == 1
        return found.pop()

    assert {whose(one) for one in range(30)} == {"ibid-0", "ibid-1"}


def test_programs_have_both_replicas(asked: httpx.Client) -> None:
    assert {name_of(asked.get("/v1/articles")) for _ in range(8)} == {"ibid-0", "ibid-1"}


def test_a_session_stays_with_one_replica_from_its_first_request(asked: httpx.Client) -> None:
    key = {"Authorization": "Bearer ibid_1"}
    assert len({name_of(asked.post("/mcp", headers=key, content=b"{}")) for _ in range(6)}) == 1


def test_one_that_is_down_is_passed_over_in_every_way(
    asked: httpx.Client, replicas: list[Replica]
) -> None:
    replicas[0].end()
    for browser in range(10):
        cookie = {"Cookie": f"ibid_browser={browser:032x}"}
        assert name_of(asked.get("/", headers=cookie)) == "ibid-1"
        assert name_of(asked.post("/v1/articles", content=b"{}")) == "ibid-1"
        assert name_of(asked.post("/v1/ask", content=b"{}")) == "ibid-1"


def test_a_question_is_asked_again_of_the_other_when_one_is_killed_over_it(
    asked: httpx.Client, replicas: list[Replica]
) -> None:
    replicas[0].drops = True
    for way in ("/v1/ask", "/v1/search", "/v1/chat/completions"):
        assert {name_of(asked.post(way, content=b"{}")) for _ in range(4)} == {"ibid-1"}
    assert replicas[0].came > 0


def test_what_changes_something_is_never_sent_twice(
    asked: httpx.Client, replicas: list[Replica]
) -> None:
    for one in replicas:
        one.drops = True
    for way in ("/v1/articles", "/v1/feedback", "/gradio_api/queue/join", "/mcp"):
        before = sum(one.came for one in replicas)
        assert asked.post(way, content=b"{}").status_code == 503
        assert sum(one.came for one in replicas) == before + 1


def test_where_no_replica_answers_a_program_is_told_so_as_a_problem(
    asked: httpx.Client, replicas: list[Replica]
) -> None:
    for one in replicas:
        one.end()
    told = asked.post("/v1/ask", content=b"{}")
    assert (told.status_code, told.headers["retry-after"]) == (503, "5")
    assert told.headers["content-type"] == "application/problem+json"
    assert "Ask again" in told.json()["detail"]
    assert "Try again" in asked.get("/").text


def test_an_event_comes_before_its_stream_ends(
    asked: httpx.Client, replicas: list[Replica]
) -> None:
    with asked.stream("GET", "/v1/stream") as coming:
        assert next(coming.iter_raw()) == b"data: first\n\n"
        assert not any(one.goes_on.is_set() for one in replicas)
        for one in replicas:
            one.goes_on.set()


def test_nobody_says_for_whom_he_asks_and_the_name_that_was_called_is_passed_on(
    asked: httpx.Client,
) -> None:
    lies = {"X-Forwarded-For": "10.9.9.9", "X-Real-IP": "10.9.9.9", "Forwarded": "for=10.9.9.9"}
    came = asked.get("/v1/articles", headers={**lies, "X-Forwarded-Host": "evil.example"}).json()
    assert came["x-forwarded-for"] == "127.0.0.1"
    assert came["host"] == f"127.0.0.1:{asked.base_url.port}"
    assert came.keys().isdisjoint({"x-real-ip", "forwarded", "x-forwarded-host"})


def test_ways_of_the_owner_of_a_machine_are_not_passed_on(
    asked: httpx.Client, replicas: list[Replica]
) -> None:
    for way in ("/api/ask", "/api/stop", "/metrics"):
        assert asked.get(way).status_code == 404
    assert not any(one.came for one in replicas)


def test_more_than_any_upload_may_have_is_refused_before_it_comes(asked: httpx.Client) -> None:
    head = "POST /v1/articles HTTP/1.1\r\nHost: ibid\r\nContent-Length: 40000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", asked.base_url.port or 0), timeout=30) as plain:
        plain.sendall(head.encode())
        assert plain.recv(12) == b"HTTP/1.1 413"
