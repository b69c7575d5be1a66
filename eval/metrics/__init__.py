"""The measures, as pure functions, one file a family.

None means undefined: the measure does not apply to the case, which is not the same as zero.
"""

from eval.metrics.answers import containment, exact_match, normalise, token_f1
from eval.metrics.averages import defined, mean, quantile
from eval.metrics.citations import citation_hit, citation_precision
from eval.metrics.intervals import Interval, bootstrap, bootstrap_f1, wilson
from eval.metrics.refusals import Confusion, Verdict, refusal
from eval.metrics.retrieval import hit_at_k, ndcg_at_k, recall_at_k, reciprocal_rank
from eval.metrics.spans import Span, first_ranks, overlapping

__all__ = [
    "Confusion",
    "Interval",
    "Span",
    "Verdict",
    "bootstrap",
    "bootstrap_f1",
    "citation_hit",
    "citation_precision",
    "containment",
    "defined",
    "exact_match",
    "first_ranks",
    "hit_at_k",
    "mean",
    "ndcg_at_k",
    "normalise",
    "overlapping",
    "quantile",
    "recall_at_k",
    "reciprocal_rank",
    "refusal",
    "token_f1",
    "wilson",
]
