"""Promises of Markdown: every word knows where it stands, and what is too much is told at once."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.markdown import Element, Words, parsed, walked

TABLE = "| Route | Fare |\n|---|---:|\n| Skerra | 38 *cr* |\n| Tarn \\| Vale | 40 |\n"
PIECES = st.sampled_from(
    [
        *("word", "𝔸", "é", "*", "**", "_", "`", "``", "~~", "[", "](http://a.example)", "!["),
        *("](", "[^1]", "&amp;", "&#42;", "\\*", "<b>", "</b>", "<!--", "|", "---", "|---|---|"),
        *("\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n# ", "\n```\n", "\n| a | b |\n"),
    ]
)


def kinds(text: str) -> list[str]:
    return [one.kind for one in walked(parsed(text) or []) if isinstance(one, Element)]


def words(text: str) -> list[Words]:
    return [one for one in walked(parsed(text) or []) if isinstance(one, Words)]


@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_words_stand_where_they_say_in_order_and_none_twice(text: str) -> None:
    at = 0
    for start, end, shown in words(text):
        assert at <= start <= end <= len(text)
        at = end
        if len(shown) == end - start:
            assert shown == text[start:end] or "`" in text[start:end]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("𝔸 **b** c", ["𝔸 ", "b", " c"]),
        ("a \\* b", ["a ", "* b"]),
        ("> é *one*\n> two", ["é ", "one", "\n", "two"]),
        ("`` a ` b ``", ["a ` b"]),
        ("[é](http://x.example \"é\") é", ["é", " é"]),
        ("<b>é</b>", ["<b>", "é", "</b>"]),
        ("x\n\n<div>é</div>\n", ["x", "<div>é</div>\n"]),
        (TABLE, ["Route", "Fare", "Skerra", "38 ", "cr", "Tarn ", "| Vale", "40"]),
    ],
)  # fmt: skip
def test_every_word_is_that_of_the_text(text: str, shown: list[str]) -> None:
    found = words(text)
    assert [one.text for one in found] == shown
    assert [text[one.start : one.end] for one in found] == shown


def test_what_is_spelt_otherwise_says_so_and_where() -> None:
    text = "Fish &amp; chips"
    assert Words(5, 10, "&") in words(text)


def test_headings_lists_quotations_tables_code_links_pictures_and_notes_are_told_apart() -> None:
    text = (
        "# H\n\n- a\n- b\n\n> q\n\n```py\nx\n```\n\n[l](http://a.example) ![p](p.png) ~~d~~ *e* "
        f"**s** `c`[^1]\n\n---\n\n{TABLE}\n[^1]: note\n"
    )
    assert set(kinds(text)) == {
        *("heading", "list", "item", "quotation", "code-block", "link", "image", "deleted"),
        *("emphasis", "strong", "code", "reference", "note", "rule", "table", "head", "row"),
        *("cell", "paragraph"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_001,
        ">" * 5_000 + "a",
        "- " * 5_000 + "a",
        "| a " * 300 + "|\n" + "|---" * 300 + "|\n" + "| b |\n" * 20_000,
        "**a** " * 100_000,
        "half a pair \ud800",
    ],
)
def test_what_is_too_long_too_full_or_too_deep_for_a_page_is_none_and_soon(text: str) -> None:
    began = time.monotonic()
    assert parsed(text) is None
    assert time.monotonic() - began < 20
