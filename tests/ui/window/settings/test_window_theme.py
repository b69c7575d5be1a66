"""The colours that were chosen hold: from the first frame on, in a report, at the door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import screens
from browsing import CHIPS, MARK, answered, visit
from measured import ferry_set, run
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

PAPER = {"light": "rgb(250, 248, 244)", "dark": "rgb(23, 24, 27)"}
SHEET = {"light": "rgb(255, 255, 255)", "dark": "rgb(30, 32, 36)"}
OTHER = {"light": "dark", "dark": "light"}
# Whatever is behind the page at each frame from the first one on.
WATCH = """
window.behind = [];
const look = () => {
  if (document.body) window.behind.push(getComputedStyle(document.body).backgroundColor);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def chosen(page: Page, theme: str) -> None:
    page.locator("#settings .toggle").click()
    page.locator("#settings-theme").select_option(theme)
    page.keyboard.press("Escape")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_there_from_the_first_frame_against_the_system_s(
    watched: Page, window: Any, theme: Any
) -> None:
    watched.emulate_media(color_scheme=OTHER[theme])
    visit(watched, window)
    expect(watched.locator("body")).to_have_css("background-color", PAPER[OTHER[theme]])
    chosen(watched, theme)
    expect(watched.locator("body")).to_have_css("background-color", PAPER[theme])
    watched.add_init_script(WATCH)
    visit(watched, window)
    assert set(watched.evaluate("window.behind")) == {PAPER[theme]}
    answered(watched, window)
    watched.locator(CHIPS).first.click()
    expect(watched.locator(MARK)).to_be_visible()
    expect(watched.locator("#sheet")).to_have_css("background-color", SHEET[theme])
    chosen(watched, "system")
    expect(watched.locator("body")).to_have_css("background-color", PAPER[OTHER[theme]])
    watched.emulate_media(color_scheme=theme)
    expect(watched.locator("body")).to_have_css("background-color", PAPER[theme])


def test_a_report_in_the_window_has_the_colours_of_the_window(
    browser: Browser, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    # An emulated system's colours would hold in frames too, whatever the page around them says.
    page = browser.new_context(color_scheme="null").new_page()
    measured = open_window(script="stocked.py", fresh=True)
    page.goto(measured.url)
    page.locator("#evaluation-tab-button").click()
    page.locator("#evaluation [name=bring]").set_input_files(str(ferry_set(tmp_path)))
    run(page, "first")
    page.locator("#evaluation .runs .acts button").first.click()
    report = page.frame_locator("#evaluation iframe.report").locator("body")
    for theme in ("dark", "light"):
        chosen(page, theme)
        expect(report).to_have_css("background-color", PAPER[theme])
    page.context.close()


def test_the_door_has_the_colours_that_were_chosen(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    shut = open_window("--users", str(screens.users_file(tmp_path)), fresh=True)
    watched.emulate_media(color_scheme="light")
    watched.goto(shut.url)
    expect(watched.locator("body")).to_have_css("background-color", PAPER["light"])
    watched.evaluate("localStorage.setItem('ibid_theme', 'dark')")
    watched.reload()
    expect(watched.locator("body")).to_have_css("background-color", PAPER["dark"])
