"""A web site on this machine, reached by the real fetch as if its address were public."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx

from rag.loaders import Reading
from rag.loaders.manners import Manners
from rag.loaders.web import Page, fetch

HOST = "http://news.example"


@dataclass
class Reply:
    """What is answered for a path; ``is_dated``: by a day, and not by an ETag. It may hang."""

    body: str = ""
    status: int = 200
    kind: str = "text/markdown"
    location: str = ""
    hangs: bool = False
    is_dated: bool = False
    is_bare: bool = False

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body.encode()).hexdigest()[:12]}"'


@dataclass
class Site:
    """Pages by path; ``asked`` are the paths that were asked for, with the status of each."""

    pages: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, body: str = "", **how: Any) -> str:
        """Let a page stand there; its link."""
        self.pages[path] = Reply(body, **how)
        return HOST + path

    def feed(self, *paths: str) -> str:
        """Let a feed of these stand at /rss; its link."""
        items = "".join(f"<item><title>t</title><link>{HOST}{one}</link></item>" for one in paths)
        body = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
        return self.put("/rss", body, kind="application/xml")

    def visits(self) -> list[tuple[str, int]]:
        """What was asked for since this was asked last, but for robots.txt."""
        asked, self.asked = self.asked, []
        return [one for one in asked if one[0] != "/robots.txt"]

    def fetch(self, link: str, **given: Any) -> Page:
        """The real fetch, whose connections lead here."""
        reply = self.pages.get(urlsplit(link).path)
        within = 0.3 if reply is not None and reply.hangs else 60.0
        given = {"within": within, **given}
        return fetch(link, resolve=_resolve, transport=_Here(self.port), **given)

    def reading(self, worker: Any, columns: Any = None) -> Reading:
        """A `Reading` that visits this site, without a pause."""
        return Reading(worker, columns, manners=Manners(self.fetch, pause_s=0))


@contextmanager
def site() -> Iterator[Site]:
    """A site that is served meanwhile."""
    here = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, here))
    here.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield here
    finally:
        here.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, here: Site, *args: Any) -> None:
        self.here = here
        super().__init__(*args)

    def do_GET(self) -> None:
        reply = self.here.pages.get(self.path, Reply(status=404))
        if reply.hangs:
            self.here.over.wait(30)
            return
        day = "Thu, 28 Nov 2024 10:00:00 GMT"
        known = {"If-None-Match": reply.etag}
        if reply.is_dated:
            known = {"If-Modified-Since": day}
        is_same = any(self.headers.get(name) == value for name, value in known.items())
        status = 304 if is_same and reply.status == 200 else reply.status
        self.here.asked.append((self.path, status))
        body = b"" if status == 304 else reply.body.encode()
        self.send_response(status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        if reply.location:
            self.send_header("Location", reply.location)
        if reply.is_dated:
            self.send_header("Last-Modified", day)
        elif not reply.is_bare:
            self.send_header("ETag", reply.etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


class _Here(httpx.AsyncHTTPTransport):
    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


def _resolve(host: str, port: int) -> list[str]:
    if host == "nowhere.example":
        raise OSError("no such host")
    return ["93.184.216.34"]
