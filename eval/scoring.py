"""From what came of one case to its measures, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from eval import metrics
from eval.cases import Case
from eval.metrics import Span
from rag.schema import Answer, Citation, Passage

Measure = Callable[[Case, Answer], Mapping[str, float | None]]
"""A measure that needs a model of its own: names and values, None where it does not apply."""


def score(
    case: Case,
    answer: Answer | None,
    relevance: Sequence[bool] | None,
    gold: Sequence[Span],
    ranks: Sequence[int | None] | None = None,
) -> dict[str, float | None]:
    """Every measure of one case, by name; None where it does not apply.

    The answer is compared with the gold answers of an answerable case, and a refusal of one
    scores 0 there. Its citations are judged only where it does answer.
    """
    golds = case.answers if answer else ()
    silent = answer is None or refused(answer)
    text = "" if answer is None or silent else answer.text
    sentences = () if answer is None or silent else answer.sentences
    citations = [span(citation) for sentence in sentences for citation in sentence.citations]
    cited_gold = () if silent else gold
    return {
        "containment": metrics.containment(text, golds),
        "token F1": metrics.token_f1(text, golds),
        "exact match": metrics.exact_match(text, golds),
        "sentences cited": metrics.mean(float(bool(one.citations)) for one in sentences),
        "citation hit": metrics.citation_hit(citations, cited_gold),
        "citation precision": metrics.citation_precision(citations, cited_gold),
        "hit@1": metrics.hit_at_k(relevance, 1),
        "hit@3": metrics.hit_at_k(relevance, 3),
        "hit@5": metrics.hit_at_k(relevance, 5),
        "MRR": metrics.reciprocal_rank(relevance),
        "hit@10": metrics.hit_at_k(relevance, 10),
        "nDCG@10": metrics.ndcg_at_k(ranks, 10),
        "recall@5": metrics.recall_at_k(ranks, 5),
        "recall@10": metrics.recall_at_k(ranks, 10),
    }


def refused(answer: Answer) -> bool:
    """Whether it says that the articles do not say."""
    return answer.status == "refused"


def span(piece: Passage | Citation) -> Span:
    """Where it stands."""
    return Span(piece.article.id, piece.start, piece.end)
