"""Two people and two libraries in Chromium: each sees their own, and never the other's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import CHIPS, MARK, QUESTION, ask
from chroma_server import ChromaServer
from faults import found_by_axe, too_small
from playwright.sync_api import Browser, Page, expect
from postgres_server import PostgresServer
from several import PASSWORD

from ui import strings

pytestmark = pytest.mark.browser

BACK = "#masthead a.back"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def several(
    open_window: Callable[..., Any], postgres: PostgresServer, chroma_server: ChromaServer
) -> Iterator[Any]:
    """A service with Ann's news, which Eve may read, and Ben's notes."""
    given = ("--database", postgres.address, "--chroma", chroma_server.address)
    yield open_window(*given, script="several.py", fresh=False)
    postgres.empty()


def sign_in(page: Page, name: str) -> None:
    page.get_by_label(strings.USER_NAME).fill(name)
    page.get_by_label(strings.PASSWORD).fill(PASSWORD)
    page.keyboard.press("Enter")


def test_ann_finds_her_library_asks_in_it_reads_what_is_cited_and_comes_back_to_the_list(
    watched: Page, several: Any
) -> None:
    watched.goto(several.url)
    sign_in(watched, "ann")
    expect(watched.get_by_role("listitem")).to_have_count(1)
    watched.get_by_role("link", name="news").click()
    expect(watched.locator("#masthead h1")).to_contain_text("news")
    expect(watched.locator("#masthead .size")).to_contain_text("3 articles")
    ask(watched, "What does a berth in a shared cabin cost?")
    expect(watched.locator("#chat .took").last).to_be_visible()
    watched.locator(CHIPS).first.click()
    expect(watched.locator(MARK).first).to_be_focused()
    expect(watched).to_have_url(re.compile(r"/l/news/\?chat=[0-9a-f]{32}$"))
    there = watched.url

    watched.reload()
    expect(watched.locator("#chat .took").last).to_be_visible()
    watched.locator(BACK).click()
    expect(watched).to_have_url(f"{several.url}/")
    expect(watched.get_by_role("listitem")).to_contain_text("3 articles")

    watched.get_by_role("button", name=strings.SIGN_OUT).click()
    watched.goto(there)  # whoever follows a link signs in, and is where it leads
    sign_in(watched, "ann")
    expect(watched.locator("#chat .took").last).to_be_visible()
    assert watched.url == there


def test_ben_neither_sees_nor_opens_it(watched: Page, several: Any) -> None:
    watched.goto(f"{several.url}/l/news/")
    sign_in(watched, "ben")
    expect(watched.get_by_text(strings.NO_SUCH_PAGE)).to_be_visible()
    watched.goto(several.url)
    expect(watched.get_by_role("listitem")).to_have_count(1)
    expect(watched.get_by_role("link", name="notes")).to_be_visible()
    expect(watched.get_by_text("news")).to_have_count(0)


def test_a_library_of_ones_own_grows_and_one_to_read_does_not(watched: Page, several: Any) -> None:
    watched.goto(f"{several.url}/l/notes/")
    sign_in(watched, "ben")
    watched.locator(QUESTION).wait_for()
    watched.locator("#library-tab-button").click()
    paper = {"name": "raven.txt", "mimeType": "text/plain", "buffer": b"Ravens remember faces."}
    watched.locator("#library [name=files]").set_input_files([paper])
    expect(watched.locator("#library .listing tbody tr")).to_have_count(1)
    expect(watched.locator("#evaluation-tab-button")).to_be_visible()

    watched.context.clear_cookies()
    watched.goto(f"{several.url}/l/news/")
    sign_in(watched, "eve")
    watched.locator(QUESTION).wait_for()
    watched.locator("#library-tab-button").click()
    expect(watched.locator("#library .listing tbody tr")).to_have_count(3)
    expect(watched.locator("#library .more-add")).to_be_hidden()
    expect(watched.locator("#evaluation-tab-button")).to_be_hidden()


def test_another_language_is_that_of_the_same_library(watched: Page, several: Any) -> None:
    watched.goto(f"{several.url}/l/news/")
    sign_in(watched, "eve")
    watched.locator(QUESTION).wait_for()
    watched.locator("#drawer .toggle").click()
    watched.locator(".drawer .foot a").click()
    expect(watched).to_have_url(f"{several.url}/l/news/de/")
    expect(watched.locator(BACK)).to_have_text("Ihre Bibliotheken")
    ask(watched, "What does a berth in a shared cabin cost?")
    expect(watched.locator("#chat .took").last).to_be_visible()
    watched.locator(BACK).click()
    expect(watched).to_have_url(f"{several.url}/de/")


def test_a_question_in_a_library_that_was_taken_away_is_told_that_it_is_not_there(
    watched: Page, several: Any, postgres: PostgresServer
) -> None:
    watched.goto(f"{several.url}/l/news/")
    sign_in(watched, "eve")
    watched.locator(QUESTION).wait_for()
    postgres.execute("DELETE FROM ibid.members WHERE person = 'user:eve'")
    try:
        ask(watched, "What does a berth in a shared cabin cost?")
        expect(watched.get_by_text(strings.NO_SUCH_PAGE)).to_be_visible()
    finally:
        postgres.execute("INSERT INTO ibid.members VALUES ('ibid_news', 'user:eve', 'reader')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE])
def test_the_list_and_the_way_back_are_found_by_all(
    browser: Browser, several: Any, scheme: Any, size: Any
) -> None:
    with browser.new_context(
        viewport=size, color_scheme=scheme, has_touch=size == PHONE, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(several.url)
        sign_in(page, "ann")
        expect(page.get_by_role("listitem")).to_have_count(1)
        assert found_by_axe(page) == []
        assert size != PHONE or too_small(page) == []
        page.get_by_role("link", name="news").click()
        page.locator(QUESTION).wait_for()
        expect(page.locator(BACK)).to_be_visible()
        expect(page.locator("#masthead b")).to_be_visible()
        assert found_by_axe(page) == []
        assert size != PHONE or too_small(page) == []
