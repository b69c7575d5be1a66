"""(question, texts) to relevance, by a cross-encoder that reads both at once."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.language.letters import whole
from rag.models import extras
from rag.models.embedder import look_up
from rag.models.pairs import PairEncoder
from rag.models.registry import listed
from rag.models.served import ServedReranker, served_reranker
from rag.models.store import ModelStore
from rag.protocols import LONGEST_QUESTION
from rag.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class OnnxReranker:
    """An ONNX cross-encoder, loaded when first needed. Safe to use from several threads."""

    def __init__(self, folder: Path, calibration: tuple[float, float] = (1.0, 0.0)) -> None:
        self._encoder = PairEncoder(folder / "model.onnx", folder / "tokenizer.json")
        self._slope, self._intercept = calibration

    def load(self) -> None:
        """Load what is not loaded yet."""
        self._encoder.load()

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


class NamedReranker:
    """A cross-encoder that is not listed, of sentence-transformers or fastembed.

    It is loaded when first needed, and safe to use from several threads. Its scores are taken for
    logits, as those that were trained to tell apart are; nobody has calibrated them.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self._name = name
        self._folder = folder
        self._one_at_a_time = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order: the higher, the better it answers the question.

        Raises:
            ModelError: the model cannot be had or loaded.
        """
        if not texts:
            return []
        question = whole(question[:LONGEST_QUESTION])
        with self._one_at_a_time:
            if self._name.startswith(extras.PREFIX):
                return [float(score) for score in self._model.rerank(question, texts)]
            pairs = [(question, text) for text in texts]
            scores = self._model.predict(pairs, batch_size=16, show_progress_bar=False)
        return [float(score) for score in scores.reshape(len(texts), -1)[:, -1]]

    def probability(self, logit: float) -> float:
        """The probability that a text of this score answers the question, uncalibrated."""
        return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))

    @cached_property
    def _model(self) -> Any:
        try:
            if self._name.startswith(extras.PREFIX):
                from fastembed.rerank.cross_encoder import TextCrossEncoder

                return TextCrossEncoder(self._name.removeprefix(extras.PREFIX))
            return self._of_sentence_transformers()
        except ModelError:
            raise
        except ImportError:
            is_fastembed = self._name.startswith(extras.PREFIX)
            extra = extras.FASTEMBED if is_fastembed else extras.TORCH
            raise extras.absent(f"cross-encoder {self._name}", extra) from None
        except Exception as error:  # Every format that a model's files have raises its own.
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelError(
                f"cross-encoder {self._name} cannot be loaded ({reason}); name a listed one (ibid "
                "models), a folder, or a model that the hub has"
            ) from None

    def _of_sentence_transformers(self) -> CrossEncoder:
        from sentence_transformers import CrossEncoder
        from torch.nn import Identity

        # Else some give probabilities and some logits.
        return CrossEncoder(
            str(self._folder or self._name),
            local_files_only=self._folder is not None,
            activation_fn=Identity(),
        )


def reranker(settings: Settings) -> OnnxReranker | NamedReranker | ServedReranker:
    """The cross-encoder that the settings name, on a server if they name one.

    A listed model, a folder, or a model of the hub for sentence-transformers; with ``fastembed:``
    before it, one that fastembed knows. A folder with ``model.onnx`` and ``tokenizer.json`` is run
    without torch.

    Raises:
        ModelError: the listed model has not been fetched or is no cross-encoder, or there is none
            of that name.
        SettingsError: the server's address is none.
    """
    if served := served_reranker(settings):
        return served
    name = settings.reranker
    model = listed().get(name)
    if model is None:
        folder = Path(name).expanduser()
        if all((folder / file).is_file() for file in ("model.onnx", "tokenizer.json")):
            return OnnxReranker(folder)
        if not folder.is_dir() and not name.startswith(extras.PREFIX):
            look_up(name, "cross-encoder")  # the hub's own tries take minutes
        return NamedReranker(name, folder if folder.is_dir() else None)
    if model.role != "reranker":
        raise ModelError(f"{name} is no cross-encoder; ibid models lists those that are")
    return _of_onnx(ModelStore(settings.models_dir).path(name), model.calibration)


@cache
def _of_onnx(folder: Path, calibration: tuple[float, float]) -> OnnxReranker:
    """A listed model, of which one in a process will do."""
    return OnnxReranker(folder, calibration)
