"""The models that read, served to those that have none: to another Ibid, or whoever speaks so.

Embedder and reranker in the shapes of Text Embeddings Inference (``/embed``, ``/rerank``), of
OpenAI (``/v1/embeddings``) and of Jina (``/v1/rerank``); the reader, which nobody else has, at
``/read``. No library is opened, and nothing that is sent is kept.
"""

from __future__ import annotations

import base64
import math
import secrets
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, SecretStr, StringConstraints
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import SettingsError
from rag.limits import ApiLimits, WindowLimits
from rag.models import inventory, turns
from rag.settings import Settings
from ui.window.server.hosts import is_this_machine
from ui.window.server.limiting import Limited
from ui.window.server.listening import address, listen
from ui.window.server.process import Server, config, signals_only_stop

MOST_TEXTS = 128
"""Texts of one request; of more the answer is 422."""
_REQUEST_KB = 4_096
_MOST_WAITING = 64
_OPEN = ("/health", "/healthz")
# FastAPI's own would tell whole addresses and the words of errors; see `ui.telemetry`.
_UNTOLD: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
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


def application(settings: Settings, here: inventory.Here) -> FastAPI:
    """The service, which asks for the token of the settings where they have one."""
    web = FastAPI(openapi_url=None, telemetry=_UNTOLD)
    web.include_router(_routes(settings, here))
    web.add_exception_handler(RequestValidationError, _refused)
    limits = settings.window.model_copy(update={"request_kb": _REQUEST_KB})
    web.add_middleware(Limited, limits=limits, of_programs=ApiLimits(request_kb=_REQUEST_KB))
    web.add_middleware(Asked, token=settings.models_token)
    return web


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 7870,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the models until SIGINT or SIGTERM, then return. Port 0 takes any free one.

    Raises:
        ModelError: one cannot be had.
        IbidError: the port cannot be had, or other machines could ask without a token.
    """
    if not is_this_machine(host) and settings.models_token is None:
        raise SettingsError(
            f"{host} is reached from other machines: set IBID_MODELS_TOKEN_FILE to a file with a "
            "token, which those that ask have as IBID_EMBEDDER_TOKEN_FILE and so on"
        )
    with closing(listen(host, port)) as listener:
        url = address(host, listener.getsockname()[1])
        web = application(settings, inventory.here(settings))
        server = Server(config(web, WindowLimits()), lambda: on_ready(url))
        with signals_only_stop():
            server.run(sockets=[listener])


def _routes(settings: Settings, here: inventory.Here) -> APIRouter:
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

    @router.get("/v1/models")
    def models() -> Response:
        names = (settings.embedder, settings.reranker)
        return JSONResponse(
            {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
        )

    @router.post("/embed")
    def embed(given: Embed) -> Response:
        return JSONResponse(_in_turn(lambda: here.embedder.embed_documents(_listed(given.inputs))))

    @router.post("/v1/embeddings")
    def embeddings(given: Embeddings) -> Response:
        made = _in_turn(lambda: here.embedder.embed_documents(_listed(given.input)))
        said = [_packed(one) if given.encoding_format == "base64" else one for one in made]
        data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(said)]
        return JSONResponse({"object": "list", "data": data, "model": settings.embedder})

    @router.post("/rerank")
    def rerank(given: Rerank) -> Response:
        logits = _in_turn(lambda: here.reranker.scores(given.query, given.texts))
        scores = logits if given.raw_scores else [*map(_share, logits)]
        return JSONResponse([{"index": i, "score": scores[i]} for i in _best_first(scores)])

    @router.post("/v1/rerank")
    def rerank_documents(given: RerankDocuments) -> Response:
        logits = _in_turn(lambda: here.reranker.scores(given.query, given.documents))
        results = [{"index": i, "relevance_score": _share(logits[i])} for i in _best_first(logits)]
        return JSONResponse({"model": settings.reranker, "results": results[: given.top_n]})

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


class Asked:
    """Whoever has no token is refused before anything of the request is read. Pure ASGI."""

    def __init__(self, app: ASGIApp, token: SecretStr | None) -> None:
        self.app = app
        self._wanted = f"Bearer {token.get_secret_value()}".encode() if token else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if it may come in."""
        if scope["type"] == "http" and self._wanted and scope["path"] not in _OPEN:
            said = Headers(scope=scope).get("authorization", "").encode()
            if not secrets.compare_digest(said, self._wanted):
                refusal = JSONResponse({"error": "the token is wrong or missing"}, 401)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _refused(request: Request, error: Exception) -> Response:
    """FastAPI's own would say all that was sent once more."""
    return JSONResponse({"error": f"not what is taken, or over {MOST_TEXTS} texts"}, 422)


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


def _share(logit: float) -> float:
    """The logit as others tell it, from 0 to 1; no calibration is in it."""
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))


def _packed(vector: Sequence[float]) -> str:
    """As OpenAI's own client asks for it: float32, least byte first."""
    floats = array("f", vector)
    return base64.b64encode(floats.tobytes()).decode()
