"""What stands around a place of a text, weighed by how near it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.language.facts import Analysis
from rag.language.vocabulary import vocabulary
from rag.tuning import VerificationTuning

_PREPOSITIONS = frozenset("about after against at by for from in into of on over to with".split())


class Place(NamedTuple):
    """Where something stands: tokens ``first`` to ``last`` (exclusive); none: between two."""

    first: int
    last: int


# Words before and after a place: the stem, how many tokens away, and what finding it is worth.
Side = list[tuple[str, int, float]]
Sides = tuple[Side, Side]


def prepositions(language: str) -> frozenset[str]:
    """The prepositions of a language, in English the most frequent alone."""
    return _PREPOSITIONS if language == "en" else vocabulary(language).grammar("prepositions")


class Surveyed:
    """An analysis that remembers what stands around its places."""

    def __init__(self, reading: Analysis, tuning: VerificationTuning) -> None:
        self.tuning = tuning
        self.tokens = reading.tokens
        self.facts = reading.facts
        self.language = reading.language
        self.stems = reading.stems
        self._be = vocabulary(reading.language).grammar("be")
        self._prepositions = prepositions(reading.language)
        self._nearest: dict[Place, tuple[dict[str, int], dict[str, int]]] = {}

    def likeness(self, here: Sides, place: Place) -> float:
        """The share of the words here that are around the place too; the nearer count more."""
        if place not in self._nearest:
            before, after = self._surroundings(place, self.tuning.far)
            self._nearest[place] = (_distances(before), _distances(after))
        nearest = self._nearest[place]
        close, shifted = self.tuning.close, self.tuning.shifted
        total = found = 0.0
        for side in (0, 1):
            for root, distance, weight in here[side]:
                total += weight
                if (where := nearest[side].get(root)) is not None:
                    found += weight * (1.0 if abs(where - distance) <= close else shifted)
                elif root in nearest[1 - side]:
                    found += weight * self.tuning.other_side
        return found / total if total else 0.0

    def likeness_either_way(self, here: Sides, place: Place) -> float:
        """The same where "X was the engineer" may be there as "the engineer was X"."""
        likeness = self.likeness(here, place)
        before, after = self._nearest[place]
        for mine, theirs in ((here[0], after), (here[1], before)):
            if mine and mine[0][0] in self._be and any(theirs.get(be, 9) <= 1 for be in self._be):
                likeness = max(likeness, self.likeness((here[1], here[0]), place))
        return likeness

    def has_same_part(self, here: Sides, place: Place) -> bool:
        """Whether the same preposition stands before it, or none, and a form of "be" after it."""
        before, after = self._nearest[place]
        led = {root for root, distance, _ in here[0] if distance <= 1} & self._prepositions
        there = {root for root, distance in before.items() if distance <= 1} & self._prepositions
        is_passive = any(root in self._be for root, distance, _ in here[1] if distance <= 1)
        return led == there and is_passive == any(after.get(be, 9) <= 1 for be in self._be)

    def likest(self, here: Sides, places: Sequence[Place], least: float = 0.0) -> float:
        """The highest likeness of any of the places."""
        return max((self.likeness(here, place) for place in places), default=least)

    def around(self, place: Place) -> Sides:
        """The words around a place, nearest first, in its sentence, not those in parentheses.

        What lies beyond a comma, or outside of the place's own parentheses, is farther away.
        """
        return self._surroundings(place, self.tuning.window)

    def _surroundings(self, place: Place, window: int) -> Sides:
        first, last = place
        beside = [
            self.tokens[i].depth for i in {first, max(first, last - 1)} if i < len(self.tokens)
        ]
        if first == last and first:
            beside.append(self.tokens[first - 1].depth)
        depth = min(beside, default=0)
        before = list(self._walk(range(first - 1, -1, -1), depth, window))
        after = list(self._walk(range(last, len(self.tokens)), depth, window))
        return before, after

    def _walk(self, way: range, depth: int, window: int) -> Iterator[tuple[str, int, float]]:
        tuning, tokens = self.tuning, self.tokens
        seen = apart = 0
        for at in way:
            token = tokens[at]
            # Going back, the gap that is crossed is that of the token after.
            crossed = token if way.step > 0 else next(iter(tokens[at + 1 : at + 2]), None)
            if seen == window or (crossed and crossed.opens and crossed.depth <= depth):
                return
            if crossed and crossed.depth <= depth and "," in crossed.gap:
                apart += tuning.apart
            if token.depth > depth:
                continue
            weight = (tuning.stop_word if token.says_little else 1.0) / (1 + tuning.fading * seen)
            yield token.stem, seen + apart + tuning.apart * (token.depth < depth), weight
            seen += 1


def _distances(side: Side) -> dict[str, int]:
    return {root: distance for root, distance, _ in reversed(side)}
