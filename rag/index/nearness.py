"""The chunks nearest to a vector, of those that a filter admits.

A filter may admit any number of articles, and no vector index takes any number of names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.index.array import ArrayIndex
from rag.schema import Filter
from rag.stores import Catalog, VectorIndex, Wanted
from rag.tuning import RetrievalTuning

Hits = list[tuple[str, float]]


def nearest(
    catalog: Catalog,
    vectors: VectorIndex,
    vector: Sequence[float],
    limit: int,
    only: Filter,
    tuning: RetrievalTuning,
) -> Hits:
    """The nearest chunks that a filter admits, best first, with their cosine similarity.

    What admits much is found among the nearest of all, which is soonest; else the index is asked
    by its labels, or by the ids of articles, so many at once.
    """
    if isinstance(vectors, ArrayIndex):  # every vector is asked, and takes any number of names
        return vectors.search(vector, limit, Wanted(articles=tuple(catalog.matching(only))))
    wide = vectors.search(vector, limit * tuning.wide)
    admitted = catalog.admitted([chunk_id for chunk_id, _ in wide], only)
    kept = [hit for hit in wide if hit[0] in admitted]
    if len(kept) >= limit or len(wide) == vectors.count():
        return kept[:limit]
    wanted = catalog.wanted(only, tuning.at_once)
    if wanted.articles is None:
        return vectors.search(vector, limit, wanted)
    found: Hits = []
    for at in range(0, len(wanted.articles), tuning.at_once):
        some = replace(wanted, articles=wanted.articles[at : at + tuning.at_once])
        found += vectors.search(vector, limit, some)
    return sorted(found, key=lambda hit: -hit[1])[:limit]
