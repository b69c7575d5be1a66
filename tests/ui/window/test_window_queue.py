"""More questions than are taken in, of all or of one browser, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from browsing import ASKED, QUESTION, STOP, ask, visit
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ui.strings import english, german

pytestmark = pytest.mark.browser

Window = Any
TOAST = ".toast-body"


@dataclass
class Home:
    """Where to visit."""

    url: str


def busy(page: Page, window: Window, home: str = "/") -> None:
    """Ask what is never answered."""
    visit(page, Home(window.url + home))
    ask(page, "hang")
    expect(page.locator(STOP)).to_be_visible()
    expect(page.locator("#chat .waiting")).to_contain_text("5")


@pytest.mark.parametrize(("home", "words"), [("/", english), ("/de/", german)])
def test_who_comes_when_no_more_is_taken_is_told_in_plain_words_and_keeps_the_question(
    open_window: Callable[..., Window], browser: Browser, watched: Page, home: str, words: Any
) -> None:
    full = open_window("--example", "When will it return?", "--questions", "1", fresh=True)
    busy(watched, full, home)
    context = browser.new_context()
    other = context.new_page()
    visit(other, Home(full.url + home))
    ask(other, "When does it return?")
    expect(other.locator(TOAST)).to_contain_text(words.QUEUE_FULL)
    expect(other.locator(QUESTION)).to_have_value("When does it return?")
    expect(other.locator(ASKED)).to_have_count(0)
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside")).to_have_text(words.STOPPED)
    other.locator(QUESTION).press("Enter")
    expect(other.locator("#chat .took")).to_be_visible()
    context.close()
    full.process.terminate()


def test_one_browser_cannot_take_all_the_room_and_is_told_so(
    open_window: Callable[..., Window], context: BrowserContext, watched: Page, browser: Browser
) -> None:
    full = open_window(fresh=True)
    busy(watched, full)
    for _ in range(5):
        watched.get_by_role("button", name=english.NEW_CHAT).click()
        expect(watched.locator("#chat .message")).to_have_count(0)
        ask(watched, "hang")
        expect(watched.locator("#chat .waiting")).to_contain_text("5")
    other = context.new_page()
    visit(other, full)
    ask(other, "When does it return?")
    expect(other.locator(TOAST)).to_contain_text(english.YOUR_QUEUE_FULL.split("{limit}")[1])
    expect(other.locator(QUESTION)).to_have_value("When does it return?")
    stranger = browser.new_context()
    visit(page := stranger.new_page(), full)
    ask(page, "When does it return?")
    expect(page.locator("#chat .took")).to_be_visible()
    stranger.close()
    full.process.terminate()
