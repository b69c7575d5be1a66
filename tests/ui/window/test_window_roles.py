"""What a reader, an editor and an owner see of the window, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ui import strings, users

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
ACTS = "#library .listing button.edit, #library .listing button.remove, #library .more-add"


@pytest.fixture(scope="module")
def shut(open_window: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A window in which people sign in, over a library of three articles."""
    file: Path = tmp_path_factory.mktemp("users") / users.USERS
    for role in users.ROLES:
        users.add(file, role, PASSWORD, role)
    return open_window("--users", str(file), script="stocked.py")


def sign_in(page: Page, window: Any, name: str) -> None:
    page.goto(window.url)
    page.get_by_label(strings.USER_NAME).fill(name)
    page.get_by_label(strings.PASSWORD).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#box textarea").wait_for()
    page.locator("#library-tab-button").click()
    page.locator("#library .listing tbody tr").first.wait_for()


def test_a_reader_sees_the_articles_and_nothing_that_changes_them(watched: Page, shut: Any) -> None:
    sign_in(watched, shut, "reader")
    expect(watched.locator("#library .listing tbody tr")).to_have_count(3)
    expect(watched.locator(ACTS).locator("visible=true")).to_have_count(0)
    expect(watched.locator("#evaluation-tab-button")).to_be_hidden()
    expect(watched.locator("#library .choose input").locator("visible=true")).to_have_count(0)
    expect(watched.locator("#library .summary")).to_contain_text("You may read the articles")
    watched.locator("#library .listing button.open").first.click()
    expect(watched.locator("#library dialog[open]")).to_be_visible()


def test_a_reader_who_drops_a_file_is_told_that_they_may_not(watched: Page, shut: Any) -> None:
    sign_in(watched, shut, "reader")
    watched.locator("#chat-tab-button").click()
    drop = """kinds => {
        const carried = new DataTransfer();
        carried.items.add(new File(['Words.'], 'dropped.txt', { type: 'text/plain' }));
        for (const kind of kinds) {
            const options = { dataTransfer: carried, bubbles: true, cancelable: true };
            document.querySelector('#chat').dispatchEvent(new DragEvent(kind, options));
        }
    }"""
    watched.evaluate(drop, ["dragenter", "dragover"])
    expect(watched.locator(".drop-target.no")).to_contain_text("You may not add articles here")
    watched.evaluate(drop, ["drop"])
    expect(watched.locator(".drop-target")).to_be_hidden()
    expect(watched.locator(".drop-card")).to_contain_text("Ask the owner")
    watched.locator("#library-tab-button").click()
    expect(watched.locator("#library .queue tbody tr")).to_have_count(0)


def test_an_editor_may_change_the_articles_and_runs_no_evaluation(watched: Page, shut: Any) -> None:
    sign_in(watched, shut, "editor")
    expect(watched.locator(ACTS).locator("visible=true")).to_have_count(7)
    expect(watched.locator("#evaluation-tab-button")).to_be_hidden()


def test_an_owner_does_both(watched: Page, shut: Any) -> None:
    sign_in(watched, shut, "owner")
    expect(watched.locator(ACTS).locator("visible=true")).to_have_count(7)
    watched.locator("#evaluation-tab-button").click()
    watched.locator("#evaluation .start").wait_for()
