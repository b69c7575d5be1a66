"""The facts that a text states, in one form however they are written: numbers, dates, names.

"1.2 million" is 1,200,000; "the U.S." is "US"; "3rd" is "third"; "March 2020" is a date without
a day. What is compared here is English, and values only: that two sentences name the same number
does not make them say the same of it. `rag.checking` asks that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from rag.words import STOP_WORDS

Kind = Literal["number", "ordinal", "date", "name"]
Value = float | str | tuple[int | str | None, ...]

_TOKEN = re.compile(
    r"""
      \d{1,2}:\d{2}(?!\d)                        # 4:51
    | \d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)? # 1,200,000
    | \d+(?:\.\d+)?                              # 12.5
    | (?:[^\W\d_]\.){2,}                         # U.S.
    | [^\W\d_]+(?:['’][^\W\d_]+)*                # it's
    | [%$£€]
    """,
    re.VERBOSE,
)
_SENTENCE_END = re.compile(r"[.!?…:;\"“”\n]")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_CARDINAL = {word: n for n, word in enumerate(_ONES)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
_SCALE = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12, "k": 10**3,
}  # fmt: skip
_LETTER_SCALE = {"m", "mn", "bn", "tn", "k"}
_ORDINAL = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth".split(),
        start=1,
    )
}
_MONTHS = {
    name: n
    for n, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sept sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_UNITS = {
    form: unit
    for unit, forms in {
        "%": "% percent pct",
        "$": "$ dollar dollars usd",
        "£": "£ sterling gbp",
        "€": "€ euro euros eur",
        "km": "km kilometre kilometres kilometer kilometers",
        "m": "metre metres meter meters",
        "cm": "cm centimetre centimetres centimeter centimeters",
        "mm": "mm millimetre millimetres millimeter millimeters",
        "mile": "mi mile miles",
        "foot": "ft foot feet",
        "inch": "inch inches",
        "yard": "yard yards",
        "kg": "kg kilogram kilograms kilogramme kilogrammes kilo kilos",
        "g": "gram grams gramme grammes",
        "t": "tonne tonnes ton tons",
        "ha": "hectare hectares ha",
        "acre": "acre acres",
        "litre": "litre litres liter liters",
        "year": "year years yr yrs",
        "month": "month months",
        "week": "week weeks",
        "day": "day days",
        "hour": "hour hours hr hrs",
        "minute": "minute minutes min mins",
        "second": "second seconds sec secs",
        "°C": "celsius centigrade",
        "°F": "fahrenheit",
        "kWh": "kwh",
        "MW": "mw megawatt megawatts",
        "point": "point points",
    }.items()
    for form in forms.split()
}
_BEFORE_NUMBER = {"$", "£", "€"}
_ACRONYMS = {
    "us": "united states", "usa": "united states", "uk": "united kingdom", "un": "united nations",
    "eu": "european union", "ussr": "soviet union", "uae": "united arab emirates",
}  # fmt: skip
_JOINS_NAMES = {"of", "the", "de", "la", "le", "du", "van", "von", "der", "al", "and", "&", "for"}
_AUXILIARIES = frozenset(
    "is are was were be been has have had do does did can could will would shall should may might "
    "must".split()
)


class Token(NamedTuple):
    """A word or a number. ``at`` is its offset; ``opens`` says that it begins a sentence."""

    text: str
    stem: str
    at: int
    opens: bool

    @property
    def says_little(self) -> bool:
        """Whether it is a stop word or a sign."""
        return self.stem in STOP_WORDS or not self.stem[:1].isalnum()


@dataclass(frozen=True, slots=True)
class Fact:
    """Tokens ``first`` to ``last`` (exclusive) state ``value``; ``unit`` is a number's, if known.

    The value of a date is (year, month, day) with None for what is not said, that of a name the
    tuple of its words in lower case.
    """

    kind: Kind
    value: Value
    first: int
    last: int
    text: str
    unit: str = ""
    is_rough: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as its tokens and the facts among them, both in order."""

    tokens: tuple[Token, ...]
    facts: tuple[Fact, ...]

    @property
    def stems(self) -> frozenset[str]:
        """The stems of all words."""
        return frozenset(token.stem for token in self.tokens)


@lru_cache(maxsize=2_000)
def read(text: str) -> Reading:
    """The tokens and facts of an English text."""
    tokens = tuple(_tokens(unicodedata.normalize("NFKC", text)))
    taken: set[int] = set()
    facts: list[Fact] = []
    for finder in (_dates, _ordinals, _numbers, _names):
        for fact in finder(tokens, taken):
            facts.append(fact)
            taken.update(range(fact.first, fact.last))
    return Reading(tokens, tuple(sorted(facts, key=lambda fact: fact.first)))


def plain(word: str) -> str:
    """The word in lower case, without accents and without a genitive's ending."""
    letters = unicodedata.normalize("NFKD", word.lower().removesuffix("'s"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def stem(word: str) -> str:
    """The word without its ending, in lower case (Porter's second stemmer)."""
    return str(_stemmer().stemWord(word.lower()))


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def _tokens(text: str) -> Iterator[Token]:
    end = 0
    for match in _TOKEN.finditer(text):
        word = match.group().replace("’", "'")
        if word[0].isalpha():
            word = word.replace(".", "")
            lower = word.lower()
            # "it's" is read as "it", but "don't" keeps what it denies.
            lower = lower if lower.endswith("n't") else lower.partition("'")[0] or lower
            root = lower if lower in STOP_WORDS or lower in _UNITS else stem(lower)
        else:
            root = word
        between = text[end : match.start()]
        yield Token(word, root, match.start(), bool(_SENTENCE_END.search(between)) or end == 0)
        end = match.end()


def _text(tokens: Sequence[Token], first: int, last: int) -> str:
    return " ".join(token.text for token in tokens[first:last])


def _is_year(token: Token) -> bool:
    return token.text.isdigit() and len(token.text) == 4 and 1000 <= int(token.text) <= 2100


def _day(token: Token) -> int | None:
    digits = token.text
    return int(digits) if digits.isdigit() and len(digits) <= 2 and 1 <= int(digits) <= 31 else None


def _dates(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    i = 0
    while i < len(tokens):
        if (found := _date_at(tokens, i)) is not None:
            yield found
            i = found.last
        else:
            i += 1


def _date_at(tokens: Sequence[Token], i: int) -> Fact | None:
    """The date that begins at a token: 3 March 2020, March 3rd, 2020, March 2020, 2020, 1990s."""

    def at(k: int) -> Token:
        return tokens[k] if k < len(tokens) else Token("", "", 0, True)

    year: int | None
    day, k = _day(tokens[i]), i
    if day is not None:
        k += 1
        if at(k).text.lower() in {"st", "nd", "rd", "th"}:
            k += 1
        if at(k).text.lower() == "of":
            k += 1
    month = _MONTHS.get(at(k).text.lower())
    if month is None or not at(k).text[0].isupper():
        if _is_year(tokens[i]):
            if at(i + 1).text == "s":  # the 1990s
                value: Value = (f"{tokens[i].text}s", None, None)
                return Fact("date", value, i, i + 2, f"{tokens[i].text}s")
            if at(i + 1).text.lower() in _UNITS or at(i + 1).text.lower() in _SCALE:
                return None
            return Fact("date", (int(tokens[i].text), None, None), i, i + 1, tokens[i].text)
        return None
    k += 1
    if day is None:
        day = _day(at(k))
        # "March 2020", but also "March 20, 2020": a day is a day, not the start of a year.
        if day is not None:
            k += 1
            if at(k).text.lower() in {"st", "nd", "rd", "th"}:
                k += 1
    year = int(at(k).text) if at(k).text and _is_year(at(k)) else None
    if year is not None:
        k += 1
    is_may_the_verb = month == 5 and day is None and year is None
    if is_may_the_verb:
        return None
    return Fact("date", (year, month, day), i, k, _text(tokens, i, k))


def _ordinals(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    for i, token in enumerate(tokens):
        if i in taken:
            continue
        word = token.text.lower()
        following = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
        if word in _ORDINAL:
            yield Fact("ordinal", float(_ORDINAL[word]), i, i + 1, token.text)
        elif token.text.isdigit() and following in {"st", "nd", "rd", "th"}:
            yield Fact("ordinal", float(token.text), i, i + 2, f"{token.text}{following}")


_ROUGHLY = frozenset("about around approximately roughly nearly almost some over circa".split())


def _numbers(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    i = 0
    while i < len(tokens):
        if i in taken or (found := _number_at(tokens, i)) is None:
            i += 1
            continue
        value, end = found
        unit = _UNITS.get(tokens[end].text.lower(), "") if end < len(tokens) else ""
        if end + 1 < len(tokens) and tokens[end].text.lower() == "per" and not unit:
            unit = "%" if tokens[end + 1].text.lower() == "cent" else ""
        if i and tokens[i - 1].text in _BEFORE_NUMBER:
            unit = tokens[i - 1].text
        before = {token.text.lower() for token in tokens[max(0, i - 2) : i]}
        is_rough = bool(before & _ROUGHLY)
        yield Fact("number", value, i, end, _text(tokens, i, end), unit, is_rough)
        i = end


def _number_at(tokens: Sequence[Token], i: int) -> tuple[float | str, int] | None:
    """The number that begins at a token, in digits or in words, and the token after it."""
    word = tokens[i].text
    if ":" in word:
        return word, i + 1
    if word[0].isdigit():
        value = float(re.sub(r"[,\s]", "", word))
        end = i + 1
        while end < len(tokens) and (scale := tokens[end].text.lower()) in _SCALE:
            # "5 m" may be metres, but "£5m" and "5bn" are money.
            is_money = i > 0 and tokens[i - 1].text in _BEFORE_NUMBER
            if scale in _LETTER_SCALE and not (scale != "m" or is_money):
                break
            value *= _SCALE[scale]
            end += 1
        return value, end
    return _number_in_words(tokens, i)


def _number_in_words(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    words = [token.text.lower() for token in tokens[i : i + 10]]
    total, part, end = 0.0, 0.0, 0
    if words[0] in {"a", "an"} and len(words) > 1 and words[1] in _SCALE:
        part, end = 1.0, 1
    elif words[0] == "half" and words[1:3] and words[-1] and len(words) > 2:
        if words[1] in {"a", "the"} and words[2] in {"million", "billion", "dozen"}:
            return 0.5 * _SCALE[words[2]], i + 3
        return None
    elif words[0] not in _CARDINAL:
        return None
    while end < len(words):
        word = words[end]
        if word in _CARDINAL:
            is_new_number = part % 10 != 0 or (0 < part < 20) or (part and _CARDINAL[word] >= 20)
            if is_new_number and part % 100 != 0:
                break
            part += _CARDINAL[word]
        elif word in _SCALE and word not in _LETTER_SCALE and part:
            if _SCALE[word] <= 100:
                part *= _SCALE[word]
            else:
                total, part = total + part * _SCALE[word], 0.0
        elif word == "and" and end and end + 1 < len(words) and words[end + 1] in _CARDINAL:
            if words[end - 1] not in _SCALE:
                break
        else:
            break
        end += 1
    if end == 1 and words[0] == "one":  # "one of them" counts nothing
        following = words[1] if len(words) > 1 else ""
        if following not in _UNITS:
            return None
    return total + part, i + end


def _names(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    i = 0
    while i < len(tokens):
        if i in taken or not _is_name_word(tokens, i, taken):
            i += 1
            continue
        end = i + 1
        while end < len(tokens) and end not in taken:
            if _is_capitalised(tokens[end]) and not tokens[end].opens:
                end += 1
            elif (
                tokens[end].text in {"of", "de", "van", "von", "der", "al", "la", "le", "du"}
                and end + 1 < len(tokens)
                and end + 1 not in taken
                and _is_capitalised(tokens[end + 1])
            ):
                end += 2
            else:
                break
        yield Fact("name", name_words(tokens[i:end]), i, end, _text(tokens, i, end))
        i = end


def name_words(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The words of a name that tell it from others, plain, well-known acronyms spelt out."""
    words: list[str] = []
    for token in tokens:
        word = plain(token.text)
        if word in _JOINS_NAMES:
            continue
        words += _ACRONYMS[word].split() if word in _ACRONYMS and token.text.isupper() else [word]
    return tuple(words)


def _is_capitalised(token: Token) -> bool:
    is_acronym = token.text in {"US", "IT"}
    return is_acronym or (token.text[:1].isupper() and token.text.lower() not in STOP_WORDS)


def _is_name_word(tokens: Sequence[Token], i: int, taken: set[int]) -> bool:
    token = tokens[i]
    if not _is_capitalised(token):
        return False
    if not token.opens:
        return True
    # A capital that begins a sentence tells nothing by itself: "Newton was", but "Several ships".
    if token.text[1:2].isupper():
        return True
    if i + 1 == len(tokens) or i + 1 in taken:
        return False
    following = tokens[i + 1]
    return (_is_capitalised(following) and not following.opens) or (
        following.text.lower() in _AUXILIARIES and not token.text.endswith(("ly", "ing", "s"))
    )
