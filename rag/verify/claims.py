"""Does the evidence carry the sentence? A verdict with a reason, in milliseconds, without a model.

A sentence passes if nothing in it is foreign to the words that it cites: every number, date, unit
and name is there, beside the words that it stands beside in the sentence; what is denied there is
denied here; what rose there did not fall here; and most of its content words are there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from rag.language.facts import Analysis, analyse
from rag.language.lexicon import OPPOSITES
from rag.language.tokenizing import Fact, Token, capitalised, normal, stem, unaccented
from rag.schema import Support

# Chosen on the even lines of ClapNQ; eval/bench/checking.py reports on the odd ones.
VERIFIED_COVER = 0.6
PARTIAL_COVER = 0.4
# How many words on each side of a fact are compared, and how far off there they are looked for.
_WINDOW = 6
_FAR = 10
# A comma between makes them so much farther, and one that is as far away counts in full, others
# less, and least on the other side.
_APART = 3
_CLOSE = 2
_SHIFTED = 0.7
_OTHER_SIDE = 0.4
# What stands after another preposition, or before another verb, has another part there.
_OTHER_ROLE = 0.7
_MARGIN = 0.06
_LEAST_CONTEXT = 0.2
_ROUGH = 0.05
_DENIAL_MARGIN = 0.1
_SAME_WORD = 0.2
_DENIED_CONTEXT = 0.6
# Everything here is held against everything there, so both must end somewhere. No sentence of
# `rag.language.sentences` is longer, and what is not read of the evidence supports nothing.
_LONGEST_CLAIM = 2_000
_LONGEST_EVIDENCE = 12_000
_MOST_FACTS = 100
_MOST_PLACES = 50

_STRICT = frozenset("not no never neither nor none nobody nothing nowhere cannot without".split())
_IMPLIED = frozenset(
    stem(word)
    for word in "unable fail refuse deny lack reject decline false untrue hardly barely unlikely "
    "impossible prevent avoid absent exclude except unknown".split()
)

_STRICT_BEFORE_TO = frozenset(map(stem, "fail refuse decline unable".split()))
_BE = frozenset("is are was were be been".split())
# So many first letters in common, and two words are forms of one, as "Kenyan" and "Kenya".
_STEM = 4
_PRONOUNS = frozenset({"he", "she", "they"})
_PREPOSITIONS = frozenset("about after against at by for from in into of on over to with".split())
# Between two names, these leave it open which of them does it to the other.
_UNORDERED = frozenset(map(stem, "and or by with between meets marries equals near beside".split()))


class Verdict(NamedTuple):
    """What its evidence is worth to a sentence; ``cover`` is the share of its words found there."""

    support: Support
    reason: str
    cover: float


def check(claim: str, quotes: Sequence[str], context: str = "") -> Verdict:
    """Whether the quotes carry the claim.

    ``context`` are words that may name what the quotes speak of, as their articles' titles and
    dates do, but that are evidence for nothing else. English only; in other languages the words
    and numbers are compared, and little more.
    """
    if not quotes:
        return Verdict("unsupported", "it cites no source", 0.0)
    if _letters(claim) in map(_letters, quotes):
        return Verdict("verified", "", 1.0)
    if len(claim) > _LONGEST_CLAIM or len(claim := normal(claim)) > _LONGEST_CLAIM:
        return Verdict("unsupported", "it is too long to be checked", 0.0)
    quoted = normal("\n".join(quotes)[:_LONGEST_EVIDENCE])[:_LONGEST_EVIDENCE]
    context = normal(context[:_LONGEST_CLAIM])[:_LONGEST_CLAIM]
    # What is a name in one of the texts is a name in the others where it begins a sentence.
    names = frozenset().union(*(capitalised(analyse(t).tokens) for t in (claim, quoted, context)))
    said, known, around = analyse(claim, names), analyse(quoted, names), analyse(context, names)
    if len(said.facts) > _MOST_FACTS:
        return Verdict("unsupported", "it states too much to be checked", 0.0)
    words, missing = _covered(said, known, around)
    cover = 1 - len(missing) / words if words else 1.0
    evidence = _Surveyed(known)
    if reason := (
        _foreign(said, known, around)
        or _strange_subject(missing, said, known, around)
        or _contradicted(said, evidence)
        or _denied(said, evidence)
        or _opposed(said, evidence)
    ):
        return Verdict("unsupported", reason, cover)
    if cover >= VERIFIED_COVER:
        return Verdict("verified", "", cover)
    named = ", ".join(dict.fromkeys(token.text for token in missing[:5]))
    support: Support = "partial" if cover >= PARTIAL_COVER else "unsupported"
    return Verdict(support, f"not in the source: {named}", cover)


def unstated(text: str, known: str) -> list[str]:
    """The names, dates and numbers in digits that the one text has and the other has not."""
    # Mostly all of them stand there as they are, and the longer text need not be read.
    if all(_stands_in(fact.text, known) for fact in analyse(text).facts if _is_looked_for(fact)):
        return []
    names = frozenset().union(*(capitalised(analyse(t).tokens) for t in (text, known)))
    said, there = analyse(text, names), analyse(known[:_LONGEST_EVIDENCE], names)
    forms = _name_forms(there)
    return [
        fact.text
        for fact in said.facts
        if _is_looked_for(fact)
        and (
            _unknown_words(fact, forms) if fact.kind == "name" else not _stated(fact, there, there)
        )
    ]


def _is_looked_for(fact: Fact) -> bool:
    return fact.kind == "name" or fact.text[:1].isdigit()


def _stands_in(words: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w.,]){re.escape(words)}(?!\w|[.,]\d)", text))


def _letters(text: str) -> str:
    return " ".join(text.split()).rstrip(" .").casefold()


def _covered(said: Analysis, known: Analysis, around: Analysis) -> tuple[int, list[Token]]:
    """How many of its tokens say something, and those that are not in the evidence.

    What is there in another form ("eleven" and "11", "UN" and "United Nations") is there, and so
    is the date of an article.
    """
    forms = _name_forms(known)
    stated = {
        i
        for fact in said.facts
        if not (
            _unknown_words(fact, forms) if fact.kind == "name" else not _stated(fact, known, around)
        )
        for i in range(fact.first, fact.last)
    }
    telling = [i for i, token in enumerate(said.tokens) if not token.says_little]
    stems = known.stems
    missing = [i for i in telling if i not in stated and said.tokens[i].stem not in stems]
    return len(telling), [said.tokens[i] for i in missing]


# Facts that the evidence does not state -------------------------------------------------------


def _foreign(said: Analysis, known: Analysis, around: Analysis) -> str:
    forms, named = _name_forms(known) | _name_forms(around), _named(known) + _named(around)
    for fact in said.facts:
        if fact.kind == "name":
            if _unknown_words(fact, forms):
                return f"{fact.text} is not in the source"
            if blend := _blend(_words(fact), named, known):
                return f"the source does not say {blend}"
        elif not _stated(fact, known, around):
            return f"{fact.text} is not in the source"
        elif fact.unit and (other := _other_unit(fact, known)):
            return f"{fact.text} {fact.unit}: the source says {other}"
    return ""


def _strange_subject(
    missing: Sequence[Token], said: Analysis, known: Analysis, around: Analysis
) -> str:
    """A first word of which the evidence has no form: it may be a name, for all its capital says.

    An adverb there says how, not who; and before a preposition stands a thing, in other words.
    """
    if len(said.tokens) < 2 or said.tokens[0] not in missing:
        return ""
    first, second = said.tokens[:2]
    if first.text.endswith("ly") or second.word in _PREPOSITIONS:
        return ""
    has_form = any(first.stem[:_STEM] == stem[:_STEM] for stem in known.stems | around.stems)
    return "" if has_form else f"{first.text} is not in the source"


def _stated(fact: Fact, known: Analysis, around: Analysis) -> bool:
    """Whether a number, ordinal or date is there; a date may be the articles', too."""
    if any(_agree(fact, other) for other in known.facts):
        return True
    if fact.kind == "date":
        return any(_agree(fact, other) for other in around.facts) or _is_completed(
            fact, known, around
        )
    return any(token.word == fact.text.lower() for token in known.tokens)


