"""The links in a feed (RSS, Atom, JSON), in a sitemap, or in a list; parsing XML is lxml's.

Nothing is fetched here but through `rag.loaders.web.fetch`, with all its care.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urldefrag, urljoin

from rag.errors import ArticleError
from rag.followed import UNSEEN, Seen
from rag.loaders.encoding import decode, stated_encoding
from rag.loaders.unpacking import TooLarge, unpacked
from rag.loaders.web import Page, fetch, is_link

if TYPE_CHECKING:
    from rag.loaders.worker import Worker

Kind = Literal["feed", "sitemap"]
MOST_LINKS = 10_000
_MOST_SITEMAPS = 50
_MOST_BYTES = 50_000_000  # what a sitemap may have, unpacked
_LONGEST_LINK = 2_000
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
    text, _ = decode(data, Path(kind), stated_encoding(data))
    text = text.strip("\ufeff \t\r\n")
    if kind == "feed" and text.startswith("{"):
        return _sound(_of_json(text), link), []
    tree = _tree(text, link)
    if tree is None:
        listed = filter(is_link, text.split("\n"))  # as a sitemap may be, too
        return (_sound(listed, link) if kind == "sitemap" else []), []
    if kind == "feed":
        return _sound(_of_feed(tree), link), []
    return _sound(_of_sitemap(tree, "url"), link), _sound(_of_sitemap(tree, "sitemap"), link)


def _tree(text: str, link: str) -> Any:
    """The elements of a feed or sitemap, as far as they can be read; no entity is unfolded."""
    from lxml import etree

    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, load_dtd=False, no_network=True
    )
    if not text.startswith("<"):
        return None
    try:
        return etree.fromstring(text.encode(errors="replace"), parser, base_url=link)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _of_feed(tree: Any) -> Iterator[str]:
    """The page of each entry in RSS of any edition, or in Atom."""
    for entry in tree.iter("{*}item", "{*}entry"):
        if said := next(filter(None, _named(entry)), ""):
            yield urljoin(entry.base or "", said)


def _named(entry: Any) -> Iterator[str]:
    """What may be the link to an entry's page, the surest first."""
    for one in entry.iterfind("{*}link"):
        if one.get("rel", "alternate") == "alternate":
            yield (one.get("href") or one.text or "").strip()
    for one in entry.iterfind("{*}guid"):
        if one.get("isPermaLink", "true") == "true" and is_link(one.text or ""):
            yield one.text.strip()
    yield next((value.strip() for name, value in entry.items() if name.endswith("}about")), "")


def _of_sitemap(tree: Any, part: str) -> Iterator[str]:
    for one in tree.iter(f"{{*}}{part}"):
        yield from ((place.text or "").strip() for place in one.iterfind("{*}loc"))


def _of_json(text: str) -> Iterator[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    items = found.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield str(item.get("url") or item.get("external_url") or "")


def _sound(links: Iterable[str], link: str) -> list[str]:
    """The links of the web among some, each whole, without what leads to a place on its page."""
    found: dict[str, None] = {}
    for one in links:
        with suppress(ValueError):  # It is made to break a parser.
            whole = urljoin(link, one.strip()) if one.strip() else ""
            if is_link(whole) and len(whole) <= _LONGEST_LINK and whole.isprintable():
                found[urldefrag(whole).url] = None
        if len(found) >= MOST_LINKS:
            break
    return [*found]


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
