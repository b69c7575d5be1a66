"""Tables in Markdown: which lines are rows, and what a row says under the head of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_RULE = re.compile(r":?-+:?")
_BAR = re.compile(r"(?<!\\)\|")
_LINE = re.compile(r"[^\n]+")


class Cell(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) of a row, without white space around them."""

    start: int
    end: int


class Telling(NamedTuple):
    """A row in words, and for each of its cells where it stands: there, and in the row."""

    text: str
    cells: tuple[tuple[Cell, Cell], ...]

    def in_row(self, start: int, end: int) -> tuple[int, int] | None:
        """The code points of the row that these of the words come from; None if from the head."""
        inside = [(own, row) for own, row in self.cells if own.start < end and start < own.end]
        if not inside:
            return None
        (first, first_row), (last, last_row) = inside[0], inside[-1]
        return (
            first_row.start + max(start - first.start, 0),
            last_row.start + min(end, last.end) - last.start,
        )


def rows(block: str) -> tuple[list[Cell], str]:
    """The lines of a table in a paragraph, by offsets, and its head, which names the columns.

    The rule below the head ("|---|---|") is part of it, and both are one line here. A paragraph
    may end in a table; and one in which every line is between bars is the middle of one, whose
    head stands elsewhere: then it is empty here. Without a table there are no lines.
    """
    lines = [Cell(*line.span()) for line in _LINE.finditer(block)]
    texts = [block[line.start : line.end] for line in lines]
    for place in range(1, len(lines)):
        if _is_rule(texts[place]) and len(cells(texts[place])) == len(cells(texts[place - 1])):
            head = Cell(lines[place - 1].start, lines[place].end)
            return [head, *lines[place + 1 :]], block[head.start : head.end]
    if all(len(text.strip()) > 1 and text.strip()[0] == text.strip()[-1] == "|" for text in texts):
        return lines, ""
    return [], ""


def head_before(text: str) -> str:
    """The head of the table in whose midst a text ends; mostly empty."""
    block = text[text.rfind("\n\n") + 1 :] if "\n\n" in text else text
    return rows(block)[1] if block.strip() else ""


def tell(head: str, row: str) -> Telling:
    """Each cell of a row under the head of its column: "Year: 2019; Passengers: 412"."""
    head = head.partition("\n")[0]
    names = [head[cell.start : cell.end].rstrip(":") for cell in cells(head)]
    text, told = "", []
    for place, cell in enumerate(cells(row)):
        words = row[cell.start : cell.end]
        if not words:
            continue
        name = names[place] if place < len(names) else ""
        text += ("; " if text else "") + (f"{name}: " if name and name != words else "")
        told.append((Cell(len(text), len(text) + len(words)), cell))
        text += words
    return Telling(text, tuple(told))


def cells(row: str) -> list[Cell]:
    """The cells of a row; a bar at either end bounds it and has no cell outside of it."""
    return list(_cells(row))


def _cells(row: str) -> Iterator[Cell]:
    bounds = [-1, *(bar.start() for bar in _BAR.finditer(row)), len(row)]
    for place, (before, after) in enumerate(pairwise(bounds)):
        words = row[before + 1 : after]
        is_outside = len(bounds) > 2 and (place == 0 or place == len(bounds) - 2)
        if is_outside and not words.strip():
            continue
        start = before + 1 + len(words) - len(words.lstrip())
        yield Cell(start, max(start, before + 1 + len(words.rstrip())))


def _is_rule(line: str) -> bool:
    parts = cells(line)
    return "|" in line and all(_RULE.fullmatch(line[part.start : part.end]) for part in parts)
