"""Small talk with a tail: "thank you, that helps", "ok, bye then", "das wollte ich wissen".

No grammar lists all that people say to be polite, so the nearest example of `small_talk.toml` by
the embedder tells; what could be a question is near to one of those that ask.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag.errors import ModelAway
from rag.language.visible import visible
from rag.protocols import Embedder
from rag.query.about import About, Asks, readings
from rag.query.wording import QUESTION_WORD
from rag.schema import Turn

if TYPE_CHECKING:
    import numpy as np

_LONGEST = 16  # words
# Of the 448 questions of eval/sets, their question marks taken away, the ten nearest to small talk
# are at .48 to .52, and at most .14 nearer to it than to what asks.
_LEAST = 0.45
_NEARER = 0.16  # by which it is nearer to small talk than to what asks
_made: dict[str, np.ndarray] = {}
_KINDS: dict[str, Asks] = {
    "greeting": "greeting",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "acknowledgement": "acknowledgement",
}
_WORD = re.compile(r"[^\W_]+")


def small_talk(line: str, embedder: Embedder) -> About | None:
    """The kind of small talk that a line is; None for what may be a question.

    ``words`` of it are those that no small talk has, of which the articles may know.
    """
    line = visible(line)
    words = _words(line)
    if not words or len(words) > _LONGEST or "?" in line or QUESTION_WORD.match(line):
        return None
    sure = [one for one in readings(line, is_first=False) if one.asks in _KINDS and not one.words]
    if sure:
        return sure[0]
    examples = _examples()
    try:
        likeness = _vectors(embedder) @ _array([embedder.embed_query(line)])[0]
    except ModelAway:  # the search says so
        return None
    talk = [i for i, (_, kind, _) in enumerate(examples) if kind != "asks"]
    asking = [i for i, (_, kind, _) in enumerate(examples) if kind == "asks"]
    best = max(talk, key=likeness.__getitem__)
    if likeness[best] < max(_LEAST, max(likeness[asking]) + _NEARER):
        return None
    language, kind, _ = examples[best]
    known = frozenset[str]().union(*(_words(examples[i][2]) for i in talk))
    return About(_KINDS[kind], language, "said", " ".join(w for w in words if w not in known))


def without_small_talk(history: Sequence[Turn], embedder: Embedder) -> list[Turn]:
    """The turns of a conversation but for small talk and what was said to it."""
    kept: list[Turn] = []
    is_talk = False
    for turn in history:
        if turn.role == "user":
            is_talk = small_talk(turn.text, embedder) is not None
        if not is_talk:
            kept.append(turn)
    return kept


def _words(line: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(line)]


@cache
def _examples() -> tuple[tuple[str, str, str], ...]:
    """Language, kind and words of each example."""
    read = tomllib.loads((files(__package__) / "small_talk.toml").read_text("utf-8"))
    return tuple(
        (language, kind, line)
        for language, kinds in read.items()
        for kind, lines in kinds.items()
        for line in lines
    )


def _vectors(embedder: Embedder) -> np.ndarray:
    """One row an example; an embedder makes them once."""
    if embedder.fingerprint not in _made:
        _made[embedder.fingerprint] = _array(
            embedder.embed_documents([line for _, _, line in _examples()])
        )
    return _made[embedder.fingerprint]


def _array(vectors: Sequence[Sequence[float]]) -> np.ndarray:
    import numpy as np

    return np.asarray(vectors, dtype=np.float32)
