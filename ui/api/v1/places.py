"""``/v1/places``: what articles are added from, and looked at again by a sync."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rag import followed
from rag.loaders.web import plain_link
from ui.api.service import Syncing
from ui.api.v1 import working
from ui.api.v1.caller import caller_of
from ui.api.v1.documents import Document, named
from ui.api.v1.holdings import Holdings, needs, owner_of, told
from ui.api.v1.problems import ProblemError
from ui.api.v1.working import JobDocument, Wait

Kind = Literal["folder", "file", "page", "list", "feed", "sitemap"]
PlaceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class PlaceDocument(Document):
    """A place that is followed, and how many ``articles`` the library has from there.

    ``place`` is a link as it is, and of a folder or file its name alone. What is new there goes
    into the ``collection``, if there is one. ``looked``: ISO 8601, UTC; null: not since it was
    added.
    """

    id: PlaceId
    kind: Kind
    place: str
    articles: int
    collection: str = ""
    looked: str | None = None


class PlacesDocument(Document):
    """All that is followed."""

    places: list[PlaceDocument]


class NewPlace(BaseModel):
    """A page, feed or sitemap on the web. What is found there goes into the ``collection``."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "feed", "url": "https://news.example/rss", "collection": "News"}]
        },
    )

    kind: Literal["page", "feed", "sitemap"] = "page"
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2_000)]
    collection: Annotated[str, StringConstraints(max_length=200)] = Field(
        "", description="is made if there is none of that name"
    )


def routes(holdings: Holdings) -> list[APIRouter]:
    """The ways below ``/v1/places``: not for keys of some collections, as a sync is not."""
    router = APIRouter(prefix="/v1/places", tags=["Places"])
    _knowing(router, holdings)
    _following(router, holdings)
    return [router]


def _knowing(router: APIRouter, holdings: Holdings) -> None:
    @router.get(
        "", dependencies=[needs("editor")], responses=told(), summary="List what is followed"
    )
    def listing(request: Request) -> PlacesDocument:
        """Every place that articles were added from, and that a sync looks at again."""
        all_of(request)
        catalog = holdings.library.catalog
        found = [
            PlaceDocument(
                id=id_of(one),
                kind=one.kind,
                place=named(one.place),
                articles=sum(had.is_held for had in catalog.had(one)),
                collection=one.collection,
                looked=f"{one.looked:%Y-%m-%dT%H:%M:%SZ}" if one.looked else None,
            )
            for one in catalog.followed()
        ]
        return PlacesDocument(places=found)

    @router.delete(
        "/{place_id}",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        status_code=204,
        summary="Follow a place no longer",
    )
    def forget(request: Request, place_id: str) -> Response:
        """Its articles stay."""
        all_of(request)
        [place] = chosen(holdings, [place_id])
        with holdings.own() as own:
            own.library.catalog.unfollow(place)
        return Response(status_code=204)


def _following(router: APIRouter, holdings: Holdings) -> None:
    @router.post(
        "",
        dependencies=[needs("editor")],
        responses=told(409, 429, ok=JobDocument),
        status_code=202,
        summary="Follow a page, a feed or a sitemap",
    )
    async def follow(
        request: Request, response: Response, given: NewPlace, wait: Wait = False
    ) -> JobDocument:
        """Have all that stands there read and added, as a job; a sync looks at it again.

        It is followed once an article is found there. One that is followed already is looked at.
        """
        all_of(request)
        place = followed.Followed(given.kind, plain_link(given.url), collection=given.collection)
        syncing = Syncing((place.place,), kinds=(place.kind,), new=(place,))
        job = await run_in_threadpool(holdings.jobs.sync, owner_of(request.scope), syncing)
        return await working.answer(holdings.jobs, job, request, response, wait)


def id_of(place: followed.Followed) -> str:
    """The id of a place: the same as long as it is followed, and when it is followed again."""
    return hashlib.sha256(f"{place.kind}\n{place.place}".encode()).hexdigest()[:16]


def chosen(holdings: Holdings, ids: Iterable[str]) -> list[followed.Followed]:
    """The places of these ids. Raises ProblemError: nothing of one of them is followed."""
    known: dict[str, Any] = {id_of(one): one for one in holdings.library.catalog.followed()}
    wanted = list(dict.fromkeys(ids))
    if any(one not in known for one in wanted):
        raise ProblemError("unknown-place")
    return [known[one] for one in wanted]


def all_of(request: Request) -> None:
    """Make sure that a caller has all articles: what is followed belongs to all."""
    if caller_of(request).collections:
        raise ProblemError("forbidden", "A key of some collections cannot sync; ask the owner.")
