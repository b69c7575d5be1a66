"""Does a sentence answer the question? That its words are supported does not say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language.facts import Analysis, analyse
from rag.language.forms import stem
from rag.language.tokenizing import Fact
from rag.query.classification import Query

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
_TIME = frozenset(
    "after before during since until while when today yesterday morning afternoon evening night "
    "spring summer autumn fall winter century centuries decade decades year years month months "
    "week weeks day days monday tuesday wednesday thursday friday saturday sunday ago later "
    "earlier january february march april may june july august september october november "
    "december".split()
)
# "When does it occur?" may be answered by a condition, with the word of the question.
_CONDITIONS = frozenset("when whenever if once".split())
# Units that no count of things has: of "how many runners", "40 kilometres" says nothing.
_OF_MEASURE = frozenset(
    "% $ £ € km m cm mm mile foot inch yard kg g t ha acre litre hour minute second °C °F kWh MW "
    "year month week day".split()
)
_COUNT = re.compile(r"\bhow many (?:more |other |different )?(\w+)", re.IGNORECASE)


def mismatch(question: Query, text: str) -> str:
    """Why a sentence cannot be an answer to the question; empty if it may be one.

    It must say something that the question does not, and a number or a time where that is asked.
    """
    last, asked, told = question.last, question.analysis, analyse(text)
    facts = [fact for fact in told.facts if not is_given(fact, asked.facts)]
    before, said = ({token.word for token in one.tokens} for one in (asked, told))
    words = said - before
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
        numbers = [fact for fact in facts if fact.kind in ("number", "ordinal", "date")]
        if counted := _COUNT.search(last):
            numbers = [fact for fact in numbers if _counts(fact, counted[1], told)]
        if not (is_counted or numbers) and not (is_timed and "long" in before):
            return "it gives no number"
        if _COST.search(last) and said.isdisjoint(_MONEY):
            return "it gives no sum of money"
    if question.kind == "when":
        is_dated = any(fact.kind in ("date", "number", "ordinal") for fact in facts)
        if not (is_dated or is_timed or said & _CONDITIONS):
            return "it gives no time"
    return ""


def _counts(fact: Fact, what: str, told: Analysis) -> bool:
    """Whether a fact may say how many of something there are: no year, no length, no share."""
    if fact.kind == "date":
        # Four digits are read as a year, but before a noun they may be a number.
        after = told.tokens[fact.last :][:1]
        return fact.text.isdigit() and any(stem(what) == token.stem for token in after)
    is_measure = fact.unit in _OF_MEASURE and fact.unit != analyse(what).tokens[0].stem
    return not is_measure


def is_given(fact: Fact, asked: Sequence[Fact]) -> bool:
    """Whether a fact is one that the question states itself."""
    return any(fact.value == other.value for other in asked)
