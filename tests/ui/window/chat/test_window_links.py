"""Promise: a link of the window leads where it says, whenever and however it is selected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from browsing import CARDS, CHIPS, MARK, QUESTION, answered, visit
from playwright.sync_api import Page, Route, expect
from scripted import BERTHS, FERRY

pytestmark = pytest.mark.browser

NAMED = re.compile(r"/\?chat=[0-9a-f]{32}$")


@contextmanager
def without_scripts(page: Page) -> Iterator[None]:
    """A page whose own scripts have not come yet; they come in the end."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/scripts/**", hold)
    yield
    page.route("**/scripts/**", lambda route: route.continue_())
    for route in held:
        route.continue_()


def reopened(page: Page, window: Any) -> str:
    """A page that has begun anew over a conversation, whose address comes back."""
    answered(page, window)
    page.wait_for_url(NAMED)
    return page.url


def test_a_footnote_selected_before_the_scripts_are_there_is_opened_by_them(
    watched: Page, window: Any
) -> None:
    address = reopened(watched, window)
    with without_scripts(watched):
        watched.reload()
        watched.locator(CHIPS).nth(1).click()
        expect(watched.locator(CHIPS)).to_have_count(4)
        assert watched.url.startswith(address)
        assert watched.locator(".told").count() == 0  # the script was not there indeed
    expect(watched.locator(MARK)).to_have_text(BERTHS)
    watched.wait_for_url(address)
    watched.keyboard.press("Escape")
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_a_list_of_sources_selected_before_the_scripts_are_there_is_shown_by_them(
    watched: Page, window: Any
) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})  # where it comes up when selected
    address = reopened(watched, window)
    with without_scripts(watched):
        watched.reload()
        watched.locator("#chat a[href='#sources-0']").click()
        expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator(CARDS).first).to_be_visible()
    watched.wait_for_url(address)


def test_the_way_to_an_empty_library_selected_before_the_scripts_are_there_is_gone_by_them(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    with without_scripts(watched):
        watched.goto(open_window("--empty").url)
        watched.locator("#chat a[href='#library']").click()
        expect(watched.locator(QUESTION)).to_be_visible()
    expect(watched.locator("#library-tab-button")).to_have_attribute("aria-selected", "true")


def test_a_footnote_in_a_tab_of_its_own_brings_its_conversation_with_it(
    watched: Page, window: Any
) -> None:
    address = reopened(watched, window)
    with watched.context.expect_page() as opened:
        watched.locator(CHIPS).first.click(modifiers=["Control"])
    beside = opened.value
    expect(beside.locator(MARK)).to_have_text(FERRY)
    expect(beside.locator(CHIPS)).to_have_count(4)
    beside.wait_for_url(address)
    assert watched.locator(MARK).count() == 0


@pytest.mark.parametrize("name", ["#cite-a1f0-00000000-0-9-1", "#cite-", "#sources-7", "#nothing"])
def test_an_address_that_ends_with_a_link_of_no_answer_breaks_nothing(
    watched: Page, window: Any, name: str
) -> None:
    watched.goto(window.url + "/" + name)
    visit(watched, window)
    expect(watched.locator(QUESTION)).to_be_visible()
