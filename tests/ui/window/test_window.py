"""The window as a reader meets it, in a real browser over a scripted engine."""

from __future__ import annotations

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from browsing import ASKED, CARDS, CHIPS, MARK, QUESTION, STOP, TIP, answered, ask, in_view, visit
from playwright.sync_api import Page, expect
from scripted import ATTACK, BERTHS, DOUBT, FARE, FERRY, MODEL, UNDERSTOOD

from ui import strings

pytestmark = pytest.mark.browser


def hanging(page: Page, window: Any) -> None:
    """Ask what is never answered, and wait until the model reads."""
    visit(page, window)
    window.cancelled.unlink(missing_ok=True)
    ask(page, "hang")
    expect(page.locator("#chat .waiting")).to_have_text(strings.reading(5))


def cancelled_after(window: Any, began: float) -> float:
    """Seconds from then until the model was cancelled."""
    deadline = time.monotonic() + 20
    while not window.cancelled.exists():
        assert time.monotonic() < deadline, "the model was never cancelled"
        time.sleep(0.02)
    return float(window.cancelled.stat().st_mtime - began)


def test_the_sources_appear_before_the_answer(watched: Page, window: Any) -> None:
    visit(watched, window)
    window.go.unlink(missing_ok=True)
    ask(watched, "Please wait: when does it return?")
    expect(watched.locator(CARDS)).to_have_count(5)
    first = watched.locator("#reader .source").first
    for words in ("Night ferry to return", "The Aldwick Courier", "14 April 2025", FERRY):
        expect(first).to_contain_text(words)
    expect(watched.locator("#chat .waiting")).to_have_text(strings.reading(5))
    expect(watched.locator(CHIPS)).to_have_count(0)
    window.go.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator("#chat")).to_contain_text("The night ferry returns on 3 May.")
    expect(watched.locator("#chat .waiting")).to_have_count(0)


def test_an_answer_grows_while_it_is_written_until_it_is_stopped(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    ask(watched, "endless")
    expect(watched.locator("#chat")).to_contain_text("Line 3.")
    expect(watched.locator("#chat")).to_contain_text("Line 12.")
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside")).to_have_text(strings.STOPPED)
    stopped_at = watched.locator("#chat").inner_text()
    watched.wait_for_timeout(600)
    assert watched.locator("#chat").inner_text() == stopped_at
    ask(watched, "When does it return?")
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_a_stop_cancels_the_model_within_a_second(watched: Page, window: Any) -> None:
    hanging(watched, window)
    began = time.time()
    watched.locator(STOP).click()
    assert cancelled_after(window, began) < 1


def test_a_model_that_hangs_can_be_stopped(watched: Page, window: Any) -> None:
    hanging(watched, window)
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside")).to_have_text(strings.STOPPED)
    ask(watched, "When does it return?")
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_a_page_that_is_closed_does_not_keep_others_waiting(watched: Page, window: Any) -> None:
    window.go.unlink(missing_ok=True)
    other = watched.context.new_page()
    visit(other, window)
    ask(other, "wait for ever")
    expect(other.locator(CARDS)).to_have_count(5)
    other.close()
    answered(watched, window)
    window.go.touch()


def test_a_chip_lights_the_exact_words_in_view(watched: Page, window: Any) -> None:
    answered(watched, window)
    for place, quote in enumerate((FERRY, BERTHS, FARE, DOUBT)):
        watched.locator(CHIPS).nth(place).click()
        expect(watched.locator(MARK)).to_have_text(quote)
        expect(watched.locator(MARK)).to_be_focused()
        assert watched.locator(MARK).evaluate("node => node.textContent") == quote
        assert in_view(watched, MARK)
    expect(watched.locator("#reader .page h3")).to_have_text(
        "Harbour board weighs the winter timetable"
    )
    expect(watched.locator("#reader .page .facts")).to_contain_text("minutes/2025-04.md")


def test_the_article_is_shown_whole(watched: Page, window: Any) -> None:
    answered(watched, window)
    watched.locator(CHIPS).nth(2).click()
    expect(watched.locator(MARK)).to_have_text(FARE)
    text = watched.locator("#reader .text").evaluate("node => node.textContent")
    assert text.startswith(FERRY)
    assert text.endswith("The first sailing is sold out.")


def test_escape_returns_to_the_chip(watched: Page, window: Any) -> None:
    answered(watched, window)
    watched.locator(CHIPS).nth(2).click()
    expect(watched.locator(MARK)).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.locator(CHIPS).nth(2)).to_be_focused()
    expect(watched.locator(CARDS)).to_have_count(5)


def test_the_keyboard_alone_opens_a_chip_and_returns(watched: Page, window: Any) -> None:
    answered(watched, window)
    watched.locator(CHIPS).nth(1).focus()
    watched.keyboard.press("Enter")
    expect(watched.locator(MARK)).to_have_text(BERTHS)
    expect(watched.locator(MARK)).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.locator(CHIPS).nth(1)).to_be_focused()


