"""How a program visits the web: as robots.txt allows, one page at a time, with a pause between."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from rag.errors import ArticleError
from rag.loaders.web import AGENT, Page, fetch

PAUSE_S = 1.0  # between two pages of a host
_LONGEST_PAUSE_S = 30.0  # that a robots.txt may ask for
_MOST_RULES_BYTES = 500_000
_RULES_WITHIN_S = 10.0
_GLANCE_S = 0.1
_FORBIDDEN = (401, 403)
# A host that gave no answer so often in succession is asked no more.
_MOST_SILENCES = 3
_SILENT = ("network", "no host")


class Manners:
    """What was learnt of each host in one visit. For one thread.

    ``own_sites`` are hosts whose owner visits them, and whose rules are not asked for;
    ``intranet``: those that may have private addresses.
    """

    def __init__(
        self,
        fetched: Callable[..., Page] = fetch,
        pause_s: float = PAUSE_S,
        own_sites: Iterable[str] = (),
        intranet: Collection[str] = (),
    ) -> None:
        self._fetched = partial(fetched, intranet=intranet) if intranet else fetched
        self._pause_s = pause_s
        self._own_sites = frozenset(site.lower() for site in own_sites)
        self._rules: dict[str, RobotFileParser] = {}
        self._visited: dict[str, float] = {}
        self._silences: dict[str, int] = {}

    def fetch(self, link: str, on_progress: Callable[[int, int], None], **given: Any) -> Page:
        """Fetch a page once it may be; ``given`` is what `rag.loaders.web.fetch` takes.

        Raises:
            ArticleError: as of `wait` and of that.
        """
        host = _host(link)
        if self._silences.get(host, 0) >= _MOST_SILENCES:
            raise ArticleError(
                f"{link}: {host} gave no answer {_MOST_SILENCES} times; it was not asked again",
                "network",
                why="no answer",
            )
        self.wait(link, on_progress)
        return self.fetch_named(link, on_progress, onward=self.heed, **given)

    def fetch_named(self, link: str, on_progress: Callable[[int, int], None], **given: Any) -> Page:
        """The same of what a person has named, such as a feed: whatever robots.txt says of it."""
        self._pause(link, self._pause_s, on_progress)
        host = _host(link)
        try:
            page = self._fetched(link, on_progress=on_progress, **given)
        except ArticleError as error:
            is_silent = error.kind in _SILENT
            self._silences[host] = self._silences.get(host, 0) + 1 if is_silent else 0
            raise
        else:
            self._silences[host] = 0
            return page
        finally:
            self.visited(link)

    def wait(self, link: str, on_progress: Callable[[int, int], None]) -> None:
        """Wait until the page may be fetched; ``on_progress`` may end that by what it raises.

        Raises:
            ArticleError: its host does not want it fetched by a program.
        """
        rules = self._heeded(link, on_progress)
        asked = float(rules.crawl_delay(AGENT) or 0)
        self._pause(link, max(self._pause_s, min(asked, _LONGEST_PAUSE_S)), on_progress)

    def _pause(self, link: str, pause_s: float, on_progress: Callable[[int, int], None]) -> None:
        until = self._visited.get(_host(link), -pause_s) + pause_s
        while (left := until - time.monotonic()) > 0:
            on_progress(0, 0)
            time.sleep(min(left, _GLANCE_S))

    def heed(self, link: str) -> None:
        """See that a page may be fetched to which another has led, without a pause.

        Raises:
            ArticleError: its host does not want it fetched by a program.
        """
        self._heeded(link, lambda done, of: None)

    def _heeded(self, link: str, on_progress: Callable[[int, int], None]) -> RobotFileParser:
        host = _host(link)
        name = host.rpartition("://")[2].rpartition("@")[2].partition(":")[0]
        if host not in self._rules:
            is_own = name in self._own_sites
            self._rules[host] = _rules([]) if is_own else self._read(host, on_progress)
        rules = self._rules[host]
        if not rules.can_fetch(AGENT, link):
            raise ArticleError(
                f"{link}: its site asks programs not to fetch this page (robots.txt); open it in a "
                "browser, save the page, and add the file, or, if the site is your own, name it: "
                f"IBID_READING__OWN_SITES='[\"{name}\"]'",
                "robots",
                host=name,
            )
        return rules

    def visited(self, link: str) -> None:
        """Note that a page was fetched just now, or that this failed."""
        self._visited[_host(link)] = time.monotonic()

    def _read(self, host: str, on_progress: Callable[[int, int], None]) -> RobotFileParser:
        """The rules of a host. Without any, all is allowed; where they are closed, nothing is."""
        try:
            page = self._fetched(
                host + "/robots.txt",
                kinds=None,
                most_bytes=_MOST_RULES_BYTES,
                within=_RULES_WITHIN_S,
                on_progress=on_progress,
            )
        except ArticleError as error:
            status = error.facts.get("status")
            is_closed = isinstance(status, int) and (status in _FORBIDDEN or status >= 500)
            rules = _rules(["User-agent: *", "Disallow: /"] if is_closed else [])
        else:
            rules = _rules(page.data.decode(errors="replace").splitlines())
        self._visited[host] = time.monotonic()
        return rules


def _rules(lines: Iterable[str]) -> RobotFileParser:
    rules = RobotFileParser()
    rules.parse(lines)
    return rules


def _host(link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:  # No valid link, as is told when it is fetched.
        return link
    return f"{parts.scheme}://{parts.netloc}".lower()