def _agree(fact: Fact, other: Fact) -> bool:
    """Whether the other states what the fact does, or something more exact."""
    match fact.kind:
        case "number":
            return _same_number(fact, other)
        case "name":
            return other.kind == "name" and bool(set(_words(fact)) & set(_words(other)))
        case "ordinal":
            is_day = other.kind == "date" and fact.value == _date(other)[2]
            return is_day or (other.kind == "ordinal" and fact.value == other.value)
        case "date":
            if other.kind == "number":  # "1200" may be read as a year
                return _date(fact)[1:] == (None, None) and _date(fact)[0] == other.value
            return other.kind == "date" and _same_date(_date(fact), _date(other))


def _same_number(fact: Fact, other: Fact) -> bool:
    if other.kind == "date":
        return _date(other) == (fact.value, None, None)
    if other.kind != "number":
        return False
    if fact.value == other.value:
        return True
    if isinstance(fact.value, float) and isinstance(other.value, float):
        rough = _ROUGH if fact.is_rough else 1e-9
        return abs(fact.value - other.value) <= rough * abs(other.value)
    return False


_Date = tuple[int | str | None, ...]


def _date(fact: Fact) -> _Date:
    assert isinstance(fact.value, tuple)
    return fact.value


def _same_date(mine: _Date, theirs: _Date) -> bool:
    if isinstance(mine[0], str) and isinstance(theirs[0], int):  # 1994 is in the 1990s
        return mine[0][:3] == str(theirs[0])[:3]
    pairs = zip(mine, theirs, strict=True)
    return all(one is None or one == other for one, other in pairs)


