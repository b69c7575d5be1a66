"""A question of several parts: "Who designed it, and when did it open?"."""

from __future__ import annotations

import re
from functools import cache

from rag.language.forms import READ
from rag.language.vocabulary import vocabulary
from rag.query.followups import by_rule, concatenated
from rag.query.wording import QUESTION_WORD, capitalised
from rag.schema import Turn

_BEGINS = re.compile(
    rf"^(?:(?:at|by|for|from|in|of|on|to|with) )?(?:{QUESTION_WORD.pattern})", re.IGNORECASE
)
_SHORTEST_PART = 3  # words
_SECOND_PART = re.compile(
    r"(?<![?.!\s,])[\s,]+and[\s,]+(?=(?:(?:who|what|when|where|why|how)\b|"
    r"(?:by|for|with|from|to|in|on) (?:whom|what|which)\b|which \w+)\W*\w+ \w+)",
    re.IGNORECASE,
)


def parts_of(text: str) -> tuple[str, ...]:
    """The questions of which "Who designed the bridge, and when did it open?" is made, each alone.

    A question that does not begin with a question is one: "Do you know where and how …". In
    German, French, Spanish and Italian each part follows the first, whose words it may lean on.
    """
    first, *rest = _SECOND_PART.split(text)
    if not rest:
        return _foreign(text)
    if not _BEGINS.match(first) or len(first.split()) < _SHORTEST_PART:
        return (text,)
    parts = [f"{first.rstrip(' ,?')}?"]
    for part in rest:
        history = [Turn("user", parts[0])]
        part = capitalised(f"{part.rstrip(' ,?')}?")
        parts.append(by_rule(part, history) or concatenated(part, history))
    return tuple(parts)


def _foreign(text: str) -> tuple[str, ...]:
    for language in READ:
        if language == "en":
            continue
        begins, second = _patterns(language)
        first, *rest = second.split(text)
        if rest and begins.match(first) and len(first.split()) >= _SHORTEST_PART:
            first = f"{first.rstrip(' ,?')}?"
            return (first, *(f"{first} {capitalised(part.rstrip(' ,?'))}?" for part in rest))
    return (text,)


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How a question begins in a language, and what stands before its second part."""
    known = vocabulary(language)
    asks, joins, before = (
        "|".join(sorted(map(re.escape, known.grammar(part))))
        for part in ("asks", "and", "prepositions")
    )
    begins = rf"¿?(?:(?:{before})\s+)?(?:{asks})\b"
    return (
        re.compile(begins, re.IGNORECASE),
        re.compile(rf"(?<![?.!\s,])[\s,]+(?:{joins})[\s,]+(?={begins}\s+\S+\s+\w)", re.IGNORECASE),
    )
