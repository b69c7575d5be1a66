"""The links in a feed (RSS, Atom, JSON), in a sitemap, or in a list; parsing is trafilatura's.

Nothing is fetched here but through `rag.loaders.web.fetch`, with all its care.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from rag.errors import ArticleError
from rag.followed import UNSEEN, Seen
from rag.loaders.encoding import decode
from rag.loaders.unpacking import TooLarge, unpacked
from rag.loaders.web import Page, fetch, is_link

if TYPE_CHECKING:
    from rag.loaders.worker import Worker

Kind = Literal["feed", "sitemap"]
MOST_LINKS = 10_000
_MOST_SITEMAPS = 50
_MOST_BYTES = 50_000_000  # what a sitemap may have, unpacked
_GZIP = b"\x1f\x8b"


def listed_links(file: Path) -> list[str]:
    """The links in a file, one on each line; what begins with # is a remark.

    Raises:
        ArticleError: it cannot be read, or there is no link in it.
    """
    from rag.loaders.files import loaded

    text, _ = decode(loaded(file), file)
    lines = [line.strip() for line in text.split("\n")]
    found = [line for line in lines if line and not line.startswith("#")]
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#") and not is_link(line):
            raise ArticleError(
                f"{file}: line {number} is no web link: {line[:80]}; write one on each line, "
                "with http:// or https://",
                "no web link",
            )
    return _several(found, str(file))


def followed_links(
    link: str,
    kind: Kind,
    worker: Worker,
    fetched: Callable[..., Page] = fetch,
) -> list[str]:
    """The links to articles in the feed or sitemap at a link; a sitemap may name others.

    Raises:
        ArticleError: it cannot be fetched, or no link is in it.
    """
    return fresh_links(link, kind, worker, fetched)[0]


def fresh_links(
    link: str,
    kind: Kind,
    worker: Worker,
    fetched: Callable[..., Page] = fetch,
    seen: Seen = UNSEEN,
) -> tuple[list[str], Seen]:
    """The same, and what it is known by when it is looked at again.

    None are told of one that is as it was ``seen``. A sitemap that names others is not known by
    itself: those change without it.
    """
    waiting, known, found = [link], {link}, list[str]()
    now = UNSEEN
    while waiting and len(known) <= _MOST_SITEMAPS and len(found) < MOST_LINKS:
        here = waiting.pop(0)
        asked = {"seen": seen} if here == link and seen != UNSEEN else {}
        page = fetched(here, kinds=None, most_bytes=_MOST_BYTES, **asked)
        if page.is_unchanged:
            return [], seen
        links, more = worker.read_links(_plain(page.data, here), kind, page.link)
        found += links
        now = page.seen if here == link and not more else now
        new = [one for one in more if one not in known]
        known.update(new)
        waiting += new
    return _several(found, link), now


def parsed_links(data: bytes, kind: Kind, link: str) -> tuple[list[str], list[str]]:
    """The links to pages and to further sitemaps, in this process, which they may hang or fill."""
    from trafilatura import feeds, sitemaps

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text, _ = decode(data, Path(kind))
    parts = urlsplit(link)
    base, host = f"{parts.scheme}://{parts.netloc}", parts.hostname or ""
    if kind == "feed":
        return feeds.extract_links(text, feeds.FeedParameters(base, host, link, external=True)), []
    found: Any = sitemaps.SitemapObject(base, host, [], external=True)
    found.content, found.current_url = text, link
    found.extract_sitemap_links()
    return list(found.urls), list(found.sitemap_urls)


def _plain(data: bytes, link: str) -> bytes:
    """Without its packing: many a sitemap is a gzip file."""
    if not data.startswith(_GZIP):
        return data
    try:
        return unpacked(data, "gzip", _MOST_BYTES)
    except TooLarge:
        raise ArticleError(
            f"{link}: it is larger than {_MOST_BYTES:,} bytes",
            "page large",
            megabytes=_MOST_BYTES // 1_000_000,
        ) from None


def _several(links: list[str], source: str) -> list[str]:
    once = list(dict.fromkeys(links))[:MOST_LINKS]
    if not once:
        raise ArticleError(f"{source}: there is no link to an article in it; check it", "no links")
    return once
