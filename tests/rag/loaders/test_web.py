"""Promises of the link reader, against a server on this machine that it takes for another."""

from __future__ import annotations

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pdfs import make_pdf
from test_html import PAGE

from rag.errors import ArticleError
from rag.loaders.files import MOST_BYTES
from rag.loaders.unpacking import TooLarge, unpacked
from rag.loaders.web import fetch, is_link, read_link

PUBLIC = "93.184.216.34"
PACKINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstandard.compress,
}
BOMBS = {name: pack(b"\0" * 200_000_000) for name, pack in PACKINGS.items()}
BOMBS["gzip,gzip"] = gzip.compress(BOMBS["gzip"])
PACKED = {name: pack(PAGE.encode()) for name, pack in PACKINGS.items()}
PACKED |= {"gzip,br": PACKINGS["br"](PACKED["gzip"]), "identity": PAGE.encode()}
PACKED |= {"compress": b"\x1f\x9d", "x-gzip": PACKED["gzip"][:-9]}


@dataclass
class Site:
    """A server, and the names and addresses that lead to it."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=lambda: {"news.example": [PUBLIC]})

    def resolve(self, host: str, port: int) -> list[str]:
        if host not in self.names:
            raise OSError("no such host")
        return self.names[host]

    @property
    def seams(self) -> dict[str, object]:
        return {"resolve": self.resolve, "transport": Wire(self)}


class Wire(httpx.AsyncBaseTransport):
    """Notes which address was dialled, and dials the server instead."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._site.dialled.append(request.url.host)
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._site.port)
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        await self._real.aclose()


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.headers["Host"], self.path))
            answer = getattr(self, "do_" + self.path.strip("/").split("/")[0].split(".")[0], None)
            if answer is None:
                self.reply(404, "text/html", b"gone")
            else:
                answer()

        def do_ferry(self) -> None:
            self.reply(200, "text/html; charset=utf-8", PAGE.encode())

        def do_report(self) -> None:
            self.reply(200, "application/pdf", make_pdf([["A berth costs 38 crowns."]]))

        def do_notes(self) -> None:
            self.reply(200, "text/plain", b"# Notes\n\nA berth costs 38 crowns.")

        def do_stranger(self) -> None:
            page = PAGE.replace("https://news.example/ferry", "https://reuters.example/a")
            page = page.replace("The Aldwick Courier", "Reuters")
            self.reply(200, "text/html; charset=utf-8", page.encode())

        def do_statement(self) -> None:
            front = b"---\nsource: ibid:seeds/a.md\nurl: https://reuters.example/a\n"
            body = b"publisher: Reuters\n---\nThe dam bursts."
            self.reply(200, "text/plain", front + body)

        def do_image(self) -> None:
            self.reply(200, "image/png", b"\x89PNG")

        def do_typeless(self) -> None:
            self.reply(200, "", b"<p>Hello")

        def do_inside(self) -> None:
            self.reply(302, "text/html", b"", Location="http://router.example/admin")

        def do_literal(self) -> None:
            self.reply(302, "text/html", b"", Location="http://169.254.169.254/latest/meta-data")

        def do_elsewhere(self) -> None:
            self.reply(302, "text/html", b"", Location="file:///etc/passwd")

        def do_script(self) -> None:
            self.reply(302, "text/html", b"", Location="javascript:alert(1)")

        def do_malformed(self) -> None:
            self.reply(302, "text/html", b"", Location="http://xn--/")

        def do_russian(self) -> None:
            self.reply(200, "text/html; charset=koi8-r", "<p>Погода сегодня ясная".encode("koi8-r"))

        def do_wall(self) -> None:
            self.reply(200, "text/html", b"<title>Log in</title><form><input type=password></form>")

        def do_moved(self) -> None:
            self.reply(301, "text/html", b"", Location="/ferry")

        def do_around(self) -> None:
            self.reply(302, "text/html", b"", Location="/around")

        def do_endless(self) -> None:
            self.reply(200, "text/html", b"x" * 3_000_000)

        def do_packed(self) -> None:
            """/packed/bomb/gzip and the like; what is no bomb is the page of the ferry."""
            _, kind, encoding = self.path.strip("/").split("/")
            bodies = BOMBS if kind == "bomb" else PACKED
            self.reply(200, "text/html", bodies[encoding], Content_Encoding=encoding)

        def do_drip(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                time.sleep(0.05)
                try:
                    self.wfile.write(b"X-Slow: yes\r\n")
                except OSError:
                    return

        def reply(self, status: int, kind: str, body: bytes, **headers: str) -> None:
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told = Site(server.server_port)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield told
        server.shutdown()


def refusal(site: Site, link: str, **limits: object) -> str:
    with pytest.raises(ArticleError) as error:
        fetch(link, **site.seams, **limits)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_page_becomes_an_article_whose_source_is_its_link(site: Site) -> None:
    article = read_link(" https://news.example/ferry#berths ", **site.seams)
    assert article.source == "https://news.example/ferry"
    assert article.link == "https://news.example/ferry"
    assert article.title == "Night ferry to return after nine years"


def test_an_article_of_the_web_was_had_where_the_link_led_to_in_the_end(site: Site) -> None:
    moved = read_link("https://news.example/moved", **site.seams)
    straight = read_link("https://news.example/ferry", **site.seams)
    assert moved == straight


@pytest.mark.parametrize("page", ["stranger", "statement.md"])
def test_a_page_is_known_by_its_address_whatever_it_says_it_is(site: Site, page: str) -> None:
    article = read_link(f"https://news.example/{page}", **site.seams)
    assert article.source == article.link == f"https://news.example/{page}"
    assert article.site == "news.example"
    assert article.publisher == "Reuters"
    assert article.stated_source in ("https://reuters.example/a", "ibid:seeds/a.md")


def test_a_pdf_and_plain_text_are_read_too(site: Site) -> None:
    assert read_link("http://news.example/report.pdf", **site.seams).pages == (0,)
    notes = read_link("http://news.example/notes.md", **site.seams)
    assert (notes.title, notes.link) == ("Notes", "http://news.example/notes.md")


def test_the_address_that_was_looked_at_is_the_one_that_is_dialled(site: Site) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])  # As a name that rebinds does.
    fetch("https://news.example/ferry", **site.seams | {"resolve": lambda *_: next(answers)})
    assert site.dialled == [PUBLIC]
    assert site.asked == [("news.example", "/ferry")]
    assert len(list(answers)) == 1, "a name is looked up once"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1",
        "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
        "2001:0:53aa:64c:0:fbff:80ff:fffe", "192.0.0.1", "192.0.0.9", "192.88.99.1",
    ],
)  # fmt: skip
def test_no_address_inside_is_dialled(site: Site, address: str) -> None:
    site.names["inside.example"] = [address]
    assert "only public pages" in refusal(site, "http://inside.example/ferry")
    site.names["both.example"] = [PUBLIC, address]
    assert "only public pages" in refusal(site, "http://both.example/ferry")
    assert site.dialled == site.asked == []


