"""Tokens to dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.language.forms import months, units
from rag.language.lexicon import STOP_WORDS
from rag.language.numbers import MONEY, ORDINAL, ORDINAL_ENDINGS, SCALE
from rag.language.tokenizing import Fact, Token, Value, text_of, token_at

# What may stand between a day, a month and a year: "3 de mayo de 2020", "the 3rd of May".
_LINKS = frozenset({"of", "de", "del"})
_DAY_ENDINGS = ORDINAL_ENDINGS | {"er", "o"}


def dates(tokens: Sequence[Token], taken: set[int], language: str = "en") -> Iterator[Fact]:
    """The dates among tokens that are not ``taken``: days, months, years, and stretches of them."""
    names = months(language)
    found: list[Fact] = []
    i = 0
    while i < len(tokens):
        if (date := _date_at(tokens, i, language)) is None:
            i += 1
            continue
        found += _days_before(tokens, date, found[-1].last if found else 0)
        found.append(date)
        i = date.last
        found += _days_after(tokens, date, names)
        i = found[-1].last
    # "January to March 2020": both are of 2020.
    for k in range(len(found) - 1, 0, -1):
        one, other = found[k - 1], found[k]
        if one.last + 1 >= other.first and _joins(tokens, one.last, other.first):
            found[k - 1] = _with_year(one, other)
    yield from found


def _with_year(date: Fact, other: Fact) -> Fact:
    assert isinstance(date.value, tuple) and isinstance(other.value, tuple)
    year, month, day = date.value
    is_open = year is None and isinstance(other.value[0], int)
    return replace(date, value=(other.value[0], month, day)) if is_open else date


def _joins(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether "and", "to", "or" or a dash is all that stands before token ``last``."""
    if first == last:
        return token_at(tokens, last).gap.strip() in {"-", "–", "—", "--", "/"}
    return first + 1 == last and token_at(tokens, first).word in {"and", "to", "or", "until"}


def _days_before(tokens: Sequence[Token], date: Fact, least: int) -> list[Fact]:
    """The 3 of "between 3 and 5 May 1990"."""
    assert isinstance(date.value, tuple)
    if _day(tokens[date.first]) is None or date.value[1] is None:
        return []
    for first in (date.first - 1, date.first - 2):
        day = _day(token_at(tokens, first))
        if first >= least and day is not None and _joins(tokens, first + 1, date.first):
            value = (*date.value[:2], day)
            return [replace(date, value=value, first=first, last=first + 1, text=str(day))]
    return []


def _days_after(tokens: Sequence[Token], date: Fact, names: dict[str, int]) -> list[Fact]:
    """The 5 of "May 3 to 5, 1990", and the 18 of "1914–18"."""
    assert isinstance(date.value, tuple)
    year, month, day = date.value
    for first in (date.last, date.last + 1):
        if not _joins(tokens, date.last, first):
            continue
        token = token_at(tokens, first)
        if day is not None and year is None and (other := _day(token)) is not None:
            after = token_at(tokens, first + 1)
            if after.word in names:
                return []
            last = first + 2 if _is_year(after) else first + 1
            value: Value = (int(after.text) if _is_year(after) else None, month, other)
            return [Fact("date", value, first, last, text_of(tokens, first, last))]
        is_short = first == date.last and len(token.text) == 2 and token.text.isdecimal()
        if month is None and isinstance(year, int) and is_short and int(token.text) > year % 100:
            value = (year - year % 100 + int(token.text), None, None)
            return [Fact("date", value, first, first + 1, token.text)]
    return []


def _is_year(token: Token) -> bool:
    return token.text.isdecimal() and len(token.text) == 4 and 1000 <= int(token.text) <= 2100


def _day(token: Token) -> int | None:
    digits = token.text
    is_day = digits.isdecimal() and len(digits) <= 2 and 1 <= int(digits) <= 31
    return int(digits) if is_day else None


def _date_at(tokens: Sequence[Token], i: int, language: str) -> Fact | None:
    """The date that begins at a token: 3 March 2020, March 3rd, 2020, March 2020, 2020, 1990s."""
    if figures := _in_figures(tokens[i].text):
        value, also = figures
        return Fact("date", value, i, i + 1, tokens[i].text, also=also)
    if len(parts := tokens[i].text.split("-")) == 3:
        year, month, day = map(int, parts)
        return Fact("date", (year, month, day), i, i + 1, tokens[i].text)
    if (found := _day_and_month(tokens, i, language)) is None:
        return _year_alone(tokens, i, language)
    month_, day_, k = found
    year_: int | None = None
    if token_at(tokens, k).word in _LINKS - {"of"} and _is_year(token_at(tokens, k + 1)):
        k += 1
    if _is_year(token_at(tokens, k)):
        year_, k = int(tokens[k].text), k + 1
    if day_ is None and year_ is None and language == "en" and not _is_month_alone(tokens, i):
        return None
    return Fact("date", (year_, month_, day_), i, k, text_of(tokens, i, k))


def _in_figures(text: str) -> tuple[Value, Value | None] | None:
    """3.11.2023 and 3/11/23, the day first; the month first too, where that may be meant."""
    parts = re.split(r"[./]", text)
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return None
    day, month, year = map(int, parts)
    if len(parts[2]) == 2:
        year += 2000 if year < 50 else 1900
    one, other = ((year, month, day), (year, day, month))
    if month > 12:
        return (other, None) if day <= 12 and month <= 31 else None
    is_either = "/" in text and day <= 12 and day != month
    return (one, other if is_either else None) if 1 <= day <= 31 else None


def _year_alone(tokens: Sequence[Token], i: int, language: str) -> Fact | None:
    if not _is_year(tokens[i]):
        return None
    following = token_at(tokens, i + 1)
    if following.text == "s":  # the 1990s
        text = f"{tokens[i].text}s"
        return Fact("date", (text, None, None), i, i + 2, text)
    is_amount = token_at(tokens, i - 1).text in MONEY
    if is_amount or following.word in units(language) or following.word in SCALE:
        return None
    return Fact("date", (int(tokens[i].text), None, None), i, i + 1, tokens[i].text)


def _day_and_month(
    tokens: Sequence[Token], i: int, language: str
) -> tuple[int, int | None, int] | None:
    """Month, day if there is one, and the token after them."""
    day, k = _day(tokens[i]), i
    if day is not None:
        k += 1 + (token_at(tokens, i + 1).word in _DAY_ENDINGS)
        k += token_at(tokens, k).word in _LINKS
    elif token_at(tokens, i + 1).word == "of" and tokens[i].word in ORDINAL:  # the first of May
        day, k = ORDINAL[tokens[i].word], i + 2
    month = months(language).get(token_at(tokens, k).word)
    has_capital = language not in {"en", "de"} or token_at(tokens, k).text[:1].isupper()
    if month is None or not has_capital:
        return None
    k += 1
    # "March 2020", but also "March 20, 2020": a day is a day, not the start of a year.
    if language == "en" and day is None and (day := _day(token_at(tokens, k))) is not None:
        k += 1 + (token_at(tokens, k + 1).word in ORDINAL_ENDINGS)
    return month, day, k


def _is_month_alone(tokens: Sequence[Token], i: int) -> bool:
    """Whether a month's name without day and year is no verb and no person."""
    if tokens[i].word == "may":
        return not tokens[i].opens and token_at(tokens, i - 1).word in STOP_WORDS
    return len(tokens[i].text) > 4 or tokens[i].word in {"june", "july"}
