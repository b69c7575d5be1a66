"""Dates, numbers and plurals as a language writes them. Babel is imported where it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date


def day(when: date, locale: str) -> str:
    """A date with the month's name."""
    from babel.dates import format_date

    return format_date(when, "long", locale)


def number(value: float, locale: str, pattern: str | None = None) -> str:
    """A number; ``pattern`` is one of the Unicode CLDR, as ``0.00``."""
    from babel.numbers import format_decimal

    return format_decimal(value, pattern, locale)


def language(code: str, locale: str) -> str:
    """The name of a language by its ISO 639-1 code; the code where it has none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code).get_display_name(locale) or code
    except (UnknownLocaleError, ValueError):
        return code


def seconds(milliseconds: int, locale: str) -> str:
    """A time that a person waited: hundredths below a second, tenths above."""
    digits = 2 if milliseconds < 1000 else 1
    return number(round(milliseconds / 1000, digits), locale, f"0.{'0' * digits} s")


def waited(seconds: int) -> str:
    """A time that somebody is waiting, as a clock tells it."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60}:{seconds % 60:02d} min"


def counted(count: int, locale: str, forms: Mapping[str, str]) -> str:
    """So many of something; ``forms`` are its words with ``{}``, by the language's plural form."""
    from babel import Locale

    return forms[Locale.parse(locale).plural_form(count)].format(number(count, locale))
