"""Which articles are asked."""

from __future__ import annotations

from datetime import date

import pytest
from scripted import ScriptedLibrary

from rag.schema import Filter
from ui import strings
from ui.window.chat import scope
from ui.window.chat.render import scope_line

LIBRARY = ScriptedLibrary(empty=False)
EVERY = Filter(("The Times", "Le Monde"), (), (), date(2024, 1, 31), date(2025, 1, 1), ("a1f0",))


def test_what_was_chosen_takes_the_place_of_what_was_and_leaves_the_days() -> None:
    assert scope.chosen(["The Times"], ["a1f0"], None) == Filter(("The Times",), articles=("a1f0",))
    assert scope.chosen([], ["b2e1"], EVERY) == Filter(
        since=EVERY.since, until=EVERY.until, articles=("b2e1",)
    )


def test_nothing_chosen_is_no_filter() -> None:
    assert scope.chosen([], [], None) is None
    assert scope.chosen(None, None, Filter(publishers=("The Times",))) is None


def test_a_day_is_set_and_taken_back() -> None:
    only = scope.with_day(None, "since", "2024-01-31")
    assert only == Filter(since=date(2024, 1, 31))
    assert scope.with_day(only, "until", "2025-01-01") == Filter(
        since=date(2024, 1, 31), until=date(2025, 1, 1)
    )
    assert scope.with_day(only, "since", "") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("since", "yesterday"), ("since", "2024-02-30"), ("since", 7), ("articles", "2024-01-01")],
)
def test_what_no_page_of_ours_sends_changes_nothing(name: str, value: object) -> None:
    assert scope.with_day(EVERY, name, value) == EVERY
    assert scope.chosen([7, None], ["../x", {}], None) is None
    assert scope.chosen("The Times", {"a": 1}, None) is None


def test_every_part_can_be_taken_back_and_then_nothing_is_left() -> None:
    only: Filter | None = EVERY
    names = [part.name for part in scope.parts(EVERY, LIBRARY)]
    assert names == ["publishers:0", "publishers:1", "articles:0", "since", "until"]
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
        "Asked only: The Times · Le Monde · “Night ferry to return after nine years” · "
        "since 31 January 2024 · until 1 January 2025"
    )
    assert scope.words(None, LIBRARY) == ""
    assert strings.GONE in scope.words(Filter(articles=("gone",)), LIBRARY)


def test_hostile_publishers_are_words() -> None:
    line = scope_line(scope.parts(Filter(publishers=('"><img src=x onerror=alert(1)>',)), LIBRARY))
    assert "<img" not in line
