"""Promises of what is left of the words of others, wherever they go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.addresses import link_target, web_address
from rag.language.visible import plain, plain_lines, printable, spelt, visible

ONE_LINE = (visible, plain, spelt)
ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            "\0\x07\x1b\x7f\x85\x9b\u200b\u200d\u202e\u2028\u2066\ufeff\U000e0041 \n\r"
        ),
    )
)


@given(ANY_TEXT)
def test_no_policy_leaves_a_control_character_or_half_a_character(text: str) -> None:
    for policy in (*ONE_LINE, plain_lines, printable):
        left = policy(text).replace("\n", "").encode()  # half a character cannot be encoded
        assert not set(left.decode()) & {*map(chr, range(32)), *map(chr, range(127, 160))}


@pytest.mark.parametrize("policy", ONE_LINE)
@given(text=ANY_TEXT)
def test_one_line_is_one_line_and_is_left_as_it_is_another_time(
    policy: Callable[[str], str], text: str
) -> None:
    once = policy(text)
    assert once == policy(once)
    assert len(once.splitlines()) <= 1


@pytest.mark.parametrize("policy", [visible, plain, plain_lines, printable, spelt])
def test_what_a_script_needs_stays(policy: Callable[[str], str]) -> None:
    text = "Füße 東京 می\u200cخواهم 👩\u200d🚀"
    assert policy(text) == text


def test_each_policy_does_its_own_with_the_unseen() -> None:
    text = "a\x07b\u200bc\u202ed\n e"
    assert visible(text) == "a bcd e"
    assert plain(text) == "ab\u200bcd e"
    assert plain_lines(text) == "ab\u200bcd\ne"
    assert printable(text) == "abcd\n e"
    assert spelt(text) == "a\\x07b\u200bc\u202ed e"


@pytest.mark.parametrize(
    "words", ["javascript:alert(1)", "https://", "https://[bad", "notes/today.md", "", None]
)
def test_what_a_browser_may_not_open_is_no_address(words: str | None) -> None:
    assert web_address(words) is None
    assert link_target(words or "") == ""


def test_an_address_that_would_end_where_it_is_written_is_no_target() -> None:
    assert web_address("https://news.example/a>b") == "https://news.example/a>b"
    assert link_target("https://news.example/a>b") == ""
    assert link_target("https://news.example/a") == "https://news.example/a"
