"""What was meant after all: "No, I meant the rats", "and in 2022?" put into the last question."""

from __future__ import annotations

import re

from rag.language.facts import analyse
from rag.language.lexicon import STOP_WORDS
from rag.query.wording import QUESTION_WORD, capitalised

_NO = r"(?:no|nope|nein|sorry|oops|actually|wait|entschuldigung)"
_MEANT = re.compile(
    rf"^(?:{_NO}[\s,.!–-]+)*"
    r"(?:(?:i|we) (?:meant|mean|was asking about|were asking about|asked about|"
    r"wanted to ask about|wanted to know about|was thinking of)|what i (?:meant|mean) (?:is|was)|"
    r"ich (?:meinte|meine)|gemeint (?:war|waren|ist|sind))[\s,:]+(?:to (?:ask|say)[\s,]+)?(.+)$",
    re.IGNORECASE,
)
_NO_THE = re.compile(
    r"^(?:no|nope|nein)[\s,.!–-]+((?:the|in|at|on|of|for|from|die|der|das|den|in|im)\b.+)$",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(r"^(?:no[\s,]+)?not (.+?)[\s]*[,;–-][\s]*(?:but )?(.+)$", re.IGNORECASE)
_PREPOSITION = r"(?:in|at|on|for|from|since|by|during|before|after|im)"
# With a name or a number: "and in which year?" asks for something else.
_AND_IN = re.compile(
    r"^(?i:and|but|what about|how about|und)[\s,]+"
    rf"({_PREPOSITION} (?:the )?[A-Z0-9][\w'’-]*(?: [A-Z0-9][\w'’-]*)*)\W*$"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_WHICH = re.compile(r"\b(?:how many|how much|which|whose|wie viele|welche[rs]?) ", re.IGNORECASE)
_THE = re.compile(r"\b(?:the|an?|die|der|das|den) ", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(?:did|do|does|is|are|was|were|has|have|had|will|can|could|would|"
    r"ist|sind|war|waren|wird|wurde|wurden|hat|haben|kann) ",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Where one of these follows, the word before it was a verb: "did the puffins get to".
_WHITHER = frozenset("to from up down out off away back into onto here there".split())


def is_correction(question: str, before: str) -> bool:
    """Whether it says what the question before it should have been about."""
    wrong, meant = _meant(question)
    return bool(meant) and wrong.lower() in before.lower()


def corrected(question: str, before: str) -> str:
    """The question before with what was meant in it; both of them where no place is found.

    ``question`` is one that `is_correction` tells.
    """
    wrong, meant = _meant(question)
    if QUESTION_WORD.match(meant) and len(meant.split()) > 2:
        return f"{capitalised(meant.rstrip(' ?.!'))}?"
    if wrong and wrong.lower() in before.lower():
        at = before.lower().index(wrong.lower())
        return capitalised(before[:at] + meant + before[at + len(wrong) :])
    place = _place(before, meant)
    if place is None:
        return f"{before.rstrip(' ?.!')}, {meant}?"
    start, end, words = place
    return capitalised(before[:start] + words + before[end:])


def _meant(question: str) -> tuple[str, str]:
    """What was not meant, if that is said, and what was; empty where nothing is put right."""
    if match := _MEANT.match(question) or _NO_THE.match(question) or _AND_IN.match(question):
        return "", match[1].strip(" ?.!")
    if match := _NOT_BUT.match(question):
        return match[1].strip(), match[2].strip(" ?.!")
    return "", ""


def _place(before: str, meant: str) -> tuple[int, int, str] | None:
    """Where in a question what was meant belongs, and in which words."""
    if year := _YEAR.search(meant):
        if old := _YEAR.search(before):
            return old.start(), old.end(), year[0]
        end = len(before.rstrip(" ?.!"))
        return end, end, f" in {year[0]}"
    if phrase := re.match(rf"({_PREPOSITION}) ", meant, re.IGNORECASE):
        old = re.search(rf"\b{phrase[1]} (?:the )?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*", before)
        end = len(before.rstrip(" ?.!"))
        return (old.start(), old.end(), meant) if old else (end, end, f" {meant}")
    names = [fact.text for fact in analyse(before).facts if fact.kind == "name"]
    if len(names) == 1 and _is_name(meant):
        at = before.find(names[0])
        if at >= 0:
            return at, at + len(names[0]), _after_article(before[:at], meant)
    found = _noun_phrase(before, meant)
    if found is None and len(names) == 1 and (at := before.find(names[0])) >= 0:
        return at, at + len(names[0]), _after_article(before[:at], meant)
    return found


def _after_article(before: str, meant: str) -> str:
    """What was meant without its article, where one stands before it already."""
    ends = _THE.search(before[-4:]) and before.endswith(" ")
    return _THE.sub("", meant, count=1) if ends and _THE.match(meant) else meant


def _is_name(words: str) -> bool:
    return all(word[:1].isupper() for word in words.split() if word.lower() not in STOP_WORDS)


def _noun_phrase(before: str, meant: str) -> tuple[int, int, str] | None:
    """The first thing that a question is about, after its number, article or verb."""
    for opening in (_WHICH, _THE, _AUXILIARY):
        for match in opening.finditer(before):
            run: list[re.Match[str]] = []
            for word in _WORD.finditer(before, match.end()):
                if word[0].lower() in STOP_WORDS:
                    break
                run.append(word)
            if run := _without_verb(run, before, match.start()):
                start = match.start() if opening is _THE else match.end()
                is_bare = opening is _WHICH and _THE.match(meant)
                words = _THE.sub("", meant, count=1) if is_bare else meant
                return start, run[-1].end(), words
    return None


def _without_verb(run: list[re.Match[str]], before: str, start: int) -> list[re.Match[str]]:
    """A run of words without the verb at its end: "the bridge open" is of the bridge."""
    if len(run) < 2:
        return run
    rest = _WORD.search(before, run[-1].end())
    follows = rest[0].lower() if rest else ""
    has_auxiliary = bool(_AUXILIARY.search(before[: start + 1])) or bool(
        _AUXILIARY.match(before[start:])
    )
    asks_which = _WHICH.match(before[start:])
    if has_auxiliary and (not follows or follows in _WHITHER):
        return run[:-1]
    if asks_which and follows and not _AUXILIARY.match(f"{follows} "):
        return run[:-1]
    return run
