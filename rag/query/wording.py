"""The words around a question: courtesies taken away, one line, no hidden characters."""

from __future__ import annotations

import re

from rag.errors import QuestionError
from rag.language.visible import visible

LONGEST = 2_000
"""Characters of a question that is answered; a longer one is refused, and never cut."""
QUESTION_WORD = re.compile(
    r"\b(who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|has|have|had|"
    r"can|could|will|would|should)\b",
    re.IGNORECASE,
)
# How an answer begins that says yes or no.
YES_OR_NO = re.compile(r"^(yes|no)\b[\s,.:;–-]*", re.IGNORECASE)
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


def check_length(question: str) -> None:
    """Raise QuestionError if a question has more characters than are read of one."""
    length = len(visible(question))
    if length > LONGEST:
        raise QuestionError(
            f"the question is too long: it has {length:,} characters, and the limit is "
            f"{LONGEST:,}; shorten it",
            "question long",
            length=length,
            limit=LONGEST,
        )


def readable(question: str) -> str:
    """A question on one line, its first 2,000 characters.

    It is without what cannot be seen and, in English, without courtesies: of "Could you tell me
    who designed it, please?" it is "Who designed it?".
    """
    line = visible(question)[:LONGEST]
    bare = _BEFORE.sub("", _AFTER.sub(r"\1", line))
    return capitalised(bare) if bare != line and QUESTION_WORD.match(bare) else line


def capitalised(text: str) -> str:
    """The text with a capital as its first letter."""
    return text[:1].upper() + text[1:]
