"""Which articles are asked, as people choose and read it. No Gradio here.

A part of a filter has a name, ``publishers:0`` or ``since``, by which it can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from rag.errors import UnknownArticle
from rag.schema import Filter
from ui import strings
from ui.text import plain
from ui.window.conversation import Library
from ui.window.sources import valid_article_id

_MOST_CHOSEN = 200
_LONGEST = 300


class BadFilter(ValueError):
    """A choice that cannot be made; the message is for the reader."""


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a filter: the name to take it back by, its words, the article it names."""

    name: str
    words: str
    article: str = ""


def chosen(
    publishers: Sequence[object], articles: Sequence[object], since: object, until: object
) -> Filter | None:
    """The filter that was chosen; None lets every article answer.

    Raises:
        BadFilter: a day that is none, or a last day before the first.
    """
    first, last = _day(since), _day(until)
    if first and last and last < first:
        raise BadFilter(strings.NO_DAYS)
    return settled(
        Filter(
            publishers=tuple(
                one[:_LONGEST] for one in publishers[:_MOST_CHOSEN] if isinstance(one, str)
            ),
            articles=tuple(str(one) for one in articles[:_MOST_CHOSEN] if valid_article_id(one)),
            since=first,
            until=last,
        )
    )


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
    return f"“{plain(found.title)}”" if found else strings.GONE


def _day(text: object) -> date | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise BadFilter(strings.NO_DAY.format(text=plain(text)[:40])) from None
