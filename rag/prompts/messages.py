"""The messages that ask for an answer or a rewritten question, and how a refusal is read."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError

from rag.language.injection import addresses_a_model
from rag.language.token_counts import most_tokens
from rag.language.visible import MOST_SAID, visible
from rag.prompts.few_shot import few_shot, words
from rag.schema import Passage, Turn
from rag.tuning import AnsweringTuning

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

# "<|im_end|>", "</s>", "[INST]": a server may read these, wherever they stand, as the end of a
# turn and the start of another, which would let an article speak as the user or as the system.
# Full-width brackets become these where a server normalises.
_CONTROL = re.compile(r"([<＜\[［])(?=[|｜/]|\w+[>＞]|[A-Z_]+[\]］])")
# Our own markers in an article would be numbers that we did not give. All shapes that
# `rag.verify.markers` reads are here, because the model may copy them.
_MARKER = re.compile(
    r"[\[【［]\s*(\^?\s*(?:(?:sources?|quotes?|no\.?)\s*:?\s*)?\d{1,3}(?:[^\]】］\n]{0,12}))[\]】］]",
    re.IGNORECASE,
)
# What stands before the question in our prompt, and before what is to come.
_NOTATION = re.compile(r"\b(question|answer|sources?)\s*[:：]", re.IGNORECASE)
# A title begins a line, and so would these begin a turn or a part of the prompt.
_BEGINS_A_TURN = re.compile(
    r"\A(?:[#>=*_-]+\s+)*(system|user|assistant|human|instructions?)\s*[:：]", re.IGNORECASE
)
_BEGINS_A_PART = re.compile(r"\A(?:[#>=*_-]+\s+)+")
_PACKAGE = "rag.prompts"
# What a chat template puts around a message.
_FRAME_TOKENS = 8


def not_found() -> str:
    """What the model is told to say when the sources hold no answer."""
    return str(words(_PACKAGE, "answer")["not_found"])


def says_not_found(draft: str, *, unfinished: bool = False) -> bool:
    """Whether a draft begins with those words or, ``unfinished``, still may."""
    begun, refusal = draft.strip(" \n\"'*").casefold(), not_found().casefold()
    return begun.startswith(refusal) or (unfinished and refusal.startswith(begun))


def chance_of_not_found(message: BaseMessage) -> float | None:
    """How likely a model was to begin with those words; None where its server does not tell.

    It is read off the probabilities of its first token, which OpenAI-compatible servers give.
    """
    logprobs = message.response_metadata.get("logprobs") or {}
    tokens = logprobs.get("content") or []
    if not tokens:
        return None
    begins = not_found().casefold()
    return sum(
        math.exp(min(0.0, other["logprob"]))
        for other in tokens[0].get("top_logprobs") or [tokens[0]]
        if other["token"].strip() and begins.startswith(other["token"].strip().casefold())
    )


def chance_of_silence(draft: str, first: float | None) -> float | None:
    """How likely the model was to find no answer, now that its draft is there; None if it has none.

    ``first``: the probability of its first token, where its server tells it.
    """
    if not draft.strip():
        return None
    return float(says_not_found(draft)) if first is None else first


def answer(
    question: str, passages: Sequence[Passage], room: int | None = None
) -> list[BaseMessage]:
    """The messages that ask for an answer from whole passages.

    What never changes comes first, so that the model's server reads it once and keeps it.
    ``room``: tokens that all of it may take; the last passage is left out where it does not fit,
    and the question cut, but one passage and the beginning of the question always stay.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    fixed = SystemMessage(words(_PACKAGE, "answer")["system"])
    blocks = [_block(passage) for passage in passages]
    question = inert(question)
    if room is not None:
        room -= most_tokens(fixed.text) + 3 * _FRAME_TOKENS
        question = _cut(question, room // 3)
        blocks = _fitting(blocks, room - most_tokens(question))
    return [fixed, HumanMessage("\n\n".join([*blocks, f"Question: {question}"]))]


def rewrite(question: str, history: Sequence[Turn], tuning: AnsweringTuning) -> list[BaseMessage]:
    """The messages that ask for a question which stands without the conversation."""

    def ask(history: Sequence[str], question: str) -> str:
        turns = [Turn("user", history[0]), Turn("assistant", history[1])]
        return _conversation(turns, question, tuning.turn_chars)

    last = _conversation(history[-tuning.turns :], question, tuning.turn_chars)
    return few_shot(_PACKAGE, "rewrite").messages(ask, last)


def translate(question: str, language: str) -> list[BaseMessage]:
    """The messages that ask for a question in another language, of this ISO 639-1 code."""
    from langchain_core.messages import HumanMessage, SystemMessage

    try:
        name = Locale.parse(language).get_display_name("en")
    except (ValueError, UnknownLocaleError):  # an article may say anything of itself
        name = inert(language)
    system = words(_PACKAGE, "translate")["system"].format(language=name)
    return [SystemMessage(system), HumanMessage(inert(question))]


def _conversation(history: Sequence[Turn], question: str, chars: int) -> str:
    said = [
        f"{'User' if turn.role == 'user' else 'Assistant'}: {inert(turn.text)[:chars]}"
        for turn in history
    ]
    return "\n".join([*said, f"Last question: {inert(question)[:chars]}"])


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


def inert(text: str) -> str:
    """The words on one line, without hidden characters, every control token and marker broken."""
    return _MARKER.sub(r"(\1)", _CONTROL.sub(r"\1 ", visible(text)))


def _named(title: str) -> str:
    """A title that begins no turn and holds no notation of ours; any other as it is."""
    words = _NOTATION.sub(r"\1 –", inert(title)[:MOST_SAID])
    return _BEGINS_A_PART.sub("", _BEGINS_A_TURN.sub(r"\1 –", words))


def _block(passage: Passage) -> str:
    article = passage.article
    when = f" ({article.published:%d %B %Y})" if article.published else ""
    to_people = " ".join(
        sentence.said for sentence in passage.sentences if not sentence.addresses_a_model
    )
    title = "" if addresses_a_model(article.title) else _named(article.title)
    said = _NOTATION.sub(r"\1 –", inert(to_people))
    return f"{title}{when}\n{said}".strip()
