"""A listed sentence-transformers model by its own weights, without torch.

The graph of the model comes with Ibid, some kB that hold no weight: it names the bytes of the
verified ``model.safetensors``, which are mapped into memory as they are. So there is no second
copy, nothing is exported, and nothing but the SHA-256 of ``models.toml`` need be believed.
``eval.training.graph`` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from rag.language.letters import whole
from rag.models.runtime import batches, inputs, session
from rag.models.threads import cores

_TOKENS = 256  # what the model was trained on, as its sentence_bert_config.json says


class GraphEncoder:
    """Texts to unit vectors. Safe to use from several threads."""

    def __init__(self, graph: Path, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._session = session(graph, folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TOKENS)
        self._cores = ThreadPoolExecutor(cores(), thread_name_prefix="texts")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit vector a text, in order. A text is read up to its first 256 tokens."""
        tokens = self._tokenizer.encode_batch([whole(text) for text in texts])
        together = list(batches([len(one.ids) for one in tokens]))
        made = self._cores.map(lambda batch: self._vectors([tokens[i] for i in batch]), together)
        rows = [row for vectors in made for row in vectors]
        return np.array(rows)[np.argsort([i for batch in together for i in batch])]

    def _vectors(self, tokens: Sequence[Any]) -> np.ndarray:
        (vectors,) = self._session.run(None, inputs(tokens, with_types=False))
        return np.asarray(vectors)
