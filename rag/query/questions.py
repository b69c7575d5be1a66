"""What is asked: a question that stands alone, the kind of answer it wants, what to search for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.language.facts import analyse, stem
from rag.language.visible import visible
from rag.schema import Turn

LONGEST = 2_000
_MOST_TURNS = 3

Kind = Literal["yes-no", "how-many", "when", "comparison", "overview", "parts", "other"]

# "that" and "there" count only where they can be nothing but pronouns.
_PRONOUN = re.compile(
    r"\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those)\b"
    r"|\b(that|there)\b(?=\W*$)|^(?:is|was|did|does|has) (that)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(and|but|so|then|what about|how about)\b[\s,]*", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:and |but |so )?(?:why|when|where|who|how|which|how many|how much|since when|by whom)"
    r"(?: not| so| ones?| else)?\W*$|^which (?:of (?:them|the two|these|those)|ones?)\b"
    r"|^(?:any|anything|anyone) else\b|^(?:how much|how long) (?:later|earlier|longer)\b",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\b(who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|has|have|had|"
    r"can|could|will|would|should)\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)(?:n't)?\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|long|far|old|tall|high|big|large|wide|deep|fast|often|close|heavy|hot)\b"
    r"|\b(?:what|which)(?: (?:is|was|are|were))?(?: the)?(?: \w+)? (?:percentage|share|"
    r"proportion|number|age|price|cost|height|length|depth|speed|distance|temperature|size|amount|fraction|population)\b"
    r"|\bwhat (?:does|did|do|will|would) .*\bcosts?\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\bwhen (?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may)\b"
    r"|\bwhen\W*$|\b(?:what|which) (?:year|date|day|month|decade|century|time)\b|\bhow long ago\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    rf"^(?:(?:at|by|for|from|in|of|on|to|with) )?(?:{_QUESTION_WORD.pattern})", re.IGNORECASE
)
_SHORTEST_PART = 3  # words
# How an answer begins that says yes or no.
YES_OR_NO = re.compile(r"^(yes|no)\b[\s,.:;–-]*", re.IGNORECASE)
_OVERVIEW = re.compile(
    r"^(?:please )?(?:what (?:does|do) (?:the |my |these |this )?(?:library|articles?|papers?|"
    r"newspapers|sources?) (?:say|tell us|report|know|have|contain)(?: on| about| of)?"
    r"|what is (?:there|known) (?:on|about)|what do (?:you|we) know (?:of|about)"
    r"|tell me (?:everything |more |something )?(?:of|on|about)|give me an overview of"
    r"|(?:summari[sz]e|sum up|overview of|describe)(?: what [\w ]*?says? (?:on|about))?)\s+",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\bcompare\b|\bdifference between\b|\bthan\b|\bboth\b"
    r"|\b(?:which|who|what|whose)\b.*\b(?:more|less|\w+er|first|earlier|better|worse)\b.*\bor\b"
    r"|\b(?:the two|which of)\b",
    re.IGNORECASE,
)
_SECOND_PART = re.compile(
    r"(?<![?.!\s,])[\s,]+and[\s,]+(?=(?:(?:who|what|when|where|why|how)\b|"
    r"(?:by|for|with|from|to|in|on) (?:whom|what|which)\b|which \w+)\W*\w+ \w+)",
    re.IGNORECASE,
)
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent|most recently|currently|current|now|today|so far|at present|"
    r"up to date|as of)\b",
    re.IGNORECASE,
)

# What is only said around a question. A reranker that reads it as well ranks worse.
_TELL_ME = (
    r"(?:(?:can|could|would|will) you|do you think you could)(?: please| kindly| perhaps)? "
    r"(?:tell|show|remind|inform|let) (?:me|us)(?: know)?|(?:tell|remind) (?:me|us)|let me know|"
    r"do you (?:happen to |by any chance )?know|"
    r"i(?:['’]d| would) (?:like|love) to (?:know|ask)|i want(?:ed)? to (?:know|ask)|"
    r"(?:may|can|could) i ask|(?:i have )?(?:a|one) (?:quick )?question|"
    r"i(?: was| am|['’]m)? (?:just )?(?:wondering|wonder|curious)(?: about (?:this|something))?"
)
_BEFORE = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|excuse me|sorry)(?: there)?"
    r"(?:[\s,.!:;–-]+|$))*"
    rf"(?:(?:(?:please|so|ok|okay)[\s,]+)?(?:{_TELL_ME})(?: please)?[\s,.:;–-]+)*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:(?<=[?.!])\s*|\s*,\s*)(?:please|(?:many )?thanks|thank you|cheers)"
    r"(?: (?:so|very) much)?(?: in advance)?[\s.!]*(\??)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question that stands alone. ``searches`` are what to look for, mostly the question itself.

    ``wants_newest``: of two answers the newer is asked for.
    """

    text: str
    kind: Kind
    searches: tuple[str, ...]
    wants_newest: bool


