"""(question, texts) to relevance, by a cross-encoder that reads both at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rag.models.pairs import PairEncoder
from rag.models.registry import listed
from rag.models.store import ModelStore
from rag.settings import Settings


class OnnxReranker:
    """An ONNX cross-encoder, loaded when first needed. Safe to use from several threads."""

    def __init__(self, folder: Path, calibration: tuple[float, float] = (1.0, 0.0)) -> None:
        self._encoder = PairEncoder(folder / "model.onnx", folder / "tokenizer.json")
        self._slope, self._intercept = calibration

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order: the higher, the better it answers the question.

        A question is read up to its first 1,000 characters, a text up to 512 tokens with it.
        """
        return [float(logits.item()) for _, (logits,) in self._encoder.run(question, texts)]

    def probability(self, logit: float) -> float:
        """The probability that a text of this score answers the question (Platt, 1999).

        Slope and intercept come from models.toml; ``make calibrate`` fits them.
        """
        return 1 / (1 + math.exp(-(self._slope * logit + self._intercept)))


def reranker(settings: Settings) -> OnnxReranker:
    """The cross-encoder that the settings name.

    Raises:
        UnknownModel: it is not listed.
        ModelError: it has not been fetched.
    """
    folder = ModelStore(settings.models_dir).path(settings.reranker)
    return OnnxReranker(folder, listed()[settings.reranker].calibration)
