"""Two verbs for one doing, seen from either side: who beat whom, and who lost to whom."""

from __future__ import annotations

from typing import NamedTuple

from rag.reasons import Reason
from rag.verify.alignment import Alignment
from rag.verify.order import who_and_whom


class Turned(NamedTuple):
    """What a sentence tells from the other side than the evidence.

    ``reason``: it has who did it and whom they did it to the wrong way round. Else ``verbs`` are
    the tokens that are right so, and ``names`` those of who and whom.
    """

    reason: Reason | None
    verbs: frozenset[int]
    names: frozenset[int]


def turned(aligned: Alignment) -> Turned:
    """Each verb of the sentence whose converse the evidence has, where both say who and whom."""
    said, known = aligned.said, aligned.known
    verbs, names = set[int](), set[int]()
    for verb, token in enumerate(said.tokens):
        others = [other for one, other in said.vocabulary.converses if token.stem in one]
        if not others or verb in aligned.pairs:
            continue
        for there, other in enumerate(known.tokens):
            if not any(other.stem in roots for roots in others):
                continue
            mine, theirs = who_and_whom(said, verb), who_and_whom(known, there)
            who, whom = ({aligned.pairs[i] for i in one if i in aligned.pairs} for one in mine)
            if who & set(theirs[0]):
                if whom & set(theirs[1]):
                    reason = Reason("opposite", (token.text, other.text))
                    return Turned(reason, frozenset(), frozenset())
            elif who & set(theirs[1]):
                verbs.add(verb)
                names.update(*mine)
    return Turned(None, frozenset(verbs), frozenset(names))
