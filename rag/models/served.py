"""Embedder, reranker and reader that run on servers, each behind the interface of its twin here.

Two shapes are spoken, by the address: Text Embeddings Inference's ``/embed`` and ``/rerank``, or
OpenAI's ``/embeddings`` and Jina's ``/rerank`` where it has a version in it. The reader's
``/read`` is that of ``ibid models serve``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from rag.decision import logistic
from rag.errors import ModelAway
from rag.index.chunking import in_context
from rag.language.letters import plain_letters, whole
from rag.models import shapes
from rag.models.extras import PREFIX
from rag.models.registry import listed
from rag.models.remote import ModelServer
from rag.protocols import LONGEST_QUESTION, AnswerSpan, Reading
from rag.served_models import ServerLimits
from rag.settings import Settings
from rag.stores import Catalog

Role = Literal["embedder", "reranker", "reader"]
_SAME = 0.999
_TRIED = 3  # texts
# No model gives a probability of which more can be told.
_SUREST = 1e-12


class Stored(NamedTuple):
    """A text of which a library knows the vector."""

    text: str
    vector: Sequence[float]


def stored_in(catalog: Catalog) -> list[Stored]:
    """Some texts whose vectors a catalog holds, as they were embedded; none in an empty one."""
    some = next(catalog.all_chunks(_TRIED), [])
    titles = catalog.infos(chunk.article_id for chunk, _ in some)
    return [
        Stored(in_context(titles[chunk.article_id].title, chunk.text), vector.tolist())
        for chunk, vector in some
        if np.isfinite(vector).all()
    ]


class ServedEmbedder(Embeddings):
    """An embedder on a server. Safe to use from several threads.

    Its ``fingerprint`` is that of the model run here: a library does not mind where its embedder
    runs, as long as it makes the same vectors. What it ``expects`` is tried at its first use, and
    again whenever the server was away.
    """

    def __init__(
        self, name: str, fingerprint: str, server: ModelServer, prompts: tuple[str, str] = ("", "")
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.server = server
        self._query_prompt, self._passage_prompt = prompts
        self._expected: Callable[[], Sequence[Stored]] = tuple
        self._is_checked = False
        self._of_question = lru_cache(maxsize=64)(self._embedded)

    def expects(self, stored: Callable[[], Sequence[Stored]]) -> None:
        """Make no vectors but where those of some texts are the ones that are stored."""
        self._expected, self._is_checked = stored, False

    def check(self) -> None:
        """Make sure that the server embeds, as what is stored was embedded. Raises ModelAway."""
        self._is_checked = False
        self._made(["ready?"])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order. Raises ModelAway."""
        return self._made([self._passage_prompt + plain_letters(text) for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question. Raises ModelAway."""
        return list(self._of_question(self._query_prompt + plain_letters(text)))

    def _embedded(self, text: str) -> tuple[float, ...]:
        return tuple(self._made([text])[0])

    def _made(self, texts: Sequence[str]) -> list[list[float]]:
        try:
            if not self._is_checked:
                self._compare()
            return self._vectors(texts)
        except ModelAway:
            self._is_checked = False  # who answers next may be another
            raise

    def _compare(self) -> None:
        """Embed texts whose vectors are known. One may have been stored otherwise, but not all."""
        stored = self._expected()
        made = self._vectors([self._passage_prompt + plain_letters(one.text) for one in stored])
        likeness = [
            float(np.dot(one.vector, vector)) if len(one.vector) == len(vector) else 0.0
            for one, vector in zip(stored, made, strict=True)
        ]
        if likeness and max(likeness) < _SAME:
            raise _differs(self.name, self.server.address, max(likeness))
        self._is_checked = True

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        sent = [whole(text) for text in texts]
        name, server = self.server.limits.embedder or self.name, self.server
        if server.is_versioned:
            made = server.in_batches(
                sent,
                "/embeddings",
                lambda some: {"model": name, "input": some, "encoding_format": "float"},
                shapes.EMBEDDED,
                lambda said: [one.embedding for one in shapes.in_order(said.data, server)],
            )
        else:
            made = server.in_batches(
                sent,
                "/embed",
                lambda some: {"inputs": some, "normalize": True, "truncate": True},
                shapes.VECTORS,
                list,
            )
        lengths = [math.sqrt(math.fsum(x * x for x in vector)) for vector in made]
        if not all(map(math.isfinite, lengths)) or not all(lengths):
            raise server.away("makes vectors that have no direction")
        if len({len(vector) for vector in made}) > 1:
            raise server.away("makes vectors of several lengths")
        return [[x / length for x in vector] for vector, length in zip(made, lengths, strict=True)]


class ServedReranker:
    """A cross-encoder on a server. Safe to use from several threads."""

    def __init__(
        self, name: str, server: ModelServer, calibration: tuple[float, float] = (1.0, 0.0)
    ) -> None:
        self.name = name
        self.server = server
        self._slope, self._intercept = calibration

    def check(self) -> None:
        """Make sure that the server can tell an answer from what is none. Raises ModelAway."""
        right, wrong = self.scores(
            "How many seats does the ferry have?",
            ["The ferry has 240 seats.", "Bread is baked at night."],
        )
        if right <= wrong:
            raise self.server.away("takes what answers for less than what does not")

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text, in order: the higher, the better it answers. Raises ModelAway."""
        if not texts:
            return []
        asked, sent = _question(question), [whole(text) for text in texts]
        name, server = self.server.limits.reranker or self.name, self.server
        if server.is_versioned:
            return server.in_batches(
                sent,
                "/rerank",
                lambda some: {
                    "model": name,
                    "query": asked,
                    "documents": some,
                    "top_n": len(some),
                },
                shapes.RERANKED,
                lambda said: [
                    self._logit(one.relevance_score)
                    for one in shapes.in_order(said.results, server)
                ],
            )
        return server.in_batches(
            sent,
            "/rerank",
            lambda some: {"query": asked, "texts": some, "raw_scores": True, "truncate": True},
            shapes.RANKS,
            lambda said: [one.score for one in shapes.in_order(said, server)],
        )

    def probability(self, logit: float) -> float:
        """The probability that a text of this score answers the question.

        That of a listed model is calibrated, as it is here.
        """
        return logistic(self._slope * logit + self._intercept)

    def _logit(self, score: float) -> float:
        if self.server.limits.scores == "logits":
            return score
        if not 0 <= score <= 1:
            raise self.server.away(
                "gives scores that are no probabilities: set IBID_MODEL_SERVERS__SCORES=logits"
            )
        chance = min(max(score, _SUREST), 1 - _SUREST)
        return math.log(chance / (1 - chance))


class ServedReader:
    """The reader on a server, which is another Ibid's. Safe to use from several threads."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server

    def check(self) -> None:
        """Make sure that the server reads. Raises ModelAway."""
        self.read("How many seats?", ["Ferry"], ["The ferry has 240 seats."])

    def read(self, question: str, titles: Sequence[str], texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order; ``titles`` are their articles'. Raises ModelAway."""
        if not texts:
            return []
        asked = _question(question)
        both = [(whole(title), whole(text)) for title, text in zip(titles, texts, strict=True)]
        made = self.server.in_batches(
            both,
            "/read",
            lambda some: {
                "question": asked,
                "titles": [title for title, _ in some],
                "texts": [text for _, text in some],
            },
            shapes.READ,
            list,
        )
        return [self._reading(one, text) for one, (_, text) in zip(made, both, strict=True)]

    def _reading(self, said: shapes.Read, text: str) -> Reading:
        before, spans = math.inf, []
        for one in said.spans:
            if not 0 <= one.start < one.end <= len(text) or one.logit > before:
                raise self.server.away("finds words where there are none")
            before = one.logit
            spans.append(AnswerSpan(one.start, one.end, one.logit))
        return Reading(said.answers, said.says_yes, said.none, tuple(spans))


def served_embedder(settings: Settings) -> ServedEmbedder | None:
    """The embedder of the settings, if it runs on a server. Raises SettingsError."""
    server = _of("embedder", settings)
    if server is None:
        return None
    name = settings.embedder.removeprefix(PREFIX)
    model, prompts = listed().get(name), settings.model_servers
    if model is None:
        given = (prompts.query_prompt, prompts.passage_prompt)
        return ServedEmbedder(name, settings.embedder, server, given)
    return ServedEmbedder(name, model.fingerprint, server, (model.query_prompt, ""))


def served_reranker(settings: Settings) -> ServedReranker | None:
    """The reranker of the settings, if it runs on a server. Raises SettingsError."""
    server = _of("reranker", settings)
    if server is None:
        return None
    model = listed().get(settings.reranker)
    return ServedReranker(settings.reranker, server, model.calibration if model else (1.0, 0.0))


def served_reader(settings: Settings) -> ServedReader | None:
    """The reader, if it runs on a server. Raises SettingsError."""
    server = _of("reader", settings)
    return None if server is None else ServedReader(server)


def _of(role: Role, settings: Settings) -> ModelServer | None:
    url: str | None = getattr(settings, f"{role}_url")
    if not url:
        return None
    return _one(role, url, getattr(settings, f"{role}_token"), settings.model_servers)


@cache
def _one(role: Role, url: str, token: SecretStr | None, limits: ServerLimits) -> ModelServer:
    """One in a process: what one asker learns of a server, all others know."""
    return ModelServer(url, token, limits, f"{role}_url", _AWAY[role])


def _embedder_away(address: str, why: str) -> ModelAway:
    return ModelAway(
        f"The embedder's server at {address} cannot be asked ({why}), so articles are found by "
        "their words alone, and none can be added; start it, or mend IBID_EMBEDDER_URL.",
        "embedder away",
        address=address,
        why=why,
    )


def _reranker_away(address: str, why: str) -> ModelAway:
    return ModelAway(
        f"The reranker's server at {address} cannot be asked ({why}), so nothing was read closely, "
        "and no more is quoted than what is nearest; start it, or mend IBID_RERANKER_URL.",
        "reranker away",
        address=address,
        why=why,
    )


def _reader_away(address: str, why: str) -> ModelAway:
    return ModelAway(
        f"The reader's server at {address} cannot be asked ({why}), so nothing was read closely, "
        "and no more is quoted than what is nearest; start it, or mend IBID_READER_URL.",
        "reader away",
        address=address,
        why=why,
    )


_AWAY: dict[Role, Callable[[str, str], ModelAway]] = {
    "embedder": _embedder_away,
    "reranker": _reranker_away,
    "reader": _reader_away,
}


def _differs(name: str, address: str, likeness: float) -> ModelAway:
    return ModelAway(
        f"The server at {address} makes other vectors (cosine {likeness:.3f}) than {name}, by "
        "which the library was built, so articles are found by their words alone, and none can be "
        "added; mend IBID_EMBEDDER_URL, or name the server's model with IBID_EMBEDDER and run: "
        "ibid rebuild",
        "embedder differs",
        address=address,
        name=name,
        likeness=f"{likeness:.3f}",
    )


def _question(question: str) -> str:
    return plain_letters(whole(question[:LONGEST_QUESTION]))
