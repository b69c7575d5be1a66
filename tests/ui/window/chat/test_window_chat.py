"""What can be done with a conversation, in Chromium over a scripted engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import ASKED, CARDS, CHIPS, MARK, QUESTION, TIP, answered, ask, visit
from playwright.sync_api import Browser, Page, expect
from scripted import BERTHS, FARE, FERRY

from ui import strings

pytestmark = pytest.mark.browser

NEXT = "#suggestions .ask"
PARTS = "#scope .part"
WORDS = strings.READER_WORDS
FILTER_WORDS = strings.FILTER_WORDS
PANEL = "dialog.filters-panel"


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def opened_filters(page: Page) -> None:
    button(page, FILTER_WORDS["open"]).click()
    expect(page.locator(f"{PANEL} .alone").first).to_be_visible()


def test_a_chip_shows_its_words_and_their_source_on_hover_and_lets_the_pointer_in(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    chip = watched.locator(CHIPS).first
    chip.hover()
    for words in (FERRY, "Night ferry to return after nine years", "The Aldwick Courier", "2025"):
        expect(watched.locator(TIP)).to_contain_text(words)
    watched.locator(TIP).hover()
    watched.wait_for_timeout(500)
    expect(watched.locator(TIP)).to_be_visible()
    spot, tip = chip.bounding_box(), watched.locator(TIP).bounding_box()
    assert spot and tip
    assert tip["y"] >= spot["y"] + spot["height"], "what is read stands above the card"
    watched.mouse.move(5, 400)
    expect(watched.locator(TIP)).to_be_hidden()


def test_a_chip_shows_its_card_on_focus_and_escape_puts_only_that_away(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    watched.locator(CHIPS).first.focus()
    watched.keyboard.press("Tab")
    chip = watched.locator(CHIPS).nth(1)
    expect(chip).to_be_focused()
    expect(watched.locator(TIP)).to_contain_text(BERTHS)
    expect(chip).to_have_attribute("aria-describedby", "tip")
    watched.keyboard.press("Escape")
    expect(watched.locator(TIP)).to_be_hidden()
    expect(chip).to_be_focused()
    watched.keyboard.press("Enter")
    expect(watched.locator(MARK)).to_have_text(BERTHS)
    watched.keyboard.press("Escape")
    expect(chip).to_be_focused()
    expect(watched.locator(TIP)).to_be_hidden()


def test_a_finger_opens_the_reader_without_a_card(browser: Browser, window: Any) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    answered(page, window)
    page.locator(CHIPS).first.tap()
    expect(page.locator(MARK)).to_have_text(FERRY)
    expect(page.locator(TIP)).to_be_hidden()
    context.close()


def test_an_answer_is_copied_with_footnotes_and_the_names_of_its_sources(
    watched: Page, window: Any
) -> None:
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(watched, window, "mixed")
    button(watched, strings.COPY).click()
    expect(watched.locator("#chat .act.copy.done")).to_be_visible()
    copied = watched.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("**mixed**\n\nThe night ferry returns on 3 May.[^1] ")
    assert f"> {BERTHS}[^2]" in copied
    assert f"[^3]: “{FARE}” *Night ferry to return after nine years*, says: “The Aldwick" in copied
    assert "<https://news.example/ferry?x=1&y=2>" in copied
    assert "#cite" not in copied


def test_the_last_question_is_edited_and_takes_the_place_of_the_old_one(
    watched: Page, window: Any
) -> None:
    answered(watched, window, "Please refuse.")
    ask(watched, "Please quote it.")
    expect(watched.locator("#chat .took")).to_have_count(2)
    button(watched, strings.EDIT).click()
    expect(watched.locator(QUESTION)).to_have_value("Please quote it.")
    expect(watched.locator(QUESTION)).to_be_focused()
    expect(watched.locator("#editing")).to_contain_text(strings.EDITING)
    ask(watched, "When does it return?")
    expect(watched.locator(ASKED)).to_have_text(["Please refuse.", "When does it return?"])
    expect(watched.locator("#editing")).to_be_hidden()
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_escape_leaves_the_question_as_it_was(watched: Page, window: Any) -> None:
    answered(watched, window, "Please refuse.")
    button(watched, strings.EDIT).click()
    expect(watched.locator("#editing")).to_be_visible()
    watched.locator(QUESTION).press("Escape")
    expect(watched.locator("#editing")).to_be_hidden()
    expect(watched.locator(QUESTION)).to_have_value("")
    ask(watched, "When does it return?")
    expect(watched.locator(ASKED)).to_have_count(2)


def test_a_thumb_shows_and_is_withdrawn_and_a_thumb_down_may_say_why(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    up, down = button(watched, strings.GOOD), button(watched, strings.BAD)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    down.click()
    expect(watched.locator(".why textarea")).to_be_focused()
    watched.locator(".why textarea").fill("It is the other ferry.")
    button(watched, WORDS["send"]).click()
    expect(watched.locator(".why")).to_be_hidden()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(down).to_be_focused()
    expect(up).to_have_attribute("aria-pressed", "false")


def test_what_could_be_asked_next_is_offered_and_asked_when_selected(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    asked = ["Is the first sailing sold out?", "Who may sail?"]
    opened = open_window("--example", asked[0], "--example", asked[1])
    answered(watched, opened, "Please quote it.")
    expect(watched.locator(NEXT)).to_have_text(asked)
    offered = watched.locator(NEXT).all_inner_texts()
    watched.locator(NEXT).first.click()
    expect(watched.locator(ASKED)).to_have_text(["Please quote it.", offered[0]])
    expect(watched.locator("#chat .took")).to_have_count(2)
    expect(watched.locator(NEXT).first).to_be_visible()
    assert offered[0] not in watched.locator(NEXT).all_inner_texts()
    button(watched, strings.NEW_CHAT).click()
    expect(watched.locator(NEXT)).to_have_count(0)


def test_only_one_publisher_is_asked_until_that_is_taken_back(watched: Page, window: Any) -> None:
    visit(watched, window)
    opened_filters(watched)
    watched.locator(f"{PANEL} .alone", has_text="The Aldwick Courier").first.click()
    expect(watched.locator(PANEL)).to_be_hidden()
    expect(button(watched, FILTER_WORDS["open"])).to_be_focused()
    expect(watched.locator(PARTS)).to_have_text("The Aldwick Courier")
    ask(watched, "When does it return?")
    told = strings.ONLY_IN.format(what="The Aldwick Courier")
    expect(watched.locator("#chat .scope")).to_have_text(told)
    expect(watched.locator("#chat .took")).to_be_visible()
    watched.locator(PARTS).click()
    expect(watched.locator(PARTS)).to_have_count(0)
    button(watched, strings.GOOD).click()
    expect(button(watched, strings.GOOD)).to_have_attribute("aria-pressed", "true")
    button(watched, strings.RETRY).click()
    expect(button(watched, strings.GOOD)).to_have_attribute("aria-pressed", "false")
    expect(watched.locator("#chat .scope")).to_have_text(told)
    ask(watched, "When does it return?")
    expect(watched.locator("#chat .took")).to_have_count(2)
    expect(watched.locator("#chat .scope")).to_have_count(1)


def test_several_are_chosen_by_their_boxes_sought_by_words_and_all_asked_again(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    opened_filters(watched)
    boxes = watched.locator(f"{PANEL} input[type=checkbox]")
    boxes.nth(1).check()
    boxes.nth(2).check()
    expect(watched.locator(PARTS)).to_have_text(["Port Hanna Harbour Board", "The Aldwick Courier"])
    watched.keyboard.press("Escape")
    expect(watched.locator(PANEL)).to_be_hidden()
    expect(button(watched, FILTER_WORDS["open"])).to_be_focused()
    opened_filters(watched)
    expect(boxes.nth(0)).to_be_checked()  # what is chosen comes first
    expect(boxes.nth(2)).not_to_be_checked()
    watched.locator(f"{PANEL} .all").click()
    expect(watched.locator(PARTS)).to_have_count(0)
    expect(watched.locator(PANEL)).to_be_hidden()


def test_a_first_day_holds_until_all_articles_are_asked(watched: Page, window: Any) -> None:
    visit(watched, window)
    opened_filters(watched)
    watched.get_by_label(FILTER_WORDS["since"]).fill("2026-01-01")
    expect(watched.locator(PARTS)).to_have_text("since 1 January 2026")
    watched.get_by_label(FILTER_WORDS["since"]).press("Enter")
    expect(watched.locator(PANEL)).to_be_hidden()
    ask(watched, "When does it return?")
    expect(watched.locator("#chat")).to_contain_text("Your articles do not say.")
    button(watched, strings.ASK_ALL).click()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator(ASKED)).to_have_count(1)
    expect(watched.locator("#chat .scope")).to_have_count(0)


def test_an_article_is_chosen_from_the_sources_and_from_the_reader(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    only = watched.locator("#reader .source .only")
    only.nth(1).focus()
    watched.keyboard.press("Enter")
    expect(only.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(watched.locator(PARTS)).to_contain_text("Harbour board weighs the winter")
    watched.locator(CHIPS).first.click()
    watched.locator("#reader header .only").click()
    expect(watched.locator(PARTS)).to_have_count(2)
    watched.locator("#reader header .only").click()
    expect(watched.locator(PARTS)).to_have_count(1)
    expect(watched.locator("#reader header .only")).to_have_attribute("aria-pressed", "false")


def test_a_screen_reader_is_told_what_goes_on_and_the_answer_once(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    watched.evaluate(
        """() => {
          window.heard = [];
          const told = document.querySelector('.told');
          new MutationObserver(() => window.heard.push(told.textContent))
            .observe(told, { childList: true });
        }"""
    )
    window.go.unlink(missing_ok=True)
    ask(watched, "Please wait: when does it return?")
    expect(watched.locator(CARDS)).to_have_count(5)
    window.go.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator(".told").first).to_contain_text("returns on 3 May.")
    expect(watched.locator("#chat [role=log]")).to_have_attribute("aria-live", "off")
    heard = watched.evaluate("window.heard")
    assert heard[-2:] == [
        strings.reading(5),
        "The night ferry returns on 3 May. Its ships carry 412 passengers each, and a berth costs "
        "38 crowns on weekdays. It will lose money in winter. " + strings.sources(5),
    ]


def test_an_empty_library_leads_to_where_it_is_filled(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    visit(watched, open_window("--empty", script="stocked.py"))
    watched.locator("#chat a[href='#library']").click()
    expect(watched.get_by_role("tab", name=strings.LIBRARY_TAB, exact=True)).to_have_attribute(
        "aria-selected", "true"
    )
    expect(watched.locator(QUESTION)).to_be_hidden()


def test_articles_can_be_read_while_the_models_load(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    loading = open_window(gated=True, fresh=True)
    watched.goto(loading.url)
    expect(watched.locator("#banner")).to_contain_text("Loading the embedding model…")
    watched.locator(QUESTION).wait_for()
    watched.evaluate("location.hash = '#article-a1f0'")
    expect(watched.locator("#reader .text")).to_contain_text(FERRY)
    loading.loaded.touch()


def test_the_whole_conversation_can_be_had_by_keyboard(watched: Page, window: Any) -> None:
    visit(watched, window)
    expect(watched.locator(QUESTION)).to_be_focused()
    watched.keyboard.type("Please quote it.")
    watched.keyboard.press("Enter")
    expect(watched.locator("#chat .took")).to_be_visible()
    reached = []
    for _ in range(40):
        watched.keyboard.press("Shift+Tab")
        reached.append(
            watched.evaluate(
                "document.activeElement.value || document.activeElement.getAttribute('href') || "
                "document.activeElement.tagName"
            )
        )
    for what in ("copy-0", "again", "edit", "up-0", "down-0", "#sources-0", "SUMMARY"):
        assert what in reached
    assert any(str(one).startswith("#cite-") for one in reached)
