"""``/v1/articles``: what there is, one of them with its text, and how they come and go."""

from __future__ import annotations

import asyncio
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from starlette.responses import Response

from rag.language.visible import plain
from rag.schema import Article, Filter
from ui.api.service import Syncing
from ui.api.v1 import places, working
from ui.api.v1.adding import begun
from ui.api.v1.caller import Caller, caller_of
from ui.api.v1.documents import ArticleDocument, article_document
from ui.api.v1.holdings import Asked, Holdings, needs, owner_of, removed, told
from ui.api.v1.places import Kind, PlaceId
from ui.api.v1.problems import ProblemError
from ui.api.v1.working import JobDocument, Wait
from ui.window.library.items import file_name

_MOST_CONTEXT = 5_000
_Words = Annotated[str, StringConstraints(max_length=300)]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,2}$")]
_Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2_000)]
_Collection = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_EXAMPLE = "Brown bears sleep through the winter. They live on what they ate in autumn."


class ListedDocument(ArticleDocument):
    """An article as a list tells of it."""

    added: str = Field(description="when it was added, as ISO 8601 in UTC")
    words: int = Field(description="how many its text has")
    collections: list[str] = Field([], description="those of yours that it is in")


class ArticlesDocument(BaseModel):
    """A page of a list. ``next`` is the offset of the next one; null: this is the last."""

    articles: list[ListedDocument]
    total: int = Field(description="how many there are in all")
    offset: int
    next: int | None = None


class TextDocument(ListedDocument):
    """An article with its text, or a part of it.

    Offsets count code points: ``text`` is what stands from ``start`` to ``end`` of ``length``.
    ``before`` and ``after`` are the words around it, where a part was asked for.
    """

    text: str
    start: int
    end: int
    length: int
    page: int | None = Field(None, description="on which it begins, from 1; null: it has none")
    before: str = ""
    after: str = ""


class Facts(BaseModel):
    """What a person or a program says of an article; of what is null nothing is known."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    publisher: _Words | None = None
    author: _Words | None = None
    published: date | None = None
    link: _Link | None = Field(None, description="where it can be read on the web")
    language: _Language | None = Field(None, description="ISO 639-1, such as en")


class Edited(Facts):
    """The facts that are to be written over what was read. What is not sent stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"publisher": "The Examiner"}]}
    )

    @model_validator(mode="after")
    def _has_a_title(self) -> Edited:
        if "title" in self.model_fields_set and not plain(self.title or "").strip():
            raise ValueError("an article has a title")
        if not self.model_fields_set:
            raise ValueError("send at least one fact")
        return self


