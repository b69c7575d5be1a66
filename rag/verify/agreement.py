"""Do two texts state the same fact: the number in its unit, the date, the name?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.language.facts import Analysis
from rag.language.forms import stem
from rag.language.tokenizing import Fact
from rag.language.vocabulary import vocabulary


def agree(fact: Fact, other: Fact, rough: float) -> bool:
    """Whether the other states what the fact does, or something more exact; as `stated`."""
    return any(_agree(one, two, rough) for one in _readings(fact) for two in _readings(other))


def _readings(fact: Fact) -> list[Fact]:
    """The fact, and the same as it may be read besides."""
    return [fact] if fact.also is None else [fact, replace(fact, value=fact.also, also=None)]


def _agree(fact: Fact, other: Fact, rough: float) -> bool:
    match fact.kind:
        case "number":
            return _same_number(fact, other, rough)
        case "name":
            return other.kind == "name" and bool(
                set(value_of_name(fact)) & set(value_of_name(other))
            )
        case "ordinal":
            is_day = other.kind == "date" and fact.value == date_of(other)[2]
            return is_day or (other.kind == "ordinal" and fact.value == other.value)
        case "date":
            if other.kind == "number":  # "1200" may be read as a year
                return date_of(fact)[1:] == (None, None) and date_of(fact)[0] == other.value
            return other.kind == "date" and is_same_date(date_of(fact), date_of(other))


def _same_number(fact: Fact, other: Fact, rough: float) -> bool:
    if other.kind == "date":
        return date_of(other) == (fact.value, None, None)
    if other.kind != "number":
        return False
    if fact.value == other.value:
        return True
    if isinstance(fact.value, float) and isinstance(other.value, float):
        share = rough if fact.is_rough else 1e-9
        return abs(fact.value - other.value) <= share * abs(other.value)
    return False


Date = tuple[int | str | None, ...]


def date_of(fact: Fact) -> Date:
    """The year, month and day of a fact that is a date."""
    assert isinstance(fact.value, tuple)
    return fact.value


def is_same_date(mine: Date, theirs: Date) -> bool:
    """Whether all that the one says of a date the other says too."""
    if isinstance(mine[0], str) and isinstance(theirs[0], int):  # 1994 is in the 1990s
        return mine[0][:3] == str(theirs[0])[:3]
    pairs = zip(mine, theirs, strict=True)
    return all(one is None or one == other for one, other in pairs)


def other_unit(fact: Fact, known: Analysis, rough: float) -> str:
    """What the evidence has that number of, where it is nothing of the fact's unit."""
    same = [other for other in known.facts if agree(fact, other, rough)]
    units = {other.unit for other in same}
    # "between 3 and 5 km" tells the unit of the 3 later, and an age is told without one.
    is_told = fact.unit in known.stems or (
        fact.unit == "year"
        and (known.stems & {"age", "old"} or any(_is_age(other, known) for other in same))
    )
    if not units or fact.unit in units or ("" in units and is_told):
        return ""
    other = next((other for other in same if other.unit), same[0])
    return f"{other.text} {other.unit}".rstrip()


def _is_age(fact: Fact, known: Analysis) -> bool:
    """Whether a number that counts nothing is said of somebody: "a man of 34", "Ada Lind, 34,"."""
    before, after = known.tokens[max(0, fact.first - 2) : fact.first], known.tokens[fact.last :]
    of = vocabulary(known.language).grammar("of")
    ends = not after or bool(set(after[0].gap) & set(",;.")) or after[0].says_little
    is_person = bool(before) and (
        before[-1].word in of or (before[-1].is_capitalised and "," in known.tokens[fact.first].gap)
    )
    return fact.kind == "number" and not fact.unit and is_person and ends


def value_of_name(fact: Fact) -> tuple[str, ...]:
    """The words of a fact that is a name, in lower case."""
    assert isinstance(fact.value, tuple)
    return tuple(str(word) for word in fact.value)


def named(reading: Analysis) -> list[tuple[str, ...]]:
    """The names of a text, each as its words."""
    return [value_of_name(fact) for fact in reading.facts if fact.kind == "name"]


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words)


def unknown_words(name: Fact, forms: frozenset[str]) -> list[str]:
    """The words of a name that no name form of the other text has."""
    words = value_of_name(name)
    if len(words) > 2 and _initials(words).upper() in forms:  # it is spelt out, there it is not
        return []
    return [word for word in words if word not in forms and stem(word) not in forms]


def name_forms(reading: Analysis) -> frozenset[str]:
    """Every word, plain, as a name may be made of it; acronyms in capitals."""
    words = [token.plain for token in reading.tokens]
    names = [fact for fact in reading.facts if fact.kind == "name"]
    # The name of the "National Aeronautics and Space Administration" is two to us.
    joined = [
        value_of_name(one) + value_of_name(other)
        for one, other in pairwise(names)
        if other.first - one.last == 1
    ]
    return frozenset(
        [
            *words,
            # "Southeast" may be written "South East", "NASA" spelt out.
            *(one + other for one, other in pairwise(words)),
            *reading.stems,
            *(token.text for token in reading.tokens if token.text.isupper()),
            *(word for name in names for word in value_of_name(name)),
            *map(_initials, [*map(value_of_name, names), *joined]),
        ]
    )
