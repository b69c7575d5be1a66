"""How a program visits the web: as robots.txt allows, one page at a time, with a pause between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from rag.errors import ArticleError
from rag.loaders.web import AGENT, Page, fetch

PAUSE_S = 1.0  # between two pages of a host
_LONGEST_PAUSE_S = 30.0  # that a robots.txt may ask for
_MOST_RULES_BYTES = 500_000
_GLANCE_S = 0.1
_FORBIDDEN = (401, 403)
# A host that gave no answer so often in succession is asked no more.
_MOST_SILENCES = 3
_SILENT = ("network", "no host")


class Manners:
    """What was learnt of each host in one visit. For one thread."""

    def __init__(self, fetched: Callable[..., Page] = fetch, pause_s: float = PAUSE_S) -> None:
        self._fetched = fetched
        self._pause_s = pause_s
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
        return self.fetch_named(link, on_progress, **given)

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
        host = _host(link)
        if host not in self._rules:
            self._rules[host] = self._read(host, on_progress)
        rules = self._rules[host]
        if not rules.can_fetch(AGENT, link):
            raise ArticleError(
                f"{link}: its site asks programs not to fetch this page (robots.txt); open it in a "
                "browser, save the page, and add the file",
                "robots",
            )
        asked = float(rules.crawl_delay(AGENT) or 0)
        self._pause(link, max(self._pause_s, min(asked, _LONGEST_PAUSE_S)), on_progress)

    def _pause(self, link: str, pause_s: float, on_progress: Callable[[int, int], None]) -> None:
        until = self._visited.get(_host(link), -pause_s) + pause_s
        while (left := until - time.monotonic()) > 0:
            on_progress(0, 0)
            time.sleep(min(left, _GLANCE_S))

    def visited(self, link: str) -> None:
        """Note that a page was fetched just now, or that this failed."""
        self._visited[_host(link)] = time.monotonic()

    def _read(self, host: str, on_progress: Callable[[int, int], None]) -> RobotFileParser:
        """The rules of a host. Without any, all is allowed; where they are closed, nothing is."""
        rules = RobotFileParser()
        try:
            page = self._fetched(
                host + "/robots.txt",
                kinds=None,
                most_bytes=_MOST_RULES_BYTES,
                on_progress=on_progress,
            )
        except ArticleError as error:
            status = error.facts.get("status")
            is_closed = isinstance(status, int) and (status in _FORBIDDEN or status >= 500)
            rules.parse(["User-agent: *", "Disallow: /"] if is_closed else [])
        else:
            rules.parse(page.data.decode(errors="replace").splitlines())
        self._visited[host] = time.monotonic()
        return rules


def _host(link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:  # No valid link, as is told when it is fetched.
        return link
    return f"{parts.scheme}://{parts.netloc}".lower()
