"""Tables as words: which rows name the columns, and a row under those names.

A row says the head of each of its cells, so that it can be quoted by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

Row = Sequence[str]
_LONGEST_HEAD = 80
_NUMBER = re.compile(r"[-+−(]?\s*[$€£¥]?\s*\d[\d.,'\s]*\s*(?:%|[$€£¥]|[A-Za-z]{1,4})?\)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[/-]\d{2,4})?")


def told(rows: Sequence[Row], heads: int | None = None) -> Iterator[str]:
    """The rows of a table in words, one for each that is not a head.

    ``heads``: how many rows at the top name the columns; None: as it seems.
    """
    count = head_count(rows) if heads is None else heads
    names = head_words(rows[:count])
    if count == len(rows):
        yield from filter(None, ("; ".join(filter(None, row)) for row in rows))
        return
    for row in rows[count:]:
        if words := row_words(row, names):
            yield words


def head_count(rows: Sequence[Row]) -> int:
    """How many rows at the top name the columns: 0, 1, or 2 where one name stands over several."""
    if len(rows) < 2 or not _may_name(rows[0], rows[1:]):
        return 0
    first = [words for words in rows[0] if words]
    spans = len(first) != len(set(first))  # A cell over several columns is in each.
    if spans and len(rows) > 2 and all(not _is_value(words) for words in rows[1] if words):
        return 2
    return 1


def head_words(heads: Sequence[Row]) -> list[str]:
    """What each column is called, from the top down: "2021, Spring"."""
    names: list[list[str]] = [[] for _ in range(max(map(len, heads), default=0))]
    for row in heads:
        for column, words in enumerate(row):
            if words and words not in names[column]:
                names[column].append(words)
    return [", ".join(words).rstrip(":") for words in names]


def row_words(row: Row, names: Sequence[str]) -> str:
    """A row in words: "Region: North; 2021: 412", or "Length: 120 m" under no head."""
    if not any(names):
        filled = [words for words in row if words]
        if len(filled) == 2 and not _is_value(filled[0]):
            return f"{filled[0].rstrip(':')}: {filled[1]}"
        return "; ".join(filled)
    said: list[str] = []
    before = ""
    for column, words in enumerate(row):
        name = names[column] if column < len(names) else ""
        one = f"{name}: {words}" if name and name != words else words
        if words and one != before:
            said.append(one)
        before = one
    return "; ".join(said)


def _may_name(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names the columns of those below it.

    Years name columns too. Of two columns a row of words says as often what one thing is: there
    the second must stand over numbers.
    """
    filled = [words for words in row if words]
    if len(filled) < 2 or any(len(words) > _LONGEST_HEAD for words in filled):
        return False
    if any(_is_value(words) for words in filled) or len(set(filled)) < 2:
        return False
    numbered = [
        bool(cells := list(_column(below, column))) and all(map(_is_number, cells))
        for column in range(len(row))
    ]
    if len(row) == 2:
        return numbered[1] and not _YEAR.fullmatch(row[1])
    if all(_YEAR.fullmatch(words) for words in filled):
        return not row[0] and len(below) > 0
    return len(filled) > 2 or any(numbered)


def _column(rows: Iterable[Row], column: int) -> Iterator[str]:
    for row in rows:
        if column < len(row) and row[column]:
            yield row[column]


def _is_value(words: str) -> bool:
    """Whether it is said of something, rather than a name of a column."""
    return _is_number(words) and not _YEAR.fullmatch(words)


def _is_number(words: str) -> bool:
    return bool(_NUMBER.fullmatch(words[:60]) or _DAY.fullmatch(words[:60]))
