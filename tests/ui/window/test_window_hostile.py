"""Whatever articles, models and readers say: it is shown as words, and does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import CARDS, CHIPS, MARK, QUESTION, ask
from payloads import PAYLOADS
from playwright.sync_api import Page, expect
from poisoned import EVERYTHING, SECRET

from rag.language.visible import plain
from ui import strings
from ui.window.conversation.history import title_of
from ui.window.conversation.types import LONGEST_QUESTION
from ui.window.page.visitor import BROWSER

pytestmark = pytest.mark.browser

# What no payload may become: our own pages have none of these where words of others are.
PLANTED = (
    ":is(#chat .message-content, #reader .page, #reader .cards, .drawer, #library-tab table) "
    ":is(script, style, link, meta, base, iframe, object, embed, video, audio, picture, math, form,"
    " image, animate, template, body, think, [onload], [onerror], [onfocus], [ontoggle],"
    " [href^='javascript'], [href^='data:'], [src*=leak], [href*=leak], [style*=leak])"
)


@pytest.fixture(scope="module")
def poisoned(open_window: Callable[..., Any]) -> Any:
    return open_window(script="poisoned.py")


@pytest.fixture
def hostile(watched: Page, poisoned: Any) -> Iterator[Page]:
    """A page of the browser whose conversations are hostile; in the end nothing has leaked."""
    asked: list[str] = []
    watched.on("request", lambda request: asked.append(request.url))
    watched.context.add_cookies([{"name": BROWSER, "value": SECRET, "url": poisoned.url}])
    watched.goto(f"{poisoned.url}/?chat={EVERYTHING}")
    expect(watched.locator(CARDS)).to_have_count(len(PAYLOADS))
    yield watched
    watched.wait_for_timeout(500)
    assert watched.locator(PLANTED).count() == 0
    assert [url for url in asked if "leak" in url] == []


# Within quotation marks of the page those of the words are no more than apostrophes, and what an
# article says of itself loses all that is not seen.
MARKS = str.maketrans({**dict.fromkeys('"“”„‟«»', "’"), **dict.fromkeys("\u200b\u200c\u200d", "")})


def words(text: str) -> str:
    """The words as a page shows them, however it breaks its lines."""
    return "".join(plain(text).translate(MARKS).split())


def texts(page: Page, selector: str) -> list[str]:
    """The text of every element, without spaces and spelt codes, all quotation marks alike."""
    every = page.locator(selector).evaluate_all("nodes => nodes.map(node => node.textContent)")
    return [re.sub(r"\\x[0-9a-f]{2}", "", "".join(text.translate(MARKS).split())) for text in every]


def test_questions_answers_and_sources_are_words(hostile: Page) -> None:
    asked = texts(hostile, "#chat .message.user")
    said = texts(hostile, "#chat .message.bot")
    assert len(asked) == len(said) == len(PAYLOADS) + 1
    for payload, question, answer in zip(PAYLOADS, asked, said, strict=False):
        assert words(payload) in question
        # as understood, sentence, lead, quotation, its origin (title, publisher), notice, model
        assert answer.count(words(payload)) >= 7
    reasons = hostile.locator("#chat .doubt").evaluate_all(
        "nodes => nodes.map(node => node.getAttribute('aria-label') || node.title)"
    )
    assert len(reasons) == len(PAYLOADS)
    assert all(plain(one) in reason for one, reason in zip(PAYLOADS, reasons, strict=True))
    assert hostile.locator("#chat .message-content img, #chat .message-content svg").count() == 0
    for payload, card in zip(PAYLOADS, texts(hostile, "#reader .source"), strict=True):
        assert card.count(words(payload)) >= 2  # title and publisher


def test_every_chip_is_ours_and_every_article_opens_as_words(hostile: Page) -> None:
    links = hostile.locator("#chat .message-content a").evaluate_all(
        "nodes => nodes.map(node => node.getAttribute('href'))"
    )
    assert links
    assert all(link.startswith(("#cite-", "#sources-")) for link in links)
    for place, payload in enumerate(PAYLOADS):
        hostile.locator("#chat a[href^='#sources-']").last.evaluate("node => node.click()")
        hostile.locator(CARDS).nth(place).click()
        expect(hostile.locator(MARK).first).to_be_focused()
        page = texts(hostile, "#reader .page")[0]
        assert page.count(words(payload)) >= 4, payload  # title, publisher, source, text
    for place in range(0, len(PAYLOADS), 9):
        chip = hostile.locator(CHIPS).nth(2 * place)
        chip.scroll_into_view_if_needed()
        hostile.wait_for_timeout(300)  # a card is put away when the page scrolls
        hostile.mouse.move(2, 2)
        chip.hover()
        expect(hostile.locator("#tip")).to_be_visible()
        assert words(PAYLOADS[place]) in texts(hostile, "#tip")[0]


def test_titles_of_conversations_are_words(hostile: Page) -> None:
    hostile.locator("#drawer .toggle").click()
    talks = hostile.locator(".drawer a.talk")
    expect(talks).to_have_count(len(PAYLOADS) + 1)
    shown = set(texts(hostile, ".drawer .talk .title"))
    assert {words(title_of(payload)) for payload in PAYLOADS} <= shown
    row = hostile.locator(".drawer li", has_text="<iframe").first
    row.hover()
    row.get_by_text(strings.DRAWER_WORDS["remove"], exact=True).click()
    expect(hostile.locator(".drawer .gone")).to_contain_text("<iframe")


def test_the_library_lists_words(hostile: Page) -> None:
    hostile.get_by_role("tab", name=strings.LIBRARY_TAB).click()
    rows = hostile.locator("#library-tab table.listing tbody tr")
    expect(rows.first).to_be_visible()
    while (more := hostile.get_by_role("button", name=strings.LIBRARY_WORDS["more"])).is_visible():
        before = rows.count()
        more.click()
        expect(rows.nth(before)).to_be_visible()
    expect(rows).to_have_count(len(PAYLOADS))
    shown = texts(hostile, "#library-tab table.listing tbody tr")
    for payload in PAYLOADS:  # title, author, publisher, source
        assert max(row.count(words(payload)) for row in shown) >= 3, payload


def test_what_is_asked_and_what_is_uploaded_are_words(hostile: Page, poisoned: Any) -> None:
    hostile.goto(poisoned.url)
    hostile.locator(QUESTION).wait_for()
    question = "\n".join(PAYLOADS)[:LONGEST_QUESTION]
    ask(hostile, question)
    expect(hostile.locator("#chat .took")).to_be_visible()
    assert words(question) in texts(hostile, "#chat .message.user")[0]
    hostile.get_by_role("tab", name=strings.LIBRARY_TAB).click()
    names = [f"{payload.replace('/', '⁄')[:80]}.exe" for payload in PAYLOADS[:6]]
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"words"} for name in names]
    hostile.locator("#library-tab input[type=file]").first.set_input_files(files)
    queue = hostile.locator("#library-tab table.queue")
    for name in names:
        expect(queue).to_contain_text(plain(name))
