"""Feeds and sitemaps with odd layouts: each leads to one page, which says the sentence."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import NamedTuple

HOST = "https://news.example"
SAID = "The night ferry carried 412 passengers, as the harbour board was told on Thursday."
PAGE = (
    "<!doctype html><html lang=en><title>The ferry</title><body><article><h1>The ferry</h1>"
    f"<p>The board met at noon. {SAID} Nobody spoke against it.</p></article></body></html>"
)
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


class OddWeb(NamedTuple):
    """Where a feed or sitemap is, which it is, what is at each link, and where the page is."""

    link: str
    kind: str
    pages: dict[str, str | bytes | int]
    page: str = f"{HOST}/2024/ferry"


WEBS: dict[str, Callable[[], OddWeb]] = {}


def _web(make: Callable[[], OddWeb]) -> Callable[[], OddWeb]:
    WEBS[make.__name__] = make
    return make


def _feed(data: str | bytes, page: str = f"{HOST}/2024/ferry") -> OddWeb:
    return OddWeb(f"{HOST}/blog/feed.xml", "feed", {f"{HOST}/blog/feed.xml": data}, page)


@_web
def feed_with_its_text_in_it() -> OddWeb:
    return _feed(
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/'
        f'content/"><channel><title>x</title><link>{HOST}</link><item><title><![CDATA[A & B]]>'
        f"</title><link><![CDATA[\n  {HOST}/2024/ferry\n]]></link><content:encoded><![CDATA[<p>"
        f'Whole <a href="{HOST}/other">text</a></p>]]></content:encoded></item></channel></rss>'
    )


@_web
def feed_of_the_first_edition() -> OddWeb:
    return _feed(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://purl.org/rss/1.0/"><channel rdf:about="{HOST}"><title>x</title></channel>'
        f'<item rdf:about="{HOST}/2024/ferry"><link>{HOST}/2024/ferry</link></item></rdf:RDF>'
    )


@_web
def atom_with_many_links() -> OddWeb:
    return _feed(
        '\ufeff<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f'<link rel="self" href="{HOST}/blog/feed.xml"/><entry><title type="html">A</title>'
        f'<link rel="edit" href="{HOST}/edit/1"/><link rel="enclosure" type="audio/mpeg" '
        f'href="{HOST}/a.mp3"/><link rel="alternate" type="text/html" href="{HOST}/2024/ferry"/>'
        "</entry></feed>"
    )


@_web
def feed_of_relative_links() -> OddWeb:
    return _feed(
        '<rss version="2.0"><channel><link>/</link><item><link>/2024/ferry</link></item>'
        "</channel></rss>"
    )


@_web
def feed_as_json() -> OddWeb:
    return _feed(
        json.dumps({
            "version": "https://jsonfeed.org/version/1.1", "title": "x", "home_page_url": HOST,
            "items": [{"id": "1", "url": f"{HOST}/2024/ferry", "content_html": "<p>x</p>"}],
        })
    )  # fmt: skip


@_web
def feed_in_another_encoding() -> OddWeb:
    feed = (
        '<?xml version="1.0" encoding="utf-16"?><rss version="2.0"><channel><title>Fähre</title>'
        f"<item><link>{HOST}/2024/ferry</link></item></channel></rss>"
    )
    return _feed(feed.encode("utf-16"))


@_web
def feed_with_a_guid_alone() -> OddWeb:
    return _feed(
        f'<rss version="2.0"><channel><link>{HOST}</link><item><title>A</title>'
        f'<guid isPermaLink="true">{HOST}/2024/ferry</guid></item></channel></rss>'
    )


def _map(data: str | bytes, **more: str | bytes) -> OddWeb:
    pages: dict[str, str | bytes | int] = {f"{HOST}/sitemap.xml": data}
    pages |= {f"{HOST}/{name}.xml.gz": one for name, one in more.items()}
    return OddWeb(f"{HOST}/sitemap.xml", "sitemap", pages)


@_web
def sitemap_in_several_languages() -> OddWeb:
    return _map(
        f'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><urlset {_SITEMAP} '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml"><url><loc>\n '
        f'{HOST}/2024/ferry\n</loc><xhtml:link rel="alternate" hreflang="en" '
        f'href="{HOST}/2024/ferry"/></url></urlset>'
    )


@_web
def sitemap_of_news_and_pictures() -> OddWeb:
    return _map(
        f'<urlset {_SITEMAP} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><image:image>'
        f"<image:loc>{HOST}/a.jpg</image:loc></image:image><loc>{HOST}/2024/ferry</loc>"
        "<news:news><news:title>x</news:title></news:news></url></urlset>"
    )


@_web
def sitemap_of_packed_sitemaps() -> OddWeb:
    pages = f"<urlset {_SITEMAP}><url><loc>{HOST}/2024/ferry</loc></url></urlset>"
    index = (
        f"<sitemapindex {_SITEMAP}><sitemap><loc>{HOST}/one.xml.gz</loc><lastmod>2024-11-28"
        "</lastmod></sitemap></sitemapindex>"
    )
    return _map(index, one=gzip.compress(pages.encode()))


@_web
def sitemap_as_text() -> OddWeb:
    return _map(f"\ufeff{HOST}/2024/ferry\r\n\r\n")


@_web
def sitemap_with_escaped_links() -> OddWeb:
    link = f"{HOST}/ferry?year=2024&line=night"
    data = (
        f"<urlset {_SITEMAP}><url><loc><![CDATA[{link}]]></loc></url><url><loc>"
        f"{link.replace('&', '&amp;')}</loc></url></urlset>"
    )
    return _map(data)._replace(page=link)
