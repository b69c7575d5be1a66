"""(question, texts) to relevance, by a cross-encoder that reads both at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.models import ModelStore, cores, listed
from rag.settings import Settings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_TOKENS = 512
# Of 96, 128, 192, 256 and 384 the fastest for passages, and level with 96 for sentences.
_BATCH_TOKENS = 128


class Reranker:
    """An ONNX cross-encoder, loaded when first needed. Safe to use from several threads."""

    def __init__(self, folder: Path, calibration: tuple[float, float] = (1.0, 0.0)) -> None:
        self._folder = folder
        self._slope, self._intercept = calibration

    @cached_property
    def _session(self) -> InferenceSession:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        # A batch a core takes 0.6 of the time of one batch on all cores.
        options.intra_op_num_threads = 1
        # What it reserves for every new shape it keeps, at no gain in time.
        options.enable_cpu_mem_arena = False
        return InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _cores(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(cores(), thread_name_prefix="rerank")

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        # The file pads every pair to 512 tokens, which makes a short pair five times as slow.
        tokenizer.no_padding()
        tokenizer.enable_truncation(_TOKENS, strategy="longest_first")
        return tokenizer

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order: the higher, the better it answers the question.

        A question is read up to its first 1,000 characters, a text up to 512 tokens with it.
        """
        question = question[:1000]
        pairs = self._tokenizer.encode_batch([(question, text) for text in texts])
        scores = [0.0] * len(pairs)
        batches = list(_batches([len(pair.ids) for pair in pairs]))
        read = self._cores.map(lambda batch: self._logits([pairs[i] for i in batch]), batches)
        for batch, logits in zip(batches, read, strict=True):
            for i, logit in zip(batch, logits, strict=True):
                scores[i] = float(logit)
        return scores

    def probability(self, logit: float) -> float:
        """The probability that a text of this score answers the question (Platt, 1999).

        Slope and intercept come from models.toml; ``make calibrate`` fits them.
        """
        return 1 / (1 + math.exp(-(self._slope * logit + self._intercept)))

    def _logits(self, pairs: list[Any]) -> np.ndarray:
        shape = (len(pairs), max(len(pair.ids) for pair in pairs))
        inputs = {
            name: np.zeros(shape, np.int64)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        }
        for row, pair in enumerate(pairs):
            inputs["input_ids"][row, : len(pair.ids)] = pair.ids
            inputs["attention_mask"][row, : len(pair.ids)] = 1
            inputs["token_type_ids"][row, : len(pair.ids)] = pair.type_ids
        (logits,) = self._session.run(None, inputs)
        return np.asarray(logits).reshape(len(pairs))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indexes of texts of about one length, so that little is padding; the longest first."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def reranker(settings: Settings) -> Reranker:
    """The cross-encoder that the settings name.

    Raises:
        UnknownModel: it is not listed.
        ModelError: it has not been fetched.
    """
    folder = ModelStore(settings.models_dir).path(settings.reranker)
    return Reranker(folder, listed()[settings.reranker].calibration)
