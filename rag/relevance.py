"""Does a sentence answer the question? That its words are supported does not say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.checking import unstated
from rag.facts import Fact, Reading, read
from rag.questions import YES_OR_NO, Question
from rag.schema import Passage

# A sentence of fewer words says too little to be held against anything: "266."
_SHORTEST = 4
_QUANTITY = frozenset(
    "many several few none both half most majority minority dozens hundreds thousands millions "
    "double twice thrice single all every no nobody once quarter third".split()
)
_COST = re.compile(
    r"\b(?:cost|costs|price|priced|paid|pay|pays|paying|earn|earns|salary|fee|fare|worth|budget|"
    r"revenue|fine|money)\b",
    re.IGNORECASE,
)
_MONEY = frozenset(
    "$ £ € ¥ pound pounds dollar dollars euro euros crown crowns cent cents penny pence franc "
    "francs mark marks yen yuan rupee rupees peso pesos krona kronor free nothing usd eur gbp "
    "% percent per florin florins guilder guilders shilling shillings livres".split()
)
_SPAN = re.compile(
    r"^how long\b.*\b(?:live|last|take|stay|wait|remain|hold|run for|reign)", re.IGNORECASE
)
_SPANS = frozenset(
    "second seconds minute minutes hour hours day days week weeks month months year years decade "
    "decades century centuries".split()
)
_TIME = frozenset(
    "after before during since until while when today yesterday morning afternoon evening night "
    "spring summer autumn fall winter century centuries decade decades year years month months "
    "week weeks day days monday tuesday wednesday thursday friday saturday sunday ago later "
    "earlier january february march april may june july august september october november "
    "december".split()
)


def shortcoming(question: Question, text: str) -> str:
    """Why a sentence cannot be an answer to the question; empty if it may be one.

    It must say something that the question does not, and a number or a time where that is asked.
    """
    asked, told = read(question.text), read(text)
    facts = [fact for fact in told.facts if not is_asked(fact, asked.facts)]
    before = {token.text.lower() for token in asked.tokens}
    words = {token.text.lower() for token in told.tokens} - before
    is_new = any(not t.says_little and t.stem not in asked.stems for t in told.tokens)
    is_counted = bool(words & _QUANTITY)
    is_timed = bool(words & _TIME)
    if (
        question.kind != "yes-no"
        and not is_new
        and not (question.kind == "how-many" and is_counted)
    ):
        return "it only repeats the question"
    if question.kind == "how-many":
        is_counted = is_counted or any(f.kind in ("number", "ordinal", "date") for f in facts)
        if not is_counted and not (is_timed and "long" in before):
            return "it gives no number"
        if _COST.search(question.text) and not _has_unit(told, _MONEY):
            return "it gives no sum of money"
        if _SPAN.search(question.text) and not is_timed and not _has_unit(told, _SPANS):
            return "it gives no time"
    if question.kind == "when":
        is_dated = any(fact.kind in ("date", "number", "ordinal") for fact in facts)
        if not is_dated and not is_timed:
            return "it gives no time"
    return ""


def _has_unit(told: Reading, words: frozenset[str]) -> bool:
    return any(token.text.lower() in words for token in told.tokens)


def is_asked(fact: Fact, asked: Sequence[Fact]) -> bool:
    """Whether a fact is one that the question states itself."""
    return any(fact.value == other.value for other in asked)


def is_fragment(text: str) -> bool:
    """Whether it says too little to be held against anything, as "266." does."""
    return len(read(text).tokens) < _SHORTEST and not YES_OR_NO.match(text)


def asks_of_what_is_not_there(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether the question names something that no passage and no title does."""
    known = "\n".join(f"{one.article.dated_title}\n{one.text}" for one in passages)
    return bool(unstated(question.text, known))
