"""Does the evidence carry the sentence? A verdict with a reason, in milliseconds, without a model.

A sentence passes if nothing in it is foreign to the words that it cites: every number, date, unit
and name is there, beside the words that it stands beside in the sentence; what is denied there is
denied here; what rose there did not fall here; and most of its content words are there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from rag.facts import Fact, Reading, Token, plain, read, stem
from rag.schema import Support
from rag.words import OPPOSITES

# Chosen on the even lines of ClapNQ; eval/bench/checking.py reports on the odd ones.
VERIFIED_COVER = 0.6
PARTIAL_COVER = 0.4
_WINDOW = 6
_MARGIN = 0.2
_LEAST_CONTEXT = 0.3
_ROUGH = 0.05
_DENIAL_MARGIN = 0.1
_SAME_WORD = 0.2
_DENIED_CONTEXT = 0.6

_STRICT = frozenset("not no never neither nor none nobody nothing nowhere cannot without".split())
_IMPLIED = frozenset(
    stem(word)
    for word in "unable fail refuse deny lack reject decline false untrue hardly barely unlikely "
    "impossible prevent avoid absent exclude except unknown".split()
)


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
    said, known, around = read(claim), _joined(quotes), read(context)
    words = [token for token in said.tokens if not token.says_little]
    missing = [token for token in words if token.stem not in known.stems]
    cover = 1 - len(missing) / len(words) if words else 1.0
    for find in (_foreign, _contradicted, _denied, _opposed):
        if reason := find(said, known, around):
            return Verdict("unsupported", reason, cover)
    if cover >= VERIFIED_COVER:
        return Verdict("verified", "", cover)
    named = ", ".join(dict.fromkeys(token.text for token in missing[:5]))
    support: Support = "partial" if cover >= PARTIAL_COVER else "unsupported"
    return Verdict(support, f"not in the source: {named}", cover)


def _joined(quotes: Sequence[str]) -> Reading:
    return read("\n".join(quotes))


# Facts that the evidence does not state -------------------------------------------------------


def _foreign(said: Reading, known: Reading, around: Reading) -> str:
    for fact in said.facts:
        if not _stated(fact, said, known, around):
            return f"{fact.text} is not in the source"
        if fact.unit and (other := _other_unit(fact, known)):
            return f"{fact.text} {fact.unit}: the source says {fact.text} {other}"
    return ""


def _stated(fact: Fact, said: Reading, known: Reading, around: Reading) -> bool:
    match fact.kind:
        case "number":
            return any(_same_number(fact, other) for other in known.facts) or _is_spelt(fact, known)
        case "ordinal":
            return any(
                other.kind in ("ordinal", "date") and _agree(fact, other) for other in known.facts
            ) or fact.text.lower() in {token.text.lower() for token in known.tokens}
        case "date":
            return any(_agree(fact, other) for other in (*known.facts, *around.facts)) or _in_parts(
                fact, known
            )
        case "name":
            return not _unknown_words(fact, known, around)


def _agree(fact: Fact, other: Fact) -> bool:
    """Whether the other states what the fact does, or something more exact."""
    if fact.kind == "number":
        return _same_number(fact, other)
    if fact.kind == "name":
        return other.kind == "name" and bool(set(_words(fact)) & set(_words(other)))
    if fact.kind != other.kind:
        return False
    if isinstance(fact.value, tuple) and isinstance(other.value, tuple):
        if isinstance(fact.value[0], str) and isinstance(other.value[0], int):  # the 1990s
            return fact.value[0][:3] == str(other.value[0])[:3]
        pairs = zip(fact.value, other.value, strict=False)
        return all(mine is None or mine == theirs for mine, theirs in pairs)
    return fact.value == other.value


def _same_number(fact: Fact, other: Fact) -> bool:
    theirs: object = other.value
    if other.kind == "date" and isinstance(theirs, tuple):
        return any(isinstance(part, int) and part == fact.value for part in theirs)
    if other.kind != "number":
        return False
    if isinstance(fact.value, float) and isinstance(theirs, float):
        gap = abs(fact.value - theirs)
        rough = _ROUGH * abs(theirs) if fact.is_rough else 0.0
        return gap <= max(rough, 1e-9 * abs(theirs))
    return fact.value == theirs


def _is_spelt(fact: Fact, known: Reading) -> bool:
    return any(token.text.lower() == fact.text.lower() for token in known.tokens)


def _other_unit(fact: Fact, known: Reading) -> str:
    units = {other.unit for other in known.facts if _same_number(fact, other)}
    return "" if fact.unit in units or "" in units else next(iter(units), "")


def _in_parts(date: Fact, known: Reading) -> bool:
    """Whether the parts of a date are all there, as in "between 3 and 5 May 1990"."""
    assert isinstance(date.value, tuple)
    parts = [part for part in date.value if part is not None]
    if len(parts) < 2:
        return False
    stated: set[object] = set()
    for fact in known.facts:
        if fact.kind == "date" and isinstance(fact.value, tuple):
            stated.update(fact.value)
            if sum(part is not None for part in fact.value) >= len(parts):
                return False  # there is another whole date, and then the parts may be of two
        elif isinstance(fact.value, float):
            stated.add(int(fact.value))
    return set(parts) <= stated


def _words(fact: Fact) -> tuple[str, ...]:
    assert isinstance(fact.value, tuple)
    return tuple(str(word) for word in fact.value)


def _unknown_words(name: Fact, known: Reading, around: Reading) -> list[str]:
    there = _name_forms(known) | _name_forms(around)
    return [word for word in _words(name) if word not in there and stem(word) not in there]


def _name_forms(reading: Reading) -> set[str]:
    words = [plain(token.text) for token in reading.tokens]
    # "Southeast" may be written "South East", "NASA" spelt out.
    forms = {*words, *(a + b for a, b in pairwise(words)), *reading.stems}
    for fact in reading.facts:
        if fact.kind == "name":
            forms.update(_words(fact))
            forms.add("".join(word[0] for word in _words(fact)))
    return forms


# Facts that the evidence states of something else ----------------------------------------------


class _Place(NamedTuple):
    """Where something stands: tokens ``first`` to ``last`` (exclusive); none: between two."""

    first: int
    last: int


def _place(fact: Fact) -> _Place:
    return _Place(fact.first, fact.last)


def _contradicted(said: Reading, known: Reading, around: Reading) -> str:
    for fact in said.facts:
        same = _places(fact, known)
        others = {
            _place(other): other.text
            for other in known.facts
            if other.kind == fact.kind and not _agree(fact, other) and not _agree(other, fact)
        }
        if not same or not others:
            continue
        here = _surroundings(said.tokens, _place(fact))
        mine = max(_likeness(here, _surroundings(known.tokens, place)) for place in same)
        likeness = {p: _likeness(here, _surroundings(known.tokens, p)) for p in others}
        rival = max(others, key=likeness.__getitem__)
        if likeness[rival] >= _LEAST_CONTEXT and likeness[rival] - mine > _MARGIN:
            return f"{fact.text}: the source says {others[rival]} there"
    return ""


def _places(fact: Fact, known: Reading) -> list[_Place]:
    """Where the evidence states the fact. A name may stand there in part, or in small letters."""
    if fact.kind != "name":
        return [_place(other) for other in known.facts if _agree(fact, other)]
    whole = [_place(other) for other in known.facts if other.kind == "name" and _agree(fact, other)]
    words = set(_words(fact))
    return whole + [
        _Place(i, i + 1)
        for i, token in enumerate(known.tokens)
        if plain(token.text) in words and not any(p.first <= i < p.last for p in whole)
    ]


# Words before and after a place: the stem, how many tokens away, and what finding it is worth.
_Side = list[tuple[str, int, float]]


def _surroundings(tokens: Sequence[Token], place: _Place) -> tuple[_Side, _Side]:
    """The words around a place, nearest first, in its sentence."""
    before: _Side = []
    after: _Side = []
    at = place.first - 1
    while at >= 0 and len(before) < _WINDOW:
        if place.first < len(tokens) and at == place.first - 1 and tokens[place.first].opens:
            break
        before.append(_weighed(tokens[at], len(before)))
        if tokens[at].opens:
            break
        at -= 1
    at = place.last
    while at < len(tokens) and len(after) < _WINDOW and not tokens[at].opens:
        after.append(_weighed(tokens[at], len(after)))
        at += 1
    return before, after


def _weighed(token: Token, distance: int) -> tuple[str, int, float]:
    return token.stem, distance, (0.4 if token.says_little else 1.0) / (1 + 0.35 * distance)


def _likeness(mine: tuple[_Side, _Side], theirs: tuple[_Side, _Side]) -> float:
    """The share of my surroundings that is theirs too, from 0 to 1; the nearer words count more."""
    nearest = [{stem: distance for stem, distance, _ in reversed(side)} for side in theirs]
    total = found = 0.0
    for side in (0, 1):
        for root, distance, weight in mine[side]:
            total += weight
            if (where := nearest[side].get(root)) is not None:
                found += weight * (1.0 if abs(where - distance) <= 2 else 0.7)
            elif root in nearest[1 - side]:
                found += weight * 0.4
    return found / total if total else 0.0


# What is denied, and what points the other way --------------------------------------------------


def _denied(said: Reading, known: Reading, around: Reading) -> str:
    mine, theirs = _denials(said), _denials(known)
    if reason := _only_here(said, mine, known, theirs):
        return f"“{reason}” is not in the source"
    if reason := _only_here(known, theirs, said, mine, least=_DENIED_CONTEXT):
        return f"the source says “{reason}”"
    return ""


def _only_here(
    one: Reading, denials: list[_Place], other: Reading, theirs: list[_Place], least: float = 0.0
) -> str:
    """A word of denial in one text whose surroundings the other has without any denial."""
    pairs = sorted(
        (
            (_denial_likeness(one, place, other, that), place, that)
            for place in denials
            for that in theirs
        ),
        reverse=True,
    )
    partner: dict[_Place, tuple[_Place, float]] = {}
    for likeness, place, that in pairs:
        if place not in partner and all(that != taken for taken, _ in partner.values()):
            partner[place] = (that, likeness)
    gaps = [_Place(i, i) for i in range(len(other.tokens) + 1)]
    free = [_surroundings(other.tokens, gap) for gap in gaps if not _touches(gap, theirs)]
    for place in denials:
        if not _is_strict(one.tokens[place.first]):
            continue
        here = _surroundings(one.tokens, place)
        without = max((_likeness(here, there) for there in free), default=0.0)
        _, likeness = partner.get(place, (place, -1.0))
        if likeness < without - _DENIAL_MARGIN and without >= least:
            return one.tokens[place.first].text
    return ""


def _denial_likeness(one: Reading, place: _Place, other: Reading, that: _Place) -> float:
    # "unknown" is matched by "unknown", so that "not unknown" is left with a denial too many.
    is_same = one.tokens[place.first].stem == other.tokens[that.first].stem
    is_strict = _is_strict(one.tokens[place.first])
    if not is_strict and not is_same:
        return -1.0
    here, there = _surroundings(one.tokens, place), _surroundings(other.tokens, that)
    return _likeness(here, there) + (0.0 if is_strict and not is_same else _SAME_WORD)


def _is_strict(token: Token) -> bool:
    return token.text.lower() in _STRICT or token.text.lower().endswith("n't")


def _touches(gap: _Place, denials: Sequence[_Place]) -> bool:
    return any(place.first - 1 <= gap.first <= place.last + 1 for place in denials)


def _denials(reading: Reading) -> list[_Place]:
    found = []
    for i, token in enumerate(reading.tokens):
        word = token.text.lower()
        following = reading.tokens[i + 1].text.lower() if i + 1 < len(reading.tokens) else ""
        if word == "not" and following in {"only", "just", "merely"}:
            continue  # "not only" denies nothing
        if _is_strict(token) or token.stem in _IMPLIED:
            found.append(_Place(i, i + 1))
    return found


def _opposed(said: Reading, known: Reading, around: Reading) -> str:
    for i, token in enumerate(said.tokens):
        for one, other in _opposites():
            for side, opposite in ((one, other), (other, one)):
                if token.stem not in side:
                    continue
                same = [_Place(k, k + 1) for k, t in enumerate(known.tokens) if t.stem in side]
                others = [
                    _Place(k, k + 1) for k, t in enumerate(known.tokens) if t.stem in opposite
                ]
                if not others or (not same and said.stems & opposite):
                    continue
                here = _surroundings(said.tokens, _Place(i, i + 1))
                mine = max((_likeness_at(here, known, place) for place in same), default=0.0)
                rival = max(others, key=lambda place: _likeness_at(here, known, place))
                if not same or _likeness_at(here, known, rival) - mine > _MARGIN:
                    return f"“{token.text}”: the source says “{known.tokens[rival.first].text}”"
    return ""


def _likeness_at(here: tuple[_Side, _Side], known: Reading, place: _Place) -> float:
    return _likeness(here, _surroundings(known.tokens, place))


@cache
def _opposites() -> list[tuple[frozenset[str], frozenset[str]]]:
    return [(read(one).stems, read(other).stems) for one, other in OPPOSITES]
