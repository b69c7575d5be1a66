"""Which language a text is in."""

from __future__ import annotations

import re
import threading
from functools import cache, lru_cache
from typing import Any

from rag.language.lexicon import STOP_WORDS

# Letters below which a text is too short to tell, and the probability from which it is told.
_FEWEST = 8
_LEAST = 0.45
# It looks no further: an article's language is clear from its beginning.
_LONGEST = 4_000
# Aragonese is like Spanish and French, and of a thousandth of their readers.
_UNLIKELY = frozenset({"an"})
_LOADING = threading.Lock()


@lru_cache(maxsize=1_000)
def language_of(text: str) -> str:
    """The ISO 639-1 code of the language a text is in, "de" for one; empty where that is unclear.

    Of names, numbers and a word or two it is always unclear: ask of what stands around them.
    """
    text = text[:_LONGEST]
    if sum(letter.isalpha() for letter in text) < _FEWEST:
        return ""
    language, probability = _model().classify(text)
    return str(language) if probability >= _LEAST else ""


def likely_language(text: str) -> str:
    """The same where that is unclear: the likeliest language, "en" where there are no letters."""
    text = text[:_LONGEST]
    if not any(letter.isalpha() for letter in text):
        return "en"
    likely = str(_model().classify(text)[0])
    # Names make short English look Danish; its little words are nobody else's.
    is_english = not STOP_WORDS.isdisjoint(re.findall(r"[a-z]{3,}", text.lower()))
    return "en" if is_english and text.isascii() else likely


def load_soon() -> None:
    """Begin to unpack the model, which takes most of a second, beside whatever else is begun."""
    threading.Thread(target=_model, daemon=True, name="languages").start()


def _model() -> Any:
    with _LOADING:  # else who comes meanwhile would load it once more
        return _loaded()


@cache
def _loaded() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Those without a code of two letters are seldom written, and mistaken for their neighbours.
    model.set_languages({code for code in model.labels if len(code) == 2} - _UNLIKELY)
    return model
