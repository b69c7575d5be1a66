"""Rows of the catalog's table of articles to the words of the engine, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from rag.schema import ArticleInfo

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
