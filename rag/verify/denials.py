"""What one text denies and the other does not, and words that are opposites."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import cache

from rag.language.forms import stem
from rag.language.tokenizing import Token
from rag.language.vocabulary import vocabulary
from rag.reasons import Reason
from rag.verify.surroundings import Place, Sides, Surveyed

_STRICT = frozenset("not no never neither nor none nobody nothing nowhere cannot without".split())
_IMPLIED = frozenset(
    stem(word)
    for word in "unable fail refuse deny lack reject decline false untrue hardly barely unlikely "
    "impossible prevent avoid absent exclude except unknown".split()
)
_STRICT_BEFORE_TO = frozenset(map(stem, "fail refuse decline unable".split()))


def denied(said: Surveyed, known: Surveyed) -> Reason | None:
    """The word that one side alone denies; None where both deny the same."""
    if word := _only_here(said, known, 0.0, _is_strict):
        return Reason("denied", (word,))
    # How far a "not" of the evidence reaches, `rag.verify.frames` tells better.
    if word := _only_here(known, said, known.tuning.denied_likeness, _is_refusal):
        return Reason("denies", (word,))
    return None


def _only_here(
    one: Surveyed,
    other: Surveyed,
    least: float,
    denies: Callable[[Sequence[Token], Place], bool],
) -> str:
    """A word of denial in one text whose surroundings the other has without any denial."""
    denials, theirs = _denials(one), _denials(other)
    if not denials:
        return ""
    here = {place: one.around(place) for place in denials}
    pairs = sorted(
        (
            (_denial_likeness(one, place, here[place], other, that), place, that)
            for place in denials
            for that in theirs
        ),
        reverse=True,
    )
    partner: dict[Place, float] = {}
    taken: set[Place] = set()
    for likeness, place, that in pairs:
        if place not in partner and that not in taken:
            partner[place] = likeness
            taken.add(that)
    near = {i for place in theirs for i in range(place.first - 1, place.last + 2)}
    free = [Place(i, i) for i in range(len(other.tokens) + 1) if i not in near]
    for place in denials:
        if not denies(one.tokens, place):
            continue
        without = other.likest(here[place], free)
        if partner.get(place, -1.0) < without - one.tuning.denial_margin and without >= least:
            return one.tokens[place.first].text
    return ""


def _denial_likeness(
    one: Surveyed, place: Place, here: Sides, other: Surveyed, that: Place
) -> float:
    # "unknown" is matched by "unknown", so that "not unknown" is left with a denial too many.
    is_same = one.tokens[place.first].stem == other.tokens[that.first].stem
    is_strict = _is_strict(one.tokens, place)
    if not is_strict and not is_same:
        return -1.0
    bonus = one.tuning.same_denial if is_same or not is_strict else 0.0
    return other.likeness(here, that) + bonus


def _is_strict(tokens: Sequence[Token], place: Place) -> bool:
    """Whether it denies what it stands beside, as "not" does, and "fail" before "to"."""
    token = tokens[place.first]
    if token.stem in _STRICT_BEFORE_TO:
        return _is_refusal(tokens, place)
    return token.word in _STRICT or token.word.endswith("n't")


def _is_refusal(tokens: Sequence[Token], place: Place) -> bool:
    following = tokens[place.last : place.last + 1]
    is_verb = tokens[place.first].stem in _STRICT_BEFORE_TO
    return is_verb and any(after.word == "to" for after in following)


def _denials(reading: Surveyed) -> list[Place]:
    found = []
    for i, token in enumerate(reading.tokens):
        place = Place(i, i + 1)
        following = reading.tokens[i + 1].word if i + 1 < len(reading.tokens) else ""
        if token.word == "not" and following in {"only", "just", "merely"}:
            continue  # "not only" denies nothing
        if token.stem in _IMPLIED or _is_strict(reading.tokens, place):
            found.append(place)
    return found[: reading.tuning.most_places]


def opposed(said: Surveyed, known: Surveyed, told: Set[int] = frozenset()) -> Reason | None:
    """A word whose surroundings are there around its opposite; ``told`` are tokens that are right.

    As the "lost" of "Holm lost to Varde" is where Varde beat Holm.
    """
    for i, token in enumerate(said.tokens):
        if i in told:
            continue
        for side, opposite in _opposites(said.language).get(token.stem, ()):
            same, others = _standing(side, known), _standing(opposite, known)
            if not others or (not same and said.stems & opposite):
                continue
            here = said.around(Place(i, i + 1))
            rival = max(others, key=lambda place: known.likeness(here, place))
            gap = known.likeness(here, rival) - known.likest(here, same)
            if not same or gap > known.tuning.margin:
                return Reason("opposite", (token.text, known.tokens[rival.first].text))
    return None


def _standing(stems: frozenset[str], known: Surveyed) -> list[Place]:
    if not stems & known.stems:
        return []
    places = [Place(i, i + 1) for i, token in enumerate(known.tokens) if token.stem in stems]
    return places[: known.tuning.most_places]


@cache
def _opposites(language: str) -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """Each word that has opposites: the words that point its way, and those that do not."""
    found: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for one, other in vocabulary(language).opposites:
        for side, opposite in ((one, other), (other, one)):
            for root in side:
                found.setdefault(root, []).append((side, opposite))
    return found
