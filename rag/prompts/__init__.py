"""What is said to the language model. The words are in TOML, beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from rag.schema import Citation

# What the reader opens is whole; the model must have room for all of them.
_LONGEST_QUOTE = 600
# "<|im_end|>", "</s>", "[INST]": a server may read these, wherever they stand, as the end of a
# turn and the start of another, which would let an article speak as the user or as the system.
_CONTROL = re.compile(r"([<\[])(?=[|｜/]|\w+>|[A-Z_]+\])")


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath("answer.toml").read_text("utf-8"))


def not_found() -> str:
    """What the model is told to say when the sources hold no answer."""
    return str(_words()["not_found"])


def says_not_found(draft: str, *, unfinished: bool = False) -> bool:
    """Whether a draft begins with those words or, ``unfinished``, still may."""
    said, words = draft.strip(" \n\"'*").casefold(), not_found().casefold()
    return said.startswith(words) or (unfinished and words.startswith(said))


def answer(question: str, evidence: Sequence[Citation]) -> list[BaseMessage]:
    """The messages that ask for a cited answer.

    What never changes comes first, so that the model's server reads it once and keeps it.
    """
    words = _words()
    messages: list[BaseMessage] = [SystemMessage(words["system"])]
    for example in words["example"]:
        messages.append(HumanMessage(_ask(example["question"], example["sources"])))
        messages.append(AIMessage(example["answer"]))
    messages.append(HumanMessage(_ask(question, [_line(citation) for citation in evidence])))
    return messages


def _ask(question: str, sources: Sequence[str]) -> str:
    numbered = "\n".join(f"[{number}] {line}" for number, line in enumerate(sources, start=1))
    return f"Sources:\n{numbered}\n\nQuestion: {_inert(question)}"


def _inert(text: str) -> str:
    """The words on one line, without hidden characters and with every control token broken."""
    # The joiners are not printable, but some scripts are misspelt without them.
    seen = (c for c in text if c.isprintable() or c.isspace() or c in "\u200c\u200d")
    return _CONTROL.sub(r"\1 ", " ".join("".join(seen).split()))


def _line(citation: Citation) -> str:
    quote = _inert(citation.quote)
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[:_LONGEST_QUOTE] + " …"
    when = citation.article.published
    return f"({when:%d %B %Y}) {quote}" if when else quote
