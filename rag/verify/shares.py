"""Numbers that follow from two of the evidence: half of the engines, where two of four are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.language.facts import Analysis
from rag.language.tokenizing import Fact, Token
from rag.language.vocabulary import vocabulary

# Tokens between a part and its whole: "of the first", "more patients".
_NEAR = 3


def implied(known: Analysis) -> Iterator[Fact]:
    """What share a part is of its whole, and how many a share is of a number."""
    of = vocabulary(known.language).grammar("of")
    numbers = [fact for fact in known.facts if fact.kind == "number"]
    for one, other in pairwise(numbers):
        if not (isinstance(one.value, float) and isinstance(other.value, float)):
            continue
        between, after = known.tokens[one.last : other.first], known.tokens[other.last :]
        if part_of(one, other, known.tokens, of):
            if one.unit == "%":
                yield _number(one.value * other.value / 100, other)
            elif not one.unit and 0 < one.value < other.value:
                yield Fact(
                    "number", 100 * one.value / other.value, one.first, other.last, "", "%", True
                )
        elif (
            other.unit == "%"
            and one.unit != "%"
            and len(between) <= _NEAR
            and not any(token.opens for token in between)
            and [token.word in words for token, words in zip(after, (of, _WHOLES), strict=False)]
            == [True, True]
        ):
            yield _number(one.value * other.value / 100, one)


# "20 patients, half of them"
_WHOLES = frozenset("them which whom these those".split())


def part_of(part: Fact, whole: Fact, tokens: Sequence[Token], of: frozenset[str]) -> bool:
    """Whether it is the three of "three of its nine schools"."""
    between = tokens[part.last : whole.first]
    is_near = part.last < whole.first and len(between) <= _NEAR
    return is_near and between[0].word in of and all(token.says_little for token in between)


def _number(value: float, like: Fact) -> Fact:
    return Fact("number", value, like.first, like.last, "", like.unit)
