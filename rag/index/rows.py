"""Rows of the catalog's tables to the words of the engine, and back.

numpy is imported where a vector is read, since what only lists articles need not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from rag.schema import ArticleInfo

if TYPE_CHECKING:
    import numpy as np

FACTS = [fact.name for fact in fields(ArticleInfo) if fact.name != "by_hand"]


def info(row: Any) -> ArticleInfo:
    """What a row tells of an article."""
    return ArticleInfo(**known(row))


def known(row: Any) -> dict[str, Any]:
    """The same by name, of a row that has what a person wrote over it as well."""
    return {name: getattr(row, name) for name in FACTS} | {
        "pages": tuple(row.pages),
        "tags": tuple(row.tags),
        "by_hand": tuple(row.edited),
    }


def edited(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a person wrote over an article's facts, as it is stored."""
    facts = dict(stored or {})
    if day := facts.get("published"):  # JSON knows no dates.
        facts["published"] = date.fromisoformat(day)
    return facts


def written(edited: dict[str, Any]) -> dict[str, Any]:
    """The same as it may be stored."""
    day = edited.get("published")
    return edited | {"published": day.isoformat()} if day else edited


def vector(stored: bytes) -> np.ndarray:
    """A vector as it was stored."""
    import numpy as np

    return np.frombuffer(stored, np.float32)


def stored(vector: Sequence[float] | np.ndarray) -> bytes:
    """A vector as it is stored."""
    import numpy as np

    return np.asarray(vector, dtype=np.float32).tobytes()


def is_finite(stored: bytes) -> bool:
    """Whether a stored vector is one of numbers."""
    import numpy as np

    return bool(np.isfinite(vector(stored)).all())
