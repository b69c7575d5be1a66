"""A word that stands exactly where the evidence has another: the price of labour, of energy."""

from __future__ import annotations

from collections.abc import Sequence

from rag.language.tokenizing import Token
from rag.reasons import Reason
from rag.verify.alignment import Alignment, Text

# Words before it, at most, that have to be the same: back to one that says something.
_BEFORE = 4


def substituted(missing: Sequence[Token], aligned: Alignment) -> Reason | None:
    """A noun that the evidence lacks, between the words that stand around another noun there.

    The noun of a number is not held to this: three cubs may be called three young.
    """
    said, known = aligned.said, aligned.known
    lost = {id(token) for token in missing}
    taken = set(aligned.pairs.values())
    for i, token in enumerate(said.tokens):
        if id(token) not in lost or not _is_led(said, i):
            continue
        mine = _run(said, i)
        before = _before(said, i)
        for j in range(len(before), len(known.tokens)):
            if not before or [t.word for t in known.tokens[j - len(before) : j]] != before:
                continue
            theirs = _run(known, j)
            is_free = theirs and not taken & set(theirs)
            if is_free and _follows(said, mine.stop) == _follows(known, theirs.stop):
                return Reason("elsewhere", (token.text, known.tokens[theirs[-1]].text))
    return None


def _is_led(text: Text, i: int) -> bool:
    """Whether a noun begins at a token, behind a preposition or an article."""
    grammar = text.vocabulary.grammar
    led_by = grammar("articles") | grammar("prepositions")
    return i > 0 and text.tokens[i - 1].word in led_by and i not in text.fact_at


def _before(text: Text, i: int) -> list[str]:
    """The words before a token, back to one that says something; none if that is far."""
    for k in range(i - 1, max(-1, i - 1 - _BEFORE), -1):
        if not text.tokens[k].says_little:
            return [token.word for token in text.tokens[k:i]]
    return []


def _run(text: Text, start: int) -> range:
    """The words from a token on that say something, up to the next sign."""
    stop = start
    while stop < len(text.tokens) and not text.tokens[stop].says_little:
        if stop > start and text.tokens[stop].gap.strip():
            break
        stop += 1
    return range(start, stop)


def _follows(text: Text, i: int) -> str:
    if i >= len(text.tokens) or text.tokens[i].gap.strip(" "):
        return ""
    return text.tokens[i].word
