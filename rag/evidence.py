"""Passages to the few sentences that matter, each with its offsets into the article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.chunking import in_context
from rag.retrieval import Scorer
from rag.schema import Citation, Passage
from rag.sentences import split


def choose(
    question: str, passages: Sequence[Passage], scorer: Scorer, limit: int = 6
) -> tuple[Citation, ...]:
    """The ``limit`` sentences that best answer the question, numbered from 1, best first.

    A sentence that overlapping passages share is taken once. ``score`` is the cross-encoder's.
    """
    sentences: dict[tuple[str, int, int], Citation] = {}
    for passage in passages:
        for start, end in split(passage.text):
            quote = passage.text[start:end]
            place = (passage.article.id, passage.start + start, passage.start + end)
            sentences.setdefault(place, Citation(0, passage.article, place[1], place[2], quote))
    found = list(sentences.values())
    if not found:
        return ()
    scores = scorer.scores(
        question, [in_context(citation.article.title, citation.quote) for citation in found]
    )
    ranked = sorted(zip(scores, range(len(found)), strict=True), reverse=True)[:limit]
    return tuple(
        replace(found[i], number=number, score=score)
        for number, (score, i) in enumerate(ranked, start=1)
    )
