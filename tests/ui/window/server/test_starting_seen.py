"""Promise of the first seconds, seen: who opens the address too soon comes to the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from starting import chat

from ui.strings import english

pytestmark = pytest.mark.browser


def test_a_browser_that_comes_too_soon_sees_a_page_that_waits_and_then_the_window(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    monkeypatch.setenv("IBID_ANSWERS", "quotes")
    with chat(tmp_path / "library", wait=False) as address:
        page.goto(address, wait_until="commit")
        expect(page.get_by_role("status")).to_contain_text(english.STARTING)
        first = [url for url in asked if not url.startswith("data:")]
        assert {url.removeprefix(address) for url in first} <= {"", "/", "/healthz"}
        expect(page.locator("#box textarea")).to_be_visible(timeout=120_000)
