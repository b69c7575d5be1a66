"""(question, texts) to whether each text answers, and with which words.

An encoder trained on questions that people wrote, half of them near misses: about the very thing
that the text treats, for a detail that it does not give. How it was made and what it is worth is
in ``weights/CARD.md``; ``make train-reader`` makes it again.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ModelError
from rag.index.chunking import in_context
from rag.models.pairs import PairEncoder
from rag.models.served import ServedReader, served_reader
from rag.protocols import AnswerSpan, Reading
from rag.settings import Settings

if TYPE_CHECKING:
    from tokenizers import Encoding

_LONGEST_ANSWER = 40  # tokens
_STARTS = 20
_MOST_SPANS = 6


class OnnxReader:
    """The packaged reader, loaded when first needed. Safe to use from several threads."""

    def __init__(self, encoder: PairEncoder) -> None:
        self._encoder = encoder

    def load(self) -> None:
        """Load what is not loaded yet."""
        self._encoder.load()

    def read(self, question: str, titles: Sequence[str], texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order. ``titles`` are those of their articles.

        A question is read up to its first 1,000 characters, a text up to 512 tokens with it.
        """
        heads = [in_context(title, "") for title in titles]
        whole = [head + text for head, text in zip(heads, texts, strict=True)]
        return [
            _reading(pair, outputs, len(head))
            for (pair, outputs), head in zip(self._encoder.run(question, whole), heads, strict=True)
        ]


def _reading(pair: Encoding, outputs: tuple[np.ndarray, ...], head: int) -> Reading:
    answers, start, end, says_yes = outputs
    none = float(start[0] + end[0])
    spans = sorted(_spans(pair, start, end, head), key=lambda span: -span.logit)
    best: list[AnswerSpan] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in best):
            best.append(span)
            if len(best) == _MOST_SPANS:
                break
    return Reading(float(answers.item()), float(says_yes.item()), none, tuple(best))


def _spans(pair: Encoding, start: np.ndarray, end: np.ndarray, head: int) -> Iterator[AnswerSpan]:
    """The likeliest spans of the text itself, not of the title before it."""
    inside = [
        i
        for i, (side, (first, last)) in enumerate(zip(pair.type_ids, pair.offsets, strict=True))
        if side == 1 and first >= head and last > first
    ]
    for i in sorted(inside, key=lambda i: -start[i])[:_STARTS]:
        until = min(i + _LONGEST_ANSWER, inside[-1] + 1)
        ends = np.argsort(-end[i:until])[:4]
        for j in ends:
            last = i + int(j)
            yield AnswerSpan(
                pair.offsets[i][0] - head,
                pair.offsets[last][1] - head,
                float(start[i] + end[last]),
            )


def reader_of(settings: Settings) -> OnnxReader | ServedReader:
    """The reader, on a server if the settings name one.

    Raises:
        ModelError: its file is missing or is not the one that was packaged.
        SettingsError: the server's address is none.
    """
    return served_reader(settings) or reader()


@cache
def reader() -> OnnxReader:
    """The reader that comes with Ibid.

    Raises:
        ModelError: its file is missing or is not the one that was packaged.
    """
    folder = files(__package__) / "weights"
    packaged = tomllib.loads((folder / "reader.toml").read_text("utf-8"))
    with as_file(folder / "reader.onnx") as model, as_file(folder / "tokenizer.json") as tokenizer:
        try:
            digest = hashlib.sha256(model.read_bytes()).hexdigest()
        except OSError:
            digest = ""
        if digest != packaged["sha256"]:
            raise ModelError(f"{model} is missing or damaged; install Ibid again")
        return OnnxReader(PairEncoder(model, tokenizer))
