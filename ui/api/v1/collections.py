"""``/v1/collections``: names under which articles are put, each under as many as one likes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from ui.api.service import Collecting
from ui.api.v1.caller import Caller, caller_of
from ui.api.v1.holdings import Holdings, has, needs, told
from ui.api.v1.problems import ProblemError

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CollectionDocument(BaseModel):
    """A collection, and how many ``articles`` are in it."""

    name: str
    articles: int


class CollectionsDocument(BaseModel):
    """The collections, by name."""

    collections: list[CollectionDocument]


class Named(BaseModel):
    """The name of a collection. It is the same in any case."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Bears"}]})

    name: _Name


class Members(BaseModel):
    """Articles, by their ids."""

    model_config = ConfigDict(extra="forbid")

    articles: list[_Id] = Field(min_length=1, max_length=1_000)


class ChangedDocument(CollectionDocument):
    """A collection after a change, and the ids of the articles that are new in it or gone."""

    changed: list[str]


def routes(holdings: Holdings) -> list[APIRouter]:
    """The ways below ``/v1/collections``."""
    router = APIRouter(prefix="/v1/collections", tags=["Collections"])
    _filling(router, holdings)  # first: in a name there may be a slash
    _naming(router, holdings)
    return [router]


def _naming(router: APIRouter, holdings: Holdings) -> None:
    @router.get("", responses=told(), summary="List the collections")
    def listing(request: Request) -> CollectionsDocument:
        """All of them by name; of a key of some collections, those."""
        caller = caller_of(request)
        found = [one for one in holdings.library.catalog.collections() if has(caller, one.name)]
        return CollectionsDocument(collections=[_document(holdings, one.name) for one in found])

    @router.post(
        "",
        dependencies=[needs("editor")],
        responses=told(409, 503, ok=CollectionDocument),
        status_code=201,
        summary="Make a collection",
    )
    def create(request: Request, given: Named, response: Response) -> CollectionDocument:
        """Make one of that name; 200 if it is there already."""
        caller = caller_of(request)
        if not has(caller, given.name):
            raise _closed()
        before = len(holdings.library.catalog.collections())
        with holdings.own() as own:
            own.change(Collecting("create", given.name))
        if len(holdings.library.catalog.collections()) == before:
            response.status_code = 200
        return _document(holdings, given.name)

    @router.patch(
        "/{name:path}",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        summary="Rename a collection",
    )
    def rename(request: Request, name: str, given: Named) -> CollectionDocument:
        """Give it another name. Keys are good for names: whoever has one of it, loses it."""
        if caller_of(request).collections:
            raise _closed()
        with holdings.own() as own:
            own.change(
                Collecting("rename", _theirs(holdings, caller_of(request), name), given.name)
            )
        return _document(holdings, given.name)

    @router.delete(
        "/{name:path}",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        status_code=204,
        summary="Forget a collection",
    )
    def delete(request: Request, name: str) -> Response:
        """Forget it, and none of its articles."""
        if caller_of(request).collections:
            raise _closed()
        with holdings.own() as own:
            own.change(Collecting("delete", _theirs(holdings, caller_of(request), name)))
        return Response(status_code=204)


def _filling(router: APIRouter, holdings: Holdings) -> None:
    @router.post(
        "/{name:path}/articles",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        summary="Put articles into a collection",
    )
    def put(request: Request, name: str, given: Members) -> ChangedDocument:
        """Those that are in it already stay so; an id that is not there changes nothing at all."""
        caller = caller_of(request)
        collection = _theirs(holdings, caller, name)
        for article_id in given.articles:
            holdings.article(caller, article_id)
        with holdings.own() as own:
            changed = own.change(Collecting("add", collection, article_ids=tuple(given.articles)))
        known = _document(holdings, collection)
        return ChangedDocument(**known.model_dump(), changed=[info.id for info in changed])

    @router.delete(
        "/{name:path}/articles/{article_id}",
        dependencies=[needs("editor")],
        responses=told(404, 409, 503),
        status_code=204,
        summary="Take an article out of a collection",
    )
    def take(request: Request, name: str, article_id: str) -> Response:
        """It stays in the library."""
        caller = caller_of(request)
        collection = _theirs(holdings, caller, name)
        holdings.article(caller, article_id)
        with holdings.own() as own:
            own.change(Collecting("remove", collection, article_ids=(article_id,)))
        return Response(status_code=204)


def _theirs(holdings: Holdings, caller: Caller, name: str) -> str:
    """The name of a collection as it is written. Raises UnknownCollection, PermissionError."""
    if not has(caller, name):
        raise PermissionError(name)
    found: str = holdings.library.catalog.collection(name).name
    return found


def _document(holdings: Holdings, name: str) -> CollectionDocument:
    found = holdings.library.catalog.collection(name)
    return CollectionDocument(name=found.name, articles=found.articles)


def _closed() -> ProblemError:
    return ProblemError("forbidden", "A key of some collections makes, renames and forgets none.")
