"""On a phone nothing is cut, and all that can be selected is large enough for a finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import screens
import shelf
from browsing import CHIPS, answered
from measured import proposed
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

LEAST_PX = 44
# Controls that are seen, smaller than a finger or out of the page. Of a box in a label the label is
# what is selected. A link in the midst of text is as large as its words (WCAG 2.5.8).
SMALL = """least => {
  const within = 'p, li, td, dd, blockquote, figcaption';
  const told = [];
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  const isLink = node => node.matches('a') && node.closest(within)
    && getComputedStyle(node).display.startsWith('inline')
    && node.closest(within).textContent.trim() !== node.textContent.trim();
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const node of (dialog ?? document).querySelectorAll(controls)) {
    const what = node.closest('label') ?? node;
    const box = what.getBoundingClientRect();
    const isThere = node.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && box.width > 1 && box.height > 1 && !node.closest('[inert], .told, .visually-hidden');
    if (!isThere || isLink(node) || node.matches('[href^="#cite-"], mark')) continue;
    const size = `${Math.round(box.width)} x ${Math.round(box.height)}`;
    const words = node.ariaLabel ?? node.textContent.slice(0, 30);
    const name = `${node.tagName} ${node.className} ${words}`;
    if (box.width < least - .5 || box.height < least - .5) told.push(`small ${size}: ${name}`);
    let scrolls = false;
    for (let at = what.parentElement; at; at = at.parentElement) {
      scrolls ||= /auto|scroll/.test(getComputedStyle(at).overflowX)
        && at.scrollWidth > at.clientWidth;
    }
    const isCut = box.left < -1 || box.right > innerWidth + 1;
    if (isCut && !scrolls) told.push(`cut ${size}: ${name}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) told.push('the page is too wide');
  return [...new Set(told)];
}"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page that is as large as a phone, and is touched."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def faults_of(page: Page, walk: Iterator[str]) -> dict[str, list[str]]:
    """What is too small or cut, and the screens it was found on."""
    found: dict[str, list[str]] = {}
    for screen in walk:
        for fault in page.evaluate(SMALL, LEAST_PX):
            found.setdefault(fault, []).append(screen)
    return found


def test_in_the_chat(phone: Page, open_window: Callable[..., Any]) -> None:
    asked = ("When does the ferry return?", "What does a berth cost?", "How many ships are there?")
    opened = open_window(*(word for one in asked for word in ("--example", one)))
    assert faults_of(phone, screens.chat(phone, opened)) == {}


def test_while_models_load_and_where_they_cannot(
    phone: Page, open_window: Callable[..., Any]
) -> None:
    loading = open_window(gated=True, fresh=True)
    assert faults_of(phone, screens.waiting(phone, loading)) == {}
    broken = open_window("--error", "the library is in use; close the other Ibid")
    assert faults_of(phone, screens.failed(phone, broken)) == {}


def test_at_the_door(phone: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    shut = open_window("--users", str(screens.users_file(tmp_path)), fresh=True)
    assert faults_of(phone, screens.door(phone, shut)) == {}


def test_in_an_article(phone: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    folder = shelf.stock(tmp_path / "articles")
    opened = open_window("--add", str(folder), script="stocked.py", fresh=True)
    assert faults_of(phone, screens.reading(phone, opened)) == {}


def test_in_the_library(phone: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    bare = open_window("--empty", script="stocked.py", fresh=True)
    assert faults_of(phone, screens.library(phone, bare, tmp_path)) == {}


def test_in_the_evaluation(phone: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    measured = open_window(script="stocked.py", fresh=True)
    walk = screens.evaluation(phone, measured, tmp_path, proposed("one"))
    assert faults_of(phone, walk) == {}


def test_a_footnote_can_be_hit_around_its_number(phone: Page, window: Any) -> None:
    answered(phone, window)
    expect(phone.locator(CHIPS).first).to_be_visible()
    reach = phone.locator(CHIPS).first.evaluate(
        """node => {
          node.scrollIntoView({ block: 'center', behavior: 'instant' });
          const box = node.getBoundingClientRect();
          const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
          const hits = (right, down) => document.elementFromPoint(x + right, y + down) === node;
          return [hits(-14, 0), hits(14, 0), hits(0, -16), hits(0, 16)];
        }"""
    )
    assert reach == [True] * 4
