"""What an answer cites, held against the gold evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from eval.metrics.spans import Span, overlapping

Cited = TypeVar("Cited")


def citation_hit(citations: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """1.0 where a citation overlaps the gold evidence; None without gold evidence.

    With one gold span it is `citation_recall`. It asks where a citation points, not what it
    entails, unlike `alce`.
    """
    return float(any(overlapping(citations, gold))) if gold else None


def citation_precision(citations: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Share of the citations that overlap the gold evidence; None without either.

    By place, as `citation_hit`; unlike `alce`.
    """
    return fmean(overlapping(citations, gold)) if gold and citations else None


def citation_recall(citations: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Share of the gold spans that a citation overlaps; None without gold evidence.

    By place, as `citation_hit`. Where any one of the gold spans would do, less than 1 is no fault.
    """
    return fmean(overlapping(gold, citations)) if gold else None


def citation_f1(citations: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Harmonic mean of `citation_precision` and `citation_recall`; None without gold evidence.

    Source: van Rijsbergen 1979. 0 where nothing of the evidence is cited, or nothing at all.
    """
    precision, recall = citation_precision(citations, gold), citation_recall(citations, gold)
    if recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


@dataclass(frozen=True, slots=True)
class Alce:
    """Citation recall and precision of one answer by what its citations entail, 0 to 1."""

    recall: float | None
    precision: float | None


def alce(
    sentences: Sequence[tuple[str, Sequence[Cited]]],
    entails: Callable[[Sequence[Cited], str], bool],
) -> Alce:
    """Citation recall and precision as in ALCE (Gao et al. 2023, section 4.3).

    Recall is the share of the sentences that all of their citations together entail. Precision
    is the share of the citations that are of use: those of such a sentence, without those that
    do not entail it alone and that the others do not need. None without sentences, and without
    citations (where the paper's script says 0).

    Args:
        sentences: each with its citations.
        entails: whether the citations together entail a text. The paper's is a language model;
            an answer that was filtered by the same judge is judged leniently by it.
    """
    supported = [bool(cited) and entails(cited, text) for text, cited in sentences]
    useful = [
        is_supported and _is_of_use(place, cited, text, entails)
        for (text, cited), is_supported in zip(sentences, supported, strict=True)
        for place in range(len(cited))
    ]
    return Alce(
        recall=fmean(supported) if supported else None,
        precision=fmean(useful) if useful else None,
    )


def _is_of_use(
    place: int,
    cited: Sequence[Cited],
    text: str,
    entails: Callable[[Sequence[Cited], str], bool],
) -> bool:
    """Of citations that entail a sentence, whether one does so alone, or the others need it."""
    others = [*cited[:place], *cited[place + 1 :]]
    return not others or entails([cited[place]], text) or not entails(others, text)
