"""What an answer cites, held against the gold evidence."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from eval.metrics.spans import Span, overlapping


def citation_hit(citations: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """1.0 where a citation overlaps the gold evidence; None without gold evidence.

    With one gold span it is citation recall by place. It asks where a citation points, not what
    it entails, unlike citation recall in ALCE (Gao et al. 2023).
    """
    return float(any(overlapping(citations, gold))) if gold else None


def citation_precision(citations: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Share of the citations that overlap the gold evidence; None without either.

    By place, as `citation_hit`; unlike citation precision in ALCE (Gao et al. 2023).
    """
    return fmean(overlapping(citations, gold)) if gold and citations else None
