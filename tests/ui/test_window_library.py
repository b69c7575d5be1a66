"""The Library tab, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Window
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_the_tabs_lead_to_the_library_and_back_to_the_conversation(
    window: Window, watched: Any, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 800})
    watched.goto(window.url)
    watched.locator("#box textarea").wait_for()
    watched.get_by_role("tab", name="Library", exact=True).click()
    expect(watched.locator("#articles")).to_contain_text("Night ferry to return")
    expect(watched.locator("#box")).to_be_hidden()
    watched.get_by_role("tab", name="Chat", exact=True).click()
    box = watched.locator("#box").bounding_box()
    assert 700 < box["y"] + box["height"] <= 800, "the conversation fills the page"
