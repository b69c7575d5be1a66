"""A date that the evidence does not state itself: what completes it, and what tells "on Thursday".

The day on which an article was published is no day of anything in it, unless the evidence says
"today". It stands alone on the last line of the context.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from rag.language.facts import Analysis
from rag.language.forms import weekdays
from rag.language.tokenizing import Fact
from rag.language.vocabulary import vocabulary
from rag.verify.agreement import Date, agree, date_of, is_same_date
from rag.verify.shares import implied

_WEEK = 7


def dated(context: str) -> str:
    """The context with the date on its last line as every language reads it, 2023-11-03."""
    head, line, last = context.rpartition("\n")
    try:
        return f"{head}{line}{datetime.strptime(last.strip(), '%d %B %Y').date()}"
    except ValueError:
        return context


def is_told(fact: Fact, known: Analysis, around: Analysis, rough: float) -> bool:
    """Whether a date follows from what the evidence says and from when the article appeared."""
    published = _published(around)
    others = [other for other in around.facts if other is not published]
    if any(agree(fact, other, rough) for other in others) or _is_completed(fact, known, around):
        return True
    if published is None or published.also is not None:
        return False
    return _is_relative(fact, known, _day(date_of(published)))


def _published(around: Analysis) -> Fact | None:
    last = around.facts[-1] if around.facts else None
    if last is None or last.kind != "date" or last.last != len(around.tokens):
        return None
    is_alone = last.first == 0 or "\n" in around.tokens[last.first].gap
    return last if is_alone and _day(date_of(last)) else None


def _day(value: Date) -> date | None:
    year, month, day = value
    if not (isinstance(year, int) and isinstance(month, int) and isinstance(day, int)):
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_completed(fact: Fact, known: Analysis, around: Analysis) -> bool:
    """Whether it is a day there, and the year that is told before it, or else the articles'."""
    year, month, day = date_of(fact)
    if year is None:
        return False
    years = {date_of(other)[0] for other in around.facts if other.kind == "date"}
    for other in known.facts:
        if other.kind != "date":
            continue
        there = date_of(other)
        if there[0] is not None:
            years = {there[0]}
        elif year in years and is_same_date((None, month, day), there):
            return True
    return False


def _is_relative(fact: Fact, known: Analysis, published: date | None) -> bool:
    """Whether "today", "last year" or "on Thursday" in the evidence is that date."""
    if published is None:
        return False
    value, words = date_of(fact), vocabulary(known.language)

    def says(unit: str) -> list[int]:
        return [
            away for away, said in words.relative(unit).items() if any(said.places(known.tokens))
        ]

    if value[1:] == (None, None):
        return any(value[0] == published.year + away for away in says("years"))
    if (day := _day(value)) is None:
        return False
    if any(day == published + timedelta(days=away) for away in says("days")):
        return True
    names = weekdays(known.language)
    told = {names[token.word] for token in known.tokens if token.word in names}
    return day.weekday() in told and abs((day - published).days) <= _WEEK


def stated(fact: Fact, known: Analysis, around: Analysis, rough: float) -> bool:
    """Whether a number, ordinal or date is there; a date may follow from the article's day.

    ``rough``: the share by which a number that is told roughly may be another.
    """
    if any(agree(fact, other, rough) for other in known.facts):
        return True
    if fact.kind == "date":
        return is_told(fact, known, around, rough)
    if fact.kind == "number" and any(agree(fact, other, rough) for other in implied(known)):
        return True
    return any(token.word == fact.text.lower() for token in known.tokens)