def test_a_card_opens_its_words_and_escape_returns_to_it(watched: Page, window: Any) -> None:
    answered(watched, window)
    watched.locator(CARDS).nth(3).click()
    expect(watched.locator(MARK)).to_have_text(DOUBT)
    watched.keyboard.press("Escape")
    expect(watched.locator(CARDS).nth(3)).to_be_focused()


def test_chips_are_named_for_screen_readers(watched: Page, window: Any) -> None:
    answered(watched, window)
    expect(watched.locator("#chat [data-testid=bot][aria-label]")).to_have_count(0)
    expect(watched.locator(CHIPS).first).to_have_attribute(
        "aria-label", "Source 1: Night ferry to return after nine years"
    )


def test_an_earlier_answer_keeps_its_sources(watched: Page, window: Any) -> None:
    answered(watched, window)
    ask(watched, "Please refuse.")
    expect(watched.locator("#reader .heading")).to_have_text(strings.NEAREST)
    expect(watched.locator(CARDS)).to_have_count(1)
    watched.locator("#chat a[href='#sources-0']").click()
    expect(watched.locator(CARDS)).to_have_count(5)


def test_a_changed_article_says_so_and_lights_the_words_that_still_stand(
    watched: Page, window: Any
) -> None:
    answered(watched, window, "Has it changed?")
    watched.locator(CHIPS).click()
    expect(watched.locator("#reader .live")).to_have_text(strings.READER_WORDS["moved"])
    expect(watched.locator(MARK)).to_have_text(FERRY)


def test_a_changed_article_that_lost_the_words_is_shown_without_a_mark(
    watched: Page, window: Any
) -> None:
    answered(watched, window, "Has it changed, and are they gone?")
    watched.locator(CHIPS).click()
    expect(watched.locator("#reader .live")).to_have_text(strings.READER_WORDS["unmarked"])
    expect(watched.locator("#reader .text")).to_contain_text(FERRY)
    expect(watched.locator(MARK)).to_have_count(0)


def test_a_hostile_article_is_shown_and_does_nothing(watched: Page, window: Any) -> None:
    answered(watched, window, "hostile")
    expect(watched.locator("#chat")).to_contain_text("![x](http://attacker.invalid/b.png)")
    watched.locator(CHIPS).click()
    expect(watched.locator(MARK)).to_be_focused()
    assert watched.locator(MARK).evaluate("node => node.textContent") == ATTACK
    planted = "#chat .message :is(img, svg, script), #reader .page :is(img, svg, script)"
    assert watched.locator(planted).count() == 0
    assert watched.locator("a[href^='javascript']").count() == 0


def test_a_hostile_question_is_shown_and_does_nothing(watched: Page, window: Any) -> None:
    visit(watched, window)
    ask(watched, ATTACK)
    expect(watched.locator("#chat .took")).to_be_visible()
    expect(watched.locator(ASKED)).to_contain_text("<script>window.__xss='script'")
    assert watched.locator(f"{ASKED} :is(img, svg, script)").count() == 0


def test_a_quotation_names_its_article_and_the_notice_says_why(watched: Page, window: Any) -> None:
    answered(watched, window, "Please quote it.")
    expect(watched.locator("#chat blockquote")).to_contain_text(FARE)
    expect(watched.locator("#chat .origin")).to_contain_text("The Aldwick Courier")
    expect(watched.locator("#chat .aside")).to_contain_text("quoting the articles instead")


def test_a_partly_supported_sentence_tells_its_reason(watched: Page, window: Any) -> None:
    answered(watched, window)
    reason = f"{strings.PARTIAL}: the article says this is doubted, not certain"
    expect(watched.locator("#chat .doubt")).to_have_attribute("aria-label", reason)


def test_an_unsupported_sentence_warns_and_tells_why_by_hover_focus_and_screen_reader(
    watched: Page, window: Any
) -> None:
    answered(watched, window, "Be lenient.")
    warning = watched.locator("#chat .doubt.unsupported").first
    expect(warning).to_have_text(strings.UNSUPPORTED_MARK)
    reason = f"{strings.UNSUPPORTED}: no number in what it cites is eleven"
    expect(watched.get_by_role("note", name=reason)).to_have_count(1)
    expect(watched.locator(TIP)).not_to_be_visible()
    warning.hover()
    expect(watched.locator(TIP)).to_have_text(reason)
    watched.mouse.move(0, 0)
    expect(watched.locator(TIP)).not_to_be_visible()
    watched.locator(CHIPS).nth(1).focus()
    watched.keyboard.press("Tab")
    expect(warning).to_be_focused()
    expect(watched.locator(TIP)).to_have_text(reason)


