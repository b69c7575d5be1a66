"""What axe finds: nothing serious or critical that is ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import test_window_evaluation as evaluation
import test_window_library as shelf
from browsing import CHIPS, MARK, answered, visit
from faults import faults
from playwright.sync_api import Page, expect

from eval.generation.candidates import record
from ui import strings, users

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_evaluation_before_and_after_a_run(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path, scheme: Any, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 844})
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    measured = open_window(script="stocked.py", fresh=True)
    proposed = measured.go.parent / "mine.candidates.jsonl"
    record(proposed, [evaluation.proposed("one")])
    evaluation.visit(watched, measured)
    expect(watched.locator("#evaluation .candidates .file")).to_be_visible()
    found = {"no run": faults(watched)}
    watched.get_by_role("button", name="Review: mine").click()
    expect(watched.locator("#evaluation .candidate mark")).to_be_visible()
    found["review"] = faults(watched)
    watched.keyboard.press("Escape")
    watched.locator("#evaluation [name=bring]").set_input_files(str(evaluation.ferry_set(tmp_path)))
    evaluation.run(watched, "first")
    evaluation.run(watched, "other")
    found["runs"] = faults(watched)
    watched.get_by_role("button", name="Report: ferries").first.click()
    report = watched.frame_locator("#evaluation iframe.report")
    expect(report.locator("svg").first).to_be_attached()
    found["report"] = faults(watched)
    watched.keyboard.press("Escape")
    watched.get_by_role("button", name="Questions: ferries").first.click()
    expect(watched.locator("#evaluation .questions tbody tr")).to_have_count(3)
    found["questions"] = faults(watched)
    watched.locator("#evaluation .questions .open", has_text="ferry return").click()
    expect(watched.locator(".evaluation-case")).to_contain_text("3 May")
    found["question"] = faults(watched)
    watched.keyboard.press("Escape")
    watched.keyboard.press("Escape")
    for place in range(2):
        watched.locator("#evaluation [name=pick]").nth(place).check()
    watched.locator("#evaluation .compare").click()
    compared = watched.frame_locator("#evaluation iframe.report")
    expect(compared.locator("body")).to_contain_text("3 cases")
    found["comparison"] = faults(watched)
    assert {state: several for state, several in found.items() if several} == {}


def test_the_report_of_a_run_and_of_two(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    measured = open_window(script="stocked.py", fresh=True)
    evaluation.visit(watched, measured)
    watched.locator("#evaluation [name=bring]").set_input_files(str(evaluation.ferry_set(tmp_path)))
    evaluation.run(watched, "first")
    evaluation.run(watched, "other")
    one, two = watched.locator("#evaluation [name=pick]").evaluate_all(
        "boxes => boxes.map(box => box.dataset.run)"
    )
    found = {}
    for name in (f"{one}.html", f"{one}/against/{two}.html"):
        answer = watched.request.get(f"{measured.url}/runs/{name}")
        assert answer.ok
        # Where it is served it may run no script, and axe is one.
        watched.set_content(answer.text())
        found[name] = faults(watched)
    watched.goto(measured.url)
    assert {name: several for name, several in found.items() if several} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_library_empty_and_filled_and_all_that_opens_from_it(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path, scheme: Any, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 844})
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    bare = open_window("--empty", script="stocked.py", fresh=True)
    shelf.visit(watched, bare)
    found = {"empty": faults(watched)}
    tower = shelf.written(tmp_path, "tower.md", f"# The tower\n\n{shelf.TOWER}\n")
    shelf.give(watched, tower, shelf.written(tmp_path, "blank.txt", "  "))
    expect(shelf.queued(watched, "blank.txt")).to_contain_text("Failed")
    expect(shelf.row(watched, "The tower")).to_be_visible()
    found["added"] = faults(watched)
    dialog = watched.locator("dialog.tab-dialog:not(.settings)")
    tower_row = shelf.row(watched, "The tower")
    for opener, close in (
        (tower_row.locator(".open"), "Close"),
        (tower_row.get_by_role("button", name="Edit"), "Back"),
        (tower_row.get_by_role("button", name="Remove"), "Keep it"),
    ):
        opener.click()
        expect(dialog).to_be_visible()
        found[close] = faults(watched)
        dialog.get_by_role("button", name=close).click()
    tower_row.get_by_role("button", name="Remove").click()
    dialog.locator(".danger").click()
    expect(watched.locator("#library .undo")).to_be_focused()
    found["removed"] = faults(watched)
    assert {state: several for state, several in found.items() if several} == {}
