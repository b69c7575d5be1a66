"""Which is whose of "Tallow and Birch won 31 and 24 seats respectively"."""

from __future__ import annotations

from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text


def mispaired(aligned: Alignment) -> Reason | None:
    """Two things that stand at different places of two lists whose members belong together."""
    known = aligned.known
    if not any(t.word in known.vocabulary.grammar("respectively") for t in known.tokens):
        return None
    lists = _lists(known)
    for one, other in ((a, b) for a in lists for b in lists if a is not b and len(a) == len(b)):
        mine, theirs = _told(aligned, one), _told(aligned, other)
        if len(mine) == len(theirs) == 1 and mine != theirs:
            places = one[min(mine)], other[min(theirs)]
            return Reason("elsewhere", tuple(known.tokens[place[0]].text for place in places))
    return None


def _told(aligned: Alignment, members: list[list[int]]) -> set[int]:
    """The places in a list of what the sentence tells of."""
    there = set(aligned.pairs.values())
    return {at for at, member in enumerate(members) if there & set(member)}


def _lists(text: Text) -> list[list[list[int]]]:
    """The lists of a text, "31 and 24", each as the tokens of its members."""
    joins = text.vocabulary.grammar("joins")
    found: list[list[list[int]]] = []
    facts = [list(range(fact.first, fact.last)) for fact in text.facts]
    for members in facts:
        between = text.tokens[found[-1][-1][-1] + 1 : members[0]] if found else ()
        is_listed = found and (
            (len(between) == 1 and between[0].word in joins)
            or (not between and "," in text.tokens[members[0]].gap)
        )
        if is_listed:
            found[-1].append(members)
        else:
            found.append([members])
    return [members for members in found if len(members) > 1]