def test_prose_and_quotations_stand_in_one_answer(watched: Page, window: Any) -> None:
    answered(watched, window, "mixed")
    quotes = watched.locator("#chat blockquote")
    expect(quotes).to_have_count(2)
    expect(quotes.first).to_contain_text(DOUBT)
    expect(quotes.first).to_contain_text("says: “Port Hanna Harbour Board” · 14 April 2025")
    expect(watched.locator("#chat p:has(+ blockquote)").first).to_have_text(
        "The article signed “Port Hanna Harbour Board”, 14 April 2025, differs:"
    )
    quotes.first.locator("a").click()
    expect(watched.locator(MARK)).to_have_text(DOUBT)


def test_the_question_as_understood_is_shown_from_the_start(watched: Page, window: Any) -> None:
    visit(watched, window)
    window.go.unlink(missing_ok=True)
    ask(watched, "understood? wait")
    expect(watched.locator("#chat .understood")).to_have_text(
        strings.UNDERSTOOD_AS.format(question=UNDERSTOOD)
    )
    expect(watched.locator("#chat .waiting")).to_be_visible()
    window.go.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator("#chat .understood")).to_have_count(1)


def test_the_details_of_an_answer_open_by_keyboard_and_stay_open(
    watched: Page, window: Any
) -> None:
    answered(watched, window, "mixed")
    details = watched.locator("#chat dl").first
    expect(details).not_to_be_visible()
    watched.locator("#chat summary").focus()
    watched.keyboard.press("Enter")
    expect(details).to_be_visible()
    for words in (MODEL, "after 0.12 s", f"{strings.REPAIRED}"):
        expect(details).to_contain_text(words)
    ask(watched, "Please refuse.")
    expect(watched.locator("#chat .took")).to_have_count(2)
    expect(details).to_be_visible()


def test_a_failure_is_one_line_and_can_be_tried_again(watched: Page, window: Any) -> None:
    visit(watched, window)
    ask(watched, "fail")
    expect(watched.locator("#chat .problem")).to_contain_text("The language model did not answer")
    watched.get_by_role("button", name=strings.RETRY).click()
    expect(watched.locator("#chat .problem")).to_have_count(1)
    expect(watched.locator(ASKED)).to_have_count(1)


def test_a_crash_keeps_its_details_to_the_log(watched: Page, window: Any) -> None:
    visit(watched, window)
    ask(watched, "crash")
    expect(watched.locator("#chat .problem")).to_have_text(strings.FAILED)
    assert "secret detail" not in watched.content()
    assert "secret detail" in window.log.read_text()


def test_a_new_chat_forgets_the_old_one(watched: Page, window: Any) -> None:
    answered(watched, window)
    ask(watched, "What did I ask before?")
    expect(watched.locator("#chat")).to_contain_text("You asked: When does it return? / The night")
    watched.get_by_role("button", name=strings.NEW_CHAT).click()
    expect(watched.locator(CHIPS)).to_have_count(0)
    expect(watched.locator(CARDS)).to_have_count(0)
    ask(watched, "What did I ask before?")
    expect(watched.locator("#chat")).to_contain_text("You asked:")
    expect(watched.locator("#chat")).not_to_contain_text("The night ferry")


def test_a_second_question_waits_for_the_first(watched: Page, window: Any) -> None:
    visit(watched, window)
    ask(watched, "endless")
    expect(watched.locator("#chat")).to_contain_text("Line 3.")
    ask(watched, "another")
    expect(watched.locator(".toast-wrap")).to_contain_text(strings.STILL_ANSWERING)
    expect(watched.locator(QUESTION)).to_have_value("another")
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside")).to_have_text(strings.STOPPED)


def test_an_empty_question_is_turned_away(watched: Page, window: Any) -> None:
    visit(watched, window)
    ask(watched, "   ")
    expect(watched.locator(".toast-wrap")).to_contain_text(strings.ASK_FIRST)
    expect(watched.locator("#chat .message")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_under_a_short_answer_the_details_stay_on_one_line_beside_the_sources(
    watched: Page, window: Any, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 844})
    answered(watched, window, "Please refuse.")
    summary = watched.locator("#chat summary").bounding_box()
    sources = watched.locator("#chat a[href='#sources-0']").bounding_box()
    assert summary and sources
    assert summary["height"] < 1.5 * sources["height"]
    assert abs(summary["y"] - sources["y"]) < sources["height"]
    assert summary["x"] >= sources["x"] + sources["width"]


