"""A picture of every state of the conversation, in the folder ``screenshots``.

``make screenshots`` runs this; the tests do not, because nobody would look at the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import CHIPS, QUESTION, STOP, ask
from conftest import ROOT
from measured import ferry_set
from measured import run as run_set
from playwright.sync_api import Browser, Page, expect
from scripted import FERRY
from starting import chat

from ui import users

pytestmark = pytest.mark.browser

FOLDER = ROOT / "screenshots"
VIEWS = {
    "desk": (1280, 800, "light"),
    "dark": (1280, 800, "dark"),
    "wide": (1600, 1000, "light"),
    "phone": (390, 844, "light"),
    "phone-dark": (390, 844, "dark"),
}
ANSWER_LIMIT_MS = 280_000

Step = Callable[[Page], Any]


def steps(*each: Step) -> Step:
    """One step after the other, each with time to settle."""

    def scene(page: Page) -> None:
        for step in each:
            step(page)
            page.wait_for_timeout(500)

    return scene


def asked(question: str) -> Step:
    """Ask, and wait for the whole answer."""

    def scene(page: Page) -> None:
        before = page.locator("#chat .took").count()
        ask(page, question)
        expect(page.locator("#chat .took")).to_have_count(before + 1, timeout=ANSWER_LIMIT_MS)
        page.wait_for_timeout(1000)

    return scene


def seen(question: str, selector: str) -> Step:
    """Ask, and wait for something to be seen."""
    return steps(lambda page: ask(page, question), lambda page: shown(page, selector))


def shown(page: Page, selector: str) -> None:
    page.locator(selector).first.wait_for(timeout=ANSWER_LIMIT_MS)


def click(selector: str, place: int = 0) -> Step:
    """Select something, wherever it lies."""
    return lambda page: page.locator(selector).nth(place).evaluate("node => node.click()")


SCENES: dict[str, Step] = {
    "welcome": steps(),
    "sources-first": seen("hang", "#chat a[href^='#sources-']"),
    "writing": seen("endless", "#chat :text('Line 5')"),
    "stopped": steps(seen("endless", "#chat :text('Line 5')"), click(STOP)),
    "answer": asked("When does it return?"),
    "mixed": asked("mixed"),
    "lenient": asked("Be lenient."),
    "quoted": asked("Please quote it."),
    "refused": asked("Please refuse."),
    "failed": seen("fail", "#chat .problem"),
    "details": steps(asked("understood?"), click("#chat summary")),
    "hostile": asked("hostile"),
    "card": steps(asked("mixed"), lambda page: page.locator(CHIPS).nth(1).hover()),
    "sources": steps(asked("mixed"), click("#chat a[href^='#sources-']")),
    "reader": steps(asked("mixed"), click(CHIPS, 1), click(".reader .left")),
    "find": steps(
        asked("mixed"), click(CHIPS, 1), lambda page: page.locator(".sought").fill("paragraph 1")
    ),
    "changed": steps(asked("Has it changed?"), click(CHIPS)),
    "filters": steps(asked("mixed"), click(".filter-button")),
    "only": steps(asked("mixed"), click("#reader .source .only"), asked("mixed, again")),
    "editing": steps(asked("mixed"), click("#chat .act.edit")),
    "thumb-down": steps(asked("mixed"), click("#chat .act.down")),
    "drawer": steps(asked("mixed"), click("#drawer .toggle")),
}
SHELF: dict[str, Step] = {
    "library": steps(click("#library-tab-button")),
    "library-added": steps(
        click("#library-tab-button"), lambda page: give(page, ("ferry.md", FERRY), ("a.md", " "))
    ),
    "library-article": steps(click("#library-tab-button"), click("#library .listing .open", 1)),
    "library-edit": steps(click("#library-tab-button"), click("#library .listing .edit", 1)),
    "library-remove": steps(click("#library-tab-button"), click("#library .listing .remove", 1)),
}


def give(page: Page, *files: tuple[str, str]) -> None:
    if page.locator("#library .adding").is_hidden():
        click("#library .more-add")(page)
    sent: list[Any] = [
        {"name": name, "mimeType": "text/plain", "buffer": words.encode()} for name, words in files
    ]
    if page.locator("#library .clear").is_visible():  # of the picture before
        page.locator("#library .clear").click()
    page.locator("#library [name=files]").set_input_files(sent)
    done = page.locator("#library .queue :is(tr.added, tr.replaced, tr.same, tr.failed)")
    expect(done).to_have_count(len(files))


@pytest.fixture(autouse=True)
def folder() -> None:
    FOLDER.mkdir(exist_ok=True)


@pytest.fixture(params=list(VIEWS))
def take(browser: Browser, request: Any) -> Iterator[Callable[..., Page]]:
    """Open a page in one of the views and take a picture of it."""
    width, height, scheme = VIEWS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        has_touch=request.param.startswith("phone"),
    )
    page = context.new_page()

    def picture(
        url: str,
        name: str,
        scene: Step = SCENES["welcome"],
        *,
        ready: bool = True,
        inside: bool = True,
    ) -> Page:
        if not page.url.startswith(url):
            page.goto(url)
            if inside:
                page.locator(QUESTION).wait_for()
            if ready and inside:
                page.locator("#banner .loading").wait_for(state="hidden", timeout=ANSWER_LIMIT_MS)
                page.locator("#masthead .size").wait_for()
        page.wait_for_timeout(800)
        scene(page)
        page.wait_for_timeout(600)
        page.screenshot(path=FOLDER / f"{name}-{request.param}.png")
        return page

    yield picture
    context.close()


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_of(name: str, take: Callable[..., Page], open_window: Any) -> None:
    window = open_window(
        "--example", "When does the ferry return?", "--example", "What does a berth cost?"
    )
    take(window.url, name, SCENES[name])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("empty", ("--empty",)),
        ("limping", ("--warning", "the language model is not there; run: ibid models pull")),
        ("dead", ("--error", "the library is in use; close the other Ibid")),
    ],
)
def test_a_picture_of_a_library(
    name: str, options: tuple[str, ...], take: Callable[..., Page], open_window: Any
) -> None:
    take(open_window(*options).url, name, ready=False)


@pytest.mark.parametrize("name", SHELF)
@pytest.mark.parametrize("home", ["", "/de/"])
def test_a_picture_of_the_library(
    name: str, home: str, take: Callable[..., Page], open_window: Any
) -> None:
    stocked = open_window(script="stocked.py")
    take(stocked.url + home, f"{name}{'-german' if home else ''}", SHELF[name])


@pytest.mark.parametrize("name", ["welcome", "lenient", "refused", "filters", "reader", "drawer"])
def test_a_picture_in_german(name: str, take: Callable[..., Page], open_window: Any) -> None:
    take(f"{open_window().url}/de/", f"{name}-german", SCENES[name])


def test_pictures_of_an_evaluation(
    take: Callable[..., Page], open_window: Any, tmp_path: Path
) -> None:
    measured = open_window(script="stocked.py", fresh=True)
    url = measured.url
    take(url, "evaluation-empty", click("#evaluation-tab-button"))

    def run(page: Page) -> None:
        cases = ferry_set(tmp_path)
        page.locator("#evaluation [name=bring]").set_input_files(str(cases))
        for tag in ("first", "other"):
            run_set(page, tag)

    take(url, "evaluation", run)
    take(url, "evaluation-report", click("#evaluation .acts button", 0))
    page = take(url, "evaluation-questions", steps(escape, click("#evaluation .acts button", 1)))
    wanted = page.locator("#evaluation .questions .open", has_text="ferry return")
    take(url, "evaluation-question", lambda page: wanted.click())
    take(
        url,
        "evaluation-comparison",
        steps(
            escape,
            escape,
            lambda page: [box.check() for box in page.locator("#evaluation [name=pick]").all()],
            click("#evaluation .compare"),
        ),
    )


def escape(page: Page) -> None:
    page.keyboard.press("Escape")


def test_a_picture_of_the_door(take: Callable[..., Page], open_window: Any, tmp_path: Path) -> None:
    file = tmp_path / users.USERS
    users.add(file, "ann", "correct horse battery")
    shut = open_window("--users", str(file), fresh=True)
    take(shut.url, "sign-in", inside=False)


def test_a_picture_of_loading(take: Callable[..., Page], open_window: Any) -> None:
    take(open_window(gated=True).url, "loading", lambda page: ask(page, "When?"), ready=False)


def test_a_picture_on_paper(page: Page, open_window: Any) -> None:
    page.goto(open_window().url)
    page.locator("#masthead .size").wait_for()
    asked("mixed")(page)
    asked("Be lenient.")(page)
    page.emulate_media(media="print")
    page.screenshot(path=FOLDER / "paper.png", full_page=True)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real window, over the starter articles."""
    with chat(tmp_path_factory.mktemp("real")) as address:
        yield address


@pytest.mark.model
@pytest.mark.timeout(1800)
def test_pictures_of_the_real_thing(take: Callable[..., Page], real: str) -> None:
    take(real, "real-welcome", lambda page: shown(page, "#chat .examples button"))
    take(real, "real-answer", asked("When does the Green Line tram in Tarnwick open?"))
    take(real, "real-next", lambda page: shown(page, "#suggestions .ask"))
    take(real, "real-reader", click(CHIPS))
    take(real, "real-refused", asked("Who won the chess final in Reykjavik in 1972?"))
