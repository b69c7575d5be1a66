"""A fact that stands in the evidence, but beside other words: another's number, another's part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.language.forms import stem
from rag.language.tokenizing import Fact, Token
from rag.language.vocabulary import times_of, vocabulary
from rag.reasons import Reason
from rag.verify.agreement import agree, date_of, value_of_name
from rag.verify.shares import part_of
from rag.verify.surroundings import Place, Side, Sides, Surveyed, prepositions

_PRONOUNS = frozenset({"he", "she", "they"})
# Between two names, these leave it open which of them does it to the other.
_UNORDERED = frozenset(map(stem, "and or by with between meets marries equals near beside".split()))


def contradicted(
    said: Surveyed, known: Surveyed, sure: frozenset[int] = frozenset()
) -> Reason | None:
    """A fact that is there, while the words around it here are there around another of its kind."""
    tuning, times = known.tuning, times_of(known.language)
    for fact in said.facts:
        if fact.kind == "name" and said.language != "en":
            continue  # German nouns have capitals, and `rag.verify.order` asks who did it to whom
        if fact.kind == "name" and sure & set(range(fact.first, fact.last)):
            continue
        same = _places(fact, said, known)
        others = [
            other
            for other in known.facts
            if _is_rival(fact, other, times)
            and not agree(fact, other, tuning.rough)
            and not agree(other, fact, tuning.rough)
            and not _is_of_other_unit(fact, other, said, known)
        ]
        if not same or not others:
            continue
        here = said.around(Place(fact.first, fact.last))
        mine = max(known.likeness_either_way(here, place) for place in same)
        for other in others:
            place = Place(other.first, other.last)
            likeness = known.likeness_either_way(_exchanged(here, fact, other), place)
            is_like = fact.kind == other.kind != "name"
            if not is_like and not known.has_same_part(here, place):
                # What stands after another preposition, or another verb, has another part there.
                likeness *= tuning.other_role
            if likeness >= tuning.least_likeness and likeness - mine > tuning.margin:
                return Reason("elsewhere", (fact.text, other.text))
    return None


def _is_rival(fact: Fact, other: Fact, times: frozenset[str]) -> bool:
    """Whether one could stand by mistake where the other should: years are numbers, too.

    "Monday" and "Easter" are names to us, but stand for nobody.
    """
    if fact.kind == other.kind == "name":
        return times.issuperset(value_of_name(fact)) == times.issuperset(value_of_name(other))
    if fact.kind == other.kind:
        return True
    kinds = [one.kind for one in (fact, other) if not _is_year(one)]
    return all(kind in ("number", "ordinal") for kind in kinds)


def _is_of_other_unit(fact: Fact, other: Fact, said: Surveyed, known: Surveyed) -> bool:
    """Whether "for 22 years" is there as it is, and the other number is of no years."""
    led = said.tokens[fact.first - 1].word if fact.first else ""
    if not fact.unit or fact.unit == other.unit or led not in prepositions(said.language):
        return False
    return any(
        one.unit == fact.unit
        and one.first
        and known.tokens[one.first - 1].word == led
        and agree(fact, one, known.tuning.rough)
        for one in known.facts
    )


def _is_year(fact: Fact) -> bool:
    return fact.kind == "date" and date_of(fact)[1:] == (None, None)


def _exchanged(here: Sides, fact: Fact, other: Fact) -> Sides:
    """The surroundings of a name as they are if it and another have changed places.

    "Forge beat Rovers" is that of "Rovers beat Forge". Where the one is passive, or the order is
    nothing, as in "Forge met Rovers", they stay as they are.
    """
    if fact.kind != "name":
        return here
    mine, theirs = list(map(stem, value_of_name(fact))), list(map(stem, value_of_name(other)))
    sides: list[Side] = []
    for side in here:
        roots = [root for root, _, _ in side]
        at = min((roots.index(root) for root in theirs if root in roots), default=0)
        if at and not _UNORDERED & set(roots[:at]):
            side = [
                (mine[min(theirs.index(root), len(mine) - 1)] if root in theirs else root, d, w)
                for root, d, w in side
            ]
        sides.append(side)
    return sides[0], sides[1]


def _places(fact: Fact, said: Surveyed, known: Surveyed) -> list[Place]:
    """Where the evidence states the fact: by itself, and as a part of an enumeration.

    A name may stand there in part, and one of a single word in small letters.
    """
    places = []
    for i, other in enumerate(known.facts):
        if (fact.kind != "name" or other.kind == "name") and agree(fact, other, known.tuning.rough):
            places += [Place(other.first, other.last), _enumeration(i, known)]
            if whole := next(iter(known.facts[i + 1 : i + 2]), None):
                of = vocabulary(known.language).grammar("of")
                if part_of(other, whole, known.tokens, of):
                    places.append(Place(other.first, whole.last))  # "two of the four engines"
    if fact.kind == "name":
        words = set(value_of_name(fact))
        places += [
            Place(i, i + 1)
            for i, token in enumerate(known.tokens)
            if token.plain in words
            and (len(words) == 1 or not token.text.islower())
            and not any(p.first <= i < p.last for p in places)
        ]
        places += _pronouns(fact, said, known)
        if fact.first < 2:  # it is who the sentence is about, and there it may be "she"
            places += [Place(i, i + 1) for i, t in enumerate(known.tokens) if t.word in _PRONOUNS]
    return places


def _pronouns(fact: Fact, said: Surveyed, known: Surveyed) -> Iterator[Place]:
    """Where "into it" may stand for the name in "into the Brenn", once the name is told."""
    prepositions = vocabulary(said.language).grammar("prepositions")
    led = next((t.word for t in said.tokens[: fact.first][::-1] if t.word != "the"), "")
    named = set(value_of_name(fact))
    told = next((i for i, token in enumerate(known.tokens) if token.plain in named), None)
    if led not in prepositions or told is None:
        return
    for i in range(told + 1, len(known.tokens)):
        if known.tokens[i].word in {"it", "them", "him", "her"} and known.tokens[i - 1].word == led:
            yield Place(i, i + 1)


def _enumeration(i: int, known: Surveyed) -> Place:
    """The place of "France, Italy and Spain", or "Joan of France", of which fact ``i`` is one."""
    first = last = i
    while first and _is_listed(known.facts[first - 1], known.facts[first], known.tokens):
        first -= 1
    while last + 1 < len(known.facts) and _is_listed(
        known.facts[last], known.facts[last + 1], known.tokens
    ):
        last += 1
    return Place(known.facts[first].first, known.facts[last].last)


def _is_listed(one: Fact, other: Fact, tokens: Sequence[Token]) -> bool:
    between = tokens[one.last : other.first]
    if one.kind != other.kind or tokens[other.first].opens:
        return False
    if not between:
        return "," in tokens[other.first].gap
    words = " ".join(token.word for token in between)
    return words in {"and", "or"} or (one.kind == "name" and words in {"of", "of the", "in"})
