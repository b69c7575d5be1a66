"""What a page fetches before its first question, as the browser itself counts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from browsing import visit
from playwright.sync_api import Page

_QUIET_MS = 1_000


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes that came over the wire, heads of the answers included, and how many were asked for."""

    transferred: int
    requests: int
    largest: tuple[tuple[int, str], ...]


def weigh(page: Page, window: Any) -> Weight:
    """Open the window in a browser that has kept nothing, and wait until it asks no more."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def note(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith(window.url):
            asked[event["requestId"]] = event["request"]["url"].removeprefix(window.url)

    def end(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    network.on("Network.requestWillBeSent", note)
    network.on("Network.loadingFinished", end)
    visit(page, window)
    before = -1
    while before != len(asked):
        before = len(asked)
        page.wait_for_timeout(_QUIET_MS)
    found = sorted(((sizes.get(one, 0), path) for one, path in asked.items()), reverse=True)
    return Weight(sum(size for size, _ in found), len(found), tuple(found))
