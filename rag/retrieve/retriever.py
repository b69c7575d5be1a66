"""Question to ranked `Passage`s: two legs, one fusion, one reranker, each with a switch.

::

    lexical (BM25) --+
                     +-- fuse -- drop near-copies -- rerank the first n -- merge neighbours
    dense (cosine) --+
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rag import away, observing
from rag.decision import log_odds
from rag.errors import IndexAway, ModelAway
from rag.index.chunking import in_context
from rag.index.library import Library
from rag.language import tables
from rag.language.letters import whole
from rag.protocols import Reranker
from rag.retrieve.by_words import unread
from rag.schema import Chunk, Filter, Passage
from rag.settings import Settings

Shingles = frozenset[tuple[str, ...]]
_WORD = re.compile(r"\w+")
# Characters between a row and the head of its table; no table is longer, but in an attack.
_FARTHEST_HEAD = 200_000
_log = logging.getLogger("ibid")


@dataclass(frozen=True, slots=True)
class Retriever:
    """Passages for a question; `rag.retrieve.documents` has them as LangChain's documents."""

    library: Library
    reranker: Reranker
    settings: Settings

    def passages(self, question: str, k: int = 5, only: Filter | None = None) -> list[Passage]:
        """The best ``k`` passages, best first; fewer when the library holds no more.

        Neighbouring chunks of one article are one passage. The order minds the title more than the
        probability does, so a later passage may have a higher one.
        """
        return self._merged(self.ranked(question, k, only), k)

    def ranked(
        self,
        question: str,
        k: int,
        only: Filter | None = None,
        without: Collection[str] = (),
    ) -> list[Passage]:
        """At least ``k`` chunks as passages, best first, before neighbours are merged.

        ``without``: ids of chunks to pass over, to see what is found when they are not there.
        """
        settings = self.settings
        question = whole(question)
        depth = max(k, settings.rerank)
        limit = max(settings.candidates, depth) + len(without)
        legs = {
            leg: [hit for hit in hits if hit[0] not in without]
            for leg, hits in self._legs(question, limit, only).items()
        }
        fused = fuse(legs, settings.dense_weight)
        distinct = self._distinct(self._passages(fused, legs, 2 * depth))[:depth]
        if not settings.rerank or unread(question, settings):
            return distinct
        try:
            return self._reranked(question, distinct)
        except ModelAway as error:
            away.note(error)
            return distinct

    def _legs(
        self, question: str, limit: int, only: Filter | None
    ) -> dict[str, list[tuple[str, float]]]:
        settings, catalog = self.settings, self.library.catalog
        # An embedder sees no difference between texts of a language that it does not read.
        is_dense = settings.dense and not (settings.lexical and unread(question, settings))
        vector = self._vector(question) if is_dense else []
        legs = {}
        if settings.lexical or (is_dense and not vector):
            legs["lexical"] = catalog.search(question, limit, only, settings.retrieval)
        if vector:
            try:
                legs["dense"] = self.library.nearest(vector, limit, only)
            except IndexAway:
                if not legs:
                    legs["lexical"] = catalog.search(question, limit, only, settings.retrieval)
        return legs

    def _vector(self, question: str) -> list[float]:
        """The vector of a question; empty, and told, where a damaged or absent model makes none."""
        embedder = self.library.embedder
        try:
            vector = embedder.embed_query(question)
        except ModelAway as error:
            away.note(error)
            return []
        if all(map(math.isfinite, vector)):
            return vector
        _log.error(
            "the embedding model %s makes no vector of this question, which is searched for by its "
            "words alone; check it with ibid models verify",
            embedder.fingerprint,
        )
        return []

    def _passages(
        self,
        fused: Sequence[tuple[str, float]],
        legs: Mapping[str, Sequence[tuple[str, float]]],
        limit: int,
    ) -> list[Passage]:
        ranks = {
            leg: {chunk_id: rank for rank, (chunk_id, _) in enumerate(hits, start=1)}
            for leg, hits in legs.items()
        }
        similarities = dict(legs.get("dense", ()))
        found = self.library.catalog.found([chunk_id for chunk_id, _ in fused[:limit]])
        return [
            Passage(
                article=info,
                start=chunk.start,
                end=chunk.end,
                text=chunk.text,
                score=score,
                ranks={leg: order[chunk_id] for leg, order in ranks.items() if chunk_id in order},
                chunk_ids=(chunk_id,),
                similarity=similarities.get(chunk_id),
                head=self._head_of(chunk, info.digest),
            )
            for chunk_id, score in fused[:limit]
            if chunk_id in found
            for chunk, info in (found[chunk_id],)
        ]

    def _head_of(self, chunk: Chunk, digest: str) -> str:
        """What names the columns of the table in whose midst a chunk begins; mostly empty."""
        first = chunk.text.partition("\n\n")[0]
        lines, head = tables.rows(first)
        if not lines or head or not chunk.start:
            return ""
        start = max(0, chunk.start - _FARTHEST_HEAD)
        before = self.library.catalog.text(chunk.article_id, start, chunk.start, digest)
        return tables.head_before(before)

    def _distinct(self, passages: Sequence[Passage]) -> list[Passage]:
        """Without those that say what a better one says; that one remembers where else."""
        distinct: list[tuple[Passage, Shingles]] = []
        for passage in passages:
            shingles = _shingles(passage.text, self.settings.retrieval.shingle)
            for i, (better, others) in enumerate(distinct):
                if _are_near_copies(shingles, others, self.settings.retrieval.near_copy):
                    also = (*better.also_in, passage.article)
                    distinct[i] = (replace(better, also_in=tuple(dict.fromkeys(also))), others)
                    break
            else:
                distinct.append((passage, shingles))
        return [passage for passage, _ in distinct]

    def _reranked(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        first = passages[: self.settings.rerank]
        first = [passage for passage in first if not unread(passage.text, self.settings)]
        titled = [in_context(p.article.title, p.said) for p in first]
        with observing.part("rerank"):
            by_title, chances = self._read(question, first, titled)
        order = sorted(range(len(first)), key=lambda i: -by_title[i])
        read = [replace(first[i], probability=chances[i]) for i in order]
        # Those that the reranker did not read keep their order, below all that it did.
        return [*read, *(passage for passage in passages if passage not in first)]

    def _read(
        self, question: str, first: Sequence[Passage], titled: Sequence[str]
    ) -> tuple[list[float], list[float]]:
        """Of each passage the reranker's logit with its title, and the probability to answer."""
        # The title tells which article is meant, and so decides the order; but it makes a passage
        # that lacks the answer look right too, so the probability weighs a bare reading as much.
        by_title = self.reranker.scores(question, titled)
        chances = [self.reranker.probability(logit) for logit in by_title]
        near = within_margin(chances, self.settings.retrieval.reach)
        bare = self.reranker.scores(question, [first[i].said for i in near])
        for i, logit in zip(near, bare, strict=True):
            chances[i] = self.reranker.probability((by_title[i] + logit) / 2)
        return by_title, chances

    def _merged(self, passages: Sequence[Passage], k: int) -> list[Passage]:
        longest = 2 * self.settings.chunk_chars
        merged: list[Passage] = []
        for passage in passages:
            for i, better in enumerate(merged):
                start, end = min(better.start, passage.start), max(better.end, passage.end)
                touching = passage.start <= better.end + 2 and better.start <= passage.end + 2
                is_one = better.article.digest == passage.article.digest
                if (
                    is_one
                    and better.article.id == passage.article.id
                    and touching
                    and end - start <= longest
                ):
                    text = self.library.catalog.text(
                        better.article.id, start, end, better.article.digest
                    )
                    if not text:  # it is another by now, and these are what was found
                        continue
                    merged[i] = replace(
                        better,
                        start=start,
                        end=end,
                        text=text,
                        chunk_ids=(*better.chunk_ids, *passage.chunk_ids),
                        head=(better if better.start == start else passage).head,
                    )
                    break
            else:
                if len(merged) == k:
                    break
                merged.append(passage)
        return merged


def within_margin(chances: Sequence[float], reach: float) -> list[int]:
    """The places of those so near the most likely that it is worth reading on in them."""
    odds = [log_odds(chance) for chance in chances]
    least = max(odds, default=0.0) - reach
    return [i for i, value in enumerate(odds) if value >= least]


def fuse(
    legs: Mapping[str, Sequence[tuple[str, float]]], dense_weight: float
) -> list[tuple[str, float]]:
    """Ids with their fused scores, best first.

    A convex combination of the legs' scores, each scaled so that its best is 1 and its floor 0
    (Bruch, Gai and Ingber, TOIS 2023): 0 for BM25 and for cosine similarity, by definition.
    """
    weights = {"lexical": 1 - dense_weight, "dense": dense_weight} if len(legs) > 1 else {}
    fused: dict[str, float] = {}
    for leg, hits in legs.items():
        best = max((score for _, score in hits), default=0.0)
        for chunk_id, score in hits:
            share = max(score, 0.0) / best if best > 0 else 0.0
            fused[chunk_id] = fused.get(chunk_id, 0.0) + weights.get(leg, 1.0) * share
    return sorted(fused.items(), key=lambda item: -item[1])


def _shingles(text: str, length: int) -> Shingles:
    words = _WORD.findall(text.lower())
    return frozenset(zip(*(words[i:] for i in range(length)), strict=False))


def _are_near_copies(one: Shingles, other: Shingles, share: float) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and len(one & other) >= share * shorter and not _contradict(one, other)


def _contradict(one: Shingles, other: Shingles) -> bool:
    """Whether each has a number that the other lacks, so that one must not stand for both."""
    mine, theirs = ({w for s in side for w in s if w[0].isdigit()} for side in (one, other))
    return bool(mine - theirs and theirs - mine)
