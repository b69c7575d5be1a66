"""How a program visits the web: as robots.txt allows, one page at a time, with a pause between."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from rag.errors import ArticleError
from rag.loaders.web import AGENT, Page, fetch

PAUSE_S = 1.0  # between two pages of a host
_LONGEST_PAUSE_S = 30.0  # that a robots.txt may ask for
_MOST_RULES_BYTES = 500_000
_GLANCE_S = 0.1
_FORBIDDEN = (401, 403)


class Manners:
    """What was learnt of each host in one visit. For one thread."""

    def __init__(self, fetched: Callable[..., Page] = fetch, pause_s: float = PAUSE_S) -> None:
        self._fetched = fetched
        self._pause_s = pause_s
        self._rules: dict[str, RobotFileParser] = {}
        self._visited: dict[str, float] = {}

    def wait(self, link: str, on_progress: Callable[[int, int], None]) -> None:
        """Wait until the page may be fetched; ``on_progress`` may end that by what it raises.

        Raises:
            ArticleError: its host does not want it fetched by a program.
        """
        parts = urlsplit(link)
        host = f"{parts.scheme}://{parts.netloc}".lower()
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
        pause = max(self._pause_s, min(asked, _LONGEST_PAUSE_S))
        until = self._visited.get(host, 0.0) + pause
        while (left := until - time.monotonic()) > 0:
            on_progress(0, 0)
            time.sleep(min(left, _GLANCE_S))

    def visited(self, link: str) -> None:
        """Note that a page was fetched just now, or that this failed."""
        parts = urlsplit(link)
        self._visited[f"{parts.scheme}://{parts.netloc}".lower()] = time.monotonic()

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
