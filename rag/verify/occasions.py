"""When it was: what one verb of the evidence is told of is not the time of another.

Of "It burnt in October and sailed on Monday" no part says that it sailed in October.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.language.vocabulary import times_of
from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text
from rag.verify.clauses import Clauses

# Places of a verb in the evidence; of one that has more nothing is known.
_MOST = 6


def misdated(aligned: Alignment) -> Reason | None:
    """A time beside a verb that has another one wherever it stands in the evidence."""
    said, known = aligned.said, aligned.known
    mine, theirs = set(_times(said)), set(_times(known))
    if not mine or len(theirs) < 2:
        return None
    clauses, there = Clauses(said), Clauses(known)
    for verb, place in aligned.pairs.items():
        told = [i for i in _near(clauses, verb) if i in mine and aligned.options(i)]
        if not told or not clauses.is_verb(verb):
            continue
        root = known.tokens[place].stem
        places = [k for k, token in enumerate(known.tokens) if token.stem == root]
        if len(places) > _MOST:
            continue
        rivals = [[j for j in _near(there, k) if j in theirs] for k in places]
        for i in told:
            same = set(aligned.options(i))
            if all(rivals) and same.isdisjoint(j for rival in rivals for j in rival):
                return Reason("elsewhere", (said.tokens[i].text, known.tokens[rivals[0][0]].text))
    return None


def _times(text: Text) -> Iterator[int]:
    """The first token of each date, and the days of the week and feasts."""
    names = times_of(text.vocabulary.language)
    yield from (fact.first for fact in text.facts if fact.kind == "date")
    yield from (i for i, t in enumerate(text.tokens) if t.word in names and t.is_capitalised)


def _near(clauses: Clauses, verb: int) -> Iterator[int]:
    """The tokens of the verb's clause, and of what has no verb beside it.

    "On Monday," may stand before it, and "since a fire in October" follow.
    """
    here, tokens = clauses.clause(verb), clauses.text.tokens
    yield from here
    if here.stop < len(tokens) and not tokens[here.stop].gap.strip():
        other = clauses.clause(here.stop)
        if not any(map(clauses.is_verb, other)):
            yield from other
    if here.start and not tokens[here.start].opens:
        other = clauses.clause(here.start - 1)
        if tokens[other.start].opens and not any(map(clauses.is_verb, other)):
            yield from other
