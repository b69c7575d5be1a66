"""Front matter: what a file of Markdown says of itself above its text, in YAML or in TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

from rag.errors import ArticleError

_MOST_CHARS = 50_000
_MOST_LISTS = 2_000
_FENCES = (
    (re.compile(r"\A---[^\S\n]*\n"), re.compile(r"^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.MULTILINE)),
    (re.compile(r"\A\+\+\+[^\S\n]*\n"), re.compile(r"^\+\+\+[^\S\n]*(?:\n|\Z)", re.MULTILINE)),
)
_NAMED = re.compile(r"([A-Za-z][\w-]{0,40})[^\S\n]*[:=](?:[^\S\n]+(.*))?\Z")
# The names that people and programs give to one thing; the first that is there counts.
_NAMES = {
    "title": ("title",),
    "published": (
        "published", "date", "published_at", "publish_date", "publishdate", "publication_date",
        "date_published", "datepublished", "pubdate", "pub_date",
    ),
    "link": ("link", "url", "canonical_url", "canonical"),
    "language": ("language", "lang", "locale"),
    "author": ("author", "authors", "byline"),
    "publisher": ("publisher", "site_name", "sitename", "site", "newspaper", "outlet"),
    "stated_source": ("source",),
    "tags": ("tags", "keywords"),
}  # fmt: skip


def front_matter(text: str) -> tuple[dict[str, Any], str, list[ArticleError]]:
    """What the front matter says, the text below it, and what of it was not understood.

    Values are words, or lists and tables of them, under the names of `Article`; others are left
    out. What cannot be read as a whole is read line by line, and prose between two rules is text.
    """
    for (opens, closes), parse in zip(_FENCES, (_yaml, _toml), strict=True):
        if (begin := opens.match(text)) and (
            end := closes.search(text, begin.end(), begin.end() + _MOST_CHARS)
        ):
            block, below = text[begin.end() : end.start()], text[end.end() :]
            said, notes = _said(block, parse)
            return (_renamed(said), below, notes) if said is not None else ({}, text, [])
    return {}, text, []


def _said(
    block: str, parse: Callable[[str], Any]
) -> tuple[dict[str, Any] | None, list[ArticleError]]:
    """What a block says by name; None if it is no front matter but prose."""
    try:
        said = parse(block)
    except (ValueError, RecursionError) as error:
        said = _line_by_line(block)
        if not said:
            return None, []
        why = " ".join(str(error).split())[:200]
        note = ArticleError(
            f"the front matter is neither YAML nor TOML ({why}); it was read line by line",
            "front matter",
            why=why,
        )
        return said, [note]
    return (said if isinstance(said, dict) else None if block.strip() else {}), []


def _yaml(block: str) -> Any:
    import yaml

    if block.count("[") + block.count("{") > _MOST_LISTS:  # PyYAML compares each with all.
        raise ValueError("too many lists in lists")
    try:
        # The loader that leaves every value in the words that were written: a title of 1984 or
        # No stays one, and no tag is obeyed.
        return yaml.load(block, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _toml(block: str) -> Any:
    return tomllib.loads(block)


def _line_by_line(block: str) -> dict[str, str]:
    """The lines that name something, as in ``title: Ferry: the return``, which is no YAML."""
    found = (_NAMED.match(line) for line in block.splitlines())
    return {match[1]: (match[2] or "").strip().strip("\"'") for match in found if match}


def _renamed(said: dict[Any, Any]) -> dict[str, Any]:
    by_name = {str(name).lower().replace("-", "_"): value for name, value in said.items()}
    return {
        ours: next(by_name[name] for name in names if name in by_name)
        for ours, names in _NAMES.items()
        if any(name in by_name for name in names)
    }