def test_a_narrow_page_shows_the_article_in_a_sheet(watched: Page, window: Any) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    answered(watched, window)
    assert watched.evaluate("document.documentElement.scrollWidth") <= 390
    expect(watched.locator("#sheet")).not_to_be_visible()
    watched.locator(CHIPS).nth(2).click()
    expect(watched.locator(MARK)).to_have_text(FARE)
    expect(watched.locator(MARK)).to_be_focused()
    watched.wait_for_function("document.querySelector('#sheet').getAnimations().length === 0")
    assert in_view(watched, MARK)
    watched.keyboard.press("Escape")
    expect(watched.locator("#sheet")).not_to_be_visible()
    expect(watched.locator(CHIPS).nth(2)).to_be_focused()


def test_a_narrow_page_lists_the_sources_in_the_sheet(watched: Page, window: Any) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    answered(watched, window)
    watched.locator("#chat a[href='#sources-0']").click()
    expect(watched.locator(CARDS)).to_have_count(5)
    expect(watched.locator(CARDS).first).to_be_visible()
    watched.locator(CARDS).nth(1).click()
    expect(watched.locator(MARK)).to_have_text(BERTHS)
    watched.get_by_role("button", name=strings.READER_WORDS["close"]).click()
    expect(watched.locator("#sheet")).not_to_be_visible()
    expect(watched.locator("#chat a[href='#sources-0']")).to_be_focused()


def test_an_empty_library_tells_how_to_fill_it(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    visit(watched, open_window("--empty", "--example", "Why is this not shown?"))
    expect(watched.locator("#chat a[href='#library']")).to_be_visible()
    expect(watched.locator("#masthead")).to_contain_text(strings.articles(0))
    expect(watched.locator("#chat")).not_to_contain_text("Why is this not shown?")


def test_an_example_is_asked_when_selected(watched: Page, open_window: Callable[..., Any]) -> None:
    visit(watched, open_window("--example", "When does the ferry return?"))
    watched.get_by_text("When does the ferry return?").click()
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_the_window_opens_while_loading_and_a_question_waits_for_it(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    loading = open_window(gated=True, fresh=True)
    watched.goto(loading.url)
    expect(watched.locator("#banner")).to_contain_text("Loading the embedding model…")
    ask(watched, "When does it return?")
    expect(watched.locator("#chat .waiting")).to_have_text("Loading the embedding model…")
    loading.loaded.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator("#banner")).not_to_be_visible()
    expect(watched.locator("#masthead")).to_contain_text(strings.articles(3))


def test_an_engine_that_can_only_quote_warns_and_still_answers(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    limping = open_window("--warning", "the model is not there; run ibid fetch")
    answered(watched, limping)
    expect(watched.locator("#banner")).to_contain_text("the model is not there")
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_a_failed_start_says_why(watched: Page, open_window: Callable[..., Any]) -> None:
    failed = open_window("--error", "the library is in use; close the other Ibid")
    watched.goto(failed.url)
    watched.locator(QUESTION).wait_for()
    expect(watched.locator("#banner")).to_contain_text("the library is in use")
    ask(watched, "When does it return?")
    expect(watched.locator("#chat .problem")).to_contain_text("the library is in use")


@pytest.mark.parametrize(
    ("stop", "question"),
    [(signal.SIGTERM, "hang"), (signal.SIGINT, "hang"), (signal.SIGTERM, "stuck in a thread")],
)
def test_a_signal_ends_the_server_within_8_s_with_a_page_open_and_a_model_hanging(
    watched: Page, open_window: Callable[..., Any], stop: signal.Signals, question: str
) -> None:
    ending = open_window(fresh=True)
    visit(watched, ending)
    ask(watched, question)
    expect(watched.locator(CARDS)).to_have_count(5)
    began = time.monotonic()
    ending.process.send_signal(stop)
    assert ending.process.wait(20) == 0
    assert time.monotonic() - began < 8
    assert "stopped" in ending.log.read_text()


def test_every_response_carries_the_security_policy(window: Any) -> None:
    for path, policy in (
        ("/", "default-src 'self'"),
        ("/healthz", "default-src 'none'"),
        ("/gradio_api/info", "default-src 'none'"),
        ("/favicon.ico", "default-src 'none'"),
    ):
        with urllib.request.urlopen(window.url + path, timeout=20) as response:
            assert policy in response.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"


def test_another_name_for_this_machine_is_turned_away(window: Any) -> None:
    request = urllib.request.Request(window.url + "/healthz", headers={"Host": "rebound.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=20)


def test_a_footnote_can_be_hit_around_its_number(watched: Page, window: Any) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    answered(watched, window)
    expect(watched.locator(CHIPS).first).to_be_visible()
    reach = watched.locator(CHIPS).first.evaluate(
        """node => {
          node.scrollIntoView({ block: 'center', behavior: 'instant' });
          const box = node.getBoundingClientRect();
          const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
          const hits = (right, down) => document.elementFromPoint(x + right, y + down) === node;
          return [hits(-14, 0), hits(14, 0), hits(0, -16), hits(0, 16)];
        }"""
    )
    assert reach == [True] * 4
