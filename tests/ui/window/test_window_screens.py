"""Every screen, wide and on a phone, light and dark: axe finds nothing serious or critical in it,
and on a phone nothing is cut, and all that can be selected is large enough for a finger."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
import screens
import shelf
from faults import found_by_axe, too_small
from measured import ferry_set, proposed, run
from playwright.sync_api import Page

from ui import strings
from ui.window.page import scripts

pytestmark = pytest.mark.browser

PHONE_PX = 390
VIEWS = [(1280, "light"), (1280, "dark"), (PHONE_PX, "light"), (PHONE_PX, "dark")]


@pytest.fixture(params=VIEWS, ids=[f"{width}-{scheme}" for width, scheme in VIEWS])
def view(request: pytest.FixtureRequest) -> tuple[int, str]:
    """The width of a page, and whether it is light."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def browser_context_args(
    browser_context_args: dict[str, Any], view: tuple[int, str]
) -> dict[str, Any]:
    """A browser of that size; a phone is touched."""
    width, scheme = view
    return {
        **browser_context_args,
        "viewport": {"width": width, "height": 844},
        "has_touch": width == PHONE_PX,
        "color_scheme": scheme,
        "reduced_motion": "reduce",
    }


def faults(page: Page) -> list[str]:
    """What is wrong with the screen that is shown."""
    size = page.viewport_size
    return found_by_axe(page) + (too_small(page) if size and size["width"] == PHONE_PX else [])


def found_on(page: Page, walk: Iterator[str]) -> dict[str, list[str]]:
    """The faults by the screen on which they were found."""
    found = {screen: faults(page) for screen in walk}
    assert found
    return {screen: several for screen, several in found.items() if several}


def test_in_the_chat(watched: Page, open_window: Callable[..., Any]) -> None:
    asked = ("When does the ferry return?", "What does a berth cost?", "How many ships are there?")
    opened = open_window(*(word for one in asked for word in ("--example", one)))
    assert found_on(watched, screens.chat(watched, opened)) == {}


def test_while_models_load_and_where_they_cannot(
    watched: Page, open_window: Callable[..., Any]
) -> None:
    loading = open_window(gated=True, fresh=True)
    assert found_on(watched, screens.waiting(watched, loading)) == {}
    broken = open_window("--error", "the library is in use; close the other Ibid")
    assert found_on(watched, screens.failed(watched, broken)) == {}


def test_on_the_page_that_waits_for_the_window(watched: Page) -> None:
    words = {"language": "en", "title": strings.NAME, "heading": strings.STARTING, "hint": "Soon."}
    page = Template(scripts.asset("starting.html").read_text("utf-8"))
    watched.set_content(
        page.safe_substitute({name: html.escape(one) for name, one in words.items()})
    )
    assert faults(watched) == []


def test_at_the_door(watched: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    shut = open_window("--users", str(screens.users_file(tmp_path)), fresh=True)
    assert found_on(watched, screens.door(watched, shut)) == {}


@pytest.fixture(scope="module")
def shelved(open_window: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A window over articles with a table and with pages, for tests that change nothing."""
    folder = shelf.stock(tmp_path_factory.mktemp("shelved") / "articles")
    return open_window("--add", str(folder), script="stocked.py")


def test_in_an_article(watched: Page, shelved: Any) -> None:
    assert found_on(watched, screens.reading(watched, shelved)) == {}


def test_in_the_library(watched: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    bare = open_window("--empty", script="stocked.py", fresh=True)
    assert found_on(watched, screens.library(watched, bare, tmp_path)) == {}


def test_in_the_evaluation(watched: Page, open_window: Callable[..., Any], tmp_path: Path) -> None:
    measured = open_window(script="stocked.py", fresh=True)
    walk = screens.evaluation(watched, measured, tmp_path, proposed("one"))
    assert found_on(watched, walk) == {}


def test_the_report_of_a_run_and_of_two(
    watched: Page, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    measured = open_window(script="stocked.py", fresh=True)
    watched.goto(measured.url)
    watched.locator("#evaluation-tab-button").click()
    watched.locator("#evaluation .start").wait_for()
    watched.locator("#evaluation [name=bring]").set_input_files(str(ferry_set(tmp_path)))
    run(watched, "first")
    run(watched, "other")
    one, two = watched.locator("#evaluation [name=pick]").evaluate_all(
        "boxes => boxes.map(box => box.dataset.run)"
    )
    found = {}
    for name in (f"{one}.html", f"{one}/against/{two}.html"):
        answer = watched.request.get(f"{measured.url}/runs/{name}")
        assert answer.ok
        # Where it is served it may run no script, and axe is one.
        watched.set_content(answer.text())
        found[name] = found_by_axe(watched)
    watched.goto(measured.url)
    assert {name: several for name, several in found.items() if several} == {}