def _is_completed(date: Fact, known: Analysis, around: Analysis) -> bool:
    """Whether it is a day there, and the year that is told before it, or else the articles'."""
    year, month, day = _date(date)
    if year is None or month is None:
        return False
    years = {_date(fact)[0] for fact in around.facts if fact.kind == "date"}
    for fact in known.facts:
        if fact.kind != "date":
            continue
        there = _date(fact)
        if there[0] is not None:
            years = {there[0]}
        elif year in years and _same_date((None, month, day), there):
            return True
    return False


def _other_unit(fact: Fact, known: Analysis) -> str:
    """What the evidence has that number of, where it is nothing of the fact's unit."""
    same = [other for other in known.facts if _same_number(fact, other)]
    units = {other.unit for other in same}
    # "between 3 and 5 km" tells the unit of the 3 later, and an age is told without one.
    is_told = fact.unit in known.stems or (fact.unit == "year" and known.stems & {"age", "old"})
    if not units or fact.unit in units or ("" in units and is_told):
        return ""
    other = next((other for other in same if other.unit), same[0])
    return f"{other.text} {other.unit}".rstrip()


def _words(fact: Fact) -> tuple[str, ...]:
    assert isinstance(fact.value, tuple)
    return tuple(str(word) for word in fact.value)


def _named(reading: Analysis) -> list[tuple[str, ...]]:
    return [_words(fact) for fact in reading.facts if fact.kind == "name"]


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words)


def _unknown_words(name: Fact, forms: frozenset[str]) -> list[str]:
    words = _words(name)
    if len(words) > 2 and _initials(words).upper() in forms:  # it is spelt out, there it is not
        return []
    return [word for word in words if word not in forms and stem(word) not in forms]


def _name_forms(reading: Analysis) -> frozenset[str]:
    """Every word, plain, as a name may be made of it; acronyms in capitals."""
    words = [unaccented(token.text) for token in reading.tokens]
    names = [fact for fact in reading.facts if fact.kind == "name"]
    # The name of the "National Aeronautics and Space Administration" is two to us.
    joined = [
        _words(one) + _words(other) for one, other in pairwise(names) if other.first - one.last == 1
    ]
    return frozenset(
        [
            *words,
            # "Southeast" may be written "South East", "NASA" spelt out.
            *(one + other for one, other in pairwise(words)),
            *reading.stems,
            *(token.text for token in reading.tokens if token.text.isupper()),
            *(word for name in names for word in _words(name)),
            *map(_initials, [*map(_words, names), *joined]),
        ]
    )


