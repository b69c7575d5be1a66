"""What is said to the language model. The words are in TOML, beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from rag.schema import Citation, Turn
from rag.tokens import most_tokens
from rag.visible import visible

# What the reader opens is whole; the model must have room for all of them.
_LONGEST_QUOTE = 600
# "<|im_end|>", "</s>", "[INST]": a server may read these, wherever they stand, as the end of a
# turn and the start of another, which would let an article speak as the user or as the system.
# Full-width brackets become these where a server normalises.
_CONTROL = re.compile(r"([<＜\[［])(?=[|｜/]|\w+[>＞]|[A-Z_]+[\]］])")
# Our own markers in an article would be numbers that we did not give. All shapes that
# `rag.citations` reads are here, because the model may copy them.
_MARKER = re.compile(
    r"[\[【［]\s*(\^?\s*(?:(?:sources?|quotes?|no\.?)\s*:?\s*)?\d{1,3}(?:[^\]】］\n]{0,12}))[\]】］]",
    re.IGNORECASE,
)
_MOST_TURNS = 4
_LONGEST_TURN = 300
# What a chat template puts around a message.
_FRAME_TOKENS = 8


@cache
def _words(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


def not_found() -> str:
    """What the model is told to say when the sources hold no answer."""
    return str(_words("answer")["not_found"])


def says_not_found(draft: str, *, unfinished: bool = False) -> bool:
    """Whether a draft begins with those words or, ``unfinished``, still may."""
    said, words = draft.strip(" \n\"'*").casefold(), not_found().casefold()
    return said.startswith(words) or (unfinished and words.startswith(said))


def answer(
    question: str, evidence: Sequence[Citation], room: int | None = None
) -> list[BaseMessage]:
    """The messages that ask for a cited answer.

    What never changes comes first, so that the model's server reads it once and keeps it.
    ``room``: tokens that all of it may take; the last evidence is left out where it does not fit,
    and the question cut, but one quotation and the beginning of the question always stay.
    """
    words = _words("answer")
    fixed: list[BaseMessage] = [SystemMessage(words["system"])]
    for example in words["example"]:
        fixed.append(HumanMessage(_ask(example["question"], example["sources"])))
        fixed.append(AIMessage(example["answer"]))
    lines = [_line(citation) for citation in evidence]
    question = inert(question)
    if room is not None:
        room -= (
            sum(most_tokens(message.text) + _FRAME_TOKENS for message in fixed) + 3 * _FRAME_TOKENS
        )
        question = _cut(question, room // 3)
        lines = _fitting(lines, room - most_tokens(question))
    return [*fixed, HumanMessage(_ask(question, lines))]


def rewrite(question: str, history: Sequence[Turn]) -> list[BaseMessage]:
    """The messages that ask for a question which stands without the conversation."""
    words = _words("rewrite")
    messages: list[BaseMessage] = [SystemMessage(words["system"])]
    for example in words["example"]:
        turns = [Turn("user", example["history"][0]), Turn("assistant", example["history"][1])]
        messages.append(HumanMessage(_conversation(turns, example["question"])))
        messages.append(AIMessage(example["answer"]))
    messages.append(HumanMessage(_conversation(history[-_MOST_TURNS:], question)))
    return messages


def _conversation(history: Sequence[Turn], question: str) -> str:
    said = [
        f"{'User' if turn.role == 'user' else 'Assistant'}: {inert(turn.text)[:_LONGEST_TURN]}"
        for turn in history
    ]
    return "\n".join([*said, f"Last question: {inert(question)[:_LONGEST_TURN]}"])


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= most_tokens(line) + 4
        if kept and room < 0:
            break
        kept.append(_cut(line, room + most_tokens(line)) if room < 0 else line)
    return kept


def _cut(text: str, room: int) -> str:
    """The beginning of a text that fits."""
    while text and most_tokens(text) > max(room, 16):
        text = text[: len(text) * 3 // 4]
    return text


def _ask(question: str, sources: Sequence[str]) -> str:
    numbered = "\n".join(f"[{number}] {line}" for number, line in enumerate(sources, start=1))
    return f"Sources:\n{numbered}\n\nQuestion: {question}"


def inert(text: str) -> str:
    """The words on one line, without hidden characters, every control token and marker broken."""
    return _MARKER.sub(r"(\1)", _CONTROL.sub(r"\1 ", visible(text)))


def _line(citation: Citation) -> str:
    quote = inert(citation.quote)
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE] + " …"
    when = citation.article.published
    return f"({when:%d %B %Y}) {quote}" if when else quote
