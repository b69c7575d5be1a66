"""An encoder that reads a question and a text at once: the ONNX run behind reranker and reader."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.language.letters import has_forms, plain_letters, whole
from rag.models.runtime import batches, inputs, session
from rag.models.threads import cores
from rag.protocols import LONGEST_QUESTION

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

_TOKENS = 512


class PairEncoder:
    """An ONNX model over pairs of texts, loaded when first needed. Safe to use from threads."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        self._model = model
        self._tokenizer_file = tokenizer
        self._loading = threading.Lock()

    def load(self) -> None:
        """Load what is not loaded yet."""
        with self._loading:
            _ = self._session, self._tokenizer

    @cached_property
    def _session(self) -> InferenceSession:
        return session(self._model)

    @cached_property
    def _cores(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(cores(), thread_name_prefix="pairs")

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        # The file pads every pair to 512 tokens, which makes a short pair five times as slow.
        tokenizer.no_padding()
        tokenizer.enable_truncation(_TOKENS, strategy="longest_first")
        return tokenizer

    @cached_property
    def _lettered(self) -> Tokenizer:
        """The same, for a text with forms of letters that the model does not know.

        What it makes of them keeps the offsets of the text itself.
        """
        from tokenizers import Tokenizer
        from tokenizers.normalizers import NFKC, Replace, Sequence

        tokenizer = Tokenizer.from_str(self._tokenizer.to_str())
        given = [tokenizer.normalizer] if tokenizer.normalizer is not None else []
        tokenizer.normalizer = Sequence([Replace("\u00ad", ""), NFKC(), *given])
        return tokenizer

    def run(
        self, question: str, texts: Sequence[str]
    ) -> list[tuple[Encoding, tuple[np.ndarray, ...]]]:
        """For each text, in order, its tokens and the outputs of the model for it, unbatched.

        A question is read up to its first 1,000 characters, a text up to 512 tokens with it.
        An output that is one value a token is as long as the longest text of the batch.
        """
        self.load()
        question = plain_letters(whole(question[:LONGEST_QUESTION]))
        pairs = self._tokenizer.encode_batch([(question, text) for text in texts])
        for i, text in enumerate(texts):
            if has_forms(text):
                pairs[i] = self._lettered.encode(question, text)
        together = list(batches([len(pair.ids) for pair in pairs]))
        done = self._cores.map(lambda batch: self._outputs([pairs[i] for i in batch]), together)
        outputs: dict[int, tuple[np.ndarray, ...]] = {}
        for batch, rows in zip(together, done, strict=True):
            outputs.update(zip(batch, rows, strict=True))
        return [(pair, outputs[i]) for i, pair in enumerate(pairs)]

    def _outputs(self, pairs: list[Any]) -> list[tuple[np.ndarray, ...]]:
        given = inputs(pairs, with_types=True)
        outputs = [np.asarray(output) for output in self._session.run(None, given)]
        return [tuple(output[row] for output in outputs) for row in range(len(pairs))]
