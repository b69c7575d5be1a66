"""Keeping and sharing an answer in a real browser."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from browsing import CARDS, CHIPS, MARK, QUESTION, answered, ask
from faults import found_by_axe
from lxml import html
from playwright.sync_api import Browser, Page, expect
from pybtex.database import parse_string
from scripted import BERTHS, FERRY

from ui import strings
from ui.strings import english, german

pytestmark = pytest.mark.browser

MENU = ".keeping:popover-open"
KEEP = "#chat .act.keep"
FIRST = "When does it return?"


def open_menu(page: Page) -> None:
    page.locator(KEEP).last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(MENU)).to_be_visible()


def test_the_files_of_an_answer_say_what_the_window_shows(watched: Page, window: Any) -> None:
    answered(watched, window, FIRST)
    ask(watched, FIRST)
    expect(watched.locator("#chat .took")).to_have_count(2)
    bot = watched.locator("#chat .message.bot").last
    chips = bot.locator("a[href^='#cite-']").all_inner_texts()
    quotes = [FERRY, BERTHS.partition(" 🛏️")[0]]
    titles = set(watched.locator("#reader .title").all_inner_texts())
    saved: dict[str, bytes] = {}
    for kind, name in english.KEEP_WORDS["kinds"].items():
        open_menu(watched)
        with watched.expect_download() as coming:
            watched.locator(f"{MENU} section").first.get_by_text(name, exact=True).press("Enter")
        saved[kind] = Path(coming.value.path()).read_bytes()
    page = html.fromstring(saved["html"].decode())
    assert [one.text for one in page.xpath("//sup/a")] == chips
    word = "\n".join(one.text for one in docx.Document(io.BytesIO(saved["docx"])).paragraphs)
    reader = pypdf.PdfReader(io.BytesIO(saved["pdf"]))
    pdf = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    for text in (page.find("body").text_content(), word, pdf):
        for words in ("The night ferry returns on 3 May.", *quotes, "doubted, not certain"):
            assert words in text
        assert text.count(FIRST) == 1
    cited = {one["title"] for one in json.loads(saved["csl"])}
    assert cited and all(any(title in shown for shown in titles) for title in cited)
    assert len(parse_string(saved["bib"].decode(), "bibtex").entries) == len(cited)
    assert len(json.loads(saved["json"])["exchanges"]) == 1
    assert saved["md"].decode().count("[^1-1]:") == 1


def test_the_menu_is_used_by_keys_and_closes_by_esc(watched: Page, window: Any) -> None:
    answered(watched, window, FIRST)
    open_menu(watched)
    expect(watched.locator(f"{MENU} a").first).to_be_focused()
    watched.keyboard.press("ArrowRight")
    expect(watched.locator(f"{MENU} a").nth(1)).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.locator(MENU)).to_have_count(0)
    expect(watched.locator(KEEP)).to_be_focused()


def link_to(page: Page) -> str:
    open_menu(page)
    page.get_by_role("button", name=strings.KEEP_WORDS["link"]).click()
    field = page.locator(f"{MENU} .address")
    expect(field).to_be_visible()
    return field.input_value()


def test_a_link_opens_the_answer_for_another_with_its_words_in_the_reader(
    watched: Page, browser: Browser, window: Any
) -> None:
    answered(watched, window, "A private question first?")
    ask(watched, FIRST)
    expect(watched.locator("#chat .took")).to_have_count(2)
    address = link_to(watched)
    other = browser.new_context().new_page()
    other.goto(address)
    expect(other.locator("#chat .message.user")).to_have_text([FIRST])
    expect(other.locator("#chat")).to_contain_text(strings.SHARED)
    assert "private" not in other.locator("body").inner_text()
    expect(other.locator(CHIPS)).to_have_count(4)
    expect(other.locator(CARDS).first).to_be_visible()
    other.locator(".told").first.wait_for(state="attached")
    other.locator(CHIPS).first.click()
    expect(other.locator(MARK)).to_have_text(FERRY)
    expect(other.locator("#chat .act")).to_have_count(2)  # copy and keep
    other.reload()
    expect(other.locator("#chat .message.user")).to_have_text([FIRST])
    open_menu(other)
    with other.expect_download() as coming:
        other.locator(MENU).get_by_text("PDF", exact=True).click()
    assert Path(coming.value.path()).read_bytes().startswith(b"%PDF")

    # A question of theirs begins their own conversation, and does not touch the other.
    ask(other, "Please refuse.")
    expect(other.locator("#chat .message.user")).to_have_text(["Please refuse."])
    other.wait_for_url("**/?chat=*")
    assert "answer=" not in other.url
    expect(watched.locator("#chat .message.user")).to_have_count(2)
    other.context.close()


def test_a_link_that_was_taken_back_says_so(watched: Page, browser: Browser, window: Any) -> None:
    answered(watched, window, FIRST)
    address = link_to(watched)
    watched.get_by_role("button", name=strings.KEEP_WORDS["unlink"]).click()
    expect(watched.locator(f"{MENU} .line")).to_have_text(strings.KEEP_WORDS["unlinked"])
    context = browser.new_context(locale="de-DE")
    other = context.new_page()
    other.goto(address)
    expect(other.locator(".toast-wrap")).to_contain_text(german.NO_LINK)
    expect(other.locator("#chat .message")).to_have_count(0)
    expect(other.locator(QUESTION)).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_menu(watched: Page, window: Any, scheme: Any) -> None:
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    answered(watched, window, FIRST)
    link_to(watched)
    assert found_by_axe(watched) == []
    watched.keyboard.press("Escape")
    watched.locator("#drawer .toggle").click()
    watched.locator(".drawer li").first.hover()
    watched.locator(".drawer li").first.get_by_text(strings.KEEP).click()
    expect(watched.locator(MENU)).to_be_visible()
    assert found_by_axe(watched) == []


def test_the_menu_speaks_german(browser: Browser, window: Any) -> None:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    answered(page, window, FIRST)
    open_menu(page)
    expect(page.locator(MENU)).to_contain_text(german.KEEP_WORDS["talk"])
    with page.expect_download() as coming:
        page.locator(f"{MENU} section").nth(1).get_by_text("HTML", exact=True).click()
    assert '<html lang="de">' in Path(coming.value.path()).read_text()
    context.close()
