"""The reader beside the chat, in Chromium over a scripted engine."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from browsing import CARDS, CHIPS, MARK, QUESTION, answered, ask, in_view, visit
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from scripted import BERTHS, DOUBT, FARE, FERRY

from ui import strings

pytestmark = pytest.mark.browser

CALM = "#reader mark.calm"
SOUGHT = "#reader .sought"
WORDS = strings.READER_WORDS


def opened(page: Page, window: Any, chip: int = 2) -> None:
    answered(page, window)
    page.locator(CHIPS).nth(chip).click()
    expect(page.locator(MARK)).to_be_focused()


def test_every_citation_of_an_article_is_marked_and_the_current_one_lit(
    watched: Page, window: Any
) -> None:
    opened(watched, window)
    expect(watched.locator(MARK)).to_have_text(FARE)
    expect(watched.locator(CALM)).to_have_text([FERRY, BERTHS])
    expect(watched.locator("#reader .count")).to_have_text("3 of 4")


def test_next_and_previous_go_through_what_the_answer_cites_over_articles_and_light_its_chip(
    watched: Page, window: Any
) -> None:
    opened(watched, window)
    watched.get_by_role("button", name=WORDS["next"] + ": ").click()
    expect(watched.locator(MARK)).to_have_text(DOUBT)
    expect(watched.locator("#reader .count")).to_have_text("4 of 4")
    watched.get_by_role("button", name=WORDS["next"] + ": ").click()
    expect(watched.locator(MARK)).to_have_text(FERRY)
    assert in_view(watched, MARK)
    expect(watched.locator("#reader .what")).to_have_text(f"{WORDS['source']} 1")
    expect(watched.locator(f"{CHIPS}[data-open]")).to_have_text("1")
    watched.get_by_role("button", name=WORDS["previous"] + ": ").click()
    expect(watched.locator(MARK)).to_have_text(DOUBT)
    expect(watched.locator(MARK)).to_be_focused()
    watched.keyboard.press("ArrowLeft")
    expect(watched.locator(MARK)).to_have_text(FARE)
    watched.keyboard.press("ArrowRight")
    expect(watched.locator(MARK)).to_have_text(DOUBT)
    watched.keyboard.press("Escape")
    expect(watched.locator(CHIPS).nth(2)).to_be_focused()


def test_sources_stand_under_their_article_once_and_what_is_not_cited_is_folded(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    sources = watched.locator("#reader .source")
    expect(sources).to_have_count(3)
    expect(sources.first.locator("h3")).to_have_text("Night ferry to return after nine years")
    expect(sources.first.locator(".about .facts")).to_contain_text("news.example · 14 April 2025")
    expect(sources.first.locator(".quotes .number")).to_have_text(["1", "2", "3"])
    expect(watched.locator(CARDS).last).to_be_hidden()
    fold = sources.last.locator("summary")
    expect(fold).to_have_text(f"{WORDS['read']} (1)")
    fold.click()
    watched.locator(CARDS).last.click()
    expect(watched.locator(MARK)).to_be_focused()


def test_the_arrows_go_from_one_source_to_the_next(watched: Page, window: Any) -> None:
    answered(watched, window)
    cards = watched.locator(CARDS)
    cards.nth(2).focus()
    watched.keyboard.press("ArrowDown")
    expect(cards.nth(3)).to_be_focused()
    watched.keyboard.press("ArrowDown")
    expect(watched.locator("#reader summary")).to_be_focused()
    watched.keyboard.press("ArrowUp")
    watched.keyboard.press("ArrowUp")
    expect(cards.nth(2)).to_be_focused()


def test_a_calm_mark_is_lit_when_it_is_selected(watched: Page, window: Any) -> None:
    opened(watched, window)
    watched.locator(CALM).nth(1).click()
    expect(watched.locator(MARK)).to_have_text(BERTHS)


def test_citations_of_earlier_answers_are_marked_too(watched: Page, window: Any) -> None:
    answered(watched, window)
    ask(watched, "Please refuse.")
    expect(watched.locator("#chat .took")).to_have_count(2)
    watched.locator(CARDS).click()
    expect(watched.locator(MARK)).to_have_text(DOUBT)
    watched.locator(CHIPS).first.click()
    expect(watched.locator(CALM)).to_have_text([BERTHS, FARE])


def test_find_counts_and_goes_through_the_places_and_escape_clears_it(
    watched: Page, window: Any
) -> None:
    opened(watched, window)
    tally = watched.locator("#reader .tally")
    watched.locator(SOUGHT).fill("PARAGRAPH 2")
    expect(tally).to_have_text("1 of 11")  # 2 and 20 to 29
    watched.locator(SOUGHT).press("Enter")
    expect(tally).to_have_text("2 of 11")
    watched.locator(SOUGHT).press("Shift+Enter")
    watched.locator(SOUGHT).press("Shift+Enter")
    expect(tally).to_have_text("11 of 11")
    watched.get_by_role("button", name=WORDS["next"], exact=True).click()
    expect(tally).to_have_text("1 of 11")
    found = """[...CSS.highlights.get('found-now')].map(range => {
      const box = range.getBoundingClientRect();
      const pane = document.querySelector('#reader .pane').getBoundingClientRect();
      return [range.toString(), box.top >= pane.top && box.bottom <= pane.bottom];
    })"""
    assert watched.evaluate(found) == [["Paragraph 2", True]]
    watched.locator(SOUGHT).press("Escape")
    expect(watched.locator(SOUGHT)).to_have_value("")
    expect(tally).to_have_text("")
    assert watched.evaluate("CSS.highlights.get('found').size") == 0
    expect(watched.locator(MARK)).to_have_text(FARE)


@pytest.mark.parametrize(
    ("sought", "count"), [("boat", 0), (".*", 0), ("160 cabins 🛏️", 1), ("years.  each", 1)]
)
def test_find_takes_words_as_they_are_across_marks_and_lines(
    watched: Page, window: Any, sought: str, count: int
) -> None:
    opened(watched, window)
    watched.locator(SOUGHT).fill(sought)
    tally = f"1 of {count}" if count else WORDS["none"]
    expect(watched.locator("#reader .tally")).to_have_text(tally)


def test_an_article_opens_whole_by_its_address(watched: Page, window: Any) -> None:
    visit(watched, window)
    watched.evaluate("location.hash = '#article-a1f0'")
    expect(watched.locator("#reader .page h3")).to_have_text(
        "Night ferry to return after nine years"
    )
    expect(watched.locator(MARK)).to_have_count(0)
    assert watched.evaluate("location.hash") == ""
    watched.locator(".reader .back").click()
    expect(watched.locator("#reader .live")).to_have_text(WORDS["empty"])


def test_an_article_opened_from_the_library_comes_up_beside_the_chat(
    watched: Page, open_window: Any
) -> None:
    visit(watched, open_window(script="stocked.py"))
    watched.get_by_role("tab", name=strings.LIBRARY_TAB, exact=True).click()
    expect(watched.locator(QUESTION)).to_be_hidden()
    watched.locator("#library .head").wait_for()
    watched.evaluate(
        """() => {
          const link = document.createElement('a');
          link.href = '#article-b2e1';
          link.textContent = 'open';
          document.querySelector('#library').prepend(link);
          link.click();
        }"""
    )
    expect(watched.locator(QUESTION)).to_be_visible()
    expect(watched.locator("#reader .page h3")).to_contain_text("Harbour board")


def test_an_article_that_is_gone_says_so(watched: Page, window: Any) -> None:
    visit(watched, window)
    watched.evaluate("location.hash = '#article-gone'")
    expect(watched.locator("#reader .live")).to_have_text(strings.UNKNOWN_ARTICLE)


def test_a_citation_of_a_pdf_names_its_page_and_the_author_is_told(
    watched: Page, window: Any
) -> None:
    answered(watched, window)
    watched.locator(CHIPS).nth(3).click()
    expect(watched.locator("#reader .what")).to_have_text(f"{WORDS['source']} 4 · page 2")
    expect(watched.locator("#reader .page .facts")).to_contain_text(
        "says: by “Ada Quill” · says: “Port Hanna"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_there_is_all_of_the_conversation_with_its_sources_and_no_empty_page(
    watched: Page, window: Any, scheme: Any
) -> None:
    watched.emulate_media(color_scheme=scheme)
    answered(watched, window, "mixed")
    ask(watched, "Please refuse.")
    expect(watched.locator("#chat .took")).to_have_count(2)
    ask(watched, "mixed, again")
    expect(watched.locator("#chat .took")).to_have_count(3)
    pages = [page.extract_text() for page in PdfReader(BytesIO(watched.pdf(format="A4"))).pages]
    assert all(words.strip() for words in pages)
    paper = " ".join(" ".join(pages).split())
    assert paper.count("Whether the line can pay its way in winter") == 3
    assert f"“{FARE}”" in paper
    assert strings.QUESTION_HINT not in paper
    watched.emulate_media(media="print", color_scheme=scheme)
    ink = "node => getComputedStyle(node).color"
    assert watched.locator("#chat .bot p").first.evaluate(ink) == "rgb(0, 0, 0)"
