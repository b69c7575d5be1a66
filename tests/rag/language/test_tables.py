"""Promises of tables: a row is told under the names of its columns, and cited as it stands."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language import tables
from rag.language.sentences import split, split_with_heads

RENTS = """The rents are these.

| Plot | Area in m² | Rent a year |
|:-----|-----------:|-------------|
| Full plot | 250 | £61 |
| Half plot |  | £34 |

They are due in March."""
HEAD = "| Plot | Area in m² | Rent a year |\n|:-----|-----------:|-------------|"


def sentences(text: str, head: str = "") -> list[tuple[str, str]]:
    return [(text[a:b], own) for (a, b), own in split_with_heads(text, head)]


def test_a_row_is_a_sentence_that_has_the_names_of_its_columns() -> None:
    assert sentences(RENTS) == [
        ("The rents are these.", ""),
        ("| Full plot | 250 | £61 |", HEAD),
        ("| Half plot |  | £34 |", HEAD),
        ("They are due in March.", ""),
    ]


def test_a_text_that_begins_in_the_midst_of_a_table_has_the_names_from_elsewhere() -> None:
    rest = RENTS[RENTS.index("| Half") :]
    assert sentences(rest, HEAD)[0] == ("| Half plot |  | £34 |", HEAD)
    assert sentences(rest)[0] == ("| Half plot |  | £34 |", "")
    assert tables.head_before(RENTS[: RENTS.index("| Half")]) == HEAD
    assert tables.head_before(RENTS) == ""


def test_words_before_a_table_without_a_blank_line_are_not_of_it() -> None:
    assert sentences("See here:\na | b\n--|--\n1 | 2") == [
        ("See here:", ""),
        ("1 | 2", "a | b\n--|--"),
    ]


@pytest.mark.parametrize(
    "text",
    ["Either | or.", "a | b\n---\nc", "| a | b |\n|---|\n", "x = a || b", "--|--", "|", "||\n||"],
)
def test_what_is_no_table_has_no_names_of_columns(text: str) -> None:
    assert all(head == "" for _, head in sentences(text))


def test_a_row_is_told_cell_by_cell_and_an_empty_cell_is_left_out() -> None:
    assert tables.tell(HEAD, "| Half plot |  | £34 |").text == "Plot: Half plot; Rent a year: £34"
    assert tables.tell("| | 2019 |", "| Ships | 4 | 5 |").text == "Ships; 2019: 4; 5"
    assert tables.tell("a | b", r"x \| y | z").text == r"a: x \| y; b: z"


def test_words_of_a_told_row_are_found_in_the_row_and_those_of_the_head_are_not() -> None:
    row = "| Half plot | 125 | £34 |"
    told = tables.tell(HEAD, row)
    start = told.text.index("£34")
    assert told.in_row(start, start + 3) == (row.index("£34"), row.index("£34") + 3)
    assert told.in_row(start - 6, start + 2) == (row.index("£34"), row.index("£34") + 2)
    assert told.in_row(0, 4) is None


def test_a_row_far_down_a_long_table_has_its_head_at_once() -> None:
    text = "| Berth | Rent |\n|---|---|\n" + "".join(f"| {n} | {n} cr |\n" for n in range(50_000))
    began = time.process_time()
    assert tables.head_before(text) == "| Berth | Rent |\n|---|---|"
    assert tables.head_before("\n" + text[40:]) == ""
    assert time.process_time() - began < 5


@given(
    st.lists(st.text(alphabet="ab|\\ -:£1\t", max_size=12), min_size=1, max_size=6), st.integers(0)
)
def test_each_cell_of_any_row_is_told_in_its_own_words(parts: list[str], seed: int) -> None:
    row = "|".join(parts)
    told = tables.tell("|".join(parts[seed % len(parts) :]), row)
    for own, cell in told.cells:
        assert told.text[own.start : own.end] == row[cell.start : cell.end] != ""
        assert told.in_row(own.start, own.end) == (cell.start, cell.end)


@given(st.text(alphabet="ab|- :\n#.", max_size=80))
def test_nothing_of_a_text_with_bars_is_lost(text: str) -> None:
    told = "".join(text[a:b] for a, b in split(text))
    assert [c for c in told if not c.isspace()] == [c for c in text if not c.isspace()]
