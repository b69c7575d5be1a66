"""What went wrong, as a program reads it: RFC 9457 problem details, each with what to do next.

Nothing of this machine is in them: no path, no traceback, no message that may have one. Whatever
is not known here is told by its request alone, and stands in the log.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import errors
from rag.errors import IbidError
from ui.roots import at

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
REQUEST = "ibid.request"  # where the scope of a request has its id
DOCS = "/v1/docs"
# What OpenAI's clients ask: they read an error in their own form, which stands beside.
_OF_OPENAI = re.compile(r"/v1/(?:chat/completions|models(?:/.*)?)")
_CODES = {"unknown-model": "model_not_found", "unauthorized": "invalid_api_key"}
_MOST_NAMED = 20
_LONGEST = 200
# An article's error begins with where it lies; of a file that was sent, that is a place of ours.
_PLACE = re.compile(r"(?:/|[A-Za-z]:[\\/]).*?: ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: ``detail`` says what to do; empty where the error's own words do."""

    status: int
    title: str
    detail: str = ""


_OF_ERRORS: dict[type[Exception], str] = {
    errors.UnknownArticle: "unknown-article",
    errors.UnknownCollection: "unknown-collection",
    errors.QuestionError: "question",
    errors.ArticleError: "article",
    errors.LibraryInUse: "in-use",
    errors.LibraryReadOnly: "read-only",
    errors.LibraryMismatch: "other-model",
    errors.LibraryError: "library",
    errors.ProviderError: "model-failed",
    errors.ModelError: "no-model",
    errors.SettingsError: "settings",
    IbidError: "not-now",
}
# Errors of the library whose kind says more than their class.
_OF_KINDS = {
    "collection taken": "collection-taken",
    "collection unnamed": "collection-unnamed",
    "database away": "database-away",
}

KINDS: dict[str, Kind] = {
    "unknown-article": Kind(404, "No such article", "GET /v1/articles lists what there is."),
    "unknown-collection": Kind(
        404, "No such collection", "GET /v1/collections lists what there is."
    ),
    "unknown-job": Kind(
        404, "No such job", "A job is forgotten some time after its end; GET /v1/jobs lists yours."
    ),
    "unknown-place": Kind(
        404, "No such place is followed", "GET /v1/places lists what is followed."
    ),
    "unknown-answer": Kind(
        404, "No such answer", "Send the id of an answer soon after you have it."
    ),
    "unknown-model": Kind(404, "No such model", "GET /v1/models lists what there is."),
    "question": Kind(422, "The question cannot be asked"),
    "article": Kind(422, "The article cannot be read"),
    "collection-taken": Kind(
        409, "Another collection has this name", "Choose another name, or use the one there is."
    ),
    "collection-unnamed": Kind(422, "The collection has no name", "Send a name with letters."),
    "settings": Kind(422, "A setting makes no sense", "Send another value, or leave it out."),
    "in-use": Kind(409, "The library is in use", "Try again when the other work has ended."),
    "read-only": Kind(
        409,
        "The library cannot be changed",
        "It can be asked all the same. Its owner has to make room on the disk, or have the "
        "folder's rights changed.",
    ),
    "other-model": Kind(
        409,
        "The library was built with another model",
        "Ask without these settings, or have its owner rebuild it.",
    ),
    "library": Kind(
        503, "The library cannot be used", "Its owner finds the reason in the log of this Ibid."
    ),
    "database-away": Kind(
        503,
        "The library's database does not answer",
        "Send this again in some seconds; its owner may have to start PostgreSQL.",
    ),
    "model-failed": Kind(
        502,
        "The language model failed",
        "Try again; or ask with quotes only, which takes no language model.",
    ),
    "no-model": Kind(
        503,
        "A model cannot be had",
        "Its owner finds out with ibid doctor; quotes and search may do without.",
    ),
    "not-now": Kind(409, "This cannot be done now", "Try again later."),
    "disk": Kind(
        507, "The disk of this Ibid fails", "Its owner has to make room, or look at its rights."
    ),
    "invalid": Kind(
        422, "The request makes no sense", "Change what “errors” names; the docs have examples."
    ),
    "bad-request": Kind(400, "The request cannot be read", "Look at the docs for how it is sent."),
    "unauthorized": Kind(
        401, "Nobody knows who asks", "Send a key: Authorization: Bearer KEY. Its owner makes one."
    ),
    "forbidden": Kind(
        403, "Not allowed", "Your role does not allow this; ask the owner for another key."
    ),
    "not-found": Kind(404, "There is nothing here", "The docs list every way in."),
    "method": Kind(405, "Not with this method", "Use a method that “Allow” or the docs name."),
    "too-slow": Kind(408, "The request came too slowly", "Send it again, faster or in parts."),
    "too-large": Kind(413, "The request is too large", "Send less at once."),
    "media-type": Kind(415, "Not in this form", "Send JSON, or a form where the docs say so."),
    "too-many": Kind(429, "Too many requests", "Wait as long as Retry-After says, then go on."),
    "internal": Kind(
        500, "A fault of this Ibid", "Tell its owner the request's id and time; its log has it."
    ),
    "unavailable": Kind(503, "Not ready yet", "Try again in some seconds."),
}
"""Every kind of problem by the last part of its type, which leads to its line in the docs."""
_OF_STATUS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method",
    408: "too-slow",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "too-many",
    503: "unavailable",
}


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/v1/docs#unknown-article"], description="What kind it is.")
    title: str = Field(description="The kind in words, always the same.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What it is this time, and what to do.")
    instance: str | None = Field(default=None, description="What was asked for.")
    request_id: str | None = Field(
        default=None, description="By this the owner finds it in the log."
    )


