"""Workbooks: the rows of each sheet under the heads of their columns.

Reading is openpyxl's: values as they were last calculated. Hidden sheets, rows and columns are not
shown, so they are no text; that some were left out is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.loaders.office import joined, paged, stated
from rag.loaders.package import Package, damaged, opened
from rag.loaders.rows import head_count, told
from rag.loaders.text import build
from rag.schema import Article

_PLAIN_NAME = re.compile(r"(?i)(sheet|tabelle|blatt|feuil|hoja|foglio|page|work ?sheet)\s?\d*")
_SHOWN_AS_NOTHING = ";;;"
# The places of digits in a format; those behind the point, if it has any and always shows them.
_SIGNS = re.compile(r"[#0?][#0?,]*(?:\.(?P<part>0+))?(?![#0?/eE])")
_WORDED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')  # which holds no places of digits
_UNIT = re.compile(r'"([^"]*)"|\[\$([^\]-]*)(?:-[^\]]*)?\]|\\(.)|([$€£¥])')
_LONGEST_FORMAT = 100
_MOST_CELLS = 2_000_000
_HIDDEN_AT_MOST = 20_000  # columns that one entry may hide

Rows = list[list[str]]


def read_xlsx(data: bytes, file: Path, source: str) -> Article:
    """The text of a workbook, sheet by sheet, with what its properties name.

    Its pages are the sheets that it shows.

    Raises:
        ArticleError: it is locked, damaged, made to unfold without an end, or holds no text.
    """
    import openpyxl

    package = opened(data, file)
    whole = package.only(("[Content_Types]", "_rels/", "xl/", "docProps/"), _undrawn(package))
    try:
        book = openpyxl.load_workbook(whole, data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:  # Each part of it has its own.
        raise damaged(file, type(error).__name__) from None
    parts: list[str] = []
    hidden = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            hidden += 1
            continue
        rows, left_out = _shown(sheet, file)
        hidden += left_out
        said = [*_told(rows)]
        named = [sheet.title] if said and not _PLAIN_NAME.fullmatch(sheet.title) else []
        parts.append(joined([*named, *said]))
    facts = {**stated(package), "source": source, "notes": _notes(hidden)}
    shown = next((one.title for one in book.worksheets if one.sheet_state == "visible"), "")
    if not _PLAIN_NAME.fullmatch(shown):
        facts["heading"] = shown
    text, begins = paged(parts)
    return replace(build(text, facts, file), pages=begins)


def _undrawn(package: Package) -> dict[str, bytes]:
    """What ties sheets to their drawings, without these: there is no text in pictures."""
    from lxml import etree

    untied = {}
    for name in package.names:
        if name.startswith("xl/worksheets/_rels/"):
            ties = package.tree(name)
            for tie in list(ties):
                if str(tie.get("Type", "")).endswith("/drawing"):
                    ties.remove(tie)
            untied[name] = etree.tostring(ties)
    return untied


def _notes(hidden: int) -> tuple[ArticleError, ...]:
    if not hidden:
        return ()
    return (
        ArticleError(
            f"{hidden} hidden sheets, rows or columns were left out; if they should be read, show "
            "them, save the file and add it again",
            "cells hidden",
            count=hidden,
        ),
    )


def _shown(sheet: Any, file: Path) -> tuple[Rows, int]:
    """The cells of a sheet that are shown, and how many rows and columns are not."""
    if sheet.max_row * sheet.max_column > _MOST_CELLS:
        raise ArticleError(
            f"{file}: the sheet {sheet.title} has more than {_MOST_CELLS:,} cells; split it, or "
            "save it as .csv",
            "sheet large",
            sheet=sheet.title,
            most=_MOST_CELLS,
        )
    columns = set[int]()
    for column in sheet.column_dimensions.values():
        if column.hidden and column.min and column.max:
            columns.update(range(column.min, min(column.max, column.min + _HIDDEN_AT_MOST) + 1))
    lines = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    merged = _merged(sheet)
    rows: Rows = []
    for row in sheet.iter_rows():
        if row and row[0].row in lines:
            continue
        words = [
            _words(merged.get((cell.row, cell.column), cell))
            for cell in row
            if cell.column not in columns
        ]
        rows.append(words)
    shown = range(1, sheet.max_column + 1)
    return rows, len(lines & set(range(1, sheet.max_row + 1))) + len(columns.intersection(shown))


def _merged(sheet: Any) -> dict[tuple[int, int], Any]:
    """The cell that is shown in the place of each that was merged with it."""
    places: dict[tuple[int, int], Any] = {}
    for spanned in sheet.merged_cells.ranges:
        if len(places) + spanned.size["rows"] * spanned.size["columns"] > _MOST_CELLS // 10:
            continue
        first = sheet.cell(spanned.min_row, spanned.min_col)
        for row, column in spanned.cells:
            places[row, column] = first
    return places


def _words(cell: Any) -> str:
    """A cell as its sheet shows it, as far as that is plain."""
    value, shape = cell.value, str(cell.number_format)
    if value is None or cell.data_type == "e" or shape == _SHOWN_AS_NOTHING:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value).removesuffix(":00")
    if isinstance(value, int | float):
        return _number(value, shape.partition(";")[0])
    return " ".join(str(value).split())


def _number(value: float, shape: str) -> str:
    """A number with the unit and the digits that it is shown with: "12.5 %", "38.50 crowns"."""
    if "%" in shape:
        return f"{round(value * 100, 6):g} %"
    before, digits, after = _shape(shape[:_LONGEST_FORMAT])
    is_whole = float(value).is_integer() and abs(value) < 1e15
    said = str(int(value)) if is_whole else f"{value:.12g}"
    shown = said if digits is None or abs(value) >= 1e15 else f"{value:.{digits}f}"
    if float(shown) == float(said):  # It is shown with no fewer digits than it has.
        said = shown
    return " ".join(filter(None, (before, said, after)))


@lru_cache(maxsize=500)
def _shape(shape: str) -> tuple[str, int | None, str]:
    """What a format has shown before a number, how many digits behind its point, and after it."""
    blanked = _WORDED.sub(lambda found: " " * len(found[0]), shape)
    signs = _SIGNS.search(blanked)
    if signs is None:
        return "", None, ""
    return (
        _unit(shape[: signs.start()]),
        len(signs["part"] or ""),
        _unit(shape[signs.end() :]),
    )


def _unit(shape: str) -> str:
    """What a part of a format has shown beside the number: words in quotes, the sign of money."""
    found = _UNIT.finditer(shape)
    return "".join(words for one in found for words in one.groups() if words).strip()


def _told(rows: Rows) -> Iterator[str]:
    """The blocks of a sheet, which empty rows part: lines of one cell, and tables."""
    heads: Rows = []
    for is_filled, block in groupby(rows, any):
        table = list(block) if is_filled else []
        while table and len(set(filter(None, table[0]))) == 1:
            yield next(filter(None, table.pop(0)))
        if not table:
            continue
        begin = min(at for row in table for at, words in enumerate(row) if words)
        table = [row[begin:] for row in table]
        end = max(at for row in table for at, words in enumerate(row) if words) + 1
        table = [row[:end] for row in table]
        count = head_count(table)
        if count:
            heads = table[:count]
        elif heads and len(heads[0]) == end:  # It goes on below an empty row.
            table, count = heads + table, len(heads)
        yield from told(table, count)
