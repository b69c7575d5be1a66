"""Every screen of the window, one after the other: what is looked at on each is the test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browsing import CARDS, CHIPS, MARK, QUESTION, answered, ask, visit
from measured import ferry_set, run
from playwright.sync_api import Page, expect

from eval.generation.candidates import Candidate, record
from ui import strings, users

PASSWORD = "correct horse battery"
TOWER = "# The tower\n\nThe tower of Aldwick is 31 metres high, and was built in 1874."


def chat(page: Page, window: Any) -> Iterator[str]:
    """An empty conversation, its answers, and all that opens over it."""
    visit(page, window)
    expect(page.locator("#chat .example").first).to_be_visible()
    expect(page.locator("#settings .toggle")).to_be_visible()
    yield "empty"
    for opener, dialog, there in (
        ("#filters .filter-button", "dialog.filters-panel", ".alone"),
        ("#settings .toggle", "dialog.settings", "input[type=radio]"),
        ("#drawer .toggle", "dialog.drawer", ".shut"),
    ):
        page.locator(opener).click()
        expect(page.locator(f"{dialog} {there}").first).to_be_visible()
        yield dialog
        page.keyboard.press("Escape")
    page.locator(QUESTION).focus()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()
    yield "keys"
    page.keyboard.press("Escape")
    page.locator(QUESTION).fill("x" * 1900)
    expect(page.locator("#notice .line")).not_to_be_empty()
    yield "a long question"
    ask(page, "mixed")
    expect(page.locator("#chat .took")).to_be_visible()
    page.locator("#chat summary").click()
    expect(page.locator("#suggestions .ask").first).to_be_visible()
    yield "answered"
    page.locator("#chat .act.down").click()
    expect(page.locator("dialog.why textarea")).to_be_focused()
    yield "a thumb down"
    page.keyboard.press("Escape")
    page.locator("#chat .act.keep").click()
    expect(page.locator(".keeping:popover-open a").first).to_be_focused()
    yield "a menu of files"
    page.keyboard.press("Escape")
    page.locator("#chat .act.edit").click()
    expect(page.locator("#editing")).to_be_visible()
    yield "a question that is changed"
    page.locator(".unedit").click()
    page.locator("#filters .filter-button").click()
    page.locator("dialog.filters-panel .alone").first.click()
    expect(page.locator("#scope .part")).to_be_visible()
    ask(page, "Be lenient.")
    expect(page.locator("#chat .took")).to_have_count(2)
    yield "filtered, and refused"
    page.locator("#scope .part").click()
    ask(page, "Be lenient, please.")
    expect(page.locator("#chat .took")).to_have_count(3)
    page.locator("#chat .doubt").last.click()
    expect(page.locator("#tip")).to_be_visible()
    yield "a doubt's reason"
    page.keyboard.press("Escape")
    page.locator("#chat a[href^='#sources-']").last.click()
    expect(page.locator(CARDS).first).to_be_visible()
    yield "sources"
    page.locator(CARDS).first.click()
    expect(page.locator(MARK)).to_be_focused()
    page.locator("#reader .sought").fill("paragraph")
    expect(page.locator("#reader .tally")).not_to_be_empty()
    yield "an article"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#drawer .toggle").click()
    expect(page.locator(".drawer a.talk").first).to_be_visible()
    page.locator(".drawer li").first.hover()
    yield "history"
    page.keyboard.press("Escape")
    ask(page, "fail")
    expect(page.locator("#chat .problem")).to_be_visible()
    yield "a failure"


def waiting(page: Page, window: Any) -> Iterator[str]:
    """A window that still loads, with a question that waits; its gate is opened in the end."""
    page.goto(window.url)
    ask(page, "When?")
    expect(page.locator("#chat .waiting")).to_be_visible()
    yield "loading"
    window.loaded.touch()


def failed(page: Page, window: Any) -> Iterator[str]:
    """A window that could not start."""
    page.goto(window.url)
    page.locator(QUESTION).wait_for()
    expect(page.locator(".banner.error")).to_be_visible()
    yield "failed"


def door(page: Page, window: Any) -> Iterator[str]:
    """Signing in, wrongly and rightly, for ann; and who is signed in."""
    page.goto(window.url)
    expect(page.get_by_label(strings.USER_NAME)).to_be_focused()
    yield "sign in"
    page.keyboard.type("ann")
    page.get_by_label(strings.PASSWORD).fill("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(strings.WRONG_PASSWORD)
    yield "wrong"
    page.get_by_label(strings.USER_NAME).fill("ann")
    page.get_by_label(strings.PASSWORD).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#drawer .toggle").click()
    expect(page.locator(".drawer .who")).to_have_text("ann")
    yield "signed in"


def users_file(folder: Path) -> Path:
    """A file of users in which ann is."""
    users.add(folder / users.USERS, "ann", PASSWORD)
    return folder / users.USERS


def reading(page: Page, window: Any) -> Iterator[str]:
    """What is cited of Markdown and of a PDF, over the articles of `shelf.stock`."""
    answered(page, window, "What is the fare to Skerra?")
    page.locator(CHIPS).first.click()
    expect(page.locator(MARK).first).to_be_focused()
    yield "a table"
    # Whoever leaves before the page knows that it arrived finds this conversation again.
    page.wait_for_function("!sessionStorage.getItem('ibid.unsent')")
    answered(page, window, "When was the lighthouse of Ravensey lit?")
    page.locator(CHIPS).first.click()
    expect(page.locator("#reader .pages img")).to_be_visible()
    expect(page.locator("#reader .pages .light").first).to_be_visible()
    yield "a page of a PDF"


def library(page: Page, window: Any, folder: Path) -> Iterator[str]:
    """The Library tab over a library that is empty at first, and what opens from it."""
    page.goto(window.url)
    page.locator(QUESTION).wait_for()
    page.locator("#library-tab-button").click()
    page.locator("#library .head").wait_for()
    expect(page.locator("#library .drop")).to_be_visible()
    yield "no articles"
    tower, blank = folder / "tower.md", folder / "blank.txt"
    tower.write_text(TOWER, "utf-8")
    blank.write_text("  ")
    page.locator("#library [name=files]").set_input_files([str(tower), str(blank)])
    row = page.locator("#library .listing tbody tr", has_text="The tower")
    expect(row).to_be_visible()
    expect(page.locator("#library .queue")).to_contain_text("Failed")
    yield "articles"
    dialog = page.locator("dialog.tab-dialog[open]")
    row.locator("[name=choose]").check()
    yield "chosen"
    row.locator("[name=choose]").uncheck()
    page.locator("#library button.inside").click()
    expect(dialog).to_be_visible()
    yield "what is in here"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    for opener in (row.locator(".open"), row.locator(".edit"), row.locator(".remove")):
        opener.click()
        expect(dialog).to_be_visible()
        yield f"{dialog.get_attribute('class')}"
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    row.locator(".remove").click()
    dialog.locator(".danger").click()
    expect(page.locator("#library .undo")).to_be_focused()
    yield "removed"


def evaluation(page: Page, window: Any, folder: Path, case: Candidate) -> Iterator[str]:
    """The Evaluation tab before and after two runs, with a case that waits for its review."""
    record(window.go.parent / "mine.candidates.jsonl", [case])
    page.goto(window.url)
    page.locator(QUESTION).wait_for()
    page.locator("#evaluation-tab-button").click()
    page.locator("#evaluation .start").wait_for()
    expect(page.locator("#evaluation .candidates .file")).to_be_visible()
    yield "no run"
    page.locator("#evaluation .candidates .file button").click()
    expect(page.locator("#evaluation .candidate mark")).to_be_visible()
    yield "review"
    page.keyboard.press("Escape")
    page.locator("#evaluation [name=bring]").set_input_files(str(ferry_set(folder)))
    run(page, "first")
    run(page, "other")
    yield "runs"
    page.locator("#evaluation .runs .acts button").first.click()
    report = page.frame_locator("#evaluation iframe.report")
    expect(report.locator("svg").first).to_be_attached()
    yield "report"
    page.keyboard.press("Escape")
    page.locator("#evaluation .runs .acts button").nth(1).click()
    expect(page.locator("#evaluation .questions tbody tr")).to_have_count(3)
    yield "questions"
    page.locator("#evaluation .questions .open", has_text="ferry return").click()
    expect(page.locator("dialog.evaluation-case")).to_contain_text("3 May")
    yield "question"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    for place in range(2):
        page.locator("#evaluation [name=pick]").nth(place).check()
    page.locator("#evaluation .compare").click()
    compared = page.frame_locator("#evaluation iframe.report")
    expect(compared.locator("body")).to_contain_text("3 cases")
    yield "comparison"
