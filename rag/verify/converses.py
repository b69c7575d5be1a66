"""Two verbs for one doing, seen from either side: who beat whom, and who lost to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rag.language.vocabulary import vocabulary
from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text
from rag.verify.order import who_and_whom


class Converse(NamedTuple):
    """A verb of the sentence, and the one of the evidence that tells it from the other side."""

    verb: int
    there: int
    is_kept: bool  # who does it here has it done to them there
    is_swapped: bool  # who does it here does it there
    confirmed: frozenset[int]


def converses(aligned: Alignment) -> Iterator[Converse]:
    """Each verb of the sentence whose converse the evidence has, where both say who and whom."""
    said, known = aligned.said, aligned.known
    pairs = vocabulary(said.vocabulary.language).converses
    for verb, token in enumerate(said.tokens):
        others = [other for one, other in pairs if token.stem in one]
        if not others or verb in aligned.pairs:
            continue
        for there, other in enumerate(known.tokens):
            if not any(other.stem in roots for roots in others):
                continue
            mine, theirs = who_and_whom(said, verb), who_and_whom(known, there)
            doers, others_ = ({aligned.pairs[i] for i in one if i in aligned.pairs} for one in mine)
            kept = bool(doers & _names(known, theirs[1])) and not doers & set(theirs[0])
            swapped = bool(doers & set(theirs[0]) and others_ & set(theirs[1]))
            sure = frozenset((*mine[0], *mine[1])) if kept else frozenset[int]()
            yield Converse(verb, there, kept, swapped, sure)


def unconverted(aligned: Alignment) -> Reason | None:
    """Who beat them there, and lost to them here."""
    for one in converses(aligned):
        if one.is_swapped:
            words = aligned.said.tokens[one.verb].text, aligned.known.tokens[one.there].text
            return Reason("opposite", words)
    return None


def _names(text: Text, places: list[int]) -> set[int]:
    return {i for i in places if i not in text.fact_at}
