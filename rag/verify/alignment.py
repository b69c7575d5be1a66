"""Which token of the evidence each token of a sentence is, and the parts that both are made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from rag.language.facts import Analysis
from rag.language.tokenizing import Token
from rag.language.vocabulary import Vocabulary
from rag.verify.agreement import agree

# Letters that two forms of a word share, and those that may follow.
_BEGINNING, _ENDING = 5, 2


class Text:
    """A text's tokens, and its parts: what one verb of saying, or one negation, can reach."""

    def __init__(self, reading: Analysis, vocabulary: Vocabulary) -> None:
        self.tokens: Sequence[Token] = reading.tokens
        self.facts = reading.facts
        self.vocabulary = vocabulary
        contrasts, joins = vocabulary.grammar("contrasts"), vocabulary.grammar("joins")
        self.part: list[int] = []  # the number of the part that each token is in
        self.clause: list[int] = []  # the same of clauses, which end at commas too
        part = clause = 0
        for i, token in enumerate(self.tokens):
            is_cut = any(sign in token.gap for sign in ',;:()–—\n"“”«»')
            is_joined = token.word in joins and "," in token.gap
            # "verletzte aber niemanden": in German it may stand anywhere
            is_contrast = token.word in contrasts and (is_cut or vocabulary.language != "de")
            if i and (token.opens or is_contrast or is_joined):
                part += 1
                clause += 1
            elif i and (is_cut or token.word in vocabulary.grammar("relatives")):
                clause += 1
            self.part.append(part)
            self.clause.append(clause)

    @cached_property
    def parts(self) -> dict[int, list[int]]:
        """The tokens of each part."""
        return _by_number(self.part)

    @cached_property
    def clauses(self) -> dict[int, list[int]]:
        """The tokens of each clause."""
        return _by_number(self.clause)

    @cached_property
    def fact_at(self) -> dict[int, int]:
        """The place among the facts of the one that each token belongs to, names excepted."""
        return {
            i: place
            for place, fact in enumerate(self.facts)
            if fact.kind != "name"
            for i in range(fact.first, fact.last)
        }


def _by_number(numbers: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for i, number in enumerate(numbers):
        found.setdefault(number, []).append(i)
    return found


class Alignment:
    """``pairs`` hold each token of the sentence that says something with that of the evidence."""

    def __init__(self, said: Text, known: Text, rough: float) -> None:
        self.said, self.known, self._rough = said, known, rough
        options = {
            i: found
            for i, token in enumerate(said.tokens)
            if not token.says_little and (found := self.options(i))
        }
        reach: dict[int, int] = {}
        for found in options.values():
            for part in {known.part[j] for j in found}:
                reach[part] = reach.get(part, 0) + 1
        self.pairs = {
            i: max(found, key=lambda j: (reach[known.part[j]], -abs(j - i)))
            for i, found in options.items()
        }

    def options(self, i: int) -> list[int]:
        """The tokens of the evidence that say what a token says."""
        said, known = self.said, self.known
        if (mine := said.fact_at.get(i)) is not None:
            fact = said.facts[mine]
            return [
                other.first
                for other in known.facts
                if other.kind != "name" and agree(fact, other, self._rough)
            ]
        token = said.tokens[i]
        same = [j for j, other in enumerate(known.tokens) if other.stem == token.stem]
        return (
            same
            or [j for j, other in enumerate(known.tokens) if self._is_synonym(token, other)]
            or [j for j, other in enumerate(known.tokens) if _is_form(token, other)]
        )

    def _is_synonym(self, one: Token, other: Token) -> bool:
        groups = self.said.vocabulary.groups
        return one.plain == other.plain or bool(groups(one.stem) & groups(other.stem))


def _is_form(one: Token, other: Token) -> bool:
    """Whether two words differ in their last letters alone: "abattue" and "abattus"."""
    shared = 0
    while (
        shared < min(len(one.plain), len(other.plain)) and one.plain[shared] == other.plain[shared]
    ):
        shared += 1
    return shared >= _BEGINNING and max(len(one.plain), len(other.plain)) - shared <= _ENDING
