"""Where the evidence stands among the passages that were found."""

from __future__ import annotations

from collections.abc import Sequence


def hit_at_k(relevance: Sequence[bool] | None, k: int) -> float | None:
    """1.0 where one of the first ``k`` is relevant; None where nothing could be.

    Args:
        relevance: of each ranked passage, best first; None where the case names no evidence.

    Source: hit rate (success) at k, as ``hit_rate@k`` in ranx (Bassani 2022).
    """
    if k < 1:
        raise ValueError(f"k counts from 1, not {k}")
    return None if relevance is None else float(any(relevance[:k]))


def reciprocal_rank(relevance: Sequence[bool] | None) -> float | None:
    """One over the rank of the first relevant passage, 0.0 without one; None as in `hit_at_k`.

    Source: Voorhees 1999 (TREC-8 QA); its mean is the MRR.
    """
    if relevance is None:
        return None
    return next((1 / rank for rank, hit in enumerate(relevance, start=1) if hit), 0.0)
