"""Which articles are asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from scripted import ScriptedLibrary

from rag.schema import Filter
from ui import strings
from ui.window.chat import scope
from ui.window.chat.render import scope_line

LIBRARY = ScriptedLibrary(empty=False)
EVERY = Filter(
    ("The Times", "Le Monde"), (), (), date(2024, 1, 31), date(2025, 1, 1), ("a1f0",), ("Boats",)
)


def test_a_filter_is_told_as_it_is_chosen() -> None:
    assert scope.chosen({"publishers": ["The Times"], "articles": ["a1f0"]}) == Filter(
        ("The Times",), articles=("a1f0",)
    )
    assert scope.chosen(scope.told(EVERY)) == EVERY
    assert scope.told(None) == {
        "publishers": [], "collections": [], "articles": [], "since": "", "until": "",
    }  # fmt: skip


def test_nothing_chosen_is_no_filter() -> None:
    assert scope.chosen(scope.told(None)) is None


@pytest.mark.parametrize(
    "given",
    [
        None,
        "The Times",
        {"since": "yesterday"},
        {"since": "2024-02-30", "until": 7},
        {"publishers": [7, None], "articles": ["../x", {}]},
        {"publishers": "The Times", "articles": {"a": 1}},
    ],
)
def test_what_no_page_of_ours_sends_chooses_nothing(given: object) -> None:
    assert scope.chosen(given) is None
    assert set(scope.choices(given, LIBRARY)) == {
        "publishers", "collections", "articles", "count", "left",
    }  # fmt: skip


def names(choices: dict[str, Any], group: str) -> list[str]:
    return [one["name"] for one in choices[group]]


def test_the_choices_are_those_with_every_word_and_first_what_is_chosen() -> None:
    found = scope.choices({"words": "harbour BOARD"}, LIBRARY)
    assert names(found, "publishers") == ["Port Hanna Harbour Board"]
    assert names(found, "articles") == ["Harbour board weighs the winter timetable"]
    assert (found["count"], found["left"]) == (7, 0)
    now = {"words": "harbour", "publishers": ["The Aldwick Courier"], "articles": ["gone1"]}
    found = scope.choices(now, LIBRARY)
    assert names(found, "publishers") == ["The Aldwick Courier", "Port Hanna Harbour Board"]
    assert names(found, "articles")[0] == strings.GONE
    assert scope.choices({}, None)["count"] == 0
    found = scope.choices({"words": "winter WATER", "collections": ["Gone"]}, LIBRARY)
    assert names(found, "collections") == ["Gone", "Winter on the water"]


def test_every_part_can_be_taken_back_and_then_nothing_is_left() -> None:
    only: Filter | None = EVERY
    names = [part.name for part in scope.parts(EVERY, LIBRARY)]
    assert names == [
        "publishers:0", "publishers:1", "collections:0", "articles:0", "since", "until",
    ]  # fmt: skip
    for name in reversed(names):
        assert only is not None
        only = scope.without(only, name)
    assert only is None


@pytest.mark.parametrize(
    "name", ["", "publishers", "publishers:9", "publishers:x", "__class__", "x"]
)
def test_a_part_that_is_not_there_changes_nothing(name: str) -> None:
    assert scope.without(EVERY, name) == EVERY


def test_an_article_is_added_and_taken_back_by_the_same_button() -> None:
    only = scope.with_article(None, "a1f0")
    assert only == Filter(articles=("a1f0",))
    both = scope.with_article(only, "b2e1")
    assert both == Filter(articles=("a1f0", "b2e1"))
    assert scope.with_article(scope.with_article(both, "a1f0"), "b2e1") is None


def test_a_filter_is_told_in_words() -> None:
    assert scope.words(EVERY, LIBRARY) == (
        "Asked only: The Times · Le Monde · Boats · “Night ferry to return after nine years” · "
        "since 31 January 2024 · until 1 January 2025"
    )
    assert scope.words(None, LIBRARY) == ""
    assert strings.GONE in scope.words(Filter(articles=("gone",)), LIBRARY)


def test_hostile_publishers_are_words() -> None:
    line = scope_line(scope.parts(Filter(publishers=('"><img src=x onerror=alert(1)>',)), LIBRARY))
    assert "<img" not in line