def _blend(words: Sequence[str], named: Sequence[tuple[str, ...]], known: Analysis) -> str:
    """Two words of a name that are there in two names only, as "Callum" and "Thorne" may be.

    A word that is a name by itself may be put before another: "the Tarnwick Green Line".
    """
    texts = [unaccented(token.text) for token in known.tokens]
    for one, other in pairwise(words):
        of_one = [name for name in named if one in name]
        of_other = [name for name in named if other in name]
        if not of_one or not of_other or any(len(name) == 1 for name in of_one + of_other):
            continue
        if not any(other in name for name in of_one) and (one, other) not in pairwise(texts):
            return f"{one.title()} {other.title()}"
    return ""


# Facts that the evidence states of something else ----------------------------------------------


class _Place(NamedTuple):
    """Where something stands: tokens ``first`` to ``last`` (exclusive); none: between two."""

    first: int
    last: int


# Words before and after a place: the stem, how many tokens away, and what finding it is worth.
_Side = list[tuple[str, int, float]]
_Sides = tuple[_Side, _Side]


class _Surveyed:
    """A reading that remembers what stands around its places."""

    def __init__(self, reading: Analysis) -> None:
        self.tokens = reading.tokens
        self.facts = reading.facts
        self.stems = reading.stems
        self._nearest: dict[_Place, tuple[dict[str, int], dict[str, int]]] = {}

    def likeness(self, here: _Sides, place: _Place) -> float:
        """The share of the words here that are around the place too; the nearer count more."""
        if place not in self._nearest:
            before, after = _surroundings(self.tokens, place, _FAR)
            self._nearest[place] = (_distances(before), _distances(after))
        nearest = self._nearest[place]
        total = found = 0.0
        for side in (0, 1):
            for root, distance, weight in here[side]:
                total += weight
                if (where := nearest[side].get(root)) is not None:
                    found += weight * (1.0 if abs(where - distance) <= _CLOSE else _SHIFTED)
                elif root in nearest[1 - side]:
                    found += weight * _OTHER_SIDE
        return found / total if total else 0.0

    def likeness_either_way(self, here: _Sides, place: _Place) -> float:
        """The same where "X was the engineer" may be there as "the engineer was X"."""
        likeness = self.likeness(here, place)
        before, after = self._nearest[place]
        for mine, theirs in ((here[0], after), (here[1], before)):
            if mine and mine[0][0] in _BE and any(theirs.get(be, 9) <= 1 for be in _BE):
                likeness = max(likeness, self.likeness((here[1], here[0]), place))
        return likeness

    def has_same_part(self, here: _Sides, place: _Place) -> bool:
        """Whether the same preposition stands before it, or none, and a form of "be" after it."""
        before, after = self._nearest[place]
        led = {root for root, distance, _ in here[0] if distance <= 1} & _PREPOSITIONS
        there = {root for root, distance in before.items() if distance <= 1} & _PREPOSITIONS
        is_passive = any(root in _BE for root, distance, _ in here[1] if distance <= 1)
        return led == there and is_passive == any(after.get(be, 9) <= 1 for be in _BE)

    def likest(self, here: _Sides, places: Sequence[_Place], least: float = 0.0) -> float:
        """The highest likeness of any of the places."""
        return max((self.likeness(here, place) for place in places), default=least)


def _distances(side: _Side) -> dict[str, int]:
    return {root: distance for root, distance, _ in reversed(side)}


def _surroundings(tokens: Sequence[Token], place: _Place, window: int = _WINDOW) -> _Sides:
    """The words around a place, nearest first, in its sentence, without what is in parentheses.

    What lies beyond a comma, or outside of the place's own parentheses, is farther away.
    """
    first, last = place
    beside = [tokens[i].depth for i in {first, max(first, last - 1)} if i < len(tokens)]
    if first == last and first:
        beside.append(tokens[first - 1].depth)
    depth = min(beside, default=0)
    before = list(_walk(tokens, range(first - 1, -1, -1), depth, window))
    after = list(_walk(tokens, range(last, len(tokens)), depth, window))
    return before, after


