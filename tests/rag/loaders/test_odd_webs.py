"""Promises of odd feeds and sitemaps: they lead to the page, and no further, which is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest

from rag.loaders import read_link
from rag.loaders.feeds import Kind, followed_links
from rag.loaders.web import Page, fetch
from rag.loaders.worker import Worker
from tests.rag.loaders.odd.webs import PAGE, SAID, WEBS, OddWeb


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


def seams(web: OddWeb) -> dict[str, Any]:
    def answer(request: httpx.Request) -> httpx.Response:
        link = f"{request.url.scheme}://{request.headers['host']}{request.url.raw_path.decode()}"
        found = {**web.pages, web.page: PAGE}.get(link)
        data = found.encode() if isinstance(found, str) else found
        if not isinstance(data, bytes):
            return httpx.Response(404)
        headers = {"content-type": "text/html; charset=utf-8" if found == PAGE else "text/xml"}
        return httpx.Response(200, stream=httpx.ByteStream(data), headers=headers)

    return {
        "resolve": lambda host, port: ["93.184.216.34"],
        "transport": httpx.MockTransport(answer),
    }


@pytest.mark.parametrize("name", WEBS)
def test_an_odd_feed_or_sitemap_leads_to_its_page_and_the_sentence_is_read(
    worker: Worker, name: str
) -> None:
    web = WEBS[name]()

    def fetched(link: str, **limits: Any) -> Page:
        return fetch(link, **limits, **seams(web))

    kind: Kind = "feed" if web.kind == "feed" else "sitemap"
    assert followed_links(web.link, kind, worker, fetched) == [web.page]
    assert SAID in read_link(web.page, worker, **seams(web)).text


def test_there_are_five_odd_feeds_and_five_odd_sitemaps() -> None:
    kinds = [make().kind for make in WEBS.values()]
    assert min(kinds.count(kind) for kind in get_args(Kind)) >= 5
