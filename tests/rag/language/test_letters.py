"""Promises about letters: words are found however they were set, and signs stay what they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.letters import has_forms, plain_letters


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ﬁve oﬃces, ﬂoors and ﬅreets", "five offices, floors and streets"),
        ("in\u00adfla\u00adtion", "inflation"),
        ("２０１９ ＡＢＣ", "2019 ABC"),
        ("ﻻ", "لا"),
        ("ĳs", "ijs"),
    ],
)
def test_forms_of_letters_are_plain_ones(text: str, plain: str) -> None:
    assert has_forms(text) and plain_letters(text) == plain


@pytest.mark.parametrize("text", ["10² km², ½, ™, №, …", "Straße, Łódź, élan", "日本語。", "！"])
def test_what_means_something_of_its_own_stays(text: str) -> None:
    assert not has_forms(text) and plain_letters(text) is text


@given(st.text())
def test_plain_letters_are_in_no_other_form_and_no_word_changes(text: str) -> None:
    plain = plain_letters(text)
    assert plain_letters(plain) == plain
    normal = unicodedata.normalize("NFKC", text.replace("\u00ad", ""))
    assert unicodedata.normalize("NFKC", plain) == normal
