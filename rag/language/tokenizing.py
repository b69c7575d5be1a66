"""A text to tokens: words and numbers with their offsets, stems and signs between them."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from rag.language.lexicon import IRREGULAR, STOP_WORDS

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
TITLES = frozenset("mr mrs ms dr sir".split())
# Names, though they are stop words in small letters.
_ACRONYMS = {"US", "IT"}
_SHORTENED = TITLES | {"st", "jr", "sr", "no", "vs"}
UNITS = {
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


class Token(NamedTuple):
    """A word or a number. ``at`` is its offset; ``opens`` says that it begins a sentence.

    ``gap`` is what stands between it and the token before, ``depth`` how many parentheses it is
    in. ``word`` is the text in lower case, ``plain`` that `unaccented`. ``says_little``: it is a
    stop word or a sign; ``is_capitalised``: it has a capital that tells of a name.
    """

    text: str
    stem: str
    at: int
    opens: bool
    gap: str
    depth: int
    word: str
    plain: str
    says_little: bool
    is_capitalised: bool


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


def normal(text: str) -> str:
    """The text in Unicode's compatibility form, which the offsets of tokens are offsets into."""
    return unicodedata.normalize("NFKC", _THIN_SPACE.sub(",", text))


def unaccented(word: str) -> str:
    """The word in lower case, without accents and without a genitive's ending."""
    lower = word.lower().removesuffix("'s")
    if lower.isascii():
        return lower
    letters = unicodedata.normalize("NFKD", lower)
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


@lru_cache(maxsize=100)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a text that was made `normal`."""
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
            root = lower if lower in STOP_WORDS else UNITS.get(lower) or stem(unaccented(lower))
        else:
            root = word
        gap = text[end : match.start()]
        # A parenthesis that is never closed ends with its paragraph.
        depth = 0 if "\n" in gap else max(0, depth + gap.count("(") - gap.count(")"))
        is_initial = (len(before) == 1 and before.isupper()) or before.lower() in _SHORTENED
        stops = gap.removeprefix(".") if is_initial else gap
        plain = unaccented(word)
        yield Token(
            text=word,
            stem=root,
            at=match.start(),
            opens=bool(_SENTENCE_END.search(stops)) or end == 0,
            gap=gap,
            depth=depth,
            word=word.lower(),
            plain=plain,
            says_little=root in STOP_WORDS or not root[:1].isalnum(),
            is_capitalised=word in _ACRONYMS or (word[0].isupper() and plain not in STOP_WORDS),
        )
        end, before = match.end(), word


def text_of(tokens: Sequence[Token], first: int, last: int) -> str:
    """The text of tokens ``first`` to ``last`` (exclusive), a space between them."""
    return " ".join(token.text for token in tokens[first:last])


_NONE = Token("", "", 0, True, "", 0, "", "", says_little=True, is_capitalised=False)


def token_at(tokens: Sequence[Token], i: int) -> Token:
    """The token at a place, one that says nothing where there is none."""
    return tokens[i] if 0 <= i < len(tokens) else _NONE
