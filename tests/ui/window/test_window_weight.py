"""Promise: a page is light before the first question, and does not grow unseen.

Most of it is Gradio's own: some 275 kB in 56 files, which it does not let one leave out or join;
255 kB once the window has been quiet, and they are compressed as well as can be.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from weight import weigh

from ui import strings

pytestmark = pytest.mark.browser

MOST_BYTES = 380_000
MOST_REQUESTS = 75
OURS = 80_000
"""Of the bytes: the page itself, and our scripts."""


def test_a_page_is_light_before_the_first_question(watched: Page, window: Any) -> None:
    weight = weigh(watched, window)
    told = f"{weight.transferred} bytes in {weight.requests} requests: {weight.largest}"
    assert weight.transferred <= MOST_BYTES, told
    assert weight.requests <= MOST_REQUESTS, told
    ours = [
        (size, path) for size, path in weight.largest if path in ("", "/") or "/scripts/" in path
    ]
    assert len(ours) == 2 and sum(size for size, _ in ours) <= OURS, told


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_sight_is_ibids_in_the_colours_of_the_window(
    watched: Page, window: Any, scheme: Any
) -> None:
    watched.emulate_media(color_scheme=scheme)
    watched.route("**/assets/Blocks-*.js", lambda _: None)  # Gradio's application never comes
    watched.goto(window.url, wait_until="commit")
    waiting = watched.locator("#waiting")
    expect(waiting.locator(".product")).to_have_text(f"{strings.NAME}.")
    expect(watched).to_have_title(strings.NAME)
    watched.wait_for_timeout(500)  # in which Gradio would draw its own
    expect(watched.locator("gradio-app")).to_have_css("visibility", "hidden")
    paper = {"light": "rgb(250, 248, 244)", "dark": "rgb(23, 24, 27)"}[scheme]
    expect(waiting).to_have_css("background-color", paper)


def test_the_first_sight_goes_when_the_window_stands(watched: Page, window: Any) -> None:
    watched.goto(window.url)
    expect(watched.locator("#box textarea")).to_be_visible()
    expect(watched.locator("#waiting")).to_be_hidden()
