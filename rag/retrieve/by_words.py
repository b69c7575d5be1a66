"""What no model here reads: sentences by the words that they share with the question.

A cross-encoder gives any two texts of a language that it does not read a high score, so its
probability says nothing there. Words say less than a model that reads, so the best that they
find is told with a hedge.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from functools import cache
from importlib.resources import files

import regex

from rag.language.terms import content_words, spoken, stem, terms
from rag.schema import Passage
from rag.settings import Settings
from rag.tuning import EvidenceTuning

# The reader that comes with Ibid, whatever embedder and reranker read.
READER = "en"
_HAN = regex.compile(r"\p{Han}")
_LEAST = 0.01
_SHORTEST = 4  # letters of a part of a compound
_NUMBER = re.compile(r"[\d零一二三四五六七八九十百千万亿億兆]")


def unread(text: str, settings: Settings) -> str:
    """The language of a text that the models here do not read; empty if they do, or it is unclear.

    ISO 639-1. What they read is what the setting ``languages`` says.
    """
    language = spoken(text)
    return "" if is_read(language, settings) else language


def is_read(language: str, settings: Settings) -> bool:
    """Whether the models here read a language, by its ISO 639-1 code."""
    read = {READER, *re.findall(r"\w+|\*", settings.languages.lower())}
    return "*" in read or language in read


def likelihood(question: str, sentence: str, passage: Passage, tuning: EvidenceTuning) -> float:
    """The probability that a sentence answers, by the question's words in it and around it.

    A sentence without a number, where a number or a time is asked for, is less likely to.
    """
    language = spoken(passage.text) or spoken(question)
    asked = frozenset(terms(question, language)) - _question_terms(language)
    if (spoken(question) or language) != language:  # its stop words are those of another
        words = content_words(question, spoken(question))
        asked &= frozenset(stem(word, language) for word in words)
    around = _found(asked, f"{passage.article.title}\n{passage.text}", language)
    if not asked or around <= tuning.shared * len(asked):
        return _LEAST
    inside = _found(asked, sentence, language)
    if not inside:
        return _LEAST
    # What the title says of every sentence, one need not say itself.
    unsaid = asked - frozenset(terms(passage.article.title, language)) or asked
    own = _found(unsaid, sentence, language) / len(unsaid)
    share = (inside + around) / (4 * len(asked)) + own / 2
    if _wants_number(question, language) and not _NUMBER.search(sentence):
        share /= 2
    return max(tuning.by_words * share, _LEAST)


def _found(asked: Collection[str], text: str, language: str) -> float:
    """How many of the words are in a text; one that is a part of another counts half."""
    there = frozenset(terms(text, language))
    found = 0.0
    for word in asked:
        if word in there or any(_are_forms(word, other) for other in there):
            found += 1
        elif any(_is_part(word, other) or _is_part(other, word) for other in there):
            found += 0.5
    return found


def _are_forms(one: str, other: str) -> bool:
    """Whether two words differ in their endings alone, which a stemmer did not see."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST - 1 and len(long) <= len(short) + 2 and long.startswith(short)


def _is_part(part: str, whole: str) -> bool:
    """Whether a word is the beginning or end of a compound, or a Chinese letter of one."""
    is_long = len(part) >= _SHORTEST or bool(_HAN.match(part))
    return is_long and part != whole and (whole.endswith(part) or whole.startswith(part))


def _wants_number(question: str, language: str) -> bool:
    pattern = _words_of_asking().get(language)
    return bool(pattern and re.search(pattern["number"], question, re.IGNORECASE))


@cache
def _question_terms(language: str) -> frozenset[str]:
    """The words that only ask; they are no stop words to everyone."""
    return frozenset(terms(_words_of_asking().get(language, {}).get("asks", ""), language))


@cache
def _words_of_asking() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "asking.toml").read_text("utf-8"))
