"""The measures, as pure functions, one file a family.

None means undefined: the measure does not apply to the case, which is not the same as zero.
"""

from eval.metrics.agreement import kappa, kappa_interval
from eval.metrics.answers import containment, exact_match, normalise, rouge_l, similarity, token_f1
from eval.metrics.averages import defined, mean, quantile
from eval.metrics.calibration import (
    Bin,
    aurc,
    aurc_interval,
    auroc,
    auroc_interval,
    calibration_error,
    calibration_interval,
    reliability,
    risk_coverage,
)
from eval.metrics.citations import (
    Alce,
    alce,
    citation_f1,
    citation_hit,
    citation_precision,
    citation_recall,
)
from eval.metrics.intervals import Interval, bootstrap, bootstrap_f1, resampled, wilson
from eval.metrics.refusals import Confusion, Verdict, refusal
from eval.metrics.retrieval import hit_at_k, ndcg_at_k, recall_at_k, reciprocal_rank
from eval.metrics.spans import Span, first_ranks, overlapping

__all__ = [
    "Alce",
    "Bin",
    "Confusion",
    "Interval",
    "Span",
    "Verdict",
    "alce",
    "aurc",
    "aurc_interval",
    "auroc",
    "auroc_interval",
    "bootstrap",
    "bootstrap_f1",
    "calibration_error",
    "calibration_interval",
    "citation_f1",
    "citation_hit",
    "citation_precision",
    "citation_recall",
    "containment",
    "defined",
    "exact_match",
    "first_ranks",
    "hit_at_k",
    "kappa",
    "kappa_interval",
    "mean",
    "ndcg_at_k",
    "normalise",
    "overlapping",
    "quantile",
    "recall_at_k",
    "reciprocal_rank",
    "refusal",
    "reliability",
    "resampled",
    "risk_coverage",
    "rouge_l",
    "similarity",
    "token_f1",
    "wilson",
]
