"""Questions that lean on those before them: completed by a rule, or put together with them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language.facts import analyse
from rag.language.forms import stem
from rag.query.about import OF_IBID, readings
from rag.query.corrections import corrected, is_correction
from rag.query.wording import QUESTION_WORD, capitalised, readable
from rag.schema import Turn

_MOST_TURNS = 3
# "that" and "there" count only where they can be nothing but pronouns.
_PRONOUN = re.compile(
    r"\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those)\b"
    r"|\b(that|there)\b(?=\W*$)|^(?:is|was|did|does|has) (that)\b",
    re.IGNORECASE,
)
# A pronoun that needs nothing from before: "these days", "those who", "how long does it take to …".
_OF_NOW = re.compile(
    r"\b(?:this|these) (?:\w+ )?(?:days?|weeks?|months?|years?|mornings?|evenings?|nights?|"
    r"springs?|summers?|autumns?|winters?|centur(?:y|ies)|decades?|times?)\b"
    r"|\bthose (?:who|that|which|with|without|in|on|from|of)\b"
    r"|\bit (?:is |was |would be )?(?:true|false|possible|safe|likely|right|wrong|worth|legal|"
    r"allowed|known|take|takes|took|cost|costs)\b.*?\b(?:that|to \w+) \w+",
    re.IGNORECASE,
)
# "… feed their chicks" is said of what stands before it, "… said about their chicks" may not be;
# "…, and when did it open?" is.
_OWN = re.compile(
    r"\b(?!(?:about|of|on|in|at|for|to|from|with|by|was|were|is|are|do|does|did|has|have|had)\b)"
    r"[a-z]+ (their|its|his|her)\b(?= \w)|[a-z0-9],? (?:and|but|or|when|before|after|while|because|"
    r"until|since|if|that|so)\b(?: [a-z]+){0,4}? (they|it|he|she|them|their|its|his|her)\b",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:people|men|women|children|police|staff|[a-z]+(?:[^\Waeious]|[aeo])s)\b", re.IGNORECASE
)
_OPENING = re.compile(r"^(and|but|so|then|what about|how about)\b[\s,]*", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:and |but |so )?(?:why|when|where|who|how|which|how many|how much|since when|by whom)"
    r"(?: not| so| ones?| else)?\W*$|^which (?:of (?:them|the two|these|those)|ones?)\b"
    r"|^(?:any|anything|anyone) else\b|^(?:how much|how long) (?:later|earlier|longer)\b",
    re.IGNORECASE,
)
_OF_THINGS = frozenset({"it", "its"})
_OF_PEOPLE = frozenset({"he", "him", "his", "she", "her"})
_SUBJECT = r"^\W*(?:\w+ ){0,3}(?:is|was|did|does|will|has|had|can|could|would)\s+(the\s+)?"
_FRAME = frozenset(stem(word) for word in "did does much many long happen say name".split())


def is_context_dependent(question: str) -> bool:
    """Whether a question needs those before it to be understood."""
    return bool(_leaning(question) or _OPENING.match(question) or _BARE.match(question))


def _leaning(question: str) -> list[re.Match[str]]:
    """The pronouns that stand for nothing in the question itself."""
    free = [match.span() for match in _OF_NOW.finditer(question)]
    free += [
        match.span(match.lastindex or 0)
        for match in _OWN.finditer(question)
        if _names_one(question[: match.start(match.lastindex or 0)], match[match.lastindex or 0])
    ]
    return [
        pronoun
        for pronoun in _PRONOUN.finditer(question)
        if not any(start <= pronoun.start() < end for start, end in free)
    ]


def _names_one(before: str, pronoun: str) -> bool:
    """Whether words name something that a pronoun after them can stand for."""
    if any(pronoun.start() for pronoun in _PRONOUN.finditer(before)):
        return False
    if pronoun.lower() in {"they", "them", "their"}:
        return bool(_MANY.search(before))
    # The first word of a question has a capital whatever it is.
    return bool(re.search(r"(?<=\s)(?:[A-Z]\w+|the \w+)", before.removeprefix("The ")))


def asked_before(history: Sequence[Turn]) -> list[str]:
    """The questions of the last few exchanges that were asked of the articles, oldest first.

    One that was put right afterwards stands as it was meant.
    """
    asked: list[str] = []
    for turn in history:
        if turn.role != "user":
            continue
        question = readable(turn.text)
        if asked and is_correction(question, asked[-1]):
            asked.append(corrected(question, asked[-1]))
        elif not any(one.asks in OF_IBID or one.asks == "more" for one in readings(question)):
            asked.append(question)
    return asked[-_MOST_TURNS:]


def topic_of_more(question: str, history: Sequence[Turn]) -> str:
    """Of "Tell me more", the question that was asked before it; empty for any other question."""
    before = asked_before(history)
    if not before or not any(one.asks == "more" for one in readings(question)):
        return ""
    *earlier, last = before
    turns = [Turn("user", one) for one in earlier]
    return by_rule(last, turns) or concatenated(last, turns)


def by_rule(question: str, history: Sequence[Turn]) -> str | None:
    """The question as it stands alone, where a rule can tell; None where it takes more.

    A question that leans on nothing is left as it is. A pronoun becomes the one name of the
    question before, if there is just one of each; what was meant takes the place of what was not.
    """
    before = asked_before(history)
    if before and is_correction(question, before[-1]):
        return corrected(question, before[-1])
    if not before or not is_context_dependent(question):
        return question
    bare = _OPENING.sub("", question)
    pronouns = _leaning(bare)
    name = _subject(before)
    if not name or len(pronouns) != 1 or not QUESTION_WORD.match(bare) or len(bare.split()) < 3:
        return None
    match = pronouns[0]
    pronoun = match.group().lower()
    is_thing = name.startswith("the ")
    if pronoun not in (_OF_THINGS if is_thing else _OF_PEOPLE | _OF_THINGS):
        return None
    if pronoun in {"its", "his"} or (pronoun == "her" and re.match(r"\s+\w", bare[match.end() :])):
        name += "'" if name.endswith("s") else "'s"
    return capitalised(bare[: match.start()] + name + bare[match.end() :])


def _subject(before: Sequence[str]) -> str | None:
    """The name that the question before is about, if that is its subject and its only name.

    "When did the Osier Bridge open?" is about the bridge; a question that puts its only name
    after a preposition, as in "What happened in Skerra?", is about something else.
    """
    for earlier in reversed(before):
        names = {fact.text for fact in analyse(earlier).facts if fact.kind == "name"}
        if len(names) == 1:
            (name,) = names
            match = re.match(rf"{_SUBJECT}{re.escape(name)}(?!\s+[A-Z]|['’]s)", earlier)
            return f"{match[1] or ''}{name}" if match else None
        if names or not is_context_dependent(earlier):
            return None
    return None


def concatenated(question: str, history: Sequence[Turn]) -> str:
    """The question after those that it leans on: crude, but it loses and invents nothing."""
    questions = [question]
    for earlier in reversed(asked_before(history)):
        if not is_context_dependent(questions[0]):
            break
        questions.insert(0, earlier)
    return readable(" ".join(questions))


def is_faithful(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a model's rewriting is one question that asks the same and invents nothing.

    Each of its content words must have been said, and those of the question must be kept.
    """
    if (
        not rewritten
        or len(rewritten) > 300
        or rewritten.count("?") > 1
        or is_context_dependent(rewritten)
    ):
        return False
    conversation = analyse(question + " \n" + " \n".join(turn.text for turn in history)).content
    new = analyse(rewritten).content
    asked = analyse(_OPENING.sub("", question)).content
    return new <= conversation | _FRAME and len(asked - new) <= len(asked) // 3