class ProblemError(Exception):
    """A problem that a way in raises: its kind, and its detail if the kind's own is not enough."""

    def __init__(self, kind: str, detail: str = "", **more: Any) -> None:
        super().__init__(detail or kind)
        self.kind = kind
        self.detail = detail
        self.more = more


def problem(
    status: int, kind: str, title: str, detail: str, scope: Scope | None = None, **more: Any
) -> Response:
    """A response with the details of a problem.

    ``kind`` is the last part of its type; ``more`` are further members; with ``headers`` among
    them, those are the response's. ``scope`` is that of the request.
    """
    headers = dict(more.pop("headers", None) or {})
    told: dict[str, Any] = {
        "type": at(f"{DOCS}#{kind}"),
        "title": title,
        "status": status,
        "detail": detail,
    }
    if scope is not None:
        told["instance"] = str(scope.get("path", ""))[:_LONGEST]
        if known := scope.get(REQUEST):
            told["request_id"] = str(known)
    told |= more
    if scope is not None and _OF_OPENAI.fullmatch(str(scope.get("path", ""))):
        told["error"] = as_openai(told)
    # What was sent may hold what no UTF-8 can say; as ASCII it can.
    body = json.dumps(told).encode()
    return Response(body, status, headers, MEDIA_TYPE)


def as_openai(told: Mapping[str, Any]) -> dict[str, Any]:
    """A problem as OpenAI's clients read it."""
    kind = str(told["type"]).partition("#")[2]
    named = [*told.get("errors", ())][:1]
    words = [str(told["detail"]), *(f"{one['at']}: {one['message']}" for one in named)]
    return {
        "message": " ".join(words),
        "type": "invalid_request_error" if told["status"] < 500 else "server_error",
        "param": named[0]["at"].removeprefix("body.") if named else None,
        "code": _CODES.get(kind, kind.replace("-", "_")),
    }


def of_kind(kind: str, scope: Scope | None, detail: str = "", **more: Any) -> Response:
    """The same of a kind that is known here, with its own words where there are no others."""
    known = KINDS[kind]
    return problem(known.status, kind, known.title, detail or known.detail, scope, **more)


def of_error(error: BaseException, scope: Scope | None = None) -> Response:
    """What an error is to a program: its kind, and its own words where they are none of ours."""
    more = error.more if isinstance(error, ProblemError) else {}
    kind, detail = words_of(error)
    return of_kind(kind, scope, detail, **more)


