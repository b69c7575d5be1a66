"""Why a sentence has the verdict that it has: data, which each face words in its language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "", "uncited", "unchecked", "too long", "too much", "own", "quoted", "missing", "absent",
    "unsaid", "elsewhere", "unit", "denied", "denies", "opposite", "language", "unanswered",
    "read", "no more", "other",
]  # fmt: skip

# The first that fits an older Ibid's sentence is the reason that it told, so the order counts.
ENGLISH: dict[Kind, str] = {
    "": "",
    "uncited": "it cites no source",
    "unchecked": "not checked yet",
    "too long": "it is too long to be checked",
    "too much": "it states too much to be checked",
    "own": "said by Ibid of the library, not by an article",
    "quoted": "quoted word for word",
    "missing": "not in the source: {0}",
    "denied": "“{0}” is not in the source",
    "absent": "{0} is not in the source",
    "denies": "the source says “{0}”",
    "unsaid": "the source does not say {0}",
    "opposite": "“{0}”: the source says “{1}”",
    "elsewhere": "{0}: the source says {1} there",
    "unit": "{0}: the source says {1}",
    "unanswered": "The articles in the library do not say: “{0}”",
    "read": "Read from the {0} passages found; there may be more.",
    "no more": "The passages found say no more of this.",
    "language": "its language is not one that Ibid checks",
    "other": "{0}",
}


GERMAN: dict[Kind, str] = {
    "": "",
    "uncited": "er zitiert keine Quelle",
    "unchecked": "noch nicht geprüft",
    "too long": "er ist zu lang, um geprüft zu werden",
    "too much": "er sagt zu viel auf einmal, um geprüft zu werden",
    "own": "von Ibid über die Bibliothek gesagt, nicht von einem Artikel",
    "quoted": "Wort für Wort zitiert",
    "missing": "nicht in der Quelle: {0}",
    "denied": "„{0}“ steht nicht in der Quelle",
    "absent": "{0} steht nicht in der Quelle",
    "denies": "die Quelle sagt „{0}“",
    "unsaid": "{0} steht so nicht in der Quelle",
    "language": "seine Sprache kann Ibid nicht prüfen",
    "opposite": "statt „{0}“ sagt die Quelle „{1}“",
    "elsewhere": "statt {0} sagt die Quelle dort {1}",
    "unit": "statt {0} sagt die Quelle {1}",
    "unanswered": "Die Artikel in der Bibliothek sagen nicht: „{0}“",
    "read": "Gelesen aus den {0} gefundenen Textstellen; es kann mehr geben.",
    "no more": "Die gefundenen Textstellen sagen nichts weiter dazu.",
    "other": "{0}",
}

_WORDS = {"en": ENGLISH, "de": GERMAN}


# What Ibid says itself: of the library, or of its answer in the words of the reason.
OWN: frozenset[Kind] = frozenset({"own", "unanswered", "read", "no more"})


@dataclass(frozen=True, slots=True)
class Reason:
    """``kind`` says which, ``words`` are what the sentence or its source has, in its order.

    Kind "other" is in the words of an older Ibid; the empty one is no reason at all.
    """

    kind: Kind = ""
    words: tuple[str, ...] = ()

    @property
    def english(self) -> str:
        """The reason as the terminal and the JSON tell it."""
        return self.told("en")

    def told(self, language: str) -> str:
        """The reason in a language, ``en`` or ``de``."""
        return _WORDS[language][self.kind].format(*self.words)


def parsed(written: str) -> Reason:
    """The reason that an older Ibid wrote, which had the English words alone."""
    for kind, words in ENGLISH.items():
        pattern = re.sub(r"\\\{\d\\\}", "(.*?)", re.escape(words))
        if fits := re.fullmatch(pattern, written, re.DOTALL):
            return Reason(kind, fits.groups())
    return Reason("other", (written,))