@pytest.mark.parametrize(
    "address", ["10.0.0.8", "172.16.3.4", "192.168.1.1", "100.64.0.1", "fc00::1"]
)
def test_a_private_address_is_dialled_of_a_host_that_is_named_and_of_no_other(
    site: Site, address: str
) -> None:
    site.names["wiki.corp"] = site.names["other.corp"] = [address]
    seams = site.seams | {"intranet": ["Wiki.corp"]}
    assert fetch("http://wiki.corp/ferry", **seams).link == "http://wiki.corp/ferry"
    with pytest.raises(ArticleError, match="only public pages"):
        fetch("http://other.corp/ferry", **seams)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0"])
def test_a_host_that_is_named_is_never_this_machine_nor_one_of_its_link(
    site: Site, address: str
) -> None:
    site.names["wiki.corp"] = [address]
    with pytest.raises(ArticleError, match="only public pages"):
        fetch("http://wiki.corp/ferry", **site.seams | {"intranet": ["wiki.corp"]})
    assert site.dialled == []


def test_this_machine_is_asked_where_it_is_named_as_what_it_is(site: Site) -> None:
    site.names["localhost"] = ["127.0.0.1"]
    fetch("http://localhost/ferry", **site.seams | {"intranet": ["localhost"]})
    assert site.dialled == ["127.0.0.1"]


