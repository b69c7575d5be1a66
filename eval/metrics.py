"""The measures, as pure functions.

None means undefined: the measure does not apply to the case, which is not the same as zero.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # numpy is loaded where an interval is asked for
    from numpy.typing import NDArray

Verdict = Literal["TP", "FP", "FN", "TN"]
Interval = tuple[float, float]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one article, ``text[start:end]`` in code points."""

    article_id: str
    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.article_id == other.article_id and max(self.start, other.start) < min(
            self.end, other.end
        )


# Answers ---------------------------------------------------------------------------------------


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, without a/an/the, with single spaces.

    Source: ``normalize_answer`` of the SQuAD 1.1 script (Rajpurkar et al. 2016). It is made for
    English; other scripts keep their punctuation and are not split into words.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, golds: Sequence[str]) -> float | None:
    """1.0 where the normalised answer equals a gold answer; None without a gold answer.

    Source: SQuAD 1.1 script (Rajpurkar et al. 2016), maximum over the gold answers.
    """
    return max((float(normalise(answer) == normalise(gold)) for gold in golds), default=None)


def token_f1(answer: str, golds: Sequence[str]) -> float | None:
    """Harmonic mean of token precision and recall, best gold answer; None without one.

    Source: SQuAD 1.1 script (Rajpurkar et al. 2016), maximum over the gold answers. Low for
    whole sentences by construction: every word beyond the gold answer costs precision.
    """
    return max((_token_f1(answer, gold) for gold in golds), default=None)


def _token_f1(answer: str, gold: str) -> float:
    ours, theirs = normalise(answer).split(), normalise(gold).split()
    shared = (Counter(ours) & Counter(theirs)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(ours), shared / len(theirs)
    return 2 * precision * recall / (precision + recall)


def containment(answer: str, golds: Sequence[str]) -> float | None:
    """1.0 where the answer contains a gold answer as a run of whole tokens; None without one.

    Source: answer containment of open-domain question answering, as ``has_answer`` in DPR
    (Karpukhin et al. 2020) does it, over the tokens of `normalise`. Whole tokens, so that
    "1995" does not contain "5".
    """
    words = f" {normalise(answer)} "
    runs = (normalise(gold) for gold in golds)
    return max((float(bool(run) and f" {run} " in words) for run in runs), default=None)


# Retrieval -------------------------------------------------------------------------------------


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


# Citations -------------------------------------------------------------------------------------


def overlapping(spans: Iterable[Span], gold: Sequence[Span]) -> tuple[bool, ...]:
    """Of each span, in order, whether it overlaps a gold span of the same article."""
    return tuple(any(span.overlaps(other) for other in gold) for span in spans)


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


# Refusals --------------------------------------------------------------------------------------


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
        found = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / found if found else None


# Many cases ------------------------------------------------------------------------------------


def defined(values: Iterable[float | None]) -> list[float]:
    """The values without the undefined ones."""
    return [value for value in values if value is not None]


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the defined values; None without one."""
    known = defined(values)
    return fmean(known) if known else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` (0 to 1) of the values lie; None without values.

    Source: Hyndman & Fan 1996, type 7 (linear interpolation), numpy's default.
    """
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below, above = math.floor(place), math.ceil(place)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def wilson(successes: float, n: int) -> Interval | None:
    """95 % interval of a proportion; None where ``n`` is 0.

    Source: Wilson 1927, without continuity correction. Unlike the bootstrap it has a width
    even where all cases succeed.
    """
    if n == 0:
        return None
    p, z2 = successes / n, _Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    # The bound at p = 0 and p = 1 is exact; rounding must not leave it beside the estimate.
    return (0.0 if p == 0 else centre - half, 1.0 if p == 1 else centre + half)


def bootstrap(values: Sequence[float], *, seed: int = 0, resamples: int = 2000) -> Interval | None:
    """95 % interval of a mean; None for fewer than two values.

    Source: percentile bootstrap, Efron & Tibshirani 1993, ch. 13. The same seed gives the same
    interval.
    """
    if len(values) < 2:
        return None
    kinds = Counter(values)
    draws = _draws(list(kinds.values()), seed, resamples)
    return _percentiles(draws @ list(kinds) / len(values))


def bootstrap_f1(found: Confusion, *, seed: int = 0, resamples: int = 2000) -> Interval | None:
    """95 % interval of `Confusion.f1`, by the bootstrap over cases.

    None for fewer than two cases or where F1 is undefined. Source: as `bootstrap`.
    """
    counts = [found.tp, found.fp, found.fn, found.tn]
    if sum(counts) < 2 or found.f1 is None:
        return None
    tp, fp, fn, _ = _draws(counts, seed, resamples).T
    # A resample of true negatives alone has no F1.
    some = 2 * tp + fp + fn > 0
    return _percentiles(2 * tp[some] / (2 * tp + fp + fn)[some]) if some.any() else None


def _draws(counts: Sequence[int], seed: int, resamples: int) -> NDArray[Any]:
    """Resampled cases of which only the kind matters: shape ``(resamples, kinds)``, counts.

    To draw n cases with replacement is to draw their kinds from a multinomial: the same
    distribution, without a table of resamples times cases.
    """
    import numpy as np

    n = sum(counts)
    return np.random.default_rng(seed).multinomial(n, np.array(counts) / n, size=resamples)


def _percentiles(means: NDArray[Any]) -> Interval:
    import numpy as np

    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
