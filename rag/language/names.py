"""Tokens to names: by their capitals, for lack of a model that knows more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.language.lexicon import IRREGULAR, OPENERS
from rag.language.tokenizing import (
    TITLES,
    Fact,
    Token,
    text_of,
    token_at,
)

_ENDS_NAME = re.compile(r"[,()\[\]/–—]")
_QUOTED_WORD = re.compile(r"\s*[\"“]")
_ACRONYMS = {
    "us": "united states", "usa": "united states", "uk": "united kingdom", "un": "united nations",
    "eu": "european union", "ussr": "soviet union", "uae": "united arab emirates",
}  # fmt: skip
_INSIDE_NAMES = {"of", "de", "la", "le", "du", "van", "von", "der", "al"}
_AUXILIARIES = frozenset(
    "is are was were be been has have had do does did can could will would shall should may might "
    "must".split()
)
# Nouns that need no article end so, names seldom: "Construction took three years".
_NOUN_ENDINGS = ("ly", "ing", "ion", "ment", "ness", "ity")


def names(tokens: Sequence[Token], taken: set[int], known: frozenset[str]) -> Iterator[Fact]:
    """The names among tokens not ``taken``; ``known`` are words that are names anywhere."""
    i = 0
    while i < len(tokens):
        if i in taken or not _is_name_word(tokens, i, taken, known):
            i += 1
            continue
        end = i + 1
        while end < len(tokens) and end not in taken:
            k = end + 1 if tokens[end].text in _INSIDE_NAMES and end + 1 not in taken else end
            if not _goes_on(token_at(tokens, k)) or _ENDS_NAME.search(tokens[end].gap):
                break
            end = k + 1
        if words := name_words(tokens[i:end]):
            yield Fact("name", words, i, end, text_of(tokens, i, end))
        i = end


def _goes_on(token: Token) -> bool:
    return token.is_capitalised and not token.opens and not _ENDS_NAME.search(token.gap)


def name_words(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The words of a name that tell it from others, plain, well-known acronyms spelt out."""
    words: list[str] = []
    for token in tokens:
        word = token.plain
        if word in _INSIDE_NAMES or word in TITLES:
            continue
        words += _ACRONYMS[word].split() if word in _ACRONYMS and token.text.isupper() else [word]
    return tuple(words)


def _is_name_word(tokens: Sequence[Token], i: int, taken: set[int], known: frozenset[str]) -> bool:
    token = tokens[i]
    if not token.is_capitalised:
        return False
    if not token.opens or token.text[1:2].isupper() or token.plain in known:
        return True
    # A capital that begins a sentence tells nothing by itself: "Newton was", but "Several ships".
    word, following = token.plain, token_at(tokens, i + 1)
    if word in OPENERS or word in IRREGULAR:
        return False
    if token.text.endswith("'s") or _QUOTED_WORD.fullmatch(token.gap):
        return True
    # Scheldt, the river; Insulin (from Latin insula); Route 168; Route Nationale; Anna and Boris
    if _goes_on(following) or following.gap.strip() in {",", "("} or following.text.isdecimal():
        return True
    if following.word in {"and", "or"} and _goes_on(token_at(tokens, i + 2)):
        return True
    if i + 1 in taken or token.word.endswith(_NOUN_ENDINGS):
        return False
    if following.word in {"is", "was", "has", "does"}:
        return True
    is_verb = following.word in _AUXILIARIES or following.word in IRREGULAR
    is_plural = token.word.endswith("s")
    return not is_plural and (is_verb or following.word.endswith(("ed", "ly", "s")))
