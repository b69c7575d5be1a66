"""Promises of collections in the Library tab: made, filled, renamed, forgotten, and undone."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from doubles import tiny_library
from playwright.sync_api import Page, expect

from rag.errors import LibraryError, UnknownCollection
from rag.schema import Filter
from ui import strings
from ui.window.library.tab import LibraryService

WORDS = strings.LIBRARY_WORDS
DIALOG = "#library dialog.collecting"
ROWS = "#library .listing tbody tr"


def test_collections_are_made_filled_renamed_forgotten_and_remade(tmp_path: Any) -> None:
    with tiny_library(tmp_path) as own:
        desk = LibraryService(SimpleNamespace(library=own)).shelves  # type: ignore[arg-type]
        first, second, *_ = [one.id for one in own.articles()]
        assert desk.collections({}) == {"collections": [], "of": 0}
        assert desk.collect({"name": "Harbour", "ids": [first, second, "?"], "into": True}) == {}
        assert desk.collect({"name": "harbour", "ids": [second], "into": False}) == {}
        assert desk.collections({"ids": [first, second]}) == {
            "collections": [{"name": "Harbour", "inside": 1, "held": 1}],
            "of": 2,
        }
        assert desk.rename_collection({"name": "Harbour", "new": "Port"}) == {}
        token = desk.delete_collection({"name": "Port"})["token"]
        assert own.collections() == []
        assert desk.remake_collection({"token": token}) == {}
        assert own.catalog.matching(Filter(collections=("Port",))) == [first]
        assert desk.remake_collection({"token": token})["problem"] == strings.NO_COLLECTION_BACK


def test_what_cannot_be_done_to_a_collection_is_told_in_the_windows_language(tmp_path: Any) -> None:
    with tiny_library(tmp_path) as own:
        desk = LibraryService(SimpleNamespace(library=own)).shelves  # type: ignore[arg-type]
        for name in ("One", "Two"):
            desk.collect({"name": name, "ids": [], "into": True})
        with pytest.raises(UnknownCollection):
            desk.delete_collection({"name": "Three"})
        with pytest.raises(LibraryError) as taken:
            desk.rename_collection({"name": "One", "new": "TWO"})
        with pytest.raises(LibraryError) as unnamed:
            desk.collect({"name": " ", "ids": [], "into": True})
        with strings.speaking("de"):
            assert "gibt es schon" in strings.failure(taken.value)
            assert "braucht einen Namen" in strings.failure(unnamed.value)
        ghost = {"name": "One", "ids": ["0" * 12], "into": True}
        assert desk.collect(ghost) == {"problem": strings.UNKNOWN_ARTICLE}


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_chosen_articles_are_put_into_a_collection_which_can_be_filtered_by_and_forgotten(
    open_window: Callable[..., Any], watched: Page, width: int
) -> None:
    window = open_window(script="stocked.py", fresh=True)
    watched.set_viewport_size({"width": width, "height": 844})
    watched.goto(window.url)
    watched.locator("#library-tab-button").click()
    dialog = watched.locator(DIALOG)
    watched.locator("#library .head .collections").click()
    expect(dialog).to_contain_text(WORDS["collections_none"])
    watched.keyboard.press("Escape")
    expect(watched.locator("#library .head .collections")).to_be_focused()
    for at in (0, 1):
        watched.locator(f"{ROWS} .choose input").nth(at).check()
    watched.locator("#library .chosen-bar .collect").click()
    dialog.locator("[name=collection]").fill("<b>Mine</b>")
    dialog.locator("[name=collection]").press("Enter")
    expect(dialog.locator(".collections .name")).to_have_text("<b>Mine</b>")
    expect(dialog.locator(".collections .count")).to_have_text("2 articles")
    expect(dialog.locator(".into input")).to_be_checked()
    dialog.locator(".rename").click()
    expect(dialog.locator("[name=new]")).to_be_focused()
    watched.keyboard.type("Mine")
    watched.keyboard.press("Enter")
    expect(dialog.locator(".collections .name")).to_have_text("Mine")
    dialog.locator(".collections .name").click()
    expect(watched.locator(ROWS)).to_have_count(2)
    expect(watched.locator("#library [name=collection]").first).to_have_value("Mine")
    assert watched.evaluate("document.documentElement.scrollWidth") <= width
    watched.locator("#library .head .collections").click()
    dialog.locator(".forget").click()
    expect(watched.locator(ROWS)).to_have_count(3)
    watched.locator("#library .notice .undo").click()
    expect(watched.locator("#library .notice")).to_have_text(WORDS["remade"])
    watched.locator("#library .head .collections").click()
    expect(dialog.locator(".collections .count")).to_have_text("2 articles")