@pytest.mark.parametrize(
    "link",
    ["http://localhost/", "http://127.0.0.1:9/", "http://127.1/", "http://2130706433/",
     "http://0x7f.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0/"],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_dialled(link: str) -> None:
    with pytest.raises(ArticleError, match=r"only public pages|no host|no valid link"):
        fetch(link, within=5)


def test_every_redirect_is_looked_at(site: Site) -> None:
    assert fetch("http://news.example/moved", **site.seams).link.endswith("/ferry")
    site.names["router.example"] = ["192.168.0.1"]
    site.names["169.254.169.254"] = ["169.254.169.254"]
    assert "192.168.0.1" in refusal(site, "http://news.example/inside")
    assert "169.254.169.254" in refusal(site, "http://news.example/literal")
    assert "http://" in refusal(site, "http://news.example/elsewhere")
    assert "redirects" in refusal(site, "http://news.example/around")
    assert set(site.dialled) == {PUBLIC}


@pytest.mark.parametrize(
    "link",
    ["ftp://news.example/a", "file:///etc/passwd", "javascript:alert(1)", "//news.example/ferry",
     "http://", "http://user:secret@news.example/ferry", "http://news.example:port/", "nothing"],
)  # fmt: skip
def test_only_web_links_are_followed(site: Site, link: str) -> None:
    refusal(site, link)
    assert site.dialled == []


def test_what_comes_back_must_be_readable_and_not_too_much(site: Site) -> None:
    assert "image/png" in refusal(site, "http://news.example/image")
    assert "no stated type" in refusal(site, "http://news.example/typeless")
    assert "404" in refusal(site, "http://news.example/nowhere")
    assert "larger" in refusal(site, "http://news.example/endless", most_bytes=1_000_000)


@pytest.mark.parametrize("encoding", BOMBS)
def test_what_fills_the_memory_is_given_up_while_it_is_unpacked(site: Site, encoding: str) -> None:
    assert len(BOMBS[encoding]) < 1_000_000
    tracemalloc.start()
    assert "larger" in refusal(site, f"http://news.example/packed/bomb/{encoding}")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * MOST_BYTES


@pytest.mark.parametrize("encoding", [*PACKINGS, "gzip,br", "identity"])
def test_a_packed_page_is_read(site: Site, encoding: str) -> None:
    page = fetch(f"http://news.example/packed/page/{encoding}", **site.seams)  # type: ignore[arg-type]
    assert page.data == PAGE.encode()


def test_what_cannot_be_unpacked_is_said(site: Site) -> None:
    assert "packed as compress" in refusal(site, "http://news.example/packed/odd/compress")
    assert "damaged" in refusal(site, "http://news.example/packed/odd/x-gzip")


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip,br"]))
def test_any_bytes_are_unpacked_within_the_limit_or_refused(data: bytes, encoding: str) -> None:
    with suppress(ArticleError, TooLarge):
        assert len(unpacked(data, encoding, 1_000)) <= 1_000


def test_an_answer_that_drips_is_given_up(site: Site) -> None:
    began = time.monotonic()
    assert "seconds" in refusal(site, "http://news.example/drip", within=0.5)
    assert time.monotonic() - began < 3


def test_a_host_that_is_not_there_or_does_not_answer_is_told(site: Site) -> None:
    assert "no host" in refusal(site, "http://nowhere.example/")
    closed = Site(port=9)
    assert "check" in refusal(closed, "http://news.example/ferry")


def test_an_empty_page_is_refused_in_the_name_of_its_link(site: Site) -> None:
    site.names["b.example"] = [PUBLIC]
    with pytest.raises(ArticleError, match=r"^http://news\.example/image: "):
        read_link("http://news.example/image", **site.seams)


def test_a_link_is_told_from_a_path() -> None:
    assert is_link("https://a.example/b") and is_link(" HTTP://a.example")
    assert not is_link("http.md") and not is_link("/http://x")


@pytest.mark.parametrize("path", ["script", "malformed"])
def test_a_redirect_to_no_link_is_refused(site: Site, path: str) -> None:
    assert "redirects to no valid link" in refusal(site, f"http://news.example/{path}")


@pytest.mark.parametrize(
    "link",
    ["http://xn--/", "http://xn--a/", "http://xn--ls8h=/", "http://a.example:99999/",
     "http://a.example:0/", "http://a.example:-1/", "http://[::1", "http://[v1.x]/", "http://☃.net/",
     "http://\ud800/", "http://a\n.example/", "http://\x00/", "http://\u202e.example/"],
)  # fmt: skip
def test_a_malformed_link_is_refused_in_one_line(site: Site, link: str) -> None:
    with pytest.raises(ArticleError, match="no valid link") as caught:
        read_link(link, **site.seams)
    assert "\n" not in str(caught.value) and site.dialled == []


def test_a_page_is_in_the_encoding_that_its_server_states(site: Site) -> None:
    assert "Погода" in read_link("http://news.example/russian", **site.seams).text


def test_a_link_to_a_wall_is_refused_with_what_to_do(site: Site) -> None:
    with pytest.raises(ArticleError, match="sign in, save the whole page") as caught:
        read_link("http://news.example/wall", **site.seams)
    assert caught.value.kind == "page login"
