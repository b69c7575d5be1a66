"""Conversations in the drawer, in a real browser over a scripted engine."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import CHIPS, MARK, QUESTION, STOP, answered, ask, visit
from playwright.sync_api import Browser, Page, expect
from scripted import FERRY

from rag.index.catalog import CATALOG
from ui import strings
from ui.strings import german

pytestmark = pytest.mark.browser

TOGGLE = "#drawer .toggle"
TALKS = ".drawer a.talk"
LIVE = ".drawer .live"
FIRST = "When does it return?"


@pytest.fixture(autouse=True)
def patience() -> None:
    """Two cores may be shared with a build."""
    expect.set_options(timeout=20_000)


def is_named(page: Page) -> str:
    """The id of the conversation in the page's address, once it is there."""
    page.wait_for_url(re.compile(r"\?chat=[0-9a-f]{32}$"))
    return page.url.rpartition("=")[2]


def act(page: Page, name: str, place: int = 0) -> None:
    """Choose what can be done with a conversation in the list."""
    page.locator(".drawer li").nth(place).hover()
    page.locator(".drawer li").nth(place).get_by_text(name, exact=True).click()


def test_a_reload_shows_the_conversation_and_its_chips_open(watched: Page, window: Any) -> None:
    answered(watched, window, FIRST)
    is_named(watched)
    watched.reload()
    expect(watched.locator(CHIPS)).to_have_count(4)
    watched.locator(".told").first.wait_for(state="attached")  # the conversation's script is there
    watched.locator(CHIPS).first.click()
    expect(watched.locator(MARK)).to_have_text(FERRY)
    ask(watched, "What did I ask before?")
    expect(watched.locator("#chat")).to_contain_text(f"You asked: {FIRST}")


