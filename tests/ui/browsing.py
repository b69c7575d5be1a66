"""What the browser tests do and look for, in one place."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

CHIPS = "#chat a[href^='#cite-']"
CARDS = "#reader a.card"
MARK = "#reader mark.lit"
TIP = "#tip"
ASKED = "#chat .message.user"
QUESTION = "#box textarea"
STOP = "#box .stop-button"


def visit(page: Page, window: Any) -> None:
    page.goto(window.url)
    page.locator(QUESTION).wait_for()
    page.locator("#masthead .size").wait_for()
    page.locator(".told").first.wait_for(state="attached")  # the conversation's script is there


def ask(page: Page, question: str) -> None:
    page.locator(QUESTION).fill(question)
    page.locator(QUESTION).press("Enter")


def answered(page: Page, window: Any, question: str = "When does it return?") -> None:
    visit(page, window)
    ask(page, question)
    expect(page.locator("#chat .took").last).to_be_visible()


def in_view(page: Page, selector: str) -> bool:
    """Whether the element is wholly inside the scrolling text around it, and the page."""
    return bool(
        page.locator(selector).evaluate(
            """node => {
              const box = node.getBoundingClientRect();
              const pane = node.closest('.pane').getBoundingClientRect();
              return box.height > 0 && box.top >= pane.top && box.bottom <= pane.bottom
                && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
            }"""
        )
    )