def words_of(error: BaseException) -> tuple[str, str]:
    """The kind of a problem that an error is, and what its detail says; what is ours is logged."""
    if isinstance(error, ProblemError):
        return error.kind, error.detail or KINDS[error.kind].detail
    if isinstance(error, PermissionError) and error.errno is None:  # see `Caller.within`
        kind = "unknown-collection"
    elif isinstance(error, OSError):
        log.error("the disk fails", exc_info=error)
        kind = "disk"
    elif not isinstance(error, IbidError):
        log.error("a fault", exc_info=error)
        kind = "internal"
    else:
        kind = kind_of(error)
        if not KINDS[kind].detail:
            return kind, _own_words(error)
        if KINDS[kind].status != 404:
            log.warning("%s: %s", kind, error)  # a program is not told: there may be paths in it
    return kind, KINDS[kind].detail


def kind_of(error: IbidError) -> str:
    """The kind of a problem that an error is."""
    if named := _OF_KINDS.get(error.kind):
        return named
    return next(_OF_ERRORS[one] for one in type(error).__mro__ if one in _OF_ERRORS)


def _own_words(error: IbidError) -> str:
    words = without_place(str(error))
    return f"{words[:1].upper()}{words[1:]}."


def without_place(words: str, file: str = "") -> str:
    """What is told of an article without where that lies on this machine, perhaps as ``file``."""
    words = words.removeprefix(f"{file}: ") if file else words
    found = _PLACE.match(words)
    return words[found.end() :] if found else words


def is_of_programs(path: str) -> bool:
    """Whether a path is one of the public API."""
    return path == "/v1" or path.startswith("/v1/")


def install(web: FastAPI) -> None:
    """Answer what goes wrong below ``/v1`` so; everything else is answered as it was."""

    async def failed(request: Request, error: Exception) -> Response:
        if not is_of_programs(request.url.path):
            raise error
        return of_error(error, request.scope)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if not is_of_programs(request.url.path):
            return await http_exception_handler(request, error)
        return of_status(error.status_code, request.scope, error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if not is_of_programs(request.url.path):
            return await request_validation_exception_handler(request, error)
        named = [_named(one) for one in error.errors()[:_MOST_NAMED]]
        return of_kind("invalid", request.scope, errors=named)

    for kind in (IbidError, PermissionError, OSError, ProblemError):
        web.add_exception_handler(kind, failed)
    web.add_exception_handler(HTTPException, refused)
    web.add_exception_handler(RequestValidationError, invalid)


def of_status(
    status: int, scope: Scope | None, headers: Mapping[str, str] | None = None
) -> Response:
    """The problem that a bare status is."""
    kind = _OF_STATUS.get(status, "bad-request" if status < 500 else "internal")
    known = KINDS[kind]
    return problem(status, kind, known.title, known.detail, scope, headers=headers)


def _named(error: Mapping[str, Any]) -> dict[str, str]:
    """What makes no sense, and where; not what was sent."""
    place = ".".join(str(one) for one in error.get("loc", ()))
    return {"at": place[:_LONGEST], "message": str(error.get("msg", ""))[:_LONGEST]}


class Problems:
    """Words for programs in the place of those for people, below ``/v1``. Pure ASGI.

    What is refused before a way in is reached is told in plain text, in the language of a browser;
    and what nobody has foreseen is told, too, if nothing was sent yet.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; hold back what is no answer for a program."""
        if scope["type"] != "http" or not is_of_programs(scope["path"]):
            await self.app(scope, receive, send)
            return
        begun: Message | None = None
        is_held = False

        async def told(message: Message) -> None:
            nonlocal begun, is_held
            if message["type"] == "http.response.start":
                begun = message
                is_held = message["status"] >= 400 and _is_plain(message)
                if is_held:
                    return
            if not is_held:
                await send(message)
            elif begun is not None and not message.get("more_body", False):
                await of_status(begun["status"], scope, _kept(begun))(scope, receive, send)

        try:
            await self.app(scope, receive, told)
        except Exception as error:
            if begun is not None:
                raise
            await of_error(error, scope)(scope, receive, send)


def _is_plain(begun: Message) -> bool:
    return _header(begun, b"content-type").partition(b";")[0] in (b"", b"text/plain")


def _header(begun: Message, name: bytes) -> bytes:
    return next((bytes(value) for key, value in begun["headers"] if key.lower() == name), b"")


def _kept(begun: Message) -> dict[str, str]:
    """The headers of a response but for those of its body."""
    return {
        key.decode("latin-1"): value.decode("latin-1")
        for key, value in begun["headers"]
        if key.lower() not in (b"content-type", b"content-length")
    }
