"""Presentations: what each slide shows, its title first, and what its speaker's notes say.

Reading is python-pptx's. Slides that are hidden, and shapes that are hidden or lie beside their
slide, are not shown, so they are no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.loaders.office import joined, paged, stated
from rag.loaders.package import damaged, opened, tree
from rag.loaders.rows import told
from rag.loaders.text import build
from rag.schema import Article

_MOST_DEPTH = 20
_HIDDEN = ("0", "false")
_MOST_SPAN = 50


def read_pptx(data: bytes, file: Path, source: str) -> Article:
    """The text of a presentation, slide by slide, with what its properties name.

    Its pages are its slides, the hidden ones among them, which hold no text.

    Raises:
        ArticleError: it is locked, damaged, made to unfold without an end, or holds no text.
    """
    import pptx

    package = opened(data, file)
    whole = package.only(("[Content_Types]", "_rels/", "ppt/", "docProps/"), {})
    try:
        shown = pptx.Presentation(whole)
        parts: list[str] = []
        titles: list[str] = []
        for slide in shown.slides:
            if slide.element.get("show", "1") in _HIDDEN:
                parts.append("")  # It has a number all the same.
                continue
            size = (shown.slide_width or 0, shown.slide_height or 0)
            titles += _title(slide)
            parts.append(joined(_slide(slide, size, file)))
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # Each part of it has its own.
        raise damaged(file, type(error).__name__) from None
    facts = {"heading": titles[0] if titles else None, **stated(package), "source": source}
    text, begins = paged(parts)
    return replace(build(text, facts, file), pages=begins)


def _title(slide: Any) -> list[str]:
    title = slide.shapes.title
    words = " ".join(title.text_frame.text.split()) if title is not None else ""
    return [words] if words else []


def _slide(slide: Any, size: tuple[int, int], file: Path) -> Iterator[str]:
    yield from _title(slide)
    title = slide.shapes.title
    others = [
        shape for shape in slide.shapes if title is None or shape.element is not title.element
    ]
    yield from _shapes(sorted(others, key=_place), size, file)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        yield from _paragraphs(notes)


def _place(shape: Any) -> tuple[int, int]:
    """From the top down and from the left; what stands about on one height is one line."""
    return (shape.top or 0) // 400_000, shape.left or 0


def _shapes(
    shapes: Iterable[Any], size: tuple[int, int], file: Path, depth: int = 0
) -> Iterator[str]:
    from pptx.enum.shapes import MSO_SHAPE_TYPE

    for shape in shapes:
        if _is_hidden(shape) or (not depth and _is_beside(shape, size)):
            continue
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            if depth < _MOST_DEPTH:
                yield from _shapes(shape.shapes, size, file, depth + 1)
        elif getattr(shape, "has_table", False):
            yield from told(_rows(shape.table))
        elif getattr(shape, "has_chart", False):
            yield from _chart(shape.chart)
        elif shape.has_text_frame:
            yield from _paragraphs(shape.text_frame)
        else:
            yield from _drawing(shape, file)


def _is_hidden(shape: Any) -> bool:
    own = shape.element.iterfind("*/{*}cNvPr")  # Those of the shapes in a group lie deeper.
    return any(one.get("hidden", "0") in ("1", "true") for one in own)


def _is_beside(shape: Any, size: tuple[int, int]) -> bool:
    """Whether a shape lies wholly beside its slide."""
    if None in (shape.left, shape.top, shape.width, shape.height) or not all(size):
        return False
    return bool(
        shape.left >= size[0]
        or shape.top >= size[1]
        or shape.left + shape.width <= 0
        or shape.top + shape.height <= 0
    )


def _paragraphs(frame: Any) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        if words := " ".join(paragraph.text.split()):
            yield words


def _rows(table: Any) -> list[list[str]]:
    """The cells of a table; one that spans several is in each."""
    height, width = len(table.rows), len(table.columns)
    rows = [[""] * width for _ in range(height)]
    for down in range(height):
        for across in range(width):
            cell = table.cell(down, across)
            if cell.is_spanned:
                continue
            words = " ".join(cell.text_frame.text.split())
            deep = min(cell.span_height, _MOST_SPAN) if cell.is_merge_origin else 1
            wide = min(cell.span_width, _MOST_SPAN) if cell.is_merge_origin else 1
            for row in rows[down : down + deep]:
                row[across : across + wide] = [words] * len(row[across : across + wide])
    return rows


def _chart(chart: Any) -> Iterator[str]:
    """What a chart draws, as the table that it was drawn from."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield from _paragraphs(chart.chart_title.text_frame)
    for plot in chart.plots:
        names = [str(name) for name in plot.categories]
        rows = [["", *names]]
        for series in plot.series:
            values = ["" if value is None else f"{value:g}" for value in series.values]
            rows.append([str(series.name), *values])
        yield from told(rows, heads=1)


def _drawing(shape: Any, file: Path) -> Iterator[str]:
    """The words of a diagram (SmartArt), which lie in a part of their own."""
    for ids in shape.element.iter("{*}relIds"):
        for name, value in ids.items():
            part = shape.part.rels[value].target_part if name.endswith("}dm") else None
            if part is not None and part.partname.startswith("/ppt/diagrams/"):
                for point in tree(part.blob, file).iter("{*}p"):
                    words = "".join(str(one.text or "") for one in point.iter("{*}t"))
                    if words := " ".join(words.split()):
                        yield words
