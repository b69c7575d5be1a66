"""The window by keyboard, and what opens over it: closed by Esc and by a click beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import ASKED, CARDS, CHIPS, MARK, QUESTION, TIP, answered, visit
from playwright.sync_api import Browser, Page, expect
from scripted import BERTHS, FARE, FERRY

from ui import strings

pytestmark = pytest.mark.browser

KEYS = "dialog.keys"
FIRST = "When does the ferry return?"
OFFERED = (FIRST, "What does a berth cost?", "How many ships are there?")
WORDS = strings.KEY_WORDS
BESIDE = (1270, 700)  # a corner of the page that nothing covers


@pytest.fixture
def opened(open_window: Callable[..., Any]) -> Any:
    return open_window(*(word for one in OFFERED for word in ("--example", one)))


def left(page: Page) -> None:
    """Leave the question's box, as a person does."""
    page.locator(QUESTION).focus()
    page.keyboard.press("Escape")
    expect(page.locator(QUESTION)).not_to_be_focused()


def test_a_stroke_leads_to_the_question_n_begins_a_chat_and_a_question_mark_tells_the_keys(
    watched: Page, opened: Any
) -> None:
    answered(watched, opened)
    left(watched)
    watched.keyboard.press("/")
    expect(watched.locator(QUESTION)).to_be_focused()
    expect(watched.locator(QUESTION)).to_have_value("")
    left(watched)
    watched.keyboard.press("?")
    for keys, what in WORDS["list"]:
        row = watched.locator(f"{KEYS} tr", has_text=what)
        expect(row.locator("kbd")).to_have_text(keys)
    watched.keyboard.press("n")  # not while the sheet is open
    watched.keyboard.press("Escape")
    expect(watched.locator(KEYS)).to_be_hidden()
    expect(watched.locator(ASKED)).to_have_count(1)
    watched.keyboard.press("n")
    expect(watched.locator(ASKED)).to_have_count(0)
    expect(watched.locator(QUESTION)).to_be_focused()
    fresh = watched.locator("#fresh")
    expect(fresh).to_have_attribute("title", f"{strings.NEW_CHAT} (n)")
    expect(fresh).to_have_attribute("aria-keyshortcuts", "n")


def test_no_key_acts_while_one_types_or_holds_another_or_has_turned_them_off(
    watched: Page, opened: Any
) -> None:
    answered(watched, opened)
    watched.locator(QUESTION).press_sequentially("n/?")
    expect(watched.locator(QUESTION)).to_have_value("n/?")
    left(watched)
    for held in ("Control+n", "Alt+n", "Meta+/", "Control+?"):
        watched.keyboard.press(held)
    expect(watched.locator(ASKED)).to_have_count(1)
    expect(watched.locator(KEYS)).to_be_hidden()
    watched.keyboard.press("?")
    watched.get_by_label(WORDS["act"]).uncheck()
    watched.keyboard.press("Escape")
    for key in ("n", "/", "?"):
        watched.keyboard.press(key)
    expect(watched.locator(ASKED)).to_have_count(1)
    expect(watched.locator(QUESTION)).not_to_be_focused()
    expect(watched.locator(KEYS)).to_be_hidden()
    watched.locator("#settings .toggle").click()
    watched.get_by_role("button", name=WORDS["heading"], exact=True).click()
    expect(watched.get_by_label(WORDS["act"])).not_to_be_checked()


def test_the_arrows_go_through_what_is_offered_and_through_the_sources(
    watched: Page, opened: Any
) -> None:
    visit(watched, opened)
    cards = watched.locator("#chat .example")
    expect(cards).to_have_count(3)
    left(watched)
    for key, place in (("ArrowDown", 0), ("ArrowRight", 1), ("ArrowUp", 0), ("ArrowLeft", 0)):
        watched.keyboard.press(key)
        expect(cards.nth(place)).to_be_focused()
    watched.keyboard.press("Enter")
    expect(watched.locator(ASKED)).to_have_text(FIRST)
    expect(watched.locator(CHIPS)).to_have_count(4)
    left(watched)
    for key, quote in (("ArrowRight", FERRY), ("ArrowRight", BERTHS), ("ArrowLeft", FERRY)):
        watched.keyboard.press(key)
        expect(watched.locator(MARK)).to_have_text(quote)
    watched.keyboard.press("Escape")
    expect(watched.locator(CARDS).first).to_be_focused()
    watched.keyboard.press("ArrowDown")
    expect(watched.locator(CARDS).nth(1)).to_be_focused()
    watched.keyboard.press("ArrowDown")
    watched.keyboard.press("Enter")
    expect(watched.locator(MARK)).to_have_text(FARE)


