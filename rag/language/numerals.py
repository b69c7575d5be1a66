"""Numbers however they are written, in digits as English writes them.

"1.200", "1 200" and "tausendzweihundert" are 1,200, "3,5 Millionen" is 3500000, "die Hälfte" 50 %.
Number words of other languages are read by text2num; English ones by `rag.language.numbers`.
"""

from __future__ import annotations

import re
from functools import cache

from rag.language.forms import words

# "1 200", "1'200" and, where a point groups, "1.200"; a single comma before other than three
# digits is a decimal comma anywhere.
_SPACED = re.compile(r"(?<![\d.,/-])(\d{1,3}(?:[ '’]\d{3})+)(?![\d]|[.,]\d{3})")
_POINTED = re.compile(r"(?<![\d.,/-])(\d{1,3}(?:\.\d{3})+)(?!\d|\.\d)")
_TWICE_POINTED = re.compile(r"(?<![\d.,/-])(\d{1,3}(?:\.\d{3}){2,})(?!\d|\.\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d,]|\.\d)")
_ENGLISH_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,})(?![\d,]|\.\d)")
_MIXED = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{3})+),(\d{1,2})(?!\d)")
_ELISION = re.compile(r"(?<=[^\W\d_])['’](?=[\w])")
_ONE_IN = re.compile(
    r"\b(?:un|une|uno|una|1) (?:(\w+) )?(?:sur|su|de cada) ([2-9]|10)\b(?![.,/]?\d)", re.IGNORECASE
)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
# Below this, a number word alone may be an article: "une", "ein".
_LEAST = 2


def in_digits(text: str, language: str) -> str:
    """The text with its numbers in digits as English writes them; in English, digits alone."""
    if language == "en":
        text = _TWICE_POINTED.sub(lambda found: found[1].replace(".", ","), text)
        text = _SPACED.sub(_grouped, text)
        return _ENGLISH_DECIMAL_COMMA.sub(r"\1.\2", text)
    if language in {"fr", "it"}:
        text = _ELISION.sub("' ", text)
    for pattern, told in _phrases(language):
        text = pattern.sub(told, text)
    text = _SPACED.sub(lambda found: _grouped(found).replace(",", "\x00"), text)
    text = _POINTED.sub(lambda found: found[1].replace(".", "\x00"), text)
    text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    text = re.sub(r"(\x00\d{3}),(\d+)", r"\1.\2", text).replace("\x00", ",")
    text = _scale(language).sub(lambda found: _scaled(found, language), text)
    from text_to_num import alpha2digit

    return _ONE_IN.sub(_share, str(alpha2digit(text, language, threshold=_LEAST)))


def whole_number(word: str, language: str) -> int:
    """The whole number that a word is, in digits or in letters; 0 if it is none."""
    from text_to_num import alpha2digit

    digits = str(alpha2digit(word, language, threshold=0))
    return int(digits) if digits.isdecimal() else 0


def _share(found: re.Match[str]) -> str:
    """ "un élève sur 3" as "33.3333 % élève"."""
    return f"{100 / int(found[2]):g} % {found[1] or ''}".rstrip()


def _grouped(found: re.Match[str]) -> str:
    return re.sub(r"[ '’]", ",", found[1])


@cache
def _phrases(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Fractions, dozens and "per cent", each as what is read of it."""
    numerals = words(language)["numerals"]
    told = {phrase: f"{share:g} %" for phrase, share in numerals["fractions"].items()}
    told |= {phrase: str(number) for phrase, number in numerals["wholes"].items()}
    told |= {word.replace("_", " "): "%" for word in numerals["percent"].split()}
    return [
        (re.compile(rf"\b{re.escape(phrase)}\b", re.IGNORECASE), f" {digits} ")
        for phrase, digits in sorted(told.items(), key=lambda one: -len(one[0]))
    ]


@cache
def _scale(language: str) -> re.Pattern[str]:
    forms = sorted(_scale_words(language), key=len, reverse=True)
    return re.compile(rf"(\d[\d,]*(?:\.\d+)?)\s*({'|'.join(map(re.escape, forms))})\b\.?")


@cache
def _scale_words(language: str) -> dict[str, int]:
    numerals = words(language)["numerals"]
    return {
        form.replace("_", " "): value
        for name, value in _SCALES.items()
        for form in numerals[name].split()
    }


def _scaled(found: re.Match[str], language: str) -> str:
    value = float(found[1].replace(",", "")) * _scale_words(language)[found[2]]
    return f"{round(value, 6):.15g}"