def _walk(
    tokens: Sequence[Token], way: range, depth: int, window: int
) -> Iterator[tuple[str, int, float]]:
    seen = apart = 0
    for at in way:
        token = tokens[at]
        # Going back, the gap that is crossed is that of the token after.
        crossed = token if way.step > 0 else next(iter(tokens[at + 1 : at + 2]), None)
        if seen == window or (crossed and crossed.opens and crossed.depth <= depth):
            return
        if crossed and crossed.depth <= depth and "," in crossed.gap:
            apart += _APART
        if token.depth > depth:
            continue
        weight = (0.4 if token.says_little else 1.0) / (1 + 0.35 * seen)
        yield token.stem, seen + apart + _APART * (token.depth < depth), weight
        seen += 1


def _contradicted(said: Analysis, known: _Surveyed) -> str:
    """A fact that is there, while the words around it here are there around another of its kind."""
    for fact in said.facts:
        same = _places(fact, known)
        others = [
            other
            for other in known.facts
            if _is_rival(fact, other) and not _agree(fact, other) and not _agree(other, fact)
        ]
        if not same or not others:
            continue
        here = _surroundings(said.tokens, _Place(fact.first, fact.last))
        mine = max(known.likeness_either_way(here, place) for place in same)
        for other in others:
            place = _Place(other.first, other.last)
            likeness = known.likeness_either_way(_exchanged(here, fact, other), place)
            is_like = fact.kind == other.kind != "name"
            if not is_like and not known.has_same_part(here, place):
                likeness *= _OTHER_ROLE
            if likeness >= _LEAST_CONTEXT and likeness - mine > _MARGIN:
                return f"{fact.text}: the source says {other.text} there"
    return ""


def _is_rival(fact: Fact, other: Fact) -> bool:
    """Whether one could stand by mistake where the other should: years are numbers, too."""
    if fact.kind == other.kind:
        return True
    kinds = [one.kind for one in (fact, other) if not _is_year(one)]
    return all(kind in ("number", "ordinal") for kind in kinds)


def _is_year(fact: Fact) -> bool:
    return fact.kind == "date" and _date(fact)[1:] == (None, None)


def _exchanged(here: _Sides, fact: Fact, other: Fact) -> _Sides:
    """The surroundings of a name as they are if it and another have changed places.

    "Forge beat Rovers" is that of "Rovers beat Forge". Where the one is passive, or the order is
    nothing, as in "Forge met Rovers", they stay as they are.
    """
    if fact.kind != "name":
        return here
    mine, theirs = list(map(stem, _words(fact))), list(map(stem, _words(other)))
    sides: list[_Side] = []
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


def _places(fact: Fact, known: _Surveyed) -> list[_Place]:
    """Where the evidence states the fact: by itself, and as a part of an enumeration.

    A name may stand there in part, and one of a single word in small letters.
    """
    places = []
    for i, other in enumerate(known.facts):
        if (fact.kind != "name" or other.kind == "name") and _agree(fact, other):
            places += [_Place(other.first, other.last), _enumeration(i, known)]
    if fact.kind == "name":
        words = set(_words(fact))
        places += [
            _Place(i, i + 1)
            for i, token in enumerate(known.tokens)
            if unaccented(token.text) in words
            and (len(words) == 1 or not token.text.islower())
            and not any(p.first <= i < p.last for p in places)
        ]
        if fact.first < 2:  # it is who the sentence is about, and there it may be "she"
            places += [_Place(i, i + 1) for i, t in enumerate(known.tokens) if t.word in _PRONOUNS]
    return places


def _enumeration(i: int, known: _Surveyed) -> _Place:
    """The place of "France, Italy and Spain", or "Joan of France", of which fact ``i`` is one."""
    first = last = i
    while first and _is_listed(known.facts[first - 1], known.facts[first], known.tokens):
        first -= 1
    while last + 1 < len(known.facts) and _is_listed(
        known.facts[last], known.facts[last + 1], known.tokens
    ):
        last += 1
    return _Place(known.facts[first].first, known.facts[last].last)


def _is_listed(one: Fact, other: Fact, tokens: Sequence[Token]) -> bool:
    between = tokens[one.last : other.first]
    if one.kind != other.kind or tokens[other.first].opens:
        return False
    if not between:
        return "," in tokens[other.first].gap
    words = " ".join(token.word for token in between)
    return words in {"and", "or"} or (one.kind == "name" and words in {"of", "of the", "in"})


