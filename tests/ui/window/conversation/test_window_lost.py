"""Nothing that was asked or said is lost, in Chromium over a scripted engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import ASKED, CHIPS, QUESTION, STOP, answered, ask, visit
from playwright.sync_api import Page, Route, expect

from ui import strings, users

pytestmark = pytest.mark.browser

FIRST = "When does it return?"
NOTICE = "#notice .line"
TALKS = ".drawer a.talk"
PASSWORD = "correct horse battery"
WORDS = strings.READER_WORDS


def begun(page: Page, window: Any) -> None:
    """Ask what is answered once the gate opens, and wait until it is read for."""
    window.go.unlink(missing_ok=True)
    visit(page, window)
    ask(page, "Please wait: when does it return?")
    expect(page.locator("#chat .waiting")).to_have_text(strings.reading(5))
    page.wait_for_url(re.compile(r"\?chat=[0-9a-f]{32}$"))


def port_of(window: Any) -> int:
    return urlsplit(window.url).port or 0


def ended(window: Any, *, at_once: bool = False) -> None:
    window.process.kill() if at_once else window.process.terminate()
    window.process.wait(20)


def test_an_answer_goes_on_while_the_page_is_reloaded(watched: Page, window: Any) -> None:
    begun(watched, window)
    watched.reload()
    expect(watched.locator("#chat .waiting")).to_have_text(strings.reading(5))
    expect(watched.locator("#chat .clock")).to_have_text(re.compile(r"^\d+ s$"))
    expect(watched.locator(STOP)).to_be_visible()
    window.go.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator("#box .submit-button")).to_be_visible()


def test_an_answer_goes_on_while_its_tab_is_closed(watched: Page, window: Any) -> None:
    other = watched.context.new_page()
    begun(other, window)
    address = other.url
    other.close()
    window.go.touch()
    watched.goto(address)
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator("#chat .problem, #chat .aside")).to_have_count(0)


def test_the_words_so_far_are_there_at_once_on_return(watched: Page, window: Any) -> None:
    other = watched.context.new_page()
    visit(other, window)
    ask(other, "endless")
    expect(other.locator("#chat")).to_contain_text("Line 3.")
    address = other.url
    other.close()
    watched.goto(address)
    expect(watched.locator("#chat")).to_contain_text("Line 12.")
    watched.locator(STOP).click()
    expect(watched.locator("#chat .aside")).to_have_text(strings.STOPPED)
    expect(watched.locator("#chat")).to_contain_text("Line 12.")


def test_an_answer_goes_on_while_another_chat_is_open_and_does_not_come_into_it(
    watched: Page, window: Any
) -> None:
    begun(watched, window)
    first = watched.url.rpartition("=")[2]
    watched.get_by_role("button", name=strings.NEW_CHAT).click()
    expect(watched.locator("#chat .message")).to_have_count(0)
    ask(watched, "Please refuse.")
    expect(watched.locator("#chat .took")).to_be_visible()
    expect(watched.locator(ASKED)).to_have_text(["Please refuse."])
    watched.locator("#drawer .toggle").click()
    watched.locator(f"{TALKS}[href$='{first}']").click()
    expect(watched.locator("#chat .waiting")).to_have_text(strings.reading(5))
    window.go.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator(ASKED)).to_have_count(1)


def test_two_tabs_of_a_conversation_show_the_same_answer_and_take_turns(
    watched: Page, window: Any
) -> None:
    begun(watched, window)
    other = watched.context.new_page()
    other.goto(watched.url)
    expect(other.locator("#chat .waiting")).to_have_text(strings.reading(5))
    window.go.touch()
    for page in (watched, other):
        expect(page.locator(CHIPS)).to_have_count(4)
    ask(other, "Please refuse.")
    expect(other.locator("#chat .took")).to_have_count(2)
    ask(watched, "What did I ask before?")  # this tab has not seen the second
    expect(watched.locator("#chat")).to_contain_text("/ Please refuse.")
    expect(watched.locator(ASKED)).to_have_count(3)
    other.evaluate("dispatchEvent(new Event('focus'))")
    expect(other.locator(ASKED)).to_have_count(3)


def test_a_conversation_that_is_deleted_while_it_is_answered_can_be_had_back(
    watched: Page, window: Any
) -> None:
    visit(watched, window)
    ask(watched, "endless, and to be deleted")
    expect(watched.locator("#chat")).to_contain_text("Line 3.")
    watched.locator("#drawer .toggle").click()
    watched.locator(".drawer li").first.hover()
    delete = strings.DRAWER_WORDS["remove"]
    watched.locator(".drawer li").first.get_by_text(delete, exact=True).click()
    expect(watched.locator("#chat .message")).to_have_count(0)
    watched.get_by_role("button", name=strings.DRAWER_WORDS["undo"]).click()
    expect(watched.locator("#chat")).to_contain_text("Line 3.")
    expect(watched.locator("#chat .aside")).to_have_text(strings.STOPPED)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_question_whose_answer_the_server_s_end_interrupted_is_asked_again_by_a_button(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path, at_once: bool
) -> None:
    folder = ("--folder", str(tmp_path))
    own = open_window(*folder, fresh=True, apart=True)
    begun(watched, own)
    ended(own, at_once=at_once)
    again = open_window(*folder, fresh=True, port=port_of(own))
    expect(watched.locator("#chat .problem")).to_have_text(strings.INTERRUPTED)  # by itself
    expect(watched.locator(ASKED)).to_have_text("Please wait: when does it return?")
    again.go.touch()
    watched.get_by_role("button", name=strings.RETRY).click()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator(ASKED)).to_have_count(1)


def test_a_question_written_while_the_server_is_away_is_asked_when_it_is_back(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    folder = ("--folder", str(tmp_path))
    own = open_window(*folder, fresh=True)
    answered(watched, own, FIRST)
    watched.wait_for_url(re.compile(r"\?chat="))
    ended(own)
    ask(watched, "Please refuse.")
    expect(watched.locator(NOTICE)).to_have_text(WORDS["unsent"])
    open_window(*folder, fresh=True, port=port_of(own))
    expect(watched.locator(ASKED)).to_have_text([FIRST, "Please refuse."])
    expect(watched.locator("#chat .took")).to_have_count(2)
    expect(watched.locator(QUESTION)).to_have_value("")
    watched.reload()
    expect(watched.locator(ASKED)).to_have_count(2)


def test_a_question_whose_tab_was_closed_while_the_server_was_away_is_in_the_next_one_s_box(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    folder = ("--folder", str(tmp_path))
    own = open_window(*folder, fresh=True)
    other = watched.context.new_page()
    visit(other, own)
    ended(own)
    ask(other, FIRST)
    expect(other.locator(NOTICE)).to_have_text(WORDS["unsent"])
    other.close()
    again = open_window(*folder, fresh=True, port=port_of(own))
    watched.goto(again.url)
    expect(watched.locator(QUESTION)).to_have_value(FIRST)
    expect(watched.locator(NOTICE)).to_have_text(WORDS["unasked"])
    watched.locator(QUESTION).press("Enter")
    expect(watched.locator(CHIPS)).to_have_count(4)


def test_a_question_that_had_arrived_is_not_asked_again_by_a_page_that_did_not_know(
    watched: Page, window: Any
) -> None:
    answered(watched, window, FIRST)
    watched.wait_for_url(re.compile(r"\?chat="))
    watched.evaluate(
        """question => sessionStorage.setItem('ibid.unsent', JSON.stringify(
          { question, chat: new URL(location.href).searchParams.get('chat') }))""",
        FIRST,
    )
    watched.reload()
    expect(watched.locator(CHIPS)).to_have_count(4)
    watched.wait_for_function("!sessionStorage.getItem('ibid.unsent')")
    watched.wait_for_timeout(1000)
    expect(watched.locator(ASKED)).to_have_count(1)


def test_the_page_s_title_is_the_conversation_s(watched: Page, window: Any) -> None:
    visit(watched, window)
    assert watched.title() == strings.NAME
    long = "When does the night ferry between Aldwick and Port Hanna return, and at which price?"
    ask(watched, long)
    shortened = "When does the night ferry between Aldwick and Port Hanna return, and at which…"
    expect(watched).to_have_title(f"{shortened} · {strings.NAME}")
    expect(watched.locator(CHIPS)).to_have_count(4)
    watched.reload()
    expect(watched).to_have_title(f"{shortened} · {strings.NAME}")
    watched.get_by_role("button", name=strings.NEW_CHAT).click()
    expect(watched).to_have_title(strings.NAME)


@pytest.mark.parametrize("seen", ["", ASKED, "#chat .waiting"])
def test_a_question_of_a_new_chat_is_asked_once_though_the_page_is_reloaded_at_once(
    watched: Page, open_window: Callable[..., Any], seen: str
) -> None:
    own = open_window(fresh=True)
    visit(watched, own)
    ask(watched, "Please wait: when does it return?")
    if seen:
        watched.locator(seen).wait_for()
    watched.reload()
    expect(watched.locator(ASKED)).to_have_count(1)
    expect(watched.locator("#chat .waiting")).to_have_text(strings.reading(5))
    own.go.touch()
    expect(watched.locator(CHIPS)).to_have_count(4)
    expect(watched.locator(QUESTION)).to_have_value("")
    watched.locator("#drawer .toggle").click()
    expect(watched.locator(TALKS)).to_have_count(1)


def signed_in(page: Page, name: str) -> None:
    page.get_by_label(strings.USER_NAME).fill(name)
    page.get_by_label(strings.PASSWORD).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(QUESTION).wait_for()


def test_a_question_sent_before_the_page_has_begun_is_asked_once_it_has(
    watched: Page, window: Any
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    watched.route("**/queue/join*", hold)
    watched.goto(window.url)
    watched.locator(QUESTION).wait_for()
    watched.locator(".told").first.wait_for(state="attached")
    ask(watched, FIRST)
    expect(watched.locator(QUESTION)).to_have_value(FIRST)
    assert held
    watched.route("**/queue/join*", lambda route: route.continue_())
    for route in held:
        route.continue_()
    expect(watched.locator("#chat .took")).to_be_visible()
    expect(watched.locator(ASKED)).to_have_text([FIRST])
    expect(watched.locator(QUESTION)).to_have_value("")
    expect(watched.locator(NOTICE)).to_have_text("")


@pytest.mark.parametrize("is_new", [True, False])
def test_a_question_kept_over_a_restart_is_asked_once_its_writer_has_signed_in_again(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path, is_new: bool
) -> None:
    users.add(tmp_path / users.USERS, "ann", PASSWORD)
    options = ("--folder", str(tmp_path), "--users", str(tmp_path / users.USERS))
    own = open_window(*options, fresh=True)
    watched.goto(own.url)
    signed_in(watched, "ann")
    expect(watched.locator("#masthead .size")).to_be_visible()  # by then the page knows who reads
    watched.locator(".told").first.wait_for(state="attached")
    if not is_new:
        ask(watched, FIRST)
        expect(watched.locator("#chat .took")).to_be_visible()
    ended(own)
    ask(watched, "Please refuse.")
    expect(watched.locator(NOTICE)).to_have_text(WORDS["unsent"])
    open_window(*options, fresh=True, port=port_of(own))
    signed_in(watched, "ann")
    before = [] if is_new else [FIRST]
    expect(watched.locator(ASKED)).to_have_text([*before, "Please refuse."])
    expect(watched.locator("#chat .took")).to_have_count(len(before) + 1)
    expect(watched.locator(QUESTION)).to_have_value("")


def test_a_question_that_somebody_else_has_left_is_neither_asked_nor_shown(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    for name in ("ann", "bob"):
        users.add(tmp_path / users.USERS, name, PASSWORD)
    options = ("--folder", str(tmp_path), "--users", str(tmp_path / users.USERS))
    own = open_window(*options, fresh=True)
    watched.goto(own.url)
    signed_in(watched, "ann")
    expect(watched.locator("#masthead .size")).to_be_visible()
    watched.locator(".told").first.wait_for(state="attached")
    ended(own)
    ask(watched, "Please refuse.")
    expect(watched.locator(NOTICE)).to_have_text(WORDS["unsent"])
    open_window(*options, fresh=True, port=port_of(own))
    signed_in(watched, "bob")
    watched.wait_for_function("!localStorage.getItem('ibid.unsent')")
    expect(watched.locator(QUESTION)).to_have_value("")
    expect(watched.locator(ASKED)).to_have_count(0)


def test_whoever_signs_out_is_at_the_door_again(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    users.add(tmp_path / users.USERS, "ann", PASSWORD)
    shut = open_window("--users", str(tmp_path / users.USERS), fresh=True)
    watched.goto(shut.url)
    signed_in(watched, "ann")
    ask(watched, FIRST)
    expect(watched.locator("#chat .took")).to_be_visible()
    watched.locator("#drawer .toggle").click()
    expect(watched.locator(TALKS)).to_have_count(1)
    watched.get_by_role("button", name=strings.DRAWER_WORDS["signOut"]).click()
    expect(watched.get_by_label(strings.USER_NAME)).to_be_visible()
    watched.goto(shut.url)
    expect(watched.get_by_label(strings.USER_NAME)).to_be_visible()
