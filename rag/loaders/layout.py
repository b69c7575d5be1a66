"""Where the words of a page stand, and in which order they are read: lines, columns, paragraphs.

A page is measured in points from its lower left corner, as PDF does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice, pairwise, zip_longest
from statistics import median
from typing import NamedTuple

# A gap between two words that is wider than the letters of the line are high, by this factor,
# parts two columns or the cells of a table.
WIDE_GAP = 1.6
_CELLS_OF_A_TABLE = 6  # at least: two rows of three, or three rows of two
_ROWS_OF_COLUMNS = 3  # at least, side by side
_WORDS_OF_A_COLUMN = 3  # at least, in the middle one of its lines
_FILLED = 0.7  # of its width: a line of prose, where a cell of a table is any length
_LINES_OF_AN_EDGE = 3  # of a page, at each end, that may be a running head or foot
# It is the same on so many of so many pages: left and right ones may differ, and each chapter's.
_PAGES_OF_A_HEAD, _OF_PAGES = 3, 6
_NEAR = 4.0  # points, within which two lines stand at the same height
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(?:(?:page|seite|p)\W*)?#(?:\W*(?:of|von|sur|de|di)?\W*#)?\W*")
ENDS = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*\Z")


class Line(NamedTuple):
    """Words that stand in a row, with the edges of their box."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        """Of its letters."""
        return self.top - self.bottom

    def and_then(self, other: Line) -> Line:
        """The same line with what stands after it."""
        return Line(
            f"{self.text} {other.text}",
            self.left,
            other.right,
            min(self.bottom, other.bottom),
            max(self.top, other.top),
        )


Row = list[Line]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below each other. ``goes_on``: its first line may go on with the block before it.

    ``table``: the cells of its rows, if it is a table.
    """

    lines: list[Line]
    goes_on: bool = False
    table: list[list[str]] = field(default_factory=list)


def rows(lines: Iterable[Line]) -> list[Row]:
    """Lines that come one after another and stand side by side, in one row."""
    found: list[Row] = []
    for line in lines:
        last = found[-1][-1] if found else None
        beside = last is not None and (
            abs(line.bottom - last.bottom) < 0.5 * max(line.height, last.height, 1.0)
            and line.left > last.right + max(last.height, line.height)
        )
        if beside:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def blocks(of: list[Row], goes_on: bool = False) -> list[Block]:
    """The lines in the order in which they are read: one column after another."""
    for begin in range(len(of)):
        gutter, end = _gutter(of, begin)
        if gutter is None:
            continue
        left: list[Row] = []
        right: list[Row] = []
        for row in of[begin:end]:
            for side, is_left in ((left, True), (right, False)):
                if kept := [line for line in row if (line.right <= gutter) == is_left]:
                    side.append(kept)
        if not (_is_prose(left) and _is_prose(right)):
            continue
        before = [*_plain(of[:begin], goes_on)] if begin else []
        after = blocks(of[end:]) if end < len(of) else []
        return before + blocks(left, goes_on and not begin) + blocks(right, True) + after
    return [*_plain(of, goes_on)]


def _plain(of: list[Row], goes_on: bool) -> Iterator[Block]:
    """Rows that are read downwards, each table among them as a block of its own."""
    prose: list[Line] = []
    at = 0
    while at < len(of):
        table = _table(of, at)
        if table:
            if prose:
                yield Block(prose, goes_on)
            yield Block([_joined(row) for row in of[at : at + len(table)]], False, table)
            prose, goes_on = [], False
            at += len(table)
        else:
            prose.append(_joined(of[at]))
            at += 1
    if prose:
        yield Block(prose, goes_on)


def _table(of: list[Row], begin: int) -> list[list[str]]:
    """The cells of the table that begins with a row; none if there is none."""
    columns = [(cell.left, cell.right) for cell in of[begin]]
    if len(columns) < 2:
        return []
    found: list[list[str]] = []
    for row in islice(of, begin, None):
        places = [_column(cell, columns) for cell in row]
        if len(row) == len(columns):
            places = [*range(len(columns))]
        if len(row) < 2 or -1 in places or places != sorted({*places}):
            break
        told = [""] * len(columns)
        for place, cell in zip(places, row, strict=True):
            told[place] = cell.text
            left, right = columns[place]
            columns[place] = min(left, cell.left), max(right, cell.right)
        found.append(told)
    return found if len(found) * len(columns) >= _CELLS_OF_A_TABLE else []


def _column(cell: Line, columns: list[tuple[float, float]]) -> int:
    """The only column that a cell stands in; -1 if there is none, or it stands in several."""
    over = [
        at for at, (left, right) in enumerate(columns) if cell.left < right and cell.right > left
    ]
    return over[0] if len(over) == 1 else -1


