"""Pages of a PDF that are only pictures: their words, as RapidOCR recognises them.

It is the extra ``ocr`` and brings its models with it; nothing is fetched. It reads the letters of
Latin script with all their marks, Chinese and Japanese.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from rag.loaders.layout import Line

COMMAND = "pip install 'ibid-rag[ocr]'"
_MOST_PIXELS = 2_000  # of a page's longer side: the most that RapidOCR looks at by itself
_THREADS = 2


class Recognised(NamedTuple):
    """A line of a page as it is shown, in points from its lower left corner, and its words."""

    line: Line
    words: list[Line]


def is_installed() -> bool:
    """Whether pages can be recognised; nothing is imported."""
    return find_spec("rapidocr") is not None


def recognised(page: Any) -> Iterator[Recognised]:
    """The lines that are written in the picture of a page, from the top down."""
    width, height = page.get_size()
    scale = _MOST_PIXELS / max(width, height, 1.0)
    found = _engine()(page.render(scale=scale).to_numpy())
    texts = found.txts or ()  # None, and no boxes, where nothing is found
    told = found.word_results if len(found.word_results) == len(texts) else [()] * len(texts)
    for text, corners, words in zip(texts, found.boxes if texts else (), told, strict=True):
        line = _placed(text, corners, scale, height)
        placed = [_placed(word, edges, scale, height) for word, _, edges in words if edges]
        yield Recognised(line, placed or [line])


def _placed(text: str, corners: Any, scale: float, height: float) -> Line:
    across = [float(x) / scale for x, _ in corners]
    up = [height - float(y) / scale for _, y in corners]
    return Line(" ".join(text.split()), min(across), max(across), min(up), max(up))


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": _MOST_PIXELS,
            "Global.return_word_box": True,
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
