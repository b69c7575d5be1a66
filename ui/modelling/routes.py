"""The ways in: those of Text Embeddings Inference, of OpenAI and Jina under ``/v1``, and ``/read``.

Nothing that is sent is kept, and no library is opened.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import JSONResponse, Response

from rag.decision import logistic
from rag.models import inventory, turns
from rag.settings import Settings

MOST_TEXTS = 128
"""Texts of one request; of more the answer is 422."""
_MOST_WAITING = 64
_Done = TypeVar("_Done")
_Text = Annotated[str, StringConstraints(max_length=100_000)]
_Texts = Annotated[list[_Text], Field(max_length=MOST_TEXTS)]


class Embed(BaseModel):
    """As Text Embeddings Inference takes it; what it may ask for besides is done anyway."""

    inputs: _Text | _Texts


class Embeddings(BaseModel):
    """As OpenAI takes it. ``model`` is whatever is here."""

    input: _Text | _Texts
    encoding_format: str = "float"


class Rerank(BaseModel):
    """As Text Embeddings Inference takes it: logits where they are wanted raw."""

    query: _Text
    texts: _Texts
    raw_scores: bool = False


class RerankDocuments(BaseModel):
    """As Jina and Cohere take it."""

    query: _Text
    documents: _Texts
    top_n: int | None = Field(default=None, ge=1)


class Read(BaseModel):
    """What `rag.protocols.Reader` reads."""

    question: _Text
    titles: _Texts
    texts: _Texts


def routes(settings: Settings, here: inventory.Here) -> list[APIRouter]:
    """All of them, over these models."""
    return [_about(settings, here), _inference(here), _versioned(settings, here), _reading(here)]


def _about(settings: Settings, here: inventory.Here) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    @router.get("/healthz")
    def health() -> Response:
        return JSONResponse({"status": "ok"})

    @router.get("/info")
    def info() -> Response:
        return JSONResponse(
            {
                "model_id": settings.embedder,
                "reranker": settings.reranker,
                "fingerprint": here.embedder.fingerprint,
                "max_client_batch_size": MOST_TEXTS,
                "auto_truncate": True,
            }
        )

    return router


def _inference(here: inventory.Here) -> APIRouter:
    """In the shapes of Text Embeddings Inference."""
    router = APIRouter()

    @router.post("/embed")
    def embed(given: Embed) -> Response:
        return JSONResponse(_in_turn(lambda: here.embedder.embed_documents(_listed(given.inputs))))

    @router.post("/rerank")
    def rerank(given: Rerank) -> Response:
        logits = _in_turn(lambda: here.reranker.scores(given.query, given.texts))
        scores = logits if given.raw_scores else [*map(logistic, logits)]  # no calibration is in it
        return JSONResponse([{"index": i, "score": scores[i]} for i in _best_first(scores)])

    return router


def _versioned(settings: Settings, here: inventory.Here) -> APIRouter:
    """In the shapes of OpenAI and of Jina."""
    router = APIRouter(prefix="/v1")

    @router.get("/models")
    def models() -> Response:
        names = (settings.embedder, settings.reranker)
        return JSONResponse(
            {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
        )

    @router.post("/embeddings")
    def embeddings(given: Embeddings) -> Response:
        made = _in_turn(lambda: here.embedder.embed_documents(_listed(given.input)))
        said = [_packed(one) if given.encoding_format == "base64" else one for one in made]
        data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(said)]
        return JSONResponse({"object": "list", "data": data, "model": settings.embedder})

    @router.post("/rerank")
    def rerank_documents(given: RerankDocuments) -> Response:
        logits = _in_turn(lambda: here.reranker.scores(given.query, given.documents))
        results = [
            {"index": i, "relevance_score": logistic(logits[i])} for i in _best_first(logits)
        ]
        return JSONResponse({"model": settings.reranker, "results": results[: given.top_n]})

    return router


def _reading(here: inventory.Here) -> APIRouter:
    """What nobody else has."""
    router = APIRouter()

    @router.post("/read")
    def read(given: Read) -> Response:
        if len(given.titles) != len(given.texts):
            raise HTTPException(400, "as many titles as texts are wanted")
        made = _in_turn(lambda: here.reader.read(given.question, given.titles, given.texts))
        return JSONResponse(
            [
                {
                    "answers": one.answers,
                    "says_yes": one.says_yes,
                    "none": one.none,
                    "spans": [span._asdict() for span in one.spans],
                }
                for one in made
            ]
        )

    return router


def _in_turn(call: Callable[[], _Done]) -> _Done:
    """What a model makes of it, once there is a core for it; 429 where too many wait."""
    line = turns.reading()
    if line.waiting >= _MOST_WAITING:
        raise HTTPException(429, "too many wait", {"Retry-After": "1"})
    with line.turn(turns.rank()):
        return call()


def _listed(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _best_first(scores: Sequence[float]) -> list[int]:
    return sorted(range(len(scores)), key=lambda i: -scores[i])


def _packed(vector: Sequence[float]) -> str:
    """As OpenAI's own client asks for it: float32, least byte first."""
    floats = array("f", vector)
    return base64.b64encode(floats.tobytes()).decode()