def classify(text: str) -> Query:
    """What a question asks for, by its words. English; any other is of the kind "other"."""
    if match := _OVERVIEW.match(text):
        topic = text[match.end() :].strip(" ?.!")
        if topic:
            return Query(text, "overview", (topic,), bool(_LATEST.search(text)))
    searches: tuple[str, ...] = (text,)
    last = last_of(text)
    if _COMPARISON.search(last):
        kind: Kind = "comparison"
        searches = _sides(text)
    elif len(parts := _parts(text)) > 1:
        kind, searches = "parts", parts
    elif _WHEN.search(last):
        kind = "when"
    elif _HOW_MANY.search(last):
        kind = "how-many"
    else:
        kind = "yes-no" if _YES_NO.match(last) else "other"
    return Query(text, kind, searches, bool(_LATEST.search(text)))


def last_of(text: str) -> str:
    """Of a question put together with those before it, itself; of any other, all of it."""
    last = text.rpartition("? ")[2]
    return last if last.endswith("?") and is_context_dependent(last) else text


def _parts(text: str) -> tuple[str, ...]:
    """The questions of which "Who designed the bridge, and when did it open?" is made, each alone.

    A question that does not begin with a question is one: "Do you know where and how …".
    """
    first, *rest = _SECOND_PART.split(text)
    if not rest or not _BEGINS.match(first) or len(first.split()) < _SHORTEST_PART:
        return (text,)
    parts = [f"{first.rstrip(' ,?')}?"]
    for part in rest:
        history = [Turn("user", parts[0])]
        part = _capital(f"{part.rstrip(' ,?')}?")
        parts.append(by_rule(part, history) or concatenated(part, history))
    return tuple(parts)


def _sides(text: str) -> tuple[str, ...]:
    """The question, then once for each of the two things that it names, without the other."""
    names = [fact.text for fact in analyse(text).facts if fact.kind == "name"]
    if len(names) != 2 or not all(name in text for name in names):
        return (text,)
    return (text, *(_without(text, name) for name in reversed(names)))


def _without(text: str, name: str) -> str:
    link = r"(?:\b(?:or|and|than)\s+)?"
    rest = re.sub(rf"{link}(?:\b(?:the|an?)\s+)?{re.escape(name)}(?:['’]s?)?", "", text, count=1)
    rest = re.sub(r"([,\s])(?:or|and)\s+(?=(?:the|an?)\s|[A-Z])", r"\1", rest)
    return re.sub(r"\s+([?.,!])", r"\1", visible(rest))


def readable(question: str) -> str:
    """A question on one line, its first 2,000 characters.

    It is without what cannot be seen and, in English, without courtesies: of "Could you tell me
    who designed it, please?" it is "Who designed it?".
    """
    said = visible(question)[:LONGEST]
    asked = _BEFORE.sub("", _AFTER.sub(r"\1", said))
    return _capital(asked) if asked != said and _QUESTION_WORD.match(asked) else said


# Follow-ups -------------------------------------------------------------------------------------


def is_context_dependent(question: str) -> bool:
    """Whether a question needs those before it to be understood."""
    return bool(_PRONOUN.search(question) or _OPENING.match(question) or _BARE.match(question))


def asked_before(history: Sequence[Turn]) -> list[str]:
    """The questions of the last few exchanges, oldest first."""
    return [readable(turn.text) for turn in history if turn.role == "user"][-_MOST_TURNS:]


def by_rule(question: str, history: Sequence[Turn]) -> str | None:
    """The question as it stands alone, where a rule can tell; None where it takes more.

    A question that leans on nothing is left as it is. A pronoun becomes the one name of the
    question before, if there is just one of each.
    """
    before = asked_before(history)
    if not before or not is_context_dependent(question):
        return question
    bare = _OPENING.sub("", question)
    pronouns = list(_PRONOUN.finditer(bare))
    name = _subject(before)
    if not name or len(pronouns) != 1 or not _QUESTION_WORD.match(bare) or len(bare.split()) < 3:
        return None
    found = pronouns[0]
    pronoun = found.group().lower()
    is_thing = name.startswith("the ")
    if pronoun not in (_OF_THINGS if is_thing else _OF_PEOPLE | _OF_THINGS):
        return None
    if pronoun in {"its", "his"} or (pronoun == "her" and re.match(r"\s+\w", bare[found.end() :])):
        name += "'" if name.endswith("s") else "'s"
    return _capital(bare[: found.start()] + name + bare[found.end() :])


_OF_THINGS = frozenset({"it", "its"})
_OF_PEOPLE = frozenset({"he", "him", "his", "she", "her"})
_SUBJECT = r"^\W*(?:\w+ ){0,3}(?:is|was|did|does|will|has|had|can|could|would)\s+(the\s+)?"


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
    said = analyse(question + " \n" + " \n".join(turn.text for turn in history)).content
    new = analyse(rewritten).content
    kept = analyse(_OPENING.sub("", question)).content
    return new <= said | _FRAME and len(kept - new) <= len(kept) // 3


_FRAME = frozenset(stem(word) for word in "did does many much long happen say name".split())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
