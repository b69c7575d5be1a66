"""The Evaluation tab as a reader meets it: a real library, in Chromium."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doubles import Provider
from kept import kept
from measured import HOSTILE, ROWS, ferry_set, proposed, run
from playwright.sync_api import Page, expect
from rows import ROWS as KEPT
from scripted import FERRY

from eval.generation.candidates import record
from eval.sets.cases import load

pytestmark = pytest.mark.browser

WHEN = "When will the night ferry between Aldwick and Port Hanna return?"
Window = Any


@pytest.fixture(autouse=True)
def patience() -> None:
    """Two cores may be shared with a build."""
    expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def stocked(open_window: Callable[..., Window]) -> Window:
    return open_window("--empty", script="stocked.py")


@pytest.fixture
def measured(open_window: Callable[..., Window]) -> Window:
    return open_window(script="stocked.py", fresh=True)


def visit(page: Page, window: Window) -> None:
    page.goto(window.url)
    page.locator("#box textarea").wait_for()
    page.locator("#evaluation-tab-button").click()
    page.locator("#evaluation .start").wait_for()


def test_a_set_is_brought_run_looked_into_and_compared(
    watched: Page, measured: Window, tmp_path: Path
) -> None:
    page = watched
    visit(page, measured)
    expect(page.locator("#evaluation .list .hint").first).to_be_visible()
    page.locator("#evaluation [name=bring]").set_input_files(str(ferry_set(tmp_path)))
    expect(page.locator("#evaluation [name=set]")).to_have_value("ferries")
    run(page, "first")
    run(page, "second")
    expect(page.locator(ROWS)).to_have_count(2)

    page.get_by_role("button", name="Report: ferries").first.click()
    report = page.frame_locator("#evaluation iframe.report")
    expect(report.locator("body")).to_contain_text("ferries")
    expect(report.locator("svg").first).to_be_attached()
    link = page.locator("#evaluation .downloads a", has_text="MD").get_attribute("href")
    with urllib.request.urlopen(measured.url + str(link), timeout=20) as answer:
        assert "ferries" in answer.read().decode()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Questions: ferries").first.click()
    expect(page.locator("#evaluation .questions tbody tr")).to_have_count(3)
    page.locator("#evaluation .questions .open", has_text="ferry return").click()
    case = page.locator(".evaluation-case")
    expect(case).to_contain_text("3 May")
    expect(case.locator(".sentences .verdict").first).to_contain_text("supported")
    expect(case.locator(".sentences .cited").first).to_contain_text("night ferry")
    page.keyboard.press("Escape")
    page.locator("#evaluation .questions .open", has_text="moon").click()
    expect(case.locator("h3")).to_contain_text("<img src=x")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.locator("#evaluation [name=pick]").nth(0).check()
    page.locator("#evaluation [name=pick]").nth(1).check()
    page.locator("#evaluation .compare").click()
    compared = page.frame_locator("#evaluation iframe.report")
    expect(compared.locator("body")).to_contain_text("3 cases")


def test_a_set_with_a_fault_is_told_with_its_place(
    watched: Page, stocked: Window, tmp_path: Path
) -> None:
    visit(watched, stocked)
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"id": "a", "question": "Why?"}\n', "utf-8")
    watched.locator("#evaluation [name=bring]").set_input_files(str(wrong))
    problem = watched.locator(".evaluation .front > .problem")
    expect(problem).to_contain_text("line 1")
    expect(problem).to_contain_text("answerable")
    expect(watched.locator(ROWS)).to_have_count(0)


def test_proposed_cases_are_read_and_kept_or_dropped_with_the_keyboard(
    watched: Page, open_window: Callable[..., Window]
) -> None:
    window = open_window(script="stocked.py", fresh=True)
    page = watched
    visit(page, window)
    expect(page.locator("#evaluation .candidates")).to_contain_text("Propose cases")

    folder = window.go.parent
    hostile = proposed("moon", question=HOSTILE)
    record(folder / "mine.candidates.jsonl", [proposed("one"), proposed("two"), hostile])
    page.reload()
    visit(page, window)
    expect(page.locator("#evaluation .candidates")).to_contain_text("3 of 3 still to be read")
    page.get_by_role("button", name="Review: mine.candidates.jsonl").press("Enter")
    far, form = page.locator("#evaluation .far"), page.locator("#evaluation .candidate")
    expect(far).to_have_text("1 of 3, 0 kept")
    expect(form.locator("mark")).to_have_text(FERRY)
    page.get_by_label("Answer (with | between several)").fill("")
    page.get_by_role("button", name="Keep (K)").press("Enter")
    expect(form.locator(".problem")).to_contain_text("Question or answer is empty")
    page.get_by_label("Answer (with | between several)").fill("the third of May")
    page.get_by_label("Answer (with | between several)").press("Enter")
    expect(far).to_have_text("2 of 3, 1 kept")
    expect(form.locator("h4.from")).to_be_focused()
    page.keyboard.press("d")
    expect(far).to_have_text("3 of 3, 1 kept")
    expect(form.get_by_label("Question")).to_have_value(HOSTILE)
    page.keyboard.press("k")
    expect(far).to_contain_text("All 3 were read: 2 kept, 1 dropped")
    kept = load(folder / "mine.jsonl")
    assert [(case.id, case.answers) for case in kept] == [
        ("one", ("the third of May",)), ("moon", ("3 May",)),
    ]  # fmt: skip
    assert kept[1].question == HOSTILE
    page.get_by_role("button", name="All runs").click()
    page.locator("#evaluation [name=set]").select_option("mine")


def test_cases_are_proposed_and_a_run_is_stopped_and_gone_on_with(
    watched: Page, open_window: Callable[..., Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider()
    provider.words = [f"Quote: {FERRY}\nQuestion: {WHEN}\nAnswer: 3 May"]
    for name, value in (("BASE_URL", provider.url), ("MODEL", "scripted"), ("API_KEY", "none")):
        monkeypatch.setenv(f"IBID_{name}", value)
    window, page = open_window(script="stocked.py", fresh=True), watched
    older = window.go.parent / "runs" / "older"
    kept(older, KEPT[:1], settings={"library": str(window.go.parent / "library")})
    visit(page, window)
    tab = page.locator("#evaluation")

    expect(tab.locator(".older")).to_contain_text("An older run lies where Ibid was started")
    tab.get_by_role("button", name="Take them over").click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(tab.locator(".older")).to_be_hidden()
    assert (window.go.parent / "library" / "runs" / "older" / "run.json").is_file()

    tab.get_by_label("Passages").fill("30")
    tab.get_by_role("button", name="Propose cases").click()
    expect(tab.locator(".progress")).to_contain_text("cases proposed")
    tab.get_by_role("button", name="Review: generated.candidates.jsonl").click()
    expect(tab.locator("input[name=question]")).to_have_value(WHEN)
    page.keyboard.press("k")
    expect(tab.locator(".far")).to_contain_text("were read")
    tab.get_by_role("button", name="All runs").click()
    tab.locator("[name=set]").select_option("generated")
    tab.locator("[name=tag]").fill("mine")
    tab.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator(ROWS).first).to_contain_text("%")
    assert page.locator(ROWS).first.get_by_role("button", name="Go on").count() == 0

    [rows] = (window.go.parent / "library" / "runs").glob("generated-*/rows.jsonl")
    record = rows.with_name("run.json")
    record.write_text(json.dumps(json.loads(record.read_text()) | {"finished": None}))
    rows.write_bytes(b"")
    page.reload()
    visit(page, window)
    tab.get_by_role("button", name="Go on: generated").click()
    expect(tab.locator(".progress")).to_contain_text("Done: generated")
    expect(tab.get_by_role("button", name="Go on: generated")).to_have_count(0)
    assert len(rows.read_bytes().splitlines()) >= 1
    if folder := os.environ.get("PICTURES"):
        for language in ("", "de/"):
            for wide, high in ((1280, 800), (390, 844)):
                for scheme in ("light", "dark"):
                    page.set_viewport_size({"width": wide, "height": high})
                    page.emulate_media(color_scheme=scheme)
                    page.goto(window.url + "/" + language)
                    page.locator("#box textarea").wait_for()
                    page.locator("#evaluation-tab-button").click()
                    page.locator(ROWS).first.wait_for()
                    page.wait_for_timeout(400)
                    name = f"{folder}/{language[:2] or 'en'}-{wide}-{scheme}"
                    page.screenshot(path=f"{name}.png")
                    page.locator("#evaluation .candidates").scroll_into_view_if_needed()
                    page.screenshot(path=f"{name}-below.png")
    provider.close()
