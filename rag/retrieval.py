"""Question to ranked `Passage`s: two legs, one fusion, one reranker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.library import Library
from rag.schema import Passage

# The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
_RRF = 60


@runtime_checkable
class Scorer(Protocol):
    """What retrieval needs of a reranker; `rag.reranking.Reranker` is one."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score a text, the higher the more relevant."""
        ...


class Retriever(BaseRetriever):
    """Passages for a question, as LangChain `Document`s or, by `passages`, as our own type.

    A document's metadata holds ``id``, ``article_id``, ``title``, ``source``, ``start``, ``end``
    and ``score``; ``start`` and ``end`` are offsets into the stored text of the article.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    reranker: Scorer
    k: int = 5

    def passages(self, question: str, k: int | None = None) -> list[Passage]:
        """The best ``k`` passages, best first; fewer when the library holds no more."""
        k = k or self.k
        settings = self.library.settings
        limit = max(settings.candidates, k)
        ranks = self._ranks(question, limit)
        fused = fuse(ranks)[: max(settings.rerank, k)]
        chunks = self.library.catalog.chunks(fused)
        infos = self.library.catalog.infos(piece.article_id for piece in chunks.values())
        found = [
            Passage(
                article=infos[chunks[chunk_id].article_id],
                start=chunks[chunk_id].start,
                end=chunks[chunk_id].end,
                text=chunks[chunk_id].text,
                score=0.0,
                ranks={leg: order[chunk_id] for leg, order in ranks.items() if chunk_id in order},
                chunk_id=chunk_id,
            )
            for chunk_id in fused
            if chunk_id in chunks
        ]
        return self._reranked(question, found)[:k]

    def _ranks(self, question: str, limit: int) -> dict[str, dict[str, int]]:
        legs = {
            "lexical": self.library.catalog.search(question, limit),
            "dense": self.library.vectors.search(
                self.library.embedder.embed_query(question), limit
            ),
        }
        return {
            leg: {chunk_id: rank for rank, (chunk_id, _) in enumerate(found, start=1)}
            for leg, found in legs.items()
        }

    def _reranked(self, question: str, passages: list[Passage]) -> list[Passage]:
        if not passages:
            return []
        scores = self.reranker.scores(
            question, [titled(passage.article.title, passage.text) for passage in passages]
        )
        scored = [
            replace(passage, score=score) for passage, score in zip(passages, scores, strict=True)
        ]
        return sorted(scored, key=lambda passage: -passage.score)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            Document(
                id=passage.chunk_id,
                page_content=passage.text,
                metadata={
                    "id": passage.chunk_id,
                    "article_id": passage.article.id,
                    "title": passage.article.title,
                    "source": passage.article.source,
                    "start": passage.start,
                    "end": passage.end,
                    "score": passage.score,
                },
            )
            for passage in self.passages(query)
        ]


def titled(title: str, text: str) -> str:
    """Words as a reranker should read them: with the title that says what they are about."""
    return f"{title}. {text}"


def fuse(ranks: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Ids by the sum of ``1 / (60 + rank)`` over the legs, the best first."""
    scores: dict[str, float] = {}
    for order in ranks.values():
        for chunk_id, rank in order.items():
            scores[chunk_id] = scores.get(chunk_id, 0.0) + 1 / (_RRF + rank)
    return sorted(scores, key=lambda chunk_id: -scores[chunk_id])