def _gutter(of: list[Row], begin: int) -> tuple[float | None, int]:
    """A place at which the rows from here on are parted, the leftmost, and where they end."""
    if len(of[begin]) < 2:
        return None, begin
    near, far = of[begin][0].right, of[begin][1].left
    both = 1
    end = begin + 1
    for row in of[begin + 1 :]:
        lefts = [line for line in row if line.left < far and line.right < far]
        rights = [line for line in row if line.left > near]
        if len({id(line) for line in lefts + rights}) < len(row):
            break  # It crosses.
        now_near = max([near, *(line.right for line in lefts if line.left <= near)])
        now_far = min([far, *(line.left for line in row if line.left > now_near)])
        if now_near >= now_far:
            break
        near, far = now_near, now_far
        both += len(row) > 1
        end += 1
    if both < _ROWS_OF_COLUMNS:
        return None, begin
    return (near + far) / 2, end


def _is_prose(side: list[Row]) -> bool:
    """Whether a column is read downwards, and is not one of a table."""
    if not side:
        return False
    words = median(sum(len(line.text.split()) for line in row) for row in side)
    left = min(row[0].left for row in side)
    widths = [row[-1].right - left for row in side]
    full = sum(width > _FILLED * max(widths) for width in widths)
    return words >= _WORDS_OF_A_COLUMN and full > len(side) / 2


def _joined(row: Row) -> Line:
    return reduce(Line.and_then, row)


def without_heads(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """The pages without what stands at the edge of many: running heads and feet, page numbers.

    A line is one if it is the same, at the same height, on several pages that are near each
    other; or if all that differs is a number that grows as the pages do; or if both of two pages
    begin or end with it. A page that is nothing else keeps them.
    """
    edges: defaultdict[str, list[tuple[int, Line]]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for line in _edge(lines):
            form = _NUMBER.sub("#", line.text.strip().casefold())
            edges["#" if _PAGE_NUMBER.fullmatch(form) else form].append((number, line))
    gone: set[int] = set()
    for form, places in edges.items():
        for same in _by_height(places):
            if _is_running(form, same) or (len(pages) == 2 and _frames_both(same, pages)):
                gone |= {id(line) for _, line in same}
    return [[line for line in lines if id(line) not in gone] or lines for lines in pages]


def _edge(lines: list[Line]) -> list[Line]:
    """The highest and the lowest lines of a page."""
    by_height = sorted(lines, key=lambda line: line.bottom)
    most = min(_LINES_OF_AN_EDGE, len(lines) // 2)
    return by_height[:most] + by_height[len(by_height) - most :]


def _by_height(places: list[tuple[int, Line]]) -> list[list[tuple[int, Line]]]:
    found: list[list[tuple[int, Line]]] = []
    for place in sorted(places, key=lambda place: place[1].bottom):
        if found and abs(found[-1][-1][1].bottom - place[1].bottom) < _NEAR:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _is_running(form: str, same: list[tuple[int, Line]]) -> bool:
    texts = {number: line.text.strip() for number, line in same}
    if "#" in form and len(texts) > 1:
        # A page's number is as far from its place in the file as that of the others.
        ahead = [
            {int(found) - number for found in _NUMBER.findall(text) if len(found) < 6}
            for number, text in texts.items()
        ]
        if set.intersection(*ahead):
            return True
    on: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in texts.items():
        on[text].append(number)
    return any(
        late - early < _OF_PAGES
        for numbers in (sorted(found) for found in on.values())
        for early, late in zip(numbers, numbers[_PAGES_OF_A_HEAD - 1 :], strict=False)
    )


def _frames_both(same: list[tuple[int, Line]], pages: Sequence[list[Line]]) -> bool:
    """Whether each of two pages has this as its highest line, or each as its lowest."""
    texts = {(number, line.text.strip()) for number, line in same}
    if len(texts) != 2 or len({text for _, text in texts}) != 1:
        return False
    return any(
        all(end(pages[number], key=lambda line: line.bottom) is line for number, line in same)
        for end in (min, max)
    )


def paragraphs(block: Block) -> list[str]:
    """A block with its lines joined: a paragraph ends where a line stops short of the others.

    A heading is such a line, too, unless what follows goes on with it in small letters; and what
    stands farther from the next line than others do ends one.
    """
    lines = [line for line in block.lines if line.text.strip()]
    longest = max((len(line.text) for line in lines), default=0)
    step = _step(lines)
    text = ""
    for line, following in zip_longest(lines, lines[1:]):
        words, after = line.text.strip(), following.text if following else ""
        if words.endswith("-"):
            text += words + "\n"
            continue
        is_end = bool(ENDS.search(words))
        is_whole = is_end and len(words) < 0.8 * longest
        is_heading = len(words) < 0.5 * longest and not after[:1].islower()
        is_apart = following is not None and step(line, following) and not after[:1].islower()
        # What stands higher than the line before it is in another column.
        is_apart |= following is not None and following.bottom > line.top and is_end
        text += words + ("\n\n" if is_whole or is_heading or is_apart else "\n")
    return [part for part in re.split(r"\n{2,}", text.strip()) if part]


def _step(lines: list[Line]) -> Callable[[Line, Line], bool]:
    """What tells whether two lines stand farther apart than most."""
    steps = [above.bottom - below.bottom for above, below in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [0.0])
    return lambda above, below: usual > 0 and above.bottom - below.bottom > 1.4 * usual
