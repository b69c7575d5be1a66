"""The facts that a text states, in one form however they are written: numbers, dates, names.

"1.2 million" is 1,200,000; "the U.S." is "US"; "3rd" is "third"; "March 2020" is a date without
a day. What is compared here is English, and values only: that two sentences name the same number
does not make them say the same of it. `rag.verify.claims` asks that.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from rag.language.words import IRREGULAR, OPENERS, STOP_WORDS

Kind = Literal["number", "ordinal", "date", "name"]
Value = float | str | tuple[int | str | None, ...]

_TOKEN = re.compile(
    r"""
      \d{4}-\d{2}-\d{2}(?!\d)                # 2020-03-12
    | \d{1,2}:\d{2}(?!\d)                    # 4:51
    | \d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?     # 1,200,000
    | \d+(?:\.\d+)?                          # 12.5
    | (?:[^\W\d_]\.){2,}                     # U.S.
    | [^\W\d_]+(?:['’][^\W\d_]+)*            # it's
    | [%$£€]
    """,
    re.VERBOSE,
)
_THIN_SPACE = re.compile(r"(?<=\d)[\u202f\u00a0](?=\d{3}(?!\d))")
_SENTENCE_END = re.compile(r"[.!?…:;\"“”\n]")
_ENDS_NAME = re.compile(r"[,()\[\]/–—]")
_QUOTED_WORD = re.compile(r"\s*[\"“]")
_TITLES = frozenset("mr mrs ms dr sir".split())
_SHORTENED = _TITLES | {"st", "jr", "sr", "no", "vs"}

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
} | {
    word: 10 * n
    for n, word in enumerate(
        "thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth".split(),
        start=3,
    )
}
_ORDINAL_ENDINGS = {"st", "nd", "rd", "th"}
_PARTS = {word: n for word, n in _ORDINAL.items() if 3 <= n <= 10} | {"quarter": 4}
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
        "£": "£ pound pounds sterling gbp",
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
_MONEY = {"$", "£", "€"}
_ACRONYMS = {
    "us": "united states", "usa": "united states", "uk": "united kingdom", "un": "united nations",
    "eu": "european union", "ussr": "soviet union", "uae": "united arab emirates",
}  # fmt: skip
_INSIDE_NAMES = {"of", "de", "la", "le", "du", "van", "von", "der", "al"}
_AUXILIARIES = frozenset(
    "is are was were be been has have had do does did can could will would shall should may might "
    "must".split()
)
_ROUGHLY = frozenset("about around approximately roughly nearly almost some over circa".split())
# Nouns that need no article end so, names seldom: "Construction took three years".
_NOUN_ENDINGS = ("ly", "ing", "ion", "ment", "ness", "ity")


class Token(NamedTuple):
    """A word or a number. ``at`` is its offset; ``opens`` says that it begins a sentence.

    ``gap`` is what stands between it and the token before, ``depth`` how many parentheses it is
    in.
    """

    text: str
    stem: str
    at: int
    opens: bool
    gap: str
    depth: int

    @property
    def word(self) -> str:
        """The text in lower case."""
        return self.text.lower()

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
class Analysis:
    """A text as its tokens and the facts among them, both in order."""

    tokens: tuple[Token, ...]
    facts: tuple[Fact, ...]

    @property
    def stems(self) -> frozenset[str]:
        """The stems of all words."""
        return frozenset(token.stem for token in self.tokens)

    @property
    def content(self) -> frozenset[str]:
        """The stems of the words that say something."""
        return frozenset(token.stem for token in self.tokens if not token.says_little)


def content(text: str) -> frozenset[str]:
    """The stems of the words of an English text that say something."""
    return analyse(text).content


@lru_cache(maxsize=300)
def analyse(text: str, names: frozenset[str] = frozenset()) -> Analysis:
    """The tokens and facts of an English text.

    A word that begins a sentence has a capital whatever it is; ``names`` are words, plain, that
    are known to be names there too.
    """
    tokens = _tokens(normal(text))
    taken: set[int] = set()
    facts: list[Fact] = []
    for finder in (_dates, _fractions, _ordinals, _numbers):
        for fact in finder(tokens, taken):
            facts.append(fact)
            taken.update(range(fact.first, fact.last))
    facts += _names(tokens, taken, names | capitalised(tokens))
    return Analysis(tokens, tuple(sorted(facts, key=lambda fact: fact.first)))


def normal(text: str) -> str:
    """The text in Unicode's compatibility form, which the offsets of tokens are offsets into."""
    return unicodedata.normalize("NFKC", _THIN_SPACE.sub(",", text))


def unaccented(word: str) -> str:
    """The word in lower case, without accents and without a genitive's ending."""
    letters = unicodedata.normalize("NFKD", word.lower().removesuffix("'s"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its ending, in lower case (Porter's second stemmer); "sold" is "sell"."""
    lower = word.lower()
    return str(_stemmer().stemWord(IRREGULAR.get(lower, lower)))


_own = threading.local()


def _stemmer() -> Any:
    """The thread's own stemmer: it keeps the word that it is at in itself."""
    if not hasattr(_own, "stemmer"):
        import snowballstemmer

        _own.stemmer = snowballstemmer.stemmer("english")
    return _own.stemmer


def capitalised(tokens: Sequence[Token]) -> frozenset[str]:
    """The words, plain, that have a capital where no sentence begins."""
    return frozenset(unaccented(t.text) for t in tokens if not t.opens and _is_capitalised(t))


@lru_cache(maxsize=100)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(_tokenised(text))


def _tokenised(text: str) -> Iterator[Token]:
    end = depth = 0
    before = ""
    for match in _TOKEN.finditer(text):
        word = match.group().replace("’", "'")
        if word[0].isalpha():
            word = word.replace(".", "")
            lower = word.lower()
            # "it's" is read as "it", but "don't" keeps what it denies.
            lower = lower if lower.endswith("n't") else lower.partition("'")[0] or lower
            root = lower if lower in STOP_WORDS else _UNITS.get(lower) or stem(unaccented(lower))
        else:
            root = word
        gap = text[end : match.start()]
        # A parenthesis that is never closed ends with its paragraph.
        depth = 0 if "\n" in gap else max(0, depth + gap.count("(") - gap.count(")"))
        is_initial = (len(before) == 1 and before.isupper()) or before.lower() in _SHORTENED
        stops = gap.removeprefix(".") if is_initial else gap
        yield Token(
            word, root, match.start(), bool(_SENTENCE_END.search(stops)) or end == 0, gap, depth
        )
        end, before = match.end(), word


def _text(tokens: Sequence[Token], first: int, last: int) -> str:
    return " ".join(token.text for token in tokens[first:last])


_NONE = Token("", "", 0, True, "", 0)


def _at(tokens: Sequence[Token], i: int) -> Token:
    return tokens[i] if 0 <= i < len(tokens) else _NONE


# Dates -----------------------------------------------------------------------------------------


def _dates(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    found: list[Fact] = []
    i = 0
    while i < len(tokens):
        if (date := _date_at(tokens, i)) is None:
            i += 1
            continue
        found += _days_before(tokens, date, found[-1].last if found else 0)
        found.append(date)
        i = date.last
        found += _days_after(tokens, date)
        i = found[-1].last
    # "January to March 2020": both are of 2020.
    for k in range(len(found) - 1, 0, -1):
        one, other = found[k - 1], found[k]
        if one.last + 1 >= other.first and _joins(tokens, one.last, other.first):
            found[k - 1] = _with_year(one, other)
    yield from found


def _with_year(date: Fact, other: Fact) -> Fact:
    assert isinstance(date.value, tuple) and isinstance(other.value, tuple)
    year, month, day = date.value
    is_open = year is None and isinstance(other.value[0], int)
    return replace(date, value=(other.value[0], month, day)) if is_open else date


def _joins(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether "and", "to", "or" or a dash is all that stands before token ``last``."""
    if first == last:
        return _at(tokens, last).gap.strip() in {"-", "–", "—", "--", "/"}
    return first + 1 == last and _at(tokens, first).word in {"and", "to", "or", "until"}


def _days_before(tokens: Sequence[Token], date: Fact, least: int) -> list[Fact]:
    """The 3 of "between 3 and 5 May 1990"."""
    assert isinstance(date.value, tuple)
    if _day(tokens[date.first]) is None or date.value[1] is None:
        return []
    for first in (date.first - 1, date.first - 2):
        day = _day(_at(tokens, first))
        if first >= least and day is not None and _joins(tokens, first + 1, date.first):
            value = (*date.value[:2], day)
            return [replace(date, value=value, first=first, last=first + 1, text=str(day))]
    return []


def _days_after(tokens: Sequence[Token], date: Fact) -> list[Fact]:
    """The 5 of "May 3 to 5, 1990", and the 18 of "1914–18"."""
    assert isinstance(date.value, tuple)
    year, month, day = date.value
    for first in (date.last, date.last + 1):
        if not _joins(tokens, date.last, first):
            continue
        token = _at(tokens, first)
        if day is not None and year is None and (other := _day(token)) is not None:
            after = _at(tokens, first + 1)
            if after.word in _MONTHS:
                return []
            last = first + 2 if _is_year(after) else first + 1
            value: Value = (int(after.text) if _is_year(after) else None, month, other)
            return [Fact("date", value, first, last, _text(tokens, first, last))]
        is_short = first == date.last and len(token.text) == 2 and token.text.isdecimal()
        if month is None and isinstance(year, int) and is_short and int(token.text) > year % 100:
            value = (year - year % 100 + int(token.text), None, None)
            return [Fact("date", value, first, first + 1, token.text)]
    return []


def _is_year(token: Token) -> bool:
    return token.text.isdecimal() and len(token.text) == 4 and 1000 <= int(token.text) <= 2100


def _day(token: Token) -> int | None:
    digits = token.text
    is_day = digits.isdecimal() and len(digits) <= 2 and 1 <= int(digits) <= 31
    return int(digits) if is_day else None


def _date_at(tokens: Sequence[Token], i: int) -> Fact | None:
    """The date that begins at a token: 3 March 2020, March 3rd, 2020, March 2020, 2020, 1990s."""
    if len(parts := tokens[i].text.split("-")) == 3:
        year, month, day = map(int, parts)
        return Fact("date", (year, month, day), i, i + 1, tokens[i].text)
    if (found := _day_and_month(tokens, i)) is None:
        return _year_alone(tokens, i)
    month_, day_, k = found
    year_: int | None = None
    if _is_year(_at(tokens, k)):
        year_, k = int(tokens[k].text), k + 1
    if day_ is None and year_ is None and not _is_month_alone(tokens, i):
        return None
    return Fact("date", (year_, month_, day_), i, k, _text(tokens, i, k))


def _year_alone(tokens: Sequence[Token], i: int) -> Fact | None:
    if not _is_year(tokens[i]):
        return None
    following = _at(tokens, i + 1)
    if following.text == "s":  # the 1990s
        text = f"{tokens[i].text}s"
        return Fact("date", (text, None, None), i, i + 2, text)
    is_amount = _at(tokens, i - 1).text in _MONEY
    if is_amount or following.word in _UNITS or following.word in _SCALE:
        return None
    return Fact("date", (int(tokens[i].text), None, None), i, i + 1, tokens[i].text)


def _day_and_month(tokens: Sequence[Token], i: int) -> tuple[int, int | None, int] | None:
    """Month, day if there is one, and the token after them."""
    day, k = _day(tokens[i]), i
    if day is not None:
        k += 1 + (_at(tokens, i + 1).word in _ORDINAL_ENDINGS)
        k += _at(tokens, k).word == "of"
    elif _at(tokens, i + 1).word == "of" and tokens[i].word in _ORDINAL:  # the first of May
        day, k = _ORDINAL[tokens[i].word], i + 2
    month = _MONTHS.get(_at(tokens, k).word)
    if month is None or not tokens[k].text[0].isupper():
        return None
    k += 1
    # "March 2020", but also "March 20, 2020": a day is a day, not the start of a year.
    if day is None and (day := _day(_at(tokens, k))) is not None:
        k += 1 + (_at(tokens, k + 1).word in _ORDINAL_ENDINGS)
    return month, day, k


def _is_month_alone(tokens: Sequence[Token], i: int) -> bool:
    """Whether a month's name without day and year is no verb and no person."""
    if tokens[i].word == "may":
        return not tokens[i].opens and _at(tokens, i - 1).word in STOP_WORDS
    return len(tokens[i].text) > 4 or tokens[i].word in {"june", "july"}


# Numbers ---------------------------------------------------------------------------------------


def _fractions(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    """Two thirds, a fifth of, half of: in per cent, so that "half" is "50 per cent"."""
    for i, token in enumerate(tokens):
        following = _at(tokens, i + 1).word
        if i in taken or _at(tokens, i - 1).word in _ORDINAL:
            continue
        if token.word == "half" and following in {"of", "the", "as", "its", "their", "his", "her"}:
            yield Fact("number", 50.0, i, i + 1, token.text, "%")
        elif (
            0 < (many := _CARDINAL.get(token.word, 0)) < _PARTS.get(following.removesuffix("s"), 0)
        ):
            if many == 1 and _at(tokens, i + 2).word != "of":
                continue
            share = 100.0 * many / _PARTS[following.removesuffix("s")]
            yield Fact("number", share, i, i + 2, _text(tokens, i, i + 2), "%", True)
        elif token.word == "a" and following in _PARTS and _at(tokens, i + 2).word == "of":
            if _at(tokens, i + 3).word == "an":  # a quarter of an hour
                continue
            share = 100.0 / _PARTS[following]
            yield Fact("number", share, i, i + 2, _text(tokens, i, i + 2), "%", True)


def _ordinals(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    for i, token in enumerate(tokens):
        if i in taken:
            continue
        following = _at(tokens, i + 1)
        small = _ORDINAL.get(following.word, 10)
        if token.word in _TENS and small < 10:  # twenty-fifth
            value = float(_CARDINAL[token.word] + small)
            yield Fact("ordinal", value, i, i + 2, _text(tokens, i, i + 2))
        elif token.word in _ORDINAL and _at(tokens, i - 1).word not in _TENS:
            yield Fact("ordinal", float(_ORDINAL[token.word]), i, i + 1, token.text)
        elif token.text.isdecimal() and following.word in _ORDINAL_ENDINGS:
            yield Fact("ordinal", float(token.text), i, i + 2, f"{token.text}{following.word}")


def _numbers(tokens: Sequence[Token], taken: set[int]) -> Iterator[Fact]:
    i = 0
    while i < len(tokens):
        if i in taken or (found := _number_at(tokens, i)) is None:
            i += 1
            continue
        value, end = found
        unit = _unit_at(tokens, end)
        if _at(tokens, i - 1).text in _MONEY:
            unit = tokens[i - 1].text
        pence = _at(tokens, end + 1)
        if unit in _MONEY and isinstance(value, float) and pence.word in _CARDINAL:
            # "two pounds forty"
            value, end = value + _CARDINAL[pence.word] / 100, end + 2
        before = {token.word for token in tokens[max(0, i - 2) : i]}
        yield Fact("number", value, i, end, _text(tokens, i, end), unit, bool(before & _ROUGHLY))
        i = end


def _unit_at(tokens: Sequence[Token], i: int) -> str:
    if _at(tokens, i).word == "per" and _at(tokens, i + 1).word == "cent":
        return "%"
    return _UNITS.get(_at(tokens, i).word, "")


def _number_at(tokens: Sequence[Token], i: int) -> tuple[float | str, int] | None:
    """The number that begins at a token, in digits or in words, and the token after it."""
    word = tokens[i].text
    if ":" in word:
        return word, i + 1
    if word[0].isdecimal():
        value, end = float(word.replace(",", "")), i + 1
    elif (found := _number_in_words(tokens, i)) is not None:
        value, end = found
    else:
        return None
    if [_at(tokens, end + k).word for k in range(3)] == ["and", "a", "half"]:
        value, end = value + 0.5, end + 3
    while (scale := _at(tokens, end).word) in _SCALE:
        # "5 m" may be metres, but "£5m" and "5bn" are money.
        if scale == "m" and _at(tokens, i - 1).text not in _MONEY:
            break
        value *= _SCALE[scale]
        end += 1
    return value, end


def _number_in_words(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    words = [token.word for token in tokens[i : i + 10]]
    total, part, end = 0.0, 0.0, 0
    if words[0] in {"a", "an"} and len(words) > 1 and words[1] in _SCALE.keys() - _LETTER_SCALE:
        part, end = 1.0, 1
    elif words[0] == "half":
        of = words[1:2] if words[1:2] and words[1] not in {"a", "an", "the"} else words[2:3]
        if of and of[0] in {"million", "billion", "dozen"}:
            return 0.5 * _SCALE[of[0]], i + words.index(of[0]) + 1
        # "half an hour"
        return (0.5, i + words.index(of[0])) if of and of[0] in {"hour", "mile"} else None
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
        elif not (
            word == "and"
            and end
            and words[end - 1] in _SCALE
            and words[end + 1 : end + 2]
            and words[end + 1] in _CARDINAL
        ):
            break
        end += 1
    is_pronoun = end == 1 and words[0] == "one"  # "one of them" counts nothing
    if is_pronoun and words[1:4] != ["and", "a", "half"] and _at(tokens, i + 1).word not in _UNITS:
        return None
    return total + part, i + end


# Names -----------------------------------------------------------------------------------------


def _names(tokens: Sequence[Token], taken: set[int], known: frozenset[str]) -> Iterator[Fact]:
    i = 0
    while i < len(tokens):
        if i in taken or not _is_name_word(tokens, i, taken, known):
            i += 1
            continue
        end = i + 1
        while end < len(tokens) and end not in taken:
            k = end + 1 if tokens[end].text in _INSIDE_NAMES and end + 1 not in taken else end
            if not _goes_on(_at(tokens, k)) or _ENDS_NAME.search(tokens[end].gap):
                break
            end = k + 1
        if words := name_words(tokens[i:end]):
            yield Fact("name", words, i, end, _text(tokens, i, end))
        i = end


def _goes_on(token: Token) -> bool:
    return _is_capitalised(token) and not token.opens and not _ENDS_NAME.search(token.gap)


def name_words(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The words of a name that tell it from others, plain, well-known acronyms spelt out."""
    words: list[str] = []
    for token in tokens:
        word = unaccented(token.text)
        if word in _INSIDE_NAMES or word in _TITLES:
            continue
        words += _ACRONYMS[word].split() if word in _ACRONYMS and token.text.isupper() else [word]
    return tuple(words)


def _is_capitalised(token: Token) -> bool:
    is_acronym = token.text in {"US", "IT"}
    return is_acronym or (token.text[:1].isupper() and unaccented(token.text) not in STOP_WORDS)


def _is_name_word(tokens: Sequence[Token], i: int, taken: set[int], known: frozenset[str]) -> bool:
    token = tokens[i]
    if not _is_capitalised(token):
        return False
    if not token.opens or token.text[1:2].isupper() or unaccented(token.text) in known:
        return True
    # A capital that begins a sentence tells nothing by itself: "Newton was", but "Several ships".
    word, following = unaccented(token.text), _at(tokens, i + 1)
    if word in OPENERS or word in IRREGULAR:
        return False
    if token.text.endswith("'s") or _QUOTED_WORD.fullmatch(token.gap):
        return True
    # Scheldt, the river; Insulin (from Latin insula); Route 168; Route Nationale; Anna and Boris
    if _goes_on(following) or following.gap.strip() in {",", "("} or following.text.isdecimal():
        return True
    if following.word in {"and", "or"} and _goes_on(_at(tokens, i + 2)):
        return True
    if i + 1 in taken or token.word.endswith(_NOUN_ENDINGS):
        return False
    if following.word in {"is", "was", "has", "does"}:
        return True
    is_verb = following.word in _AUXILIARIES or following.word in IRREGULAR
    is_plural = token.word.endswith("s")
    return not is_plural and (is_verb or following.word.endswith(("ed", "ly", "s")))
