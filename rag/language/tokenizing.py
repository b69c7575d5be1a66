"""A text to tokens: words and numbers with their offsets, stems and signs between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from rag.language.forms import months, stem, stop_words, units
from rag.language.numerals import in_digits

Kind = Literal["number", "ordinal", "date", "name"]
Value = float | str | tuple[int | str | None, ...]
_TOKEN = re.compile(
    r"""
      \d{4}-\d{2}-\d{2}(?!\d)                # 2020-03-12
    | \d{1,2}([./])\d{1,2}\1(?:\d{4}|\d\d)(?![\d/])  # 12.3.2020, 12/03/20
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
    tuple of its words in lower case. ``also`` is what it may be read as besides, as
    "1.200" and "3/11/20" may.
    """

    kind: Kind
    value: Value
    first: int
    last: int
    text: str
    unit: str = ""
    is_rough: bool = False
    also: Value | None = None


def normal(text: str, language: str = "en") -> str:
    """The text in Unicode's compatibility form, its numbers in digits, as tokens are read from it.

    The offsets of tokens are offsets into this.
    """
    return in_digits(unicodedata.normalize("NFKC", _THIN_SPACE.sub(" ", text)), language)


def unaccented(word: str) -> str:
    """The word in lower case, without accents and without a genitive's ending."""
    lower = word.lower().removesuffix("'s")
    if lower.isascii():
        return lower
    letters = unicodedata.normalize("NFKD", lower)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=100)
def tokens_of(text: str, language: str = "en") -> tuple[Token, ...]:
    """The tokens of a text that was made `normal`."""
    return tuple(_tokenised(text, language))


def _tokenised(text: str, language: str) -> Iterator[Token]:
    little, unit_of = stop_words(language), units(language)
    ordinal_before = months(language) if language == "de" else {}
    end = depth = 0
    before = ""
    for match in _TOKEN.finditer(text):
        word = match.group().replace("’", "'")
        if word[0].isalpha():
            word = word.replace(".", "")
            lower = word.lower()
            # "it's" is read as "it", but "don't" keeps what it denies.
            lower = lower if lower.endswith("n't") else lower.partition("'")[0] or lower
            root = lower if lower in little else unit_of.get(lower) or _root(lower, language)
        else:
            root = word
        gap = text[end : match.start()]
        # A parenthesis that is never closed ends with its paragraph.
        depth = 0 if "\n" in gap else max(0, depth + gap.count("(") - gap.count(")"))
        is_initial = (
            (len(before) == 1 and before.isupper())
            or before.lower() in _SHORTENED
            or (before.isdecimal() and gap == ". " and word.lower() in ordinal_before)  # "3. Mai"
        )
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
            says_little=root in little or not root[:1].isalnum(),
            is_capitalised=word in _ACRONYMS
            or (word[0].isupper() and plain not in little and word.lower() not in little),
        )
        end, before = match.end(), word


def _root(word: str, language: str) -> str:
    # Snowball's other stemmers know the accents of their language.
    return stem(unaccented(word)) if language == "en" else unaccented(stem(word, language))


def text_of(tokens: Sequence[Token], first: int, last: int) -> str:
    """The text of tokens ``first`` to ``last`` (exclusive), a space between them."""
    return " ".join(token.text for token in tokens[first:last])


_NONE = Token("", "", 0, True, "", 0, "", "", says_little=True, is_capitalised=False)


def token_at(tokens: Sequence[Token], i: int) -> Token:
    """The token at a place, one that says nothing where there is none."""
    return tokens[i] if 0 <= i < len(tokens) else _NONE