# What is denied, and what points the other way --------------------------------------------------


def _denied(said: Analysis, known: _Surveyed) -> str:
    mine = _Surveyed(said)
    if word := _only_here(mine, known):
        return f"“{word}” is not in the source"
    if word := _only_here(known, mine, least=_DENIED_CONTEXT):
        return f"the source says “{word}”"
    return ""


def _only_here(one: _Surveyed, other: _Surveyed, least: float = 0.0) -> str:
    """A word of denial in one text whose surroundings the other has without any denial."""
    denials, theirs = _denials(one), _denials(other)
    if not denials:
        return ""
    here = {place: _surroundings(one.tokens, place) for place in denials}
    pairs = sorted(
        (
            (_denial_likeness(one, place, here[place], other, that), place, that)
            for place in denials
            for that in theirs
        ),
        reverse=True,
    )
    partner: dict[_Place, float] = {}
    taken: set[_Place] = set()
    for likeness, place, that in pairs:
        if place not in partner and that not in taken:
            partner[place] = likeness
            taken.add(that)
    near = {i for place in theirs for i in range(place.first - 1, place.last + 2)}
    free = [_Place(i, i) for i in range(len(other.tokens) + 1) if i not in near]
    for place in denials:
        if not _is_strict(one.tokens, place):
            continue
        without = other.likest(here[place], free)
        if partner.get(place, -1.0) < without - _DENIAL_MARGIN and without >= least:
            return one.tokens[place.first].text
    return ""


def _denial_likeness(
    one: _Surveyed, place: _Place, here: _Sides, other: _Surveyed, that: _Place
) -> float:
    # "unknown" is matched by "unknown", so that "not unknown" is left with a denial too many.
    is_same = one.tokens[place.first].stem == other.tokens[that.first].stem
    is_strict = _is_strict(one.tokens, place)
    if not is_strict and not is_same:
        return -1.0
    return other.likeness(here, that) + (0.0 if is_strict and not is_same else _SAME_WORD)


def _is_strict(tokens: Sequence[Token], place: _Place) -> bool:
    """Whether it denies what it stands beside, as "not" does, and "fail" before "to"."""
    token, following = tokens[place.first], tokens[place.last : place.last + 1]
    if token.stem in _STRICT_BEFORE_TO:
        return any(after.word == "to" for after in following)
    return token.word in _STRICT or token.word.endswith("n't")


def _denials(reading: _Surveyed) -> list[_Place]:
    found = []
    for i, token in enumerate(reading.tokens):
        place = _Place(i, i + 1)
        following = reading.tokens[i + 1].word if i + 1 < len(reading.tokens) else ""
        if token.word == "not" and following in {"only", "just", "merely"}:
            continue  # "not only" denies nothing
        if token.stem in _IMPLIED or _is_strict(reading.tokens, place):
            found.append(place)
    return found[:_MOST_PLACES]


def _opposed(said: Analysis, known: _Surveyed) -> str:
    """A word whose surroundings are there around its opposite."""
    for i, token in enumerate(said.tokens):
        for side, opposite in _opposites().get(token.stem, ()):
            same, others = _standing(side, known), _standing(opposite, known)
            if not others or (not same and said.stems & opposite):
                continue
            here = _surroundings(said.tokens, _Place(i, i + 1))
            rival = max(others, key=lambda place: known.likeness(here, place))
            gap = known.likeness(here, rival) - known.likest(here, same)
            if not same or gap > _MARGIN:
                return f"“{token.text}”: the source says “{known.tokens[rival.first].text}”"
    return ""


def _standing(stems: frozenset[str], known: _Surveyed) -> list[_Place]:
    if not stems & known.stems:
        return []
    places = [_Place(i, i + 1) for i, token in enumerate(known.tokens) if token.stem in stems]
    return places[:_MOST_PLACES]


@cache
def _opposites() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """Each word that has opposites: the words that point its way, and those that do not."""
    found: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for pair in OPPOSITES:
        one, other = (analyse(words).stems for words in pair)
        for side, opposite in ((one, other), (other, one)):
            for root in side:
                found.setdefault(root, []).append((side, opposite))
    return found
