"""The facts that a text states, in one form however they are written: numbers, dates, names.

"1.2 million" is 1,200,000; "the U.S." is "US"; "3rd" is "third"; "March 2020" is a date without
a day. What is compared here is English, and values only: that two sentences name the same number
does not make them say the same of it. `rag.verify.claims` asks that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.language.dates import dates
from rag.language.names import names
from rag.language.numbers import numbers
from rag.language.tokenizing import Fact, Token, normal, tokens_of


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text as its tokens and the facts among them, both in order.

    ``stems`` are those of all words, ``content`` of the words that say something; ``capitals`` are
    the words, plain, that have a capital where no sentence begins.
    """

    tokens: tuple[Token, ...]
    facts: tuple[Fact, ...]
    stems: frozenset[str]
    content: frozenset[str]
    capitals: frozenset[str]
    language: str = "en"


@lru_cache(maxsize=300)
def analyse(text: str, known: frozenset[str] = frozenset(), language: str = "en") -> Analysis:
    """The tokens and facts of a text in one of the languages that are read.

    A word that begins a sentence has a capital whatever it is; ``known`` are words, plain, that
    are known to be names there too.
    """
    tokens = tokens_of(normal(text, language), language)
    taken: set[int] = set()
    facts: list[Fact] = []
    for find in (dates, numbers):
        for fact in find(tokens, taken, language):
            facts.append(fact)
            taken.update(range(fact.first, fact.last))
    capitals = frozenset(t.plain for t in tokens if not t.opens and t.is_capitalised)
    facts += names(tokens, taken, known | capitals)
    return Analysis(
        tokens,
        tuple(sorted(facts, key=lambda fact: fact.first)),
        frozenset(token.stem for token in tokens),
        frozenset(token.stem for token in tokens if not token.says_little),
        capitals,
        language,
    )
