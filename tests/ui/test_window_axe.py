"""What axe finds: nothing serious or critical that is ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import CHIPS, MARK, answered, visit
from playwright.sync_api import Page, expect

from ui import strings, users

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
# Gradio's own, with the reason why it is not mended here.
GRADIOS = {
    ".examples": "role=list around buttons that are no listitems, in the transcript's own examples",
}


def faults(page: Page) -> list[str]:
    """Serious and critical findings, each with the element it was found on."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if not any(target in str(node["target"]) for target in GRADIOS)
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_chat_empty_answered_and_with_its_drawer_and_reader_open(
    watched: Page, window: Any, scheme: Any, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 844})
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit(watched, window)
    found = {"empty": faults(watched)}
    answered(watched, window, "mixed")
    found["answered"] = faults(watched)
    watched.locator("#drawer .toggle").click()
    expect(watched.locator(".drawer a.talk").first).to_be_visible()
    found["drawer"] = faults(watched)
    watched.get_by_role("button", name=strings.DRAWER_WORDS["close"]).first.click()
    watched.locator(CHIPS).first.click()
    expect(watched.locator(MARK)).to_be_visible()
    found["reader"] = faults(watched)
    assert [fault for state in found.values() for fault in state] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_and_out(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path, scheme: Any
) -> None:
    file = tmp_path / users.USERS
    users.add(file, "ann", PASSWORD)
    shut = open_window("--users", str(file), fresh=True)
    watched.emulate_media(color_scheme=scheme)
    watched.goto(shut.url)
    expect(watched.get_by_label(strings.USER_NAME)).to_be_focused()
    assert faults(watched) == []
    watched.keyboard.type("ann")
    watched.get_by_label(strings.PASSWORD).fill("wrong password")
    watched.keyboard.press("Enter")
    expect(watched.get_by_role("alert")).to_have_text(strings.WRONG_PASSWORD)
    assert faults(watched) == []
    watched.get_by_label(strings.USER_NAME).fill("ann")
    watched.get_by_label(strings.PASSWORD).fill(PASSWORD)
    watched.keyboard.press("Enter")
    watched.wait_for_url(f"{shut.url}/")
    answered(watched, shut)
    watched.locator("#drawer .toggle").click()
    expect(watched.locator(".drawer .who")).to_have_text("ann")
    expect(watched.locator(".drawer a.talk")).to_have_count(1)
    watched.get_by_role("button", name=strings.DRAWER_WORDS["signOut"]).click()
    expect(watched.get_by_label(strings.USER_NAME)).to_be_visible()
    watched.goto(shut.url)
    expect(watched.get_by_label(strings.USER_NAME)).to_be_visible()
