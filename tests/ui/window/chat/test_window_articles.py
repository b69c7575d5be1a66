"""Articles in Markdown look like articles, in Chromium over a real library."""

from __future__ import annotations

from typing import Any

import pytest
import shelf
from browsing import CHIPS, MARK, answered, visit
from faults import found_by_axe
from playwright.sync_api import Page, expect

from ui import strings

pytestmark = pytest.mark.browser

WORDS = strings.READER_WORDS
TEXT = "#reader .text"
FARE = "What is the fare to Skerra?"


@pytest.fixture(scope="module")
def shelved(open_window: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = shelf.stock(tmp_path_factory.mktemp("shelf") / "articles")
    return open_window("--add", str(folder), script="stocked.py")


def opened(page: Page, window: Any, question: str = FARE) -> None:
    answered(page, window, question)
    page.locator(CHIPS).first.click()
    expect(page.locator(MARK).first).to_be_focused()


def test_a_cited_table_is_lit_word_for_word_in_the_page_that_its_markdown_makes(
    watched: Page, shelved: Any
) -> None:
    opened(watched, shelved)
    lit = watched.locator(MARK).evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert lit == ["Skerra 𝔸", "38 ", "crowns", "2"]
    expect(watched.locator(f"{TEXT} th mark")).to_have_count(0)
    text = watched.locator(TEXT)
    expect(text.locator("h4")).to_have_text("The Skerra line")
    expect(text.locator("strong").first).to_have_text("Skerra")
    expect(text.locator("ul > li")).to_have_count(2)
    expect(text.locator("blockquote")).to_contain_text("The captain said: never in fog.")
    expect(text.locator("pre code")).to_contain_text("print(")
    expect(text).to_contain_text("two hours & more.")
    watched.locator("#reader .sought").fill("old quay of")
    expect(watched.locator("#reader .tally")).to_have_text("1 of 1")


def test_links_leave_by_safe_schemes_alone_and_html_is_words(watched: Page, shelved: Any) -> None:
    opened(watched, shelved)
    link = watched.locator(f"{TEXT} a")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://ferries.example/skerra")
    expect(link).to_have_attribute("target", "_blank")
    assert "noopener" in str(link.get_attribute("rel"))
    for words in (
        "<div onclick=\"window.__xss='div'\">",
        "<img src=x onerror=\"window.__xss='img'",
    ):
        expect(watched.locator(TEXT)).to_contain_text(words)
    assert watched.locator(f"{TEXT} :is(script, [onclick], [onerror])").count() == 0


def test_a_picture_beside_the_file_is_shown_and_no_other_is_loaded(
    watched: Page, shelved: Any
) -> None:
    opened(watched, shelved)
    pictures = watched.locator(f"{TEXT} .picture")
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
    expect(pictures.locator("img")).to_have_count(1)
    width = "nodes => nodes.map(node => node.naturalWidth)"
    watched.wait_for_function(f"document.querySelector('{TEXT} img').complete")
    assert pictures.locator("img").evaluate_all(width) == [600]
    expect(pictures.nth(0)).to_have_text("A map of the line")
    remote = WORDS["remote"].format(host="attacker.invalid")
    expect(pictures.nth(1)).to_have_text(f"{remote}: A beacon")
    expect(pictures.nth(2)).to_have_text(f"{WORDS['pictureless']}: No picture")


def test_as_written_shows_the_text_letter_for_letter_with_the_same_words_lit(
    watched: Page, shelved: Any
) -> None:
    opened(watched, shelved)
    switch = watched.get_by_role("button", name=WORDS["written"])
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(watched.locator(MARK)).to_have_text("| Skerra 𝔸 | 38 *crowns* | 2 |")
    assert watched.locator(TEXT).evaluate("node => node.textContent").startswith("# The Skerra")
    watched.get_by_role("button", name=WORDS["written"]).click()
    expect(watched.locator(f"{TEXT} table")).to_be_visible()


def test_a_row_far_down_a_table_stands_under_its_head_in_the_sources_and_the_tip(
    watched: Page, shelved: Any
) -> None:
    answered(watched, shelved, "What rent has berth 55 on the Quillhaven pier?")
    card = watched.locator("#reader a.card").first
    expect(card.locator("thead.context")).to_have_text("BerthRent")
    expect(card.locator("thead")).to_have_attribute("title", WORDS["head"])
    expect(card.locator("tbody")).to_have_text("Berth 55 on the Quillhaven pier165 crowns")
    card.click()
    expect(watched.locator(MARK).first).to_be_focused()
    expect(watched.locator(f"{TEXT} th mark")).to_have_count(0)


def test_a_pdf_opens_as_its_page_with_the_words_lit_and_its_pages_turn_and_grow(
    watched: Page, shelved: Any
) -> None:
    opened(watched, shelved, "When was the lighthouse of Ravensey lit?")
    pages = watched.locator("#reader .pages")
    expect(pages.locator(".count")).to_have_text("Page 2 of 2")
    lights = pages.locator(".light")
    expect(lights).to_have_count(1)
    box, paper = lights.bounding_box(), pages.locator(".paper").bounding_box()
    assert box
    assert paper
    # In points from above: the second line, at 740 - 16 of 842, from 50 of 595 on.
    assert abs((box["y"] + box["height"] - paper["y"]) / paper["height"] - 118 / 842) < 0.01
    assert abs((box["x"] - paper["x"]) / paper["width"] - 50 / 595) < 0.01
    expect(watched.locator(MARK)).to_have_text("The lighthouse of Ravensey was lit in 1887.")
    pages.get_by_role("button", name=WORDS["page_before"]).click()
    expect(pages.locator(".count")).to_have_text("Page 1 of 2")
    expect(lights).to_have_count(0)
    expect(pages.get_by_role("button", name=WORDS["page_before"])).to_be_disabled()
    before = pages.locator(".paper").evaluate("node => node.offsetWidth")
    pages.get_by_role("button", name=WORDS["closer"]).click()
    assert pages.locator(".paper").evaluate("node => node.offsetWidth") > 1.4 * before
    assert found_by_axe(watched) == []


def test_on_a_wide_screen_the_page_of_a_pdf_stands_beside_its_text_both_at_the_cited_words(
    watched: Page, shelved: Any
) -> None:
    watched.set_viewport_size({"width": 1600, "height": 900})
    opened(watched, shelved, "When was the lighthouse of Ravensey lit?")
    light, mark = watched.locator("#reader .pages .light"), watched.locator(MARK)
    expect(light).to_be_in_viewport()
    expect(mark).to_be_in_viewport()
    paper, words = watched.locator("#reader .paper").bounding_box(), mark.bounding_box()
    assert paper
    assert words
    assert paper["x"] + paper["width"] <= words["x"]
    assert paper["width"] > 400
    assert found_by_axe(watched) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_a_page_of_markdown_is_as_wide_as_the_screen_and_axe_finds_nothing(
    watched: Page, shelved: Any, scheme: Any
) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit(watched, shelved)
    opened(watched, shelved)
    pane = watched.locator("#reader .pane")
    assert pane.evaluate("node => node.scrollWidth <= node.clientWidth")
    code = watched.locator(f"{TEXT} pre")
    assert code.evaluate("node => node.scrollWidth > node.clientWidth")
    found = {"reader": found_by_axe(watched)}
    watched.keyboard.press("Escape")
    watched.locator("#chat a[href^='#sources-']").last.evaluate("node => node.click()")
    expect(watched.locator("#reader .source").first).to_be_visible()
    expect(watched.locator("#reader a.card .body").first).to_be_visible()
    found["sources"] = found_by_axe(watched)
    assert {state: several for state, several in found.items() if several} == {}
