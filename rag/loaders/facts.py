"""What an article says of itself, as it may be stored: words, a day, a language, a link."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from rag.errors import ArticleError
from rag.language.addresses import web_address
from rag.language.visible import MOST_SAID, bounded, shortened, spelt

EDITABLE = ("title", "publisher", "author", "published", "link", "language")
_MOST_LINK_CHARS = 2000
# What programs write where nobody gave a title, or where nobody is named.
_NO_TITLE = re.compile(
    r"(?i)[\s(\[<]*(untitled|anonymous|unspecified|unknown|no title|none|null|title|unbenannt"
    r"|ohne titel|sans titre|sin t[ií]tulo|senza titolo|new document|neues dokument"
    r"|microsoft \w+( - .*)?|document\d*|dokument\d*|powerpoint[- ]pr\w+"
    r"|(unbenannt|slide|folie|layout|scan|page|seite)[ -]?\d+"
    r"|untitled[ -]?(document|page|note)?[ -]?\d*"
    r"|[^\s.]+[^.]*\.(docx?|pdf|indd|tex|qxd|odt|pptx?|xlsx?|html?))[\s)\]>]*\Z"
)
_NOBODY = re.compile(
    r"(?i)[\s(\[<]*(anonymous|unspecified|unknown|none|null|n/?a|author|admin(istrator)?|user"
    r"|root)[\s)\]>]*\Z"
)
_LANGUAGE = re.compile(r"([a-z]{2,3})([-_][\w-]{1,20})?\Z")
_YEAR_FIRST = re.compile(r"\s*(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\s*\Z")
_DAY_FIRST = re.compile(r"\s*\d{1,2}\.\s?\d{1,2}\.")
_MONTH_FIRST = re.compile(r"(?i)(en)?([-_](us|ph))?\Z")
# Those in which a date is read; every other costs a second to try.
_LANGUAGES_OF_DATES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "ru", "zh", "ja")
_MOST_ITEMS = 50


class Facts:
    """Facts about an article, by name, in whatever form they were found.

    ``notes`` is what was not understood so far: such a fact is left out, never a reason to refuse
    the article.
    """

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found
        self.notes: list[ArticleError] = []

    def words(self, name: str) -> str | None:
        """Words on one line, at most 200 characters; a list of names is joined by commas."""
        value = self._found.get(name)
        if isinstance(value, list | dict):
            named = _names(value) if name in ("author", "publisher", "language") else []
            if not named:
                self.notes.append(_no_words(name))
            value = ", ".join(named)
        return _words(value, 20 * MOST_SAID)

    def title(self) -> str | None:
        """The title, or else the heading; None if there is none, or one that a program gave."""
        named = (self.words(name) for name in ("title", "heading"))
        # The pattern is slow on long words, which no program gives.
        bound = (bounded(words) for words in named if words)
        return next((words for words in bound if not _NO_TITLE.match(words)), None)

    def author(self) -> str | None:
        """Who wrote it; None where nobody is named."""
        author = bounded(self.words("author") or "")
        return None if not author or _NOBODY.match(author) else author

    def publisher(self) -> str | None:
        """Who published it."""
        publisher = self.words("publisher")
        return publisher and bounded(publisher)

    def published(self) -> date | None:
        """The day on which it was published."""
        try:
            return day(self.words("published"), _words(self._found.get("language"), 20) or "")
        except ArticleError as error:
            self.notes.append(error)
            return None

    def language(self) -> str | None:
        """The code of its language, such as en or de-AT."""
        if (language := self.words("language")) is None:
            return None
        try:
            return _code(language.split(",")[0].strip())
        except ArticleError as error:
            self.notes.append(error)
            return None

    def link(self) -> str | None:
        """The address on the web that it names."""
        link = _words(self._found.get("link"), _MOST_LINK_CHARS)
        return web_address(link)

    def tags(self) -> tuple[str, ...]:
        """The words under which it was filed."""
        value = self._found.get("tags")
        listed = _names(value) if isinstance(value, list | dict) else re.split("[,;]", value or "")
        return tuple(dict.fromkeys(bounded(tag) for tag in listed if tag.strip()))


def corrected(facts: Mapping[str, str | None], name: str) -> dict[str, Any]:
    """What a person says of the article ``name``, as it may be stored.

    Raises:
        ArticleError: a fact has no place, there is no title, or the date, the link or the code of
            a language is none.
    """
    if unknown := set(facts) - set(EDITABLE):
        raise ArticleError(f"{name}: {', '.join(sorted(unknown))} cannot be edited")
    said = {fact: _words(words, 20 * MOST_SAID) for fact, words in facts.items()}
    if "title" in said and not said["title"]:
        raise ArticleError(f"{name}: the title is empty; write one", "no title")
    if said.get("link") and not web_address(said["link"]):
        raise ArticleError(f"{name}: the link must begin with http:// or https://", "no web link")
    kept: dict[str, Any] = {
        fact: words and (shortened(words, _MOST_LINK_CHARS) if fact == "link" else bounded(words))
        for fact, words in said.items()
    }
    try:
        if "published" in said:
            kept["published"] = day(said["published"])
        if said.get("language"):
            kept["language"] = _code(kept["language"])
    except ArticleError as error:
        raise ArticleError(f"{name}: {error}", error.kind, **error.facts) from None
    return kept


def day(words: str | None, language: str = "") -> date | None:
    """The day that the words name, in any form that can be read in one way only.

    Only English writes the month first, and not with full stops.

    Raises:
        ArticleError: they name none, or, as 03/11/2023 does in English, one or another.
    """
    if words is None:
        return None
    words = words[:60]
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        pass
    if year_first := _YEAR_FIRST.match(words):  # none writes the day before the month then
        with suppress(ValueError):
            year, _, month, day_ = year_first.groups()
            return date(int(year), int(month), int(day_))
        raise _no_day(words)
    is_day_first = _DAY_FIRST.match(words) or not _MONTH_FIRST.match(language)
    found = {_parsed(words, order) for order in (("DMY",) if is_day_first else ("DMY", "MDY"))}
    if len(found) == 1 and (only := found.pop()) is not None:
        return only
    raise _no_day(words)


def _no_day(words: str) -> ArticleError:
    return ArticleError(
        f"published: “{shortened(words, 40)}” is not one date; write it as 2024-11-28",
        "no date",
        words=shortened(words, 40),
    )


def _code(language: str) -> str:
    if _LANGUAGE.match(language.lower()):
        return language
    raise ArticleError(
        f"language: “{language[:40]}” is no code of a language; write it as en or de",
        "no language",
        words=language[:40],
    )


def _parsed(words: str, order: str) -> date | None:
    import dateparser

    logging.getLogger("dateparser").setLevel(logging.CRITICAL)
    settings: dict[str, Any] = {
        "DATE_ORDER": order,
        "PREFER_LOCALE_DATE_ORDER": False,
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
    }
    try:
        found = dateparser.parse(words, languages=[*_LANGUAGES_OF_DATES], settings=settings)
    except Exception:  # Words of others, made to break a parser.
        return None
    return found.date() if found else None


def _words(value: object, most: int) -> str | None:
    words = "" if value is None or isinstance(value, list | dict) else spelt(str(value)[:most])
    return None if words in ("", "~", "null") else words


def _names(value: Any) -> list[str]:
    """The names in a list such as ``[Jane, {name: John, mail: …}]``, or in one such table."""
    items = [value] if isinstance(value, dict) else value[:_MOST_ITEMS]
    named = (item.get("name") if isinstance(item, dict) else item for item in items)
    return [words for name in named if (words := _words(name, MOST_SAID))]


def _no_words(name: str) -> ArticleError:
    return ArticleError(
        f"{name}: is a list or a table; write it as words on one line", "list for words", name=name
    )