class NewArticle(Facts):
    """An article to be added: its ``text``, or the ``url`` that it is fetched from.

    A text is known by its ``source``, a name of yours: sending another text by the same name
    replaces the article. Without one, it is known by its words.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"title": "Bears in winter", "text": _EXAMPLE, "published": "2024-11-05"},
                {"url": "https://example.org/an-article"},
            ]
        },
    )

    text: str | None = Field(None, min_length=1, description="its text, as plain text or Markdown")
    url: _Link | None = Field(None, description="a web page or PDF; inner addresses are refused")
    format: Literal["text", "markdown"] = "text"
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    collections: list[_Collection] = Field([], max_length=20, description="to be put into")

    @model_validator(mode="after")
    def _is_one_thing(self) -> NewArticle:
        if (self.text is None) == (self.url is None):
            raise ValueError("send either a text or a url")
        if self.url is not None and (self.said() or self.source is not None):
            raise ValueError("of a url, edit the facts once it is added")
        return self

    def said(self) -> dict[str, Any]:
        """The facts that were sent."""
        facts = {name: getattr(self, name) for name in Facts.model_fields}
        return {name: fact for name, fact in facts.items() if fact is not None}

    def name(self) -> str:
        """What the article is known by."""
        if self.url is not None:
            return self.url
        suffix = ".md" if self.format == "markdown" else ".txt"
        if self.source is None:
            words = f"{self.said()}\n{self.text}".encode(errors="replace")
            return f"sent/{sha256(words).hexdigest()[:16]}{suffix}"
        name = file_name(self.source)
        return name if name.endswith(suffix) else f"{name}{suffix}"


class SyncWish(BaseModel):
    """What is to be looked at again; no ``places`` and none of the ``kinds``: all that is followed.

    ``places`` are ids of `/v1/places`.
    """

    model_config = ConfigDict(extra="forbid")

    places: list[PlaceId] = Field([], max_length=1_000)
    kinds: list[Kind] = Field([], max_length=6)
    dry_run: bool = Field(False, description="nothing is changed, only told")
    prune: bool = Field(False, description="what is gone from there is removed")


def routes(holdings: Holdings) -> list[APIRouter]:
    """The ways below ``/v1/articles``."""
    router = APIRouter(prefix="/v1/articles", tags=["Articles"])
    _reading(router, holdings)
    _changing(router, holdings)
    _adding(router, holdings)
    _syncing(router, holdings)
    return [router]


def _reading(router: APIRouter, holdings: Holdings) -> None:
    @router.get("", responses=told(404), summary="List the articles")
    def listing(
        request: Request,
        asked: Asked,
        q: Annotated[
            str, Query(max_length=300, description="Words of the title, names, source or text.")
        ] = "",
        sort: Literal["added", "published", "title", "publisher", "words"] = "added",
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ArticlesDocument:
        """A page of the articles that the filters let through, the latest added first."""
        caller = caller_of(request)
        only = caller.within(asked) or asked
        catalog = holdings.library.catalog
        for name in asked.collections:
            catalog.collection(name)  # one that is not there is told
        found, total = catalog.listing(q, only, sort, limit=limit, offset=offset)
        end = offset + len(found)
        return ArticlesDocument(
            articles=[ListedDocument(**_listed(holdings, caller, one)) for one in found],
            total=total,
            offset=offset,
            next=end if found and end < total else None,
        )

    @router.get("/{article_id}", responses=told(404), summary="One article with its text")
    def article(
        request: Request,
        article_id: str,
        start: Annotated[int | None, Query(ge=0, le=2**31)] = None,
        end: Annotated[int | None, Query(ge=0, le=2**31)] = None,
        context: Annotated[
            int, Query(ge=0, le=_MOST_CONTEXT, description="Code points around a part.")
        ] = 200,
    ) -> TextDocument:
        """All of its text; or what stands from ``start`` to ``end``, and some words around it."""
        caller = caller_of(request)
        found = holdings.article(caller, article_id)
        return _text(holdings, caller, found, start, end, context)


def _text(
    holdings: Holdings,
    caller: Caller,
    found: Article,
    start: int | None,
    end: int | None,
    context: int,
) -> TextDocument:
    length, is_part = len(found.text), start is not None or end is not None
    first, last = start or 0, length if end is None else end
    if not first <= last <= length:
        raise ProblemError("invalid", f"The text has {length} code points; ask for some of them.")
    (one,), _ = holdings.library.catalog.listing("", _only(found.id), limit=1)
    return TextDocument(
        **_listed(holdings, caller, one),
        text=found.text[first:last],
        start=first,
        end=last,
        length=length,
        page=found.page(first),
        before=found.text[max(0, first - context) : first] if is_part else "",
        after=found.text[last : last + context] if is_part else "",
    )


def _only(article_id: str) -> Filter:
    return Filter(articles=(article_id,))


def _listed(holdings: Holdings, caller: Caller, one: Any) -> dict[str, Any]:
    """A `rag.schema.ListedArticle` as it is told."""
    return {
        **article_document(one.info).model_dump(),
        "added": f"{one.added:%Y-%m-%dT%H:%M:%SZ}",
        "words": one.words,
        "collections": holdings.collections_of(caller, one.info.id),
    }


def _changing(router: APIRouter, holdings: Holdings) -> None:
    @router.patch(
        "/{article_id}",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        summary="Edit the facts of an article",
    )
    def edit(request: Request, article_id: str, facts: Edited) -> ListedDocument:
        """Write facts over what was read of it. They stay when it is read anew."""
        caller = caller_of(request)
        holdings.article(caller, article_id)
        words = {
            name: "" if fact is None else str(fact)
            for name, fact in facts.model_dump(exclude_unset=True).items()
        }
        with holdings.own() as own:
            own.edit([article_id], words)
        (one,), _ = holdings.library.catalog.listing("", _only(article_id), limit=1)
        return ListedDocument(**_listed(holdings, caller, one))

    @router.delete(
        "/{article_id}",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        status_code=204,
        summary="Remove an article",
    )
    def remove(request: Request, article_id: str) -> Response:
        """Remove it with all that was made of it.

        Who has a key of some collections takes it out of these, and removes it only if it is in
        no other.
        """
        removed(holdings, caller_of(request), article_id)
        return Response(status_code=204)


def _adding(router: APIRouter, holdings: Holdings) -> None:
    @router.post(
        "",
        dependencies=[needs("editor")],
        responses=told(404, 409, 413, 429, ok=JobDocument),
        status_code=202,
        summary="Add an article: a text or a link",
    )
    async def add(
        request: Request, response: Response, article: NewArticle, wait: Wait = False
    ) -> JobDocument:
        """Have it read and added, as a job. With ``wait``, the answer comes when that has ended."""
        content = None if article.text is None else article.text.encode(errors="replace")
        files = [(article.name(), content, article.said())]
        return await _begun(request, response, holdings, files, article.collections, wait)

    @router.post(
        "/upload",
        dependencies=[needs("editor")],
        responses=told(404, 409, 413, 429, ok=JobDocument),
        status_code=202,
        summary="Add articles: files",
    )
    async def upload(
        request: Request,
        response: Response,
        files: list[UploadFile],
        collection: Annotated[list[_Collection], Form(description="To be put into.")] = [],  # noqa: B006
        wait: Wait = False,
    ) -> JobDocument:
        """Have files read and added, as a job: text, Markdown, HTML, PDF, office files, tables …

        A file is known by its name: another one of the same name replaces its article.
        """
        if len(files) > holdings.limits.upload_files:
            most = holdings.limits.upload_files
            raise ProblemError("too-large", f"Send at most {most} files at once.")
        sent: list[tuple[str, bytes | None, dict[str, Any]]] = [
            (file_name(file.filename or ""), await file.read(), {}) for file in files
        ]
        return await _begun(request, response, holdings, sent, collection, wait)


def _syncing(router: APIRouter, holdings: Holdings) -> None:
    @router.post(
        "/sync",
        dependencies=[needs("editor")],
        responses=told(404, 409, 429, ok=JobDocument),
        status_code=202,
        summary="Look again at what is followed",
    )
    async def sync(
        request: Request, response: Response, wish: SyncWish, wait: Wait = False
    ) -> JobDocument:
        """Bring the articles to what stands at the places that they were added from, as a job.

        Not for keys of some collections: what is followed belongs to all.
        """
        places.all_of(request)
        wanted = await asyncio.to_thread(places.chosen, holdings, wish.places)
        named = tuple(one.place for one in wanted)
        syncing = Syncing(named, wish.prune, wish.dry_run, tuple(wish.kinds))
        owner = owner_of(request.scope)
        job = await run_in_threadpool(holdings.jobs.sync, owner, syncing)
        return await working.answer(holdings.jobs, job, request, response, wait)


async def _begun(
    request: Request,
    response: Response,
    holdings: Holdings,
    sent: list[tuple[str, bytes | None, dict[str, Any]]],
    collections: list[str],
    wait: bool,
) -> JobDocument:
    """The job that adds what was sent, as it is told."""
    caller, owner = caller_of(request), owner_of(request.scope)
    job = await begun(holdings, caller, owner, sent, collections)
    return await working.answer(holdings.jobs, job, request, response, wait)
