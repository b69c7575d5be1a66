"""Promises of feeds, sitemaps and lists: their links, found in a child, fetched with manners."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from rag.errors import ArticleError
from rag.loaders import Reading
from rag.loaders.feeds import followed_links, listed_links
from rag.loaders.manners import Manners
from rag.loaders.web import AGENT, Page, fetch
from rag.loaders.worker import Worker

HOST = "https://news.example"
RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><link>https://news.example/'
    "</link>{}</channel></rss>"
)
ITEM = "<item><title>t</title><link>{}</link></item>"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


class Web:
    """Pages by their links, through the real fetch, over a transport that is no network."""

    def __init__(self, pages: dict[str, str | bytes | int]) -> None:
        self.pages = pages
        self.asked: list[tuple[str, float]] = []
        self.agents = set[str]()

    def __call__(self, link: str, **kwargs: object) -> Page:
        return self.fetched(link, **kwargs)

    @property
    def fetched(self) -> Callable[..., Page]:
        transport = httpx.MockTransport(self._answer)
        return partial(fetch, resolve=self._resolve, transport=transport)

    def _resolve(self, host: str, port: int) -> list[str]:
        return ["127.0.0.1" if host == "inside.example" else "93.184.216.34"]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        link = f"{request.url.scheme}://{request.headers['host']}{request.url.raw_path.decode()}"
        self.asked.append((link, time.monotonic()))
        self.agents.add(request.headers["user-agent"])
        page = self.pages.get(link, 404)
        if isinstance(page, int):
            return httpx.Response(page)
        if isinstance(page, str) and page.startswith("https://"):
            return httpx.Response(302, headers={"location": page})
        data = page if isinstance(page, bytes) else page.encode()
        headers = {"content-type": "application/xml"}
        return httpx.Response(200, stream=httpx.ByteStream(data), headers=headers)


def test_the_links_of_a_feed_are_found_in_rss_and_in_atom(worker: Worker) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://news.example/"/><entry>'
        '<link rel="alternate" href="https://news.example/2024/a"/></entry></feed>'
    )
    rss = RSS.format(ITEM.format(f"{HOST}/a?id=1") + ITEM.format("https://other.example/b") * 2)
    web = Web({f"{HOST}/rss": rss, f"{HOST}/atom": atom})
    assert followed_links(f"{HOST}/rss", "feed", worker, web) == [
        f"{HOST}/a?id=1", "https://other.example/b",
    ]  # fmt: skip
    assert followed_links(f"{HOST}/atom", "feed", worker, web) == [f"{HOST}/2024/a"]


def test_the_pages_of_a_sitemap_and_of_those_that_it_names_are_found(worker: Worker) -> None:
    def index(*names: str) -> str:
        named = "".join(f"<sitemap><loc>{HOST}/{name}</loc></sitemap>" for name in names)
        return f'<sitemapindex xmlns="{SITEMAP}">{named}</sitemapindex>'

    pages = f'<urlset xmlns="{SITEMAP}"><url><loc>{HOST}/{{}}</loc></url></urlset>'
    web = Web({
        f"{HOST}/sitemap.xml": index("sitemap-1.xml", "sitemap-2.xml.gz", "sitemap.xml"),
        f"{HOST}/sitemap-1.xml": pages.format("a"),
        f"{HOST}/sitemap-2.xml.gz": gzip.compress(pages.format("b").encode()),
    })  # fmt: skip
    assert followed_links(f"{HOST}/sitemap.xml", "sitemap", worker, web) == [
        f"{HOST}/a", f"{HOST}/b",
    ]  # fmt: skip
    assert len(web.asked) == 3


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
@pytest.mark.parametrize(
    "body",
    [
        "", "<rss>", "<html><body>No feed.</body></html>", b"\x1f\x8bno gzip", b"\0\xff" * 500,
        RSS.format(ITEM.format("file:///etc/passwd") + ITEM.format("javascript:alert(1)")),
        gzip.compress(b" " * 60_000_000),
        "<link " * 500_000,
        "<" * 3_000_000,
    ],
    ids=["empty", "begun", "page", "gzip", "bytes", "schemes", "bomb", "links", "signs"],
)  # fmt: skip
def test_what_holds_no_links_is_told_in_one_line_and_soon(
    worker: Worker, kind: str, body: str | bytes
) -> None:
    began = time.monotonic()
    with pytest.raises(ArticleError) as caught:
        followed_links(f"{HOST}/x", kind, worker, Web({f"{HOST}/x": body}))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 45


def test_no_entity_of_a_feed_is_put_in_its_place(worker: Worker) -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a "{HOST}/b"><!ENTITY c SYSTEM "file:///etc/hostname">]>'
    body = bomb + RSS.partition("?>")[2].format(ITEM.format("&a;") + ITEM.format("&c;"))
    body = body.replace("</channel>", ITEM.format(f"{HOST}/fair") + "</channel>")
    links = followed_links(f"{HOST}/x", "feed", worker, Web({f"{HOST}/x": body}))
    assert f"{HOST}/fair" in links and f"{HOST}/b" not in links
    assert all(link.startswith(HOST) for link in links)


def test_a_feed_inside_the_network_is_never_dialled(worker: Worker) -> None:
    web = Web({})
    with pytest.raises(ArticleError, match="only public pages"):
        followed_links("http://inside.example/rss", "feed", worker, web)
    assert web.asked == []


def test_a_list_of_links_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "links.txt"
    file.write_text(f"# mine\n\n{HOST}/a\r\n  {HOST}/b  \n{HOST}/a\n")
    assert listed_links(file) == [f"{HOST}/a", f"{HOST}/b"]
    for words, told in ((f"{HOST}/a\n/etc/passwd\n", "line 2"), ("# none\n", "no link")):
        file.write_text(words)
        with pytest.raises(ArticleError, match=told):
            listed_links(file)
    with pytest.raises(ArticleError, match="No such file"):
        listed_links(tmp_path / "gone.txt")


def nothing(done: int, of: int) -> None:
    """No progress is wanted."""


def test_robots_txt_is_asked_once_a_host_and_heeded() -> None:
    rules = "User-agent: *\nDisallow: /secret\n\nUser-agent: Ibid\nDisallow: /mine\n"
    web = Web(
        {
            f"{HOST}/robots.txt": rules,
            "https://shut.example/robots.txt": 403,
            "https://down.example/robots.txt": 503,
        }
    )
    manners = Manners(web, pause_s=0)
    manners.wait(f"{HOST}/a", nothing)
    manners.wait(f"{HOST}/b", nothing)
    manners.wait("https://free.example/a", nothing)
    for link in (f"{HOST}/mine/a", "https://shut.example/a", "https://down.example/a"):
        with pytest.raises(ArticleError, match=r"robots\.txt"):
            manners.wait(link, nothing)
    hosts = (HOST, "https://free.example", "https://shut.example", "https://down.example")
    assert [link for link, _ in web.asked] == [f"{host}/robots.txt" for host in hosts]
    assert web.agents == {AGENT} and AGENT.startswith("Ibid")


def test_a_single_link_is_not_fetched_where_its_site_asks_for_that() -> None:
    web = Web({f"{HOST}/robots.txt": "User-agent: *\nDisallow: /secret\n", f"{HOST}/secret": "x"})
    with pytest.raises(ArticleError, match=r"OWN_SITES='\[\"news.example\"\]'") as caught:
        next(Reading(manners=Manners(web, pause_s=0)).each(f"{HOST}/secret"))
    assert (caught.value.kind, caught.value.facts["host"]) == ("robots", "news.example")
    assert [link for link, _ in web.asked] == [f"{HOST}/robots.txt"]


def test_of_ones_own_site_the_rules_are_not_asked_for() -> None:
    web = Web({f"{HOST}/robots.txt": "User-agent: *\nDisallow: /\n"})
    manners = Manners(web, pause_s=0, own_sites=["News.example"])
    manners.wait(f"{HOST}/a", nothing)
    manners.wait("https://news.example:8443/a", nothing)
    assert not web.asked


def test_a_redirect_is_followed_only_where_its_site_allows_it() -> None:
    rules = {"https://shut.example/robots.txt": "User-agent: *\nDisallow: /\n"}
    web = Web({**rules, f"{HOST}/a": "https://shut.example/b", f"{HOST}/c": "https://free.example/d",
               "https://free.example/d": "There.", "https://shut.example/b": "Not."})  # fmt: skip
    manners = Manners(web, pause_s=0)
    with pytest.raises(ArticleError, match=r"https://shut.example/b: .*robots\.txt"):
        web(f"{HOST}/a", kinds=None, onward=manners.heed)
    assert "https://shut.example/b" not in [link for link, _ in web.asked]
    assert web(f"{HOST}/c", kinds=None, onward=manners.heed).data == b"There."


def test_between_two_pages_of_a_host_there_is_a_pause_that_can_be_called_off() -> None:
    web = Web({f"{HOST}/robots.txt": "User-agent: *\nCrawl-delay: 1\n"})
    manners = Manners(web, pause_s=0.1)
    manners.wait("https://other.example/a", nothing)
    began = time.monotonic()
    manners.wait(f"{HOST}/a", nothing)
    manners.visited(f"{HOST}/a")
    manners.wait(f"{HOST}/b", nothing)
    assert 1.8 < time.monotonic() - began < 10

    def called_off(done: int, of: int) -> None:
        raise KeyboardInterrupt

    manners.visited(f"{HOST}/b")
    with pytest.raises(KeyboardInterrupt):
        manners.wait(f"{HOST}/c", called_off)
