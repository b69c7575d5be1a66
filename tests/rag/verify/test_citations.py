from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import ArticleInfo, Citation
from rag.verify.markers import cite

FERRY = ArticleInfo("f1", "A new ferry", "ferry.md", None, date(2021, 3, 2), "en", "d")
QUOTES = (
    "With 240 seats, the boat carries twice as many people as the old one.",
    "The Halvard entered service in May and replaced a ship from 1974.",
    "The captain, Ines Roth, said that the crossing now takes nine minutes.",
)
EVIDENCE = tuple(
    Citation(number, FERRY, 0, len(quote), quote) for number, quote in enumerate(QUOTES, start=1)
)


def read(draft: str, *, unfinished: bool = False) -> list[tuple[str, list[int]]]:
    """What is shown of a draft: each sentence, and the numbers it cites."""
    return [
        (sentence.text, [citation.number for citation in sentence.citations])
        for sentence in cite(draft, EVIDENCE, unfinished=unfinished)
    ]


@pytest.mark.parametrize(
    ("draft", "numbers"),
    [
        ("The ferry holds 240 people [1].", [1]),
        ("The ferry holds 240 people. [1]", [1]),
        ("The ferry holds 240 people.[1]", [1]),
        ("The ferry holds 240 people [1]", [1]),
        ("The ferry holds 240 people. [1].", [1]),
        ("The ferry holds 240 people.\n[1]", [1]),
        ("The ferry holds 240 people[1].", [1]),
        ("The ferry [1] holds 240 people.", [1]),
        ("[1] The ferry holds 240 people.", [1]),
        ("- The ferry holds 240 people [1].", [1]),
        ("1. The ferry holds 240 people [1].", [1]),
        ("The ferry holds 240 people [ 1 ].", [1]),
        ("The ferry holds 240 people [^1].", [1]),
        ("The ferry holds 240 people (1).", [1]),
        ("The ferry holds 240 people. (1)", [1]),
        ("The ferry holds 240 people (Source 1).", [1]),
        ("The ferry holds 240 people [Source 1].", [1]),
        ("The ferry holds 240 people [source: 1].", [1]),
        ("The ferry holds 240 people [Source 1, Source 2].", [1, 2]),
        ("The ferry holds 240 people [Sources 1 and 2].", [1, 2]),
        ("The ferry holds 240 people 【1】.", [1]),
        ("The ferry holds 240 people 【1†source】.", [1]),
        ("The ferry holds 240 people [1, 2].", [1, 2]),
        ("The ferry holds 240 people [2,1].", [2, 1]),
        ("The ferry holds 240 people [1;2].", [1, 2]),
        ("The ferry holds 240 people [1-3].", [1, 2, 3]),
        ("The ferry holds 240 people [1–3].", [1, 2, 3]),
        ("The ferry holds 240 people (1, 3).", [1, 3]),
        ("The ferry holds 240 people [1][2].", [1, 2]),
        ("The ferry holds 240 people [1] [2].", [1, 2]),
        ("The ferry holds 240 people [1], [2].", [1, 2]),
        ("The ferry holds 240 people [1] and [2].", [1, 2]),
        ("The ferry holds 240 people [1][1].", [1]),
        ("The ferry holds 240 people [1, 9].", [1]),
        ("The ferry holds 240 people [9].", []),
        ("The ferry holds 240 people [0].", []),
        ("The ferry holds 240 people (Source 9).", []),
        ("The ferry holds 240 people [1", [1]),
        ("The ferry holds 240 people [", []),
    ],
)
def test_a_marker_is_understood_or_removed_in_every_shape(draft: str, numbers: list[int]) -> None:
    ((text, cited),) = read(draft)
    assert text.removesuffix(".") == "The ferry holds 240 people"
    assert cited == numbers


@pytest.mark.parametrize(
    "prose",
    [
        "The ferry (2020) holds 240 people.",
        "The ferry [sic] holds 240 people.",
        "The ferry was built in [2020] by hand.",
        "The team won (2-1) at home.",
        "There were two reasons: (1) the cost and (2) the noise.",
        "The route (line 4) is closed.",
        "The ferry holds 240 people (9).",
    ],
)
def test_brackets_of_the_prose_stay(prose: str) -> None:
    assert read(prose) == [(prose, [])]


def test_each_sentence_has_its_own_citations() -> None:
    first, second = "The ferry holds 240 people", "It takes nine minutes"
    wanted = [(f"{first}.", [1]), (f"{second}.", [3])]
    assert read(f"{first} [1]. {second} [3].") == wanted
    assert read(f"{first}. [1] {second}. [3]") == wanted
    assert read(f"{first}.[1]{second}.[3]") == wanted
    assert read(f"[1] {first}. [3] {second}.") == wanted
    assert read(f"{first} [1].\n{second} [3].") == wanted
    assert read(f"- {first}. [1]\n- {second}. [3]") == wanted


def test_a_citation_is_the_evidence_of_its_number() -> None:
    (sentence,) = cite("It takes nine minutes [3].", EVIDENCE)
    assert sentence.citations == (EVIDENCE[2],)


@pytest.mark.parametrize(
    "draft",
    [
        "The ferry holds 240 people [1][2]. It takes nine minutes [Source 3].",
        "The ferry holds 240 people. [1, 2] It takes nine minutes (3).",
        "The ferry holds 240 people 【1†source】. It takes nine minutes [1], [3].",
    ],
)
def test_while_streaming_no_piece_of_a_marker_is_ever_shown(draft: str) -> None:
    whole = "The ferry holds 240 people. It takes nine minutes."
    for length in range(len(draft) + 1):
        text = " ".join(text for text, _ in read(draft[:length], unfinished=True))
        letters = text.replace(",", "").replace(".", "").strip()
        assert whole.replace(".", "").startswith(letters)


def test_while_streaming_a_number_that_was_shown_stays() -> None:
    draft = "The ferry holds 240 people [1][2]. It takes nine minutes (3). It is new [2, 1]."
    shown: list[list[int]] = []
    for length in range(len(draft) + 1):
        now = [numbers for _, numbers in read(draft[:length], unfinished=True)]
        assert [numbers[: len(old)] for numbers, old in zip(now, shown, strict=False)] == shown
        shown = now
    assert shown == [[1, 2], [3], [2, 1]]


@given(st.text(alphabet="ab1 2[](),.;【】†-\nSource", max_size=60))
def test_any_draft_is_read_without_error_and_cites_only_evidence(draft: str) -> None:
    for unfinished in (True, False):
        for sentence in cite(draft, EVIDENCE, unfinished=unfinished):
            assert set(sentence.citations) <= set(EVIDENCE)
            assert "[1]" not in sentence.text
