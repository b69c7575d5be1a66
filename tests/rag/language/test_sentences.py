"""Promises about where sentences begin and end."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from texts import FAMILY, HOSTILE

from rag.language.sentences import LONGEST, split


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@given(HOSTILE, st.integers(1, 40))
def test_whatever_the_text_sentences_are_in_order_trimmed_bounded_and_lose_nothing(
    text: str, longest: int
) -> None:
    spans = split(text, longest)
    assert all(0 < end - start <= longest for start, end in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    kept = "".join("".join(text[start:end].split()) for start, end in spans)
    assert kept == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"I will not go," he said. "Not today."', ['"I will not go," he said.', '"Not today."']),
        ('"Really?" she asked. Yes.', ['"Really?" she asked.', "Yes."]),
        ("Dr. Smith of the U.S. Army came at 5 p.m. on Jan. 3. He left.", ["", "He left."]),
        ("It cost $3.5 million, e.g. too much. See Fig. 2.", ["", "See Fig. 2."]),
        (
            "今日は晴れ。「行く。」と言った。はい！",
            ["今日は晴れ。", "「行く。」と言った。", "はい！"],
        ),
        ("هل أنت بخير؟ نعم أنا بخير.", ["هل أنت بخير؟", "نعم أنا بخير."]),
        ("यह एक है। यह दूसरा है।", ["यह एक है।", "यह दूसरा है।"]),
        ("Это предложение. Это другое!", ["Это предложение.", "Это другое!"]),
        ("# Heading\nText of it.", ["# Heading", "Text of it."]),
        ("- one thing\n- another\n1. First.", ["- one thing", "- another", "1. First."]),
        ("A line that is\nwrapped goes on.", ["A line that is\nwrapped goes on."]),
        ("No stop\n\nnor here\n \t\nor here", ["No stop", "nor here", "or here"]),
        ("No stop\r\n\r\nnor here", ["No stop", "nor here"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: list[str]) -> None:
    found = sentences(text)
    assert len(found) == len(expected)
    assert all(want in ("", got) for got, want in zip(found, expected, strict=True))


@pytest.mark.parametrize("letter", ["e\u0301\u0323", FAMILY, "🇩🇪", "நி"])
def test_a_cut_never_parts_a_letter_from_its_marks(letter: str) -> None:
    text = letter * 3000
    edges = {match.end() for match in regex.finditer(r"\X", text)}
    assert all(end in edges for _, end in split(text, 97))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "word " * 400_000,
        "." * 2_000_000,
        "?!" * 100_000,
        "\n" * 2_000_000,
        "a\n \t" * 500_000,
        "a\n" + " " * 2_000_000 + "b",
        "#" * 2_000_000,
        "a" + "\u0301" * 2_000_000,
        "A. " * 300_000,
        "今日は。" * 100_000,
    ],
    ids=lambda text: repr(text[:5]),
)
def test_no_text_of_two_million_characters_takes_long(text: str) -> None:
    began = time.process_time()
    assert all(end - start <= LONGEST for start, end in split(text))
    assert time.process_time() - began < 10
