"""More questions than the queue holds, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from browsing import ASKED, QUESTION, STOP, ask, visit
from playwright.sync_api import BrowserContext, Page, expect

from ui.strings import english, german

pytestmark = pytest.mark.browser

Window = Any
TOAST = ".toast-body"
# The same request again and again, each for a page of its own, until one is refused.
FILL = """async ([address, body]) => {
  for (let tried = 0; tried < 200; tried++) {
    const session_hash = 'waiting' + tried;
    const answer = await fetch(address, { method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...JSON.parse(body), session_hash }) });
    if (!answer.ok) return [answer.status, tried];
  }
  return [200, 200];
}"""


@dataclass
class Home:
    """Where to visit."""

    url: str


def fill(page: Page, window: Window, home: str) -> None:
    """Keep the one answer busy, and let as many wait for it as may."""
    joined: list[Any] = []
    page.on("request", lambda one: joined.append(one) if "/queue/join" in one.url else None)
    visit(page, Home(window.url + home))
    ask(page, "hang")
    expect(page.locator(STOP)).to_be_visible()
    expect(page.locator("#chat .waiting")).to_contain_text("5")
    assert page.evaluate(FILL, [joined[-1].url, joined[-1].post_data])[0] == 429


@pytest.mark.parametrize(("home", "words"), [("", english), ("/de/", german)])
def test_who_comes_to_a_full_queue_is_told_in_plain_words_and_keeps_the_question(
    open_window: Callable[..., Window],
    context: BrowserContext,
    watched: Page,
    home: str,
    words: Any,
) -> None:
    full = open_window("--example", "When will it return?", fresh=True)
    fill(watched, full, home)
    other = context.new_page()
    visit(other, Home(full.url + home))
    ask(other, "When does it return?")
    expect(other.locator(TOAST)).to_contain_text(words.QUEUE_FULL)
    expect(other.locator(QUESTION)).to_have_value("When does it return?")
    expect(other.locator(ASKED)).to_have_count(0)
    other.get_by_text("When will it return?").click()  # is shown before it can be refused
    expect(other.locator(ASKED)).to_have_count(1)
    expect(other.locator("#chat")).to_contain_text(words.STOPPED)
    expect(other.locator("#box .submit-button")).to_be_visible()
    expect(other.get_by_role("button", name=words.RETRY)).to_be_visible()
    full.process.terminate()
