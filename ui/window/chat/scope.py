"""Which articles are asked, as people choose and read it. No Gradio here.

A part of a filter has a name, ``publishers:0`` or ``since``, by which it can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from rag.errors import UnknownArticle
from rag.language.visible import plain
from rag.schema import Filter
from ui import strings
from ui.window.chat.sources import byline, valid_article_id
from ui.window.conversation.types import Library

_MOST_CHOSEN = 200
_LONGEST = 300
_MOST_LISTED = 100  # the rest is found by its words
_DAYS = ("since", "until")


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a filter: the name to take it back by, its words, the article it names."""

    name: str
    words: str
    article: str = ""


def chosen(given: object) -> Filter | None:
    """The filter that the page's script sends; None lets every article answer.

    Of ``publishers``, ``collections``, ``articles`` (ids), ``since`` and ``until`` (ISO dates)
    what makes no sense is left out.
    """
    said = given if isinstance(given, dict) else {}
    publishers, collections, ids = (
        [one[:_LONGEST] for one in some[:_MOST_CHOSEN] if isinstance(one, str)]
        if isinstance(some := said.get(name), list)
        else []
        for name in ("publishers", "collections", "articles")
    )
    return settled(
        Filter(
            publishers=tuple(publishers),
            collections=tuple(collections),
            articles=tuple(filter(valid_article_id, ids)),
            since=_day(said.get("since")),
            until=_day(said.get("until")),
        )
    )


def told(only: Filter | None) -> dict[str, Any]:
    """The same for the script, as `chosen` takes it."""
    only = only or Filter()
    return {
        "publishers": list(only.publishers),
        "collections": list(only.collections),
        "articles": list(only.articles),
        **{name: day.isoformat() if (day := getattr(only, name)) else "" for name in _DAYS},
    }


def choices(given: object, library: Library | None) -> dict[str, Any]:
    """What can be chosen: publishers, collections, articles in which each of the ``words`` is.

    What is chosen already comes first, wherever it stands. ``count`` tells how many there are
    in all, ``left`` how many of those found are not listed.
    """
    said = given if isinstance(given, dict) else {}
    now = chosen(said) or Filter()
    wanted = said.get("words")
    words = plain(wanted[:_LONGEST]).casefold().split() if isinstance(wanted, str) else []
    infos = [] if library is None else library.articles()
    names = sorted({info.publisher for info in infos if info.publisher} | set(now.publishers))
    known = {info.id: info for info in infos}
    held = [] if library is None else library.collections()
    gone = set(now.collections) - set(held)
    collections = [_choice(name, plain(name), "") for name in [*held, *sorted(gone)]]
    publishers = [_choice(name, plain(name), "") for name in names]
    articles = [_choice(info.id, plain(info.title), byline(info)) for info in infos]
    articles += [_choice(one, strings.GONE, "") for one in now.articles if one not in known]
    found = {}
    groups = {"publishers": publishers, "collections": collections, "articles": articles}
    for name, every in groups.items():
        mine = set(getattr(now, name))
        fitting = [one for one in every if one["id"] in mine or _fits(one, words)]
        found[name] = [one for one in fitting if one["id"] in mine]
        found[name] += [one for one in fitting if one["id"] not in mine]
    return {
        **{name: fitting[:_MOST_LISTED] for name, fitting in found.items()},
        "count": sum(map(len, groups.values())),
        "left": sum(max(0, len(fitting) - _MOST_LISTED) for fitting in found.values()),
    }


def _choice(identity: str, name: str, facts: str) -> dict[str, str]:
    return {"id": identity, "name": name, "facts": facts}


def _fits(choice: dict[str, str], words: Sequence[str]) -> bool:
    said = f"{choice['name']} {choice['facts']}".casefold()
    return all(word in said for word in words)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


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
    for at, name in enumerate(only.collections):
        said.append(Part(f"collections:{at}", plain(name)))
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