@pytest.mark.parametrize("home", ["/", "/de/"])
def test_whatever_opens_over_the_page_closes_by_esc_and_beside_it_and_gives_the_focus_back(
    watched: Page, opened: Any, home: str
) -> None:
    watched.goto(opened.url + home)
    for opener, there in (
        ("#filters .filter-button", "dialog.filters-panel"),
        ("#settings .toggle", "dialog.settings"),
        ("#drawer .toggle", "dialog.drawer"),
    ):
        for close in (
            lambda: watched.keyboard.press("Escape"),
            lambda: watched.mouse.click(*BESIDE),
        ):
            watched.locator(opener).click()
            expect(watched.locator(there)).to_be_visible()
            close()
            expect(watched.locator(there)).to_be_hidden()
            expect(watched.locator(opener)).to_be_focused()


def test_the_card_of_a_footnote_and_the_reason_of_a_thumb_down_close_so_too(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    chip, down = watched.locator(CHIPS).first, watched.locator("#chat .act.down")
    chip.hover()
    expect(watched.locator(TIP)).to_be_visible()
    watched.keyboard.press("Escape")
    expect(watched.locator(TIP)).to_be_hidden()
    watched.locator("#chat .doubt").click()
    expect(watched.locator(TIP)).to_be_visible()
    watched.mouse.click(*BESIDE)
    expect(watched.locator(TIP)).to_be_hidden()
    down.click()
    expect(watched.locator(".why textarea")).to_be_focused()
    watched.mouse.click(*BESIDE)
    expect(watched.locator(".why")).to_be_hidden()
    expect(down).to_be_focused()


def test_a_thumb_keeps_the_focus_though_its_answer_is_drawn_anew(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    thumb = watched.locator("#chat .act.up")
    thumb.focus()
    watched.keyboard.press("Enter")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(thumb).to_be_focused()


def test_esc_closes_the_panel_alone_and_not_the_article_beneath(watched: Page, window: Any) -> None:
    answered(watched, window)
    watched.locator(CHIPS).first.click()
    expect(watched.locator(MARK)).to_be_focused()
    watched.locator("#settings .toggle").click()
    expect(watched.locator("dialog.settings")).to_be_visible()
    watched.keyboard.press("Escape")
    expect(watched.locator("dialog.settings")).to_be_hidden()
    expect(watched.locator(MARK)).to_be_visible()


def test_a_click_inside_a_panel_or_a_drag_out_of_it_leaves_it_open(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    watched.locator("#settings .toggle").click()
    box = watched.locator("dialog.settings").bounding_box()
    assert box
    watched.mouse.click(box["x"] + 6, box["y"] + box["height"] / 2)  # within its own edge
    watched.mouse.move(box["x"] + 40, box["y"] + 40)
    watched.mouse.down()
    watched.mouse.move(box["x"] - 60, box["y"] + 40)
    watched.mouse.up()
    expect(watched.locator("dialog.settings")).to_be_visible()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    yield context.new_page()
    context.close()


def test_on_a_phone_the_filters_and_the_sources_are_sheets_from_below(
    phone: Page, window: Any
) -> None:
    answered(phone, window)
    phone.locator("#filters .filter-button").tap()
    panel = phone.locator("dialog.filters-panel")
    expect(panel.locator(".alone").first).to_be_visible()
    phone.wait_for_function("document.querySelector('.filters-panel').getAnimations().length === 0")
    box = panel.bounding_box()
    assert box
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    phone.touchscreen.tap(200, 30)
    expect(panel).to_be_hidden()
    phone.locator("#chat a[href^='#sources-']").tap()
    expect(phone.locator("#sheet")).to_be_visible()
    expect(phone.locator("#talk")).to_have_attribute("inert", "")
    phone.touchscreen.tap(200, 30)
    expect(phone.locator("#sheet")).not_to_be_visible()
    expect(phone.locator("#talk")).not_to_have_attribute("inert", "")
    phone.locator("#chat .doubt").tap()
    expect(phone.locator(TIP)).to_be_visible()
    phone.touchscreen.tap(200, 30)
    expect(phone.locator(TIP)).to_be_hidden()
