"""The smallest that will do: an embedder without a model, an article without a file."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np

from rag.loaders.text import build
from rag.schema import Article

DIMENSIONS = 32


class TinyEmbedder:
    """A `rag.index.library.Embedding`: texts that share words are near. Counts what it embedded."""

    def __init__(self, fingerprint: str = "tiny", dimensions: int = DIMENSIONS) -> None:
        self.fingerprint = fingerprint
        self.dimensions = dimensions
        self.documents = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.documents += len(texts)
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = np.zeros(self.dimensions)
        vector[0] = 0.01  # A text without words has a direction too.
        for word in re.findall(r"\w+", text.lower()):
            vector[zlib.crc32(word.encode(errors="replace")) % self.dimensions] += 1.0
        return list((vector / np.linalg.norm(vector)).tolist())


def make_article(text: str, source: str = "memory", **facts: str) -> Article:
    """An article as the readers make it; ``facts`` are what front matter would say."""
    return build(text, {"source": source, **facts}, Path("memory.txt"))
