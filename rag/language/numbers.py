"""Tokens to numbers, with their units: in digits and in words, ordinals and fractions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import cache

from rag.language.forms import units, words
from rag.language.tokenizing import Fact, Token, text_of, token_at

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_CARDINAL = {word: n for n, word in enumerate(_ONES)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
SCALE = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12, "k": 10**3,
}  # fmt: skip
_LETTER_SCALE = {"m", "mn", "bn", "tn", "k"}
ORDINAL = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth".split(),
        start=1,
    )
} | {
    word: 10 * n
    for n, word in enumerate(
        "thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth".split(),
        start=3,
    )
}
ORDINAL_ENDINGS = {"st", "nd", "rd", "th"}
_PARTS = {word: n for word, n in ORDINAL.items() if 3 <= n <= 10} | {"quarter": 4}
MONEY = {"$", "£", "€"}
_THREE_DECIMALS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_SHARES = {(2, 3), (3, 4), (2, 5), (3, 5), (4, 5), (9, 10)}
_TIMES = {"twice": 2.0, "thrice": 3.0}


def numbers(tokens: Sequence[Token], taken: Set[int], language: str = "en") -> Iterator[Fact]:
    """The numbers among tokens that are not ``taken``: fractions, ordinals, and all others.

    Of other languages than English the words are digits by now (`rag.language.numerals`).
    """
    own = set(taken)
    finders = (_fractions, _ordinals, _cardinals) if language == "en" else (_figures,)
    for find in finders:
        for fact in find(tokens, own, language):
            yield fact
            own.update(range(fact.first, fact.last))


def _fractions(tokens: Sequence[Token], taken: set[int], _: str) -> Iterator[Fact]:
    """Two thirds, a fifth of, half of: in per cent, so that "half" is "50 per cent"."""
    for i, token in enumerate(tokens):
        following = token_at(tokens, i + 1).word
        if i in taken or token_at(tokens, i - 1).word in ORDINAL:
            continue
        if (found := _one_in(tokens, i)) is not None:
            yield found
        elif token.word == "half" and following in {
            "of",
            "the",
            "as",
            "its",
            "their",
            "his",
            "her",
        }:
            yield Fact("number", 50.0, i, i + 1, token.text, "%")
        elif (
            0 < (many := _CARDINAL.get(token.word, 0)) < _PARTS.get(following.removesuffix("s"), 0)
        ):
            of = {token_at(tokens, i + 2).word, token_at(tokens, i - 1).word}
            if many == 1 and of.isdisjoint({"of", "which", "whom"}):
                continue
            share = 100.0 * many / _PARTS[following.removesuffix("s")]
            yield Fact("number", share, i, i + 2, text_of(tokens, i, i + 2), "%", True)
        elif (
            token.word == "a"
            and following in _PARTS
            and (token_at(tokens, i + 2).word == "of" or token_at(tokens, i - 1).word == "which")
        ):
            if token_at(tokens, i + 3).word == "an":  # a quarter of an hour
                continue
            share = 100.0 / _PARTS[following]
            yield Fact("number", share, i, i + 2, text_of(tokens, i, i + 2), "%", True)


def _one_in(tokens: Sequence[Token], i: int) -> Fact | None:
    """One in three, one out of every ten, three out of four; not "two in three days"."""
    last = i + 1
    while token_at(tokens, last).word in {"in", "out", "of", "every"}:
        last += 1
    some, many = (_count(tokens, k) for k in (i, last))
    is_out_of = last > i + 1 and tokens[i + 1].word != "of"
    # "Five out of seven" are five; of so few parts as these one speaks as of a share.
    is_share = (some == 1 and 2 <= many <= 10) or (some, many) in _SHARES
    if not is_out_of or not is_share or token_at(tokens, last + 1).word in units("en"):
        return None
    text = text_of(tokens, i, last + 1)
    return Fact("number", 100.0 * some / many, i, last + 1, text, "%", True)


def _count(tokens: Sequence[Token], i: int) -> int:
    token = token_at(tokens, i)
    is_digits = token.text.isdecimal() and len(token.text) < 3
    return int(token.text) if is_digits else _CARDINAL.get(token.word, 0)


def _ordinals(tokens: Sequence[Token], taken: set[int], _: str) -> Iterator[Fact]:
    """The ordinals among tokens that are not ``taken``."""
    for i, token in enumerate(tokens):
        if i in taken:
            continue
        following = token_at(tokens, i + 1)
        small = ORDINAL.get(following.word, 10)
        if token.word in _TENS and small < 10:  # twenty-fifth
            value = float(_CARDINAL[token.word] + small)
            yield Fact("ordinal", value, i, i + 2, text_of(tokens, i, i + 2))
        elif token.word in ORDINAL and token_at(tokens, i - 1).word not in _TENS:
            yield Fact("ordinal", float(ORDINAL[token.word]), i, i + 1, token.text)
        elif token.text.isdecimal() and following.word in ORDINAL_ENDINGS:
            yield Fact("ordinal", float(token.text), i, i + 2, f"{token.text}{following.word}")


def _cardinals(tokens: Sequence[Token], taken: set[int], language: str) -> Iterator[Fact]:
    """The numbers among tokens that are not ``taken``, each with its unit, if it has one."""
    i = 0
    while i < len(tokens):
        if i in taken or (found := _number_at(tokens, i)) is None:
            i += 1
            continue
        value, end = found
        unit = _unit_at(tokens, end, language)
        if token_at(tokens, i - 1).text in MONEY:
            unit = tokens[i - 1].text
        pence = token_at(tokens, end + 1)
        if unit in MONEY and isinstance(value, float) and pence.word in _CARDINAL:
            # "two pounds forty"
            value, end = value + _CARDINAL[pence.word] / 100, end + 2
        before = {token.word for token in tokens[max(0, i - 2) : i]}
        is_rough = bool(before & _roughly(language))
        text, also = text_of(tokens, i, end), _grouped(tokens[i], value)
        yield Fact("number", value, i, end, text, unit, is_rough, also)
        i = end


def _figures(tokens: Sequence[Token], taken: set[int], language: str) -> Iterator[Fact]:
    """The numbers in digits among tokens that are not ``taken``."""
    unit_of, roughly = units(language), _roughly(language)
    for i, token in enumerate(tokens):
        if i in taken or not token.text[0].isdecimal():
            continue
        value: float | str = token.text if ":" in token.text else float(token.text.replace(",", ""))
        after = token_at(tokens, i + 1)
        if after.word in {"de", "d", "di"}:  # "3 millions d'euros"
            after = token_at(tokens, i + 2)
        unit = unit_of.get(after.word, "")
        if token_at(tokens, i - 1).text in MONEY:
            unit = tokens[i - 1].text
        is_rough = bool({token_at(tokens, i - k).word for k in (1, 2)} & roughly)
        also = _grouped(token, value)
        yield Fact("number", value, i, i + 1, token.text, unit, is_rough, also)


@cache
def _roughly(language: str) -> frozenset[str]:
    return frozenset(words(language)["grammar"]["roughly"].split())


def _grouped(token: Token, value: float | str) -> float | None:
    """What "1.200" is where its point groups: 1,200 to some, a little more than one to others."""
    is_either = isinstance(value, float) and _THREE_DECIMALS.fullmatch(token.text)
    return 1000 * value if is_either and isinstance(value, float) else None


def _unit_at(tokens: Sequence[Token], i: int, language: str) -> str:
    if token_at(tokens, i).word == "per" and token_at(tokens, i + 1).word == "cent":
        return "%"
    return units(language).get(token_at(tokens, i).word, "")


def _number_at(tokens: Sequence[Token], i: int) -> tuple[float | str, int] | None:
    """The number that begins at a token, in digits or in words, and the token after it."""
    word = tokens[i].text
    if word in _TIMES and token_at(tokens, i + 1).word not in {"as", "the", "that", "its", "their"}:
        return _TIMES[word], i + 1
    if ":" in word:
        return word, i + 1
    if word[0].isdecimal():
        value, end = float(word.replace(",", "")), i + 1
    elif (found := _number_in_words(tokens, i)) is not None:
        value, end = found
    else:
        return None
    if [token_at(tokens, end + k).word for k in range(3)] == ["and", "a", "half"]:
        value, end = value + 0.5, end + 3
    while (scale := token_at(tokens, end).word) in SCALE:
        # "5 m" may be metres, but "£5m" and "5bn" are money.
        if scale == "m" and token_at(tokens, i - 1).text not in MONEY:
            break
        value *= SCALE[scale]
        end += 1
    return value, end


def _number_in_words(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    said = [token.word for token in tokens[i : i + 10]]
    total, part, end = 0.0, 0.0, 0
    if said[0] in {"a", "an"} and len(said) > 1 and said[1] in SCALE.keys() - _LETTER_SCALE:
        part, end = 1.0, 1
    elif said[0] == "half":
        of = said[1:2] if said[1:2] and said[1] not in {"a", "an", "the"} else said[2:3]
        if of and of[0] in {"million", "billion", "dozen"}:
            return 0.5 * SCALE[of[0]], i + said.index(of[0]) + 1
        # "half an hour"
        return (0.5, i + said.index(of[0])) if of and of[0] in {"hour", "mile"} else None
    elif said[0] not in _CARDINAL:
        return None
    while end < len(said):
        word = said[end]
        if word in _CARDINAL:
            is_new_number = part % 10 != 0 or (0 < part < 20) or (part and _CARDINAL[word] >= 20)
            if is_new_number and part % 100 != 0:
                break
            part += _CARDINAL[word]
        elif word in SCALE and word not in _LETTER_SCALE and part:
            if SCALE[word] <= 100:
                part *= SCALE[word]
            else:
                total, part = total + part * SCALE[word], 0.0
        elif not (
            word == "and"
            and end
            and said[end - 1] in SCALE
            and said[end + 1 : end + 2]
            and said[end + 1] in _CARDINAL
        ):
            break
        end += 1
    is_pronoun = end == 1 and said[0] == "one"  # "one of them" counts nothing
    if (
        is_pronoun
        and said[1:4] != ["and", "a", "half"]
        and token_at(tokens, i + 1).word not in units("en")
    ):
        return None
    return total + part, i + end
