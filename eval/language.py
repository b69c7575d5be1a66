"""What the reports say, in the language of whoever reads them: English, or what `german.toml` says.

The English words are where they are said, and are the keys of the German ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

Language = Literal["en", "de"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_spoken: ContextVar[str] = ContextVar("language of reports", default="en")


def spoken() -> str:
    """The language of this moment, one of ``LANGUAGES``."""
    return _spoken.get()


def speak(language: str) -> None:
    """Say everything in this language from now on; English, if it is none of ``LANGUAGES``."""
    _spoken.set(language if language in LANGUAGES else "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language until the block ends."""
    before = _spoken.get()
    speak(language)
    try:
        yield
    finally:
        _spoken.set(before)


def say(english: str, /, **facts: object) -> str:
    """The words in the language that is spoken, with the facts that stand in braces in them."""
    words = english if spoken() == "en" else said().get(english, english)
    return words.format(**facts) if facts else words


def many(count: int, one: str, more: str) -> str:
    """So many of something; ``{n}`` in the words is how many."""
    return say(one if count == 1 else more, n=count)


def moment(when: datetime) -> str:
    """A day and the minute."""
    if spoken() == "en":
        return f"{when:%d %B %Y, %H:%M}"
    from babel.dates import format_datetime

    return str(format_datetime(when, "d. MMMM y, HH:mm", locale=spoken()))


def day(when: datetime | Any) -> str:
    """A day with its month's name."""
    if spoken() == "en":
        return f"{when:%d %B %Y}"
    from babel.dates import format_date

    return str(format_date(when, "long", locale=spoken()))


def number(value: float, pattern: str) -> str:
    """A number by a pattern of the Unicode CLDR, as its language writes it."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, pattern, locale=spoken()))


def said() -> Mapping[str, str]:
    """What is said in German of the sentences that `say` is given in English."""
    return table("said")


@cache
def table(name: str) -> Mapping[str, str]:
    """A table of `german.toml`: ``said``, ``measures`` by name, ``outcomes`` by kind."""
    text = resources.files("eval").joinpath("german.toml").read_text("utf-8")
    return dict(tomllib.loads(text)[name])