def test_a_restart_loses_nothing(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    first = open_window("--folder", str(tmp_path), fresh=True)
    answered(watched, first, FIRST)
    name = is_named(watched)
    first.process.terminate()
    first.process.wait(20)
    second = open_window("--folder", str(tmp_path), fresh=True)
    watched.goto(f"{second.url}/?chat={name}")
    expect(watched.locator(CHIPS)).to_have_count(4)
    watched.locator(CHIPS).first.click()
    expect(watched.locator(MARK)).to_have_text(FERRY)


def test_what_cannot_be_kept_is_said_and_kept_as_soon_as_it_can_be(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    own = open_window("--folder", str(tmp_path), fresh=True)
    visit(watched, own)
    with sqlite3.connect(tmp_path / CATALOG) as db:
        db.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON exchanges "
            "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
    ask(watched, FIRST)
    expect(watched.locator("#chat .problem")).to_have_text(strings.NOT_KEPT)
    expect(watched.locator(CHIPS)).to_have_count(4)
    assert "database or disk is full" in own.log.read_text()
    ask(watched, "endless")
    expect(watched.locator("#chat")).to_contain_text("Line 3.")
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside").last).to_have_text(strings.STOPPED)
    expect(watched.locator("#chat .problem")).to_have_text(strings.NOT_KEPT)
    with sqlite3.connect(tmp_path / CATALOG) as db:
        db.execute("DROP TRIGGER no_room")
    ask(watched, "Please refuse.")
    expect(watched.locator("#chat .took")).to_have_count(2)
    expect(watched.locator("#chat .problem")).to_have_count(0)
    watched.reload()
    expect(watched.locator("#chat .message.user")).to_have_count(3)
    expect(watched.locator("#chat .problem")).to_have_count(0)


def test_a_conversation_is_found_renamed_deleted_and_had_back(watched: Page, window: Any) -> None:
    answered(watched, window, FIRST)
    is_named(watched)
    watched.get_by_role("button", name=strings.NEW_CHAT).click()
    expect(watched).to_have_url(re.compile(r"/$"))
    ask(watched, "Please refuse.")
    name = is_named(watched)
    watched.locator(TOGGLE).click()
    expect(watched.locator(TALKS)).to_have_count(2)
    expect(watched.locator(f"{TALKS}[aria-current]")).to_contain_text("Please refuse.")

    watched.locator(".drawer .search").fill("ferry return")
    expect(watched.locator(TALKS)).to_have_count(1)
    watched.locator(".drawer .search").fill("no such words")
    expect(watched.locator(LIVE)).to_have_text(strings.DRAWER_WORDS["nothing"])
    watched.locator(".drawer .search").fill("")
    expect(watched.locator(TALKS)).to_have_count(2)

    act(watched, strings.DRAWER_WORDS["rename"])
    watched.locator(".drawer .rename").fill("<b>Boats</b>")
    watched.keyboard.press("Enter")
    expect(watched.locator(TALKS).first).to_contain_text("<b>Boats</b>")

    act(watched, strings.DRAWER_WORDS["remove"])
    expect(watched.locator(".drawer .gone")).to_have_text("Deleted: <b>Boats</b>")
    expect(watched.locator("#chat .message")).to_have_count(0)
    expect(watched).to_have_url(re.compile(r"/$"))
    expect(watched.get_by_role("button", name=strings.DRAWER_WORDS["undo"])).to_be_focused()
    watched.keyboard.press("Enter")
    expect(watched.locator(TALKS)).to_have_count(2)
    expect(watched).to_have_url(re.compile(name))


def test_escape_leaves_a_title_as_it_was_and_then_the_drawer(watched: Page, window: Any) -> None:
    answered(watched, window, FIRST)
    watched.locator(TOGGLE).click()
    act(watched, strings.DRAWER_WORDS["rename"])
    watched.locator(".drawer .rename").fill("Other")
    watched.keyboard.press("Escape")
    expect(watched.locator(TALKS)).to_contain_text(FIRST)
    expect(watched.locator("dialog.drawer")).to_be_visible()
    watched.keyboard.press("Escape")
    expect(watched.locator("dialog.drawer")).not_to_be_visible()
    expect(watched.locator(TOGGLE)).to_be_focused()


def test_a_conversation_can_be_saved_as_a_file(watched: Page, window: Any) -> None:
    answered(watched, window, FIRST)
    watched.locator(TOGGLE).click()
    saved = {}
    for kind in ("Markdown", "JSON"):
        act(watched, strings.KEEP)
        with watched.expect_download() as coming:
            watched.locator(".drawer .keeping").get_by_text(kind, exact=True).click()
        expect(watched.locator(".drawer .keeping")).to_be_hidden()
        saved[coming.value.suggested_filename] = Path(coming.value.path()).read_text()
    assert list(saved) == ["when-does-it-return.md", "when-does-it-return.json"]
    assert "The Aldwick Courier" in saved["when-does-it-return.md"]
    assert json.loads(saved["when-does-it-return.json"])["exchanges"][0]["state"] == "done"


def test_nobody_else_can_open_it(watched: Page, browser: Browser, window: Any) -> None:
    answered(watched, window, FIRST)
    name = is_named(watched)
    stranger = browser.new_page()
    stranger.goto(f"{window.url}/?chat={name}")
    expect(stranger.locator(".toast-wrap")).to_contain_text(strings.NO_CONVERSATION)
    expect(stranger.locator("#chat .message")).to_have_count(0)
    assert stranger.request.get(f"{window.url}/conversations/{name}.json").status == 404
    stranger.locator(TOGGLE).click()
    expect(stranger.locator(LIVE)).to_have_text(strings.DRAWER_WORDS["empty"])
    stranger.close()


def test_a_browser_that_reads_german_is_spoken_to_in_german_until_it_chooses_otherwise(
    browser: Browser, window: Any
) -> None:
    page = browser.new_page(locale="de-AT")
    page.goto(window.url)
    expect(page).to_have_url(re.compile("/de/$"))
    expect(page.locator(QUESTION)).to_have_attribute("placeholder", german.QUESTION_HINT)
    ask(page, "Please be lenient.")
    expect(page.locator("#chat .doubt.unsupported").first).to_have_text(german.UNSUPPORTED_MARK)
    expect(page.locator("#reader .heading")).to_have_text(german.SOURCES)
    expect(page.locator("#reader .source").first).to_contain_text("14. April 2025")
    ask(page, "fail")
    expect(page.locator("#chat .problem")).to_have_count(1)
    ask(page, "endless")
    page.locator(STOP).click()
    expect(page.locator("#chat .aside").last).to_have_text(german.STOPPED)
    assert page.evaluate("document.documentElement.lang") == "de"
    page.locator(TOGGLE).click()
    page.get_by_role("link", name="English").click()
    expect(page.locator(QUESTION)).to_have_attribute("placeholder", strings.QUESTION_HINT)
    expect(page.locator("#chat .aside").last).to_have_text(strings.STOPPED)
    page.goto(window.url)
    expect(page.locator(QUESTION)).to_have_attribute("placeholder", strings.QUESTION_HINT)
    page.close()


def test_a_narrow_page_keeps_the_drawer_shut_until_it_is_wanted(watched: Page, window: Any) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    answered(watched, window, FIRST)
    expect(watched.locator("dialog.drawer")).not_to_be_visible()
    watched.locator(TOGGLE).click()
    expect(watched.locator(TALKS)).to_have_count(1)
    assert watched.evaluate("document.documentElement.scrollWidth") <= 390
