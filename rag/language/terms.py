"""The words of a text in any language: without endings, without those that say little.

Which words are stop words is stopwordsiso's to say, what an ending is Snowball's, and where a word
ends in a script without spaces ICU's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

import regex

from rag.language.detection import language_of
from rag.language.forms import READ
from rag.language.letters import plain_letters
from rag.language.lexicon import STOP_WORDS
from rag.language.stemming import stemmer

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]", regex.VERSION1
)
_HAN = regex.compile(r"\p{Han}")
_GRAMMAR = regex.compile(r"\p{Hiragana}+")
# A script says which language a text is not in, where it is too short to say more.
_SCRIPTS = tuple(
    (language, regex.compile(rf"\p{{{script}}}"))
    for language, script in (
        ("ja", "Hiragana"), ("ja", "Katakana"), ("zh", "Han"), ("ko", "Hangul"),
        ("ru", "Cyrillic"), ("ar", "Arabic"), ("hi", "Devanagari"), ("th", "Thai"),
        ("el", "Greek"), ("he", "Hebrew"), ("bn", "Bengali"), ("ta", "Tamil"), ("te", "Telugu"),
        ("hy", "Armenian"), ("ka", "Georgian"), ("lo", "Lao"), ("km", "Khmer"), ("my", "Myanmar"),
        ("am", "Ethiopic"), ("gu", "Gujarati"), ("pa", "Gurmukhi"), ("ml", "Malayalam"),
        ("kn", "Kannada"), ("si", "Sinhala"),
    )
)  # fmt: skip
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
# Of a language without a stemmer, words that begin with as many letters are forms of one
# (McNamee and Mayfield, Information Retrieval 2004).
_STEM = 5
_SYLLABLES = 2
# Characters by which the language of a text is told.
_READ = 4_000
_FEWEST_STOPS = 2
_QUESTION_WORDS = frozenset("who whom whose what when where why which how".split())


@lru_cache(maxsize=1_000)
def spoken(text: str) -> str:
    """The ISO 639-1 code of the language of a text, by its script where it is short; or empty.

    In Latin letters it has to have more stop words of that language than of English: the
    detector takes "hello there" and English names of foreign things for anything. Where it is
    unsure, as of "Wer hat Guernica gemalt?", two stop words tell one of the languages with forms.
    """
    script = next((code for code, one in _SCRIPTS if one.search(text)), "")
    language = language_of(text) or script
    if script or language == "en":
        return language
    words = [word.lower() for word in _WORD.findall(text[:_READ])]
    english = sum(word in STOP_WORDS for word in words)
    if words and words[0] in _QUESTION_WORDS:
        return ""
    if language and sum(word in _stop_words(language) for word in words) > english:
        return language
    letters = list(filter(str.isalpha, words))
    own = {code: sum(map(_stop_words(code).__contains__, letters)) for code in READ if code != "en"}
    likeliest = max(own, key=own.__getitem__)
    return likeliest if own[likeliest] > max(english, _FEWEST_STOPS - 1) else ""


def words_of(text: str) -> Iterator[str]:
    """The words and numbers of a text in small letters, in order."""
    for word in _WORD.finditer(unicodedata.normalize("NFKC", text).lower()):
        if _UNSPACED.search(word.group()):
            yield from _segments(word.group())
        else:
            yield word.group()


def content_words(text: str, language: str) -> list[str]:
    """The words and numbers that say something, in small letters, in order."""
    return [word for word in words_of(text) if not _says_little(word, language)]


def terms(text: str, language: str) -> list[str]:
    """The words that say something, each without its ending, in order.

    Chinese letters that ICU knows no word of are taken in pairs: of a name no dictionary knows.
    """
    found: list[str] = []
    letters = ""
    for word in [*words_of(text), ""]:
        is_letter = len(word) == 1 and bool(_HAN.fullmatch(word))
        if is_letter and not _says_little(word, language):
            letters += word
            continue
        found += [a + b for a, b in pairwise(letters)] if len(letters) > 1 else list(letters)
        letters = ""
        if word and not _says_little(word, language):
            found.append(stem(word, language))
    return found


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """A word in small letters without its ending; a number is left as it is."""
    if word.isdigit():
        return word
    if _STEMMERS.get(language) in _algorithms():
        # "gekostet" is said of what "kostet": Snowball leaves the beginning of a German participle.
        if language == "de" and word.startswith("ge") and word.endswith(("t", "en")) and word[7:]:
            word = word.removeprefix("ge")
        return str(stemmer(_STEMMERS[language]).stemWord(word))
    if _UNSPACED.search(word):
        return word
    return word[:_SYLLABLES] if language == "ko" else word[:_STEM]


def searchable(text: str) -> str | None:
    """What the lexical index should read in the place of a text: the terms after it.

    None of English in plain letters: the index itself knows how its words end, but of no script
    without spaces.
    """
    language = spoken(text)
    plain = plain_letters(text)
    if language in ("", "en"):
        return None if plain == text else plain
    words = dict.fromkeys([*content_words(text, language), *terms(text, language)])
    return f"{plain}\n{' '.join(words)}"


def _says_little(word: str, language: str) -> bool:
    """Whether it is a stop word; of Japanese, what is in Hiragana alone is mostly grammar."""
    is_grammar = language == "ja" and bool(_GRAMMAR.fullmatch(word))
    return is_grammar or word in _stop_words(language)


def _segments(run: str) -> Iterator[str]:
    from icu4py.breakers import WordBreaker

    yield from WordBreaker(run, "zh")


@cache
def _stop_words(language: str) -> frozenset[str]:
    import stopwordsiso

    listed = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else ()
    return frozenset(unicodedata.normalize("NFKC", word).lower() for word in listed)


@cache
def _algorithms() -> frozenset[str]:
    import snowballstemmer

    return frozenset(snowballstemmer.algorithms())
