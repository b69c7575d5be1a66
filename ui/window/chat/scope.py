"""Which articles are asked, as people choose and read it. No Gradio here.

A part of a filter has a name, ``publishers:0`` or ``since``, by which it can be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date

from rag.errors import UnknownArticle
from rag.language.visible import plain
from rag.schema import Filter
from ui import strings
from ui.window.chat.sources import valid_article_id
from ui.window.conversation.types import Library

_MOST_CHOSEN = 200
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a filter: the name to take it back by, its words, the article it names."""

    name: str
    words: str
    article: str = ""


def chosen(publishers: object, articles: object, before: Filter | None) -> Filter | None:
    """The filter with these publishers and articles; None lets every article answer."""
    names, ids = (one if isinstance(one, list) else [] for one in (publishers, articles))
    return settled(
        replace(
            before or Filter(),
            publishers=tuple(
                one[:_LONGEST] for one in names[:_MOST_CHOSEN] if isinstance(one, str)
            ),
            articles=tuple(str(one) for one in ids[:_MOST_CHOSEN] if valid_article_id(one)),
        )
    )


def with_day(only: Filter | None, name: object, value: object) -> Filter | None:
    """The filter with another first or last day, ``since`` or ``until``; "" for none.

    What is no day changes nothing.
    """
    only = only or Filter()
    if name not in ("since", "until") or not isinstance(value, str):
        return settled(only)
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError:
        return settled(only)
    return settled(replace(only, since=day) if name == "since" else replace(only, until=day))


def settled(only: Filter) -> Filter | None:
    """The filter, or None if it lets everything through."""
    return None if only == Filter() else only


def with_article(only: Filter | None, article_id: str) -> Filter | None:
    """The filter with one article more, or without it if it was chosen before."""
    only = only or Filter()
    rest = tuple(one for one in only.articles if one != article_id)
    is_new = len(rest) == len(only.articles)
    return settled(replace(only, articles=(*rest, article_id) if is_new else rest))


def without(only: Filter | None, part: str) -> Filter | None:
    """The filter without one of its parts; of a part it does not have, as it was."""
    name, _, place = part.partition(":")
    if only is None or name not in {field.name for field in fields(Filter)}:
        return only
    value = getattr(only, name)
    if isinstance(value, tuple):
        value = tuple(one for at, one in enumerate(value) if str(at) != place)
    else:
        value = None
    return settled(replace(only, **{name: value}))


def parts(only: Filter | None, library: Library | None) -> list[Part]:
    """What the filter asks for, in words."""
    if only is None:
        return []
    said: list[Part] = []
    for at, publisher in enumerate(only.publishers):
        said.append(Part(f"publishers:{at}", plain(publisher)))
    for at, article_id in enumerate(only.articles):
        said.append(Part(f"articles:{at}", _title(article_id, library), article_id))
    for name, words in (("since", strings.SINCE), ("until", strings.UNTIL)):
        if day := getattr(only, name):
            said.append(Part(name, words.format(day=strings.day(day))))
    return said


def words(only: Filter | None, library: Library | None) -> str:
    """The filter in one line; empty if there is none."""
    said = [part.words for part in parts(only, library)]
    return strings.ONLY_IN.format(what=" · ".join(said)) if said else ""


def _title(article_id: str, library: Library | None) -> str:
    try:
        found = library.article(article_id) if library else None
    except UnknownArticle:
        found = None
    return strings.quoted(plain(found.title)) if found else strings.GONE
