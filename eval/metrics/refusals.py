"""Whether what has no answer is refused, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["TP", "FP", "FN", "TN"]


def refusal(*, refused: bool, answerable: bool) -> Verdict:
    """The cell of the confusion matrix. To refuse is the positive, the unanswerable is the true.

    Source: NoAns of SQuAD 2.0 (Rajpurkar et al. 2018), seen as binary classification.
    """
    if refused:
        return "FP" if answerable else "TP"
    return "TN" if answerable else "FN"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of the verdicts. The scores are the textbook ones (van Rijsbergen 1979)."""

    tp: int
    fp: int
    fn: int
    tn: int

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Confusion:
        """Count the verdicts."""
        counts = Counter(verdicts)
        return cls(counts["TP"], counts["FP"], counts["FN"], counts["TN"])

    @property
    def precision(self) -> float | None:
        """Share of the refusals that are right; None without a refusal."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """Share of the unanswerable that are refused; None without an unanswerable."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where there is nothing to refuse and nothing refused."""
        divisor = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / divisor if divisor else None
