"""The vectors of a library that can be read and not be changed: all in memory, none on the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from rag.schema import Chunk
from rag.stores import Catalog, Labels, Wanted

_NONE: Mapping[str, Labels] = {}


class ArrayIndex:
    """Chunk ids by nearness to a vector, as `rag.index.vectors.ChromaIndex` finds them.

    Chroma writes wherever it reads. This asks every vector of the catalog instead, which takes
    6 KB and some microseconds for each, and no room on the disk.
    """

    def __init__(self, catalog: Catalog) -> None:
        rows = [row for batch in catalog.all_chunks() for row in batch]
        lengths = Counter(len(vector) for _, vector in rows)
        usual = lengths.most_common(1)[0][0] if rows else 0
        rows = [row for row in rows if len(row[1]) == usual and np.isfinite(row[1]).all()]
        self._ids = [chunk.id for chunk, _ in rows]
        self._articles = np.array([chunk.article_id for chunk, _ in rows])
        self._vectors = _directions(np.array([vector for _, vector in rows], np.float32))

    def count(self) -> int:
        """How many chunks can be found."""
        return len(self._ids)

    def ids(self) -> list[str]:
        """The ids of all chunks that can be found."""
        return list(self._ids)

    def search(
        self, vector: Sequence[float], limit: int, wanted: Wanted | None = None
    ) -> list[tuple[str, float]]:
        """The nearest chunks, best first, with their cosine similarity from -1 to 1.

        Of what is ``wanted`` only articles are looked at: the catalog knows all that they are.
        """
        article_ids = None if wanted is None else wanted.articles
        if not self._ids or limit < 1 or article_ids == ():
            return []
        (asked,) = _directions(np.asarray([vector], np.float32))
        near = self._vectors @ asked
        if article_ids is not None:
            near = np.where(np.isin(self._articles, list(article_ids)), near, -np.inf)
        best = np.argsort(-near, kind="stable")[:limit]
        return [(self._ids[i], float(near[i])) for i in best if np.isfinite(near[i])]

    def stored(self, chunk_ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of these chunks, as far as they can be found."""
        wanted = set(chunk_ids)
        rows = zip(self._ids, self._vectors, strict=True)
        return {chunk_id: vector for chunk_id, vector in rows if chunk_id in wanted}

    def labelled(self, chunk_ids: Sequence[str]) -> dict[str, Labels]:
        """None: the catalog is asked."""
        return {}

    def label(self, chunks: Mapping[str, Labels]) -> None:
        """Nothing: nothing can be changed."""

    def put(
        self,
        chunks: Sequence[Chunk],
        vectors: Sequence[np.ndarray],
        labels: Mapping[str, Labels] = _NONE,
    ) -> None:
        """Nothing: nothing can be changed."""

    def drop(self, chunk_ids: Sequence[str]) -> None:
        """Nothing: nothing can be changed."""

    def clear(self) -> None:
        """Nothing: nothing can be changed."""

    def close(self) -> None:
        """Nothing is held."""


def _directions(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny))
