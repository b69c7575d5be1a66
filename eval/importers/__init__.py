"""Sets of others to ours: a set file, and beside it a folder of the articles that it is about.

::

    OUT/set.jsonl    OUT/articles/0001-the-title.md ...

One module a format; `read` tells them apart by what is in a file, not by its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from eval.importers import beir, clapnq, mtrag, multihop, squad, table
from eval.importers.foreign import Foreign
from eval.importers.writing import Written, write
from eval.sets.contents import contents
from rag.errors import CaseError

Format = Literal["squad", "clapnq", "beir", "multihop-rag", "mtrag", "csv"]
READERS: dict[str, Callable[[Path], Foreign]] = {
    "squad": squad.read,
    "clapnq": clapnq.read,
    "beir": beir.read,
    "multihop-rag": multihop.read,
    "mtrag": mtrag.read,
    "csv": table.read,
}

__all__ = ["READERS", "Foreign", "Format", "Written", "detect", "read", "write"]


def read(path: Path, format: Format | None = None) -> Foreign:
    """A set of others, of the format that is named or seen.

    Raises:
        CaseError: there is nothing of that format, or something in it is not as it should be.
    """
    if not path.exists():
        raise CaseError(f"{path}: no such file or folder; check the path")
    format = format or detect(path)
    if format is None:
        raise CaseError(
            f"{path}: of no known format; name one of {', '.join(get_args(Format))}, "
            "or give the folder with all files of a BEIR or MultiHop-RAG set"
        )
    foreign = READERS[format](path)
    if not foreign.questions:
        raise CaseError(f"{path}: holds no question; check that it is whole")
    return foreign


def detect(path: Path) -> Format | None:
    """The format of a file or folder, None where it is of none that we read."""
    if path.is_dir():
        if beir.is_one(path):
            return "beir"
        return "multihop-rag" if multihop.is_one(path) else None
    if path.name.lower().removesuffix(".gz").endswith((".csv", ".tsv")):
        return "csv"
    try:
        text = contents(path).decode()
    except CaseError:
        return None
    try:
        first = json.loads(text)
    except ValueError:
        try:
            first = json.loads(text.lstrip().split("\n", 1)[0])
        except ValueError:
            return "csv" if table.is_one(text) else None
    if isinstance(first, list) and first:
        if mtrag.is_conversation(first[0]):
            return "mtrag"
        return "squad" if squad.is_row(first[0]) else None
    if not isinstance(first, dict):
        return None
    if isinstance(first.get("data"), list) or squad.is_row(first):
        return "squad"
    if mtrag.is_task(first):
        return "mtrag"
    return "clapnq" if "input" in first and "passages" in first else None
