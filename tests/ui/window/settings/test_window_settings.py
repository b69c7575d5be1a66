"""The panel of settings as a reader meets it, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import visit
from faults import found_by_axe
from playwright.sync_api import Page, expect

from ui import strings

pytestmark = pytest.mark.browser

PANEL = "dialog.settings"
LIVE = f"{PANEL} .live"


@pytest.fixture(autouse=True)
def patience() -> None:
    """Two cores may be shared with a build."""
    expect.set_options(timeout=40_000)


def opened(page: Page) -> None:
    page.locator("#settings .toggle").click()
    expect(page.locator(f"{PANEL} input[type=radio]").first).to_be_visible()


def is_dark(page: Page) -> bool:
    return bool(page.evaluate("document.body.classList.contains('dark')"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_panel(
    watched: Page, window: Any, scheme: Any, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 844})
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit(watched, window)
    opened(watched)
    assert found_by_axe(watched) == []
    watched.keyboard.press("Escape")
    expect(watched.locator(PANEL)).to_be_hidden()
    expect(watched.locator("#settings .toggle")).to_be_focused()


def test_what_is_changed_is_kept_shown_after_a_reload_and_taken_back(
    watched: Page, window: Any
) -> None:
    watched.emulate_media(color_scheme="light")
    visit(watched, window)
    opened(watched)
    passages = watched.locator("#settings-passages")
    usual = passages.input_value()
    passages.fill("2")
    passages.press("Tab")
    expect(watched.locator(LIVE)).to_have_text(strings.SETTINGS_WORDS["saved"])
    watched.locator("#settings-theme").select_option("dark")
    assert is_dark(watched)

    visit(watched, window)
    opened(watched)
    expect(watched.locator("#settings-passages")).to_have_value("2")
    assert is_dark(watched)

    watched.get_by_role("button", name=strings.SETTINGS_WORDS["reset"]).click()
    expect(watched.locator(PANEL)).to_be_hidden()
    visit(watched, window)
    opened(watched)
    expect(watched.locator("#settings-passages")).to_have_value(usual)
    assert not is_dark(watched)


def test_a_model_that_cannot_be_used_is_told_where_it_was_chosen(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    opened(watched)
    field = watched.get_by_label(strings.SETTINGS_WORDS["other"], exact=True)
    field.fill("/nowhere/model.gguf")
    field.press("Enter")
    expect(watched.locator(f"{PANEL} .problem")).to_contain_text("/nowhere/model.gguf")
