"""The Library tab where workers live: what is dropped is theirs, on every replica."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from postgres_server import PostgresServer
from queued import Hanging, Workers, going_on_once_told

from rag.index.library import Library, opened
from rag.settings import Settings
from ui.queue.store import Store

pytestmark = pytest.mark.browser

Window = Any  # conftest.Window, which cannot be imported: there are two of that name
FERRY = "The ferry to the island of Ven carries 240 people and eleven cars in each direction."
RIVER = "In May the river rose by four metres, and the old bridge had to be closed."


@pytest.fixture
def shared(settings: Settings, postgres: PostgresServer) -> Settings:
    """Those of the library that every window opens here, which is empty."""
    postgres.empty()
    return settings.model_copy(update={"library": settings.library.with_name("library")})


@pytest.fixture(autouse=True)
def longer_patience() -> None:
    """Beside windows and a browser, a worker has what is left of two cores."""
    expect.set_options(timeout=60_000)


def visit(page: Page, window: Window, path: str = "/") -> None:
    page.goto(window.url + path)
    page.locator("#box textarea").wait_for()
    page.locator("#library-tab-button").click()
    page.locator("#library .head").wait_for()


def give(page: Page, folder: Path, **files: str) -> None:
    """Choose files, all at once."""
    made = []
    for name, text in files.items():
        file = folder / name.replace("_", ".")
        file.write_text(text, "utf-8")
        made.append(str(file))
    if page.locator("#library .adding").is_hidden():
        page.locator("#library .more-add").click()
    page.locator("#library [name=files]").set_input_files(made)


def state(page: Page, name: str) -> Any:
    return page.locator("#library .queue tbody tr", has_text=name).locator(".state")


def reason(page: Page, name: str) -> Any:
    return page.locator("#library .queue tbody tr", has_text=name).locator(".reason")


def test_what_workers_have_in_hand_is_seen_after_a_reload_and_on_another_replica(
    shared: Settings,
    open_window: Callable[..., Window],
    watched: Page,
    tmp_path: Path,
    working: Workers,
) -> None:
    first, second = (open_window("--empty", script="stocked.py", fresh=True) for _ in range(2))
    seen = tmp_path / "seen"
    embedder = Hanging("eleven", seen)
    with opened(shared, embedder) as library, working(library):
        visit(watched, first)
        give(watched, tmp_path, ferry_md=FERRY)
        expect(state(watched, "ferry.md")).to_have_text("Reading…")
        give(watched, tmp_path, broken_pdf="%PDF-1.7 and no more", river_md=RIVER)
        expect(state(watched, "broken.pdf")).to_have_text("Waiting · next")
        expect(state(watched, "river.md")).to_have_text("Waiting · 1 before it")
        watched.reload()
        watched.locator("#library-tab-button").click()
        expect(state(watched, "river.md")).to_have_text("Waiting · 1 before it")
        visit(watched, second, "/de/")
        expect(state(watched, "ferry.md")).to_have_text("Wird gelesen …")
        expect(state(watched, "river.md")).to_have_text("Wartet · 1 davor")
        embedder.go_on()
        expect(state(watched, "river.md")).to_have_text("Hinzugefügt")
        expect(state(watched, "ferry.md")).to_have_text("Hinzugefügt")
        expect(reason(watched, "broken.pdf")).to_contain_text("PDF")
        expect(watched.locator("#library .listing tbody tr")).to_have_count(2)
        watched.get_by_role("button", name="Liste leeren").click()
        visit(watched, first)
        expect(watched.locator("#library .intake")).to_be_hidden()


def test_what_waits_and_what_is_in_hand_is_called_off_from_another_replica(
    shared: Settings,
    open_window: Callable[..., Window],
    watched: Page,
    tmp_path: Path,
    working: Workers,
) -> None:
    first, second = (open_window("--empty", script="stocked.py", fresh=True) for _ in range(2))
    embedder = Hanging("eleven", tmp_path / "seen")
    library: Library
    with (
        opened(shared, embedder) as library,
        working(library),
        going_on_once_told(embedder),
    ):
        visit(watched, first)
        give(watched, tmp_path, ferry_md=FERRY)
        expect(state(watched, "ferry.md")).to_have_text("Reading…")
        give(watched, tmp_path, river_md=RIVER)
        expect(state(watched, "river.md")).to_have_text("Waiting · next")
        visit(watched, second)
        watched.get_by_role("button", name="Cancel", exact=True).click()
        for name in ("river.md", "ferry.md"):
            expect(state(watched, name)).to_have_text("Cancelled")
        assert library.articles() == []


def test_without_a_worker_that_lives_the_window_adds_by_itself(
    shared: Settings, open_window: Callable[..., Window], watched: Page, tmp_path: Path
) -> None:
    window = open_window("--empty", script="stocked.py", fresh=True)
    visit(watched, window)
    give(watched, tmp_path, river_md=RIVER)
    expect(state(watched, "river.md")).to_have_text("Added")
    with Store(shared) as store:
        assert store.jobs() == []
