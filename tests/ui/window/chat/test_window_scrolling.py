"""The newest answer is in view, unless somebody reads back; and how long a question may be."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import CHIPS, QUESTION, STOP, answered, ask, visit
from playwright.sync_api import Page, expect

from ui import strings
from ui.window.conversation.types import LONGEST_QUESTION

pytestmark = pytest.mark.browser

LOG = "#chat .bubble-wrap"
NEWEST = "#chat .newest"
NEXT = "#suggestions .ask"
NOTICE = "#notice .line"
WORDS = strings.READER_WORDS
SCENES = ("When?", "mixed", "Please quote it.", "Be lenient.", "And where?")


def below(page: Page) -> float:
    """Pixels of the conversation that are below what is seen of it."""
    return float(
        page.locator(LOG).evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")
    )


def settled(page: Page) -> None:
    """Wait for two frames, after which what was drawn is also scrolled."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_over_ten_exchanges_the_end_of_the_newest_answer_is_in_view_suggestions_and_all(
    watched: Page, open_window: Any, width: int, height: int
) -> None:
    watched.set_viewport_size({"width": width, "height": height})
    window = open_window("--example", "When does the ferry return?")
    visit(watched, window)
    for place in range(10):
        ask(watched, f"{SCENES[place % len(SCENES)]} ({place})")
        expect(watched.locator("#chat .took")).to_have_count(place + 1)
        settled(watched)
        assert below(watched) <= 2, place
        top = watched.locator(QUESTION).bounding_box()
        expect(watched.locator(NEXT).first).to_be_visible()
        settled(watched)
        assert below(watched) <= 2, place
        assert watched.locator(QUESTION).bounding_box() == top, "suggestions took room"
        acts = watched.locator("#chat .acts").last.bounding_box()
        row = watched.locator("#suggestions").bounding_box()
        assert acts
        assert row
        assert acts["y"] + acts["height"] <= row["y"]
        assert row["height"] <= 60, "suggestions are one row"
    expect(watched.locator(NEWEST)).to_be_hidden()


def test_nothing_moves_while_somebody_reads_back_and_a_button_leads_to_the_newest_answer(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    for place in range(5):
        ask(watched, f"mixed ({place})")
        expect(watched.locator("#chat .took")).to_have_count(place + 1)
    ask(watched, "endless")
    expect(watched.locator("#chat")).to_contain_text("Line 5.")
    box = watched.locator(LOG).bounding_box()
    assert box
    watched.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watched.mouse.wheel(0, -700)
    expect(watched.locator(NEWEST)).to_be_visible()
    settled(watched)
    before = watched.locator("#chat .took").nth(3).bounding_box()
    expect(watched.locator("#chat")).to_contain_text("Line 60.")
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside").last).to_have_text(strings.STOPPED)
    assert watched.locator("#chat .took").nth(3).bounding_box() == before
    watched.locator(NEWEST).click()
    settled(watched)
    assert below(watched) <= 2
    expect(watched.locator(NEWEST)).to_be_hidden()


def test_a_conversation_opens_at_its_newest_answer(watched: Page, window: Any) -> None:
    visit(watched, window)
    for place in range(5):
        ask(watched, f"mixed ({place})")
        expect(watched.locator("#chat .took")).to_have_count(place + 1)
    watched.reload()
    expect(watched.locator("#chat .took")).to_have_count(5)
    settled(watched)
    assert below(watched) <= 2


def test_a_long_question_is_counted_and_one_that_is_too_long_is_neither_cut_nor_sent(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    line = watched.locator(NOTICE)
    watched.locator(QUESTION).fill("a" * 1799)
    expect(line).to_have_text("")
    watched.locator(QUESTION).fill("a" * 1800)
    expect(line).to_have_text(WORDS["count"].format(length="1,800", limit="2,000"))
    too_long = "refuse " + "é" * LONGEST_QUESTION
    watched.locator(QUESTION).fill(too_long)
    told = WORDS["long"].format(length="2,007", limit="2,000")
    expect(line).to_have_text(told)
    watched.locator(QUESTION).press("Enter")
    watched.locator("#box .submit-button").click()
    watched.wait_for_timeout(500)
    expect(line).to_have_text(told)
    expect(watched.locator(QUESTION)).to_have_value(too_long)
    expect(watched.locator("#chat .message.user")).to_have_count(1)
    watched.locator(QUESTION).fill(too_long[:LONGEST_QUESTION])
    watched.locator(QUESTION).press("Enter")
    expect(watched.locator("#chat .took")).to_have_count(2)
    expect(line).to_have_text("")
    expect(watched.locator(CHIPS)).to_have_count(4)
