"""A question to a `Query`: the kind of answer it wants, its parts, what to search for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.language.facts import Analysis, analyse
from rag.language.visible import visible
from rag.query.followups import is_context_dependent
from rag.query.parts import parts_of

Kind = Literal["yes-no", "how-many", "when", "comparison", "overview", "parts", "other"]
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
# A number alone answers none of these.
_PERSON_OR_REASON = re.compile(
    r"^(?:(?:and|but|so|by|for|from|of|on|to|with) )*(?:who|whom|whose|why)\b", re.IGNORECASE
)
_REASON = re.compile(
    r"^(?:(?:and|but|so) )*(?:why|how come|for (?:what|which) reason)\b"
    r"|\bwhat (?:(?:is|are|was|were) the (?:reason|cause)s?|caused|led to|made)\b",
    re.IGNORECASE,
)
_OVERVIEW = re.compile(
    r"^(?:please )?(?:what (?:does|do) (?:the |my |these |this )?(?:library|articles?|papers?|"
    r"newspapers|sources?) (?:say|tell us|report|know|have|contain)(?: on| about| of)?"
    r"|what is (?:there|known) (?:on|about)|what do (?:you|we) know (?:of|about)"
    r"|what (?:has |had )?happened (?:at|to|in|with|during)"
    r"|tell me (?:everything |more |something )?(?:of|on|about)|give me an overview of"
    r"|(?:summari[sz]e|sum up|overview of|describe)(?: what [\w ]*?says? (?:on|about))?)\s+",
    re.IGNORECASE,
)
# A name and nothing else: who somebody is, is told by all that is said of them.
_WHO_IS = re.compile(r"^(?i:who (?:is|was|are|were)) (?=(?:[A-Z][\w'’.-]*[ ]?)+\W*$)")
_COMPARISON = re.compile(
    r"\bcompare\b|\bdifference between\b|\bthan\b|\bboth\b"
    r"|\b(?:which|who|what|whose)\b.*\b(?:more|less|\w+er|first|earlier|better|worse)\b.*\bor\b"
    r"|\b(?:the two|which of)\b",
    re.IGNORECASE,
)
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent|most recently|currently|current|now|today|so far|at present|"
    r"up to date|as of)\b",
    re.IGNORECASE,
)


_ALL = re.compile(
    r"^(?:please |bitte )?(?:list|enumerate|liste|listen sie|zählen?\b.*\bauf)\b"
    r"|^(?:please |bitte )?(?:name|give|show|tell|find|nennen?|zeigen?|gib|geben"
    r"|(?:welche|wer) sind|(?:what|which|who) (?:are|were))\b.*"
    r"\b(?:all|every|each|alle|sämtliche)\b"
    r"|\b(?:how many|how much|wie viele?)\b.*"
    r"\b(?:in total|altogether|in all|overall|insgesamt|zusammen)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question that stands alone. ``searches`` are what to look for, mostly the question itself.

    ``wants_newest``: of two answers the newer is asked for. ``last``: of a question put together
    with those before it, itself. ``analysis``: its tokens and facts. ``wants_all``: a list that is
    whole, or a total. ``told``: more is asked for than these words, which were told.
    """

    text: str
    kind: Kind
    searches: tuple[str, ...]
    wants_newest: bool
    last: str
    analysis: Analysis = field(repr=False, compare=False)
    wants_all: bool = False
    told: str = ""

    @property
    def wants_words(self) -> bool:
        """Whether a number alone is no answer, as to "who" and "why"."""
        return bool(_PERSON_OR_REASON.match(self.last))

    @property
    def wants_reason(self) -> bool:
        """Whether it asks why: what stands beside the reason is easily taken for it."""
        return bool(_REASON.search(self.last))


def classify(text: str) -> Query:
    """What a question asks for, by its words. English; any other is of the kind "other"."""
    searches: tuple[str, ...] = (text,)
    last, analysis = last_of(text), analyse(text)
    overview = _OVERVIEW.match(text) or _WHO_IS.match(text)
    if overview and (topic := text[overview.end() :].strip(" ?.!")):
        kind: Kind = "overview"
        searches = (topic,)
    elif _COMPARISON.search(last):
        kind = "comparison"
        searches = _sides(text, analysis)
    elif len(parts := parts_of(text)) > 1:
        kind, searches = "parts", parts
    elif _WHEN.search(last):
        kind = "when"
    elif _HOW_MANY.search(last):
        kind = "how-many"
    else:
        kind = "yes-no" if _YES_NO.match(last) else "other"
    wants_newest, wants_all = bool(_LATEST.search(text)), bool(_ALL.search(last))
    return Query(text, kind, searches, wants_newest, last, analysis, wants_all)


def asking_more(topic: str, told: str) -> Query:
    """Of what a question was about, all that has not been ``told``."""
    return replace(classify(topic), kind="overview", searches=(topic,), told=" ".join(told.split()))


def last_of(text: str) -> str:
    """Of a question put together with those before it, itself; of any other, all of it."""
    last = text.rpartition("? ")[2]
    return last if last.endswith("?") and is_context_dependent(last) else text


def _sides(text: str, analysis: Analysis) -> tuple[str, ...]:
    """The question, then once for each of the two things that it names, without the other."""
    names = [fact.text for fact in analysis.facts if fact.kind == "name"]
    if len(names) != 2 or not all(name in text for name in names):
        return (text,)
    return (text, *(_without(text, name) for name in reversed(names)))


def _without(text: str, name: str) -> str:
    link = r"(?:\b(?:or|and|than)\s+)?"
    rest = re.sub(rf"{link}(?:\b(?:the|an?)\s+)?{re.escape(name)}(?:['’]s?)?", "", text, count=1)
    rest = re.sub(r"([,\s])(?:or|and)\s+(?=(?:the|an?)\s|[A-Z])", r"\1", rest)
    return re.sub(r"\s+([?.,!])", r"\1", visible(rest))
