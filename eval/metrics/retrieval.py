"""Where the evidence stands among the passages that were found."""

from __future__ import annotations

import math
from collections.abc import Sequence


def hit_at_k(relevance: Sequence[bool] | None, k: int) -> float | None:
    """1.0 where one of the first ``k`` is relevant; None where nothing could be.

    Args:
        relevance: of each ranked passage, best first; None where the case names no evidence.

    Source: hit rate (success) at k, as ``hit_rate@k`` in ranx (Bassani 2022).
    """
    _check(k)
    return None if relevance is None else float(any(relevance[:k]))


def reciprocal_rank(relevance: Sequence[bool] | None) -> float | None:
    """One over the rank of the first relevant passage, 0.0 without one; None as in `hit_at_k`.

    Source: Voorhees 1999 (TREC-8 QA); its mean is the MRR.
    """
    if relevance is None:
        return None
    return next((1 / rank for rank, hit in enumerate(relevance, start=1) if hit), 0.0)


def recall_at_k(ranks: Sequence[int | None] | None, k: int) -> float | None:
    """Share of the gold spans that the first ``k`` passages hold; None without gold spans.

    Args:
        ranks: of each gold span, the first rank at which it is found, from 1; None: nowhere.

    Source: set recall at a cut-off, as ``recall@k`` in ranx (Bassani 2022).
    """
    _check(k)
    if not ranks:
        return None
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def ndcg_at_k(ranks: Sequence[int | None] | None, k: int) -> float | None:
    """How early the gold spans come among the first ``k``, 0 to 1; None without gold spans.

    A gain of 1 at each rank where a gold span is first found, over the logarithm of the rank.
    Spans that one passage brings are one gain, in the ideal order too, and one that comes again
    is none, so that an article which is cut finely gains nothing by it.

    Args:
        ranks: as in `recall_at_k`.

    Source: Järvelin & Kekäläinen 2002, as ``ndcg@k`` in ranx (Bassani 2022).
    """
    _check(k)
    if not ranks:
        return None
    distinct = {rank for rank in ranks if rank is not None}
    most = len(distinct) + sum(rank is None for rank in ranks)
    gained = math.fsum(_discount(rank) for rank in distinct if rank <= k)
    return gained / math.fsum(_discount(rank) for rank in range(1, min(k, most) + 1))


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def _check(k: int) -> None:
    if k < 1:
        raise ValueError(f"k counts from 1, not {k}")
