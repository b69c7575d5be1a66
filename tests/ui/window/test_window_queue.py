"""More questions than the queue holds, or one browser may have in it, in Chromium."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import pytest
from browsing import ASKED, QUESTION, STOP, ask, visit
from playwright.sync_api import BrowserContext, Page, expect

from ui.strings import english, german

pytestmark = pytest.mark.browser

Window = Any
TOAST = ".toast-body"
MOST = 200


def join(address: str, body: str, page: int, browser: str) -> int:
    """The same request again, for another page of this browser."""
    given = {**json.loads(body), "session_hash": f"waiting{page}"}
    headers = {"Content-Type": "application/json", "Cookie": f"ibid_browser={browser}"}
    request = urllib.request.Request(address, json.dumps(given).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@dataclass
class Home:
    """Where to visit."""

    url: str


def busy(page: Page, window: Window, home: str) -> tuple[str, str]:
    """Keep the one answer busy; where and how it was asked for."""
    joined: list[Any] = []
    page.on("request", lambda one: joined.append(one) if "/queue/join" in one.url else None)
    visit(page, Home(window.url + home))
    ask(page, "hang")
    expect(page.locator(STOP)).to_be_visible()
    expect(page.locator("#chat .waiting")).to_contain_text("5")
    return joined[-1].url, joined[-1].post_data


@pytest.mark.parametrize(("home", "words"), [("", english), ("/de/", german)])
def test_who_comes_to_a_full_queue_is_told_in_plain_words_and_keeps_the_question(
    open_window: Callable[..., Window],
    context: BrowserContext,
    watched: Page,
    home: str,
    words: Any,
) -> None:
    full = open_window("--example", "When will it return?", fresh=True)
    address, body = busy(watched, full, home)
    assert 429 in (join(address, body, page, token_hex(16)) for page in range(MOST))
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


def test_one_browser_cannot_fill_the_queue_and_is_told_so(
    open_window: Callable[..., Window], context: BrowserContext, watched: Page
) -> None:
    full = open_window(fresh=True)
    address, body = busy(watched, full, "/")
    browser = next(one["value"] for one in context.cookies() if one["name"] == "ibid_browser")
    told = [join(address, body, page, browser) for page in range(20)]
    assert told == [200] * told.count(200) + [429] * told.count(429)
    assert 1 <= told.count(200) <= 8
    other = context.new_page()
    visit(other, Home(full.url))
    ask(other, "When does it return?")
    expect(other.locator(TOAST)).to_contain_text(english.YOUR_QUEUE_FULL.split("{limit}")[1])
    expect(other.locator(QUESTION)).to_have_value("When does it return?")
    assert join(address, body, 1, token_hex(16)) == 200
    full.process.terminate()
